"""Laws that hold whatever is granted: one law for list, detail, count, cursor and explanation."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from core.errors import NotAllowed, OutOfReach
from permissions import grants
from permissions.explain import scope_ids
from permissions.holders import company_of, in_force
from permissions.narrowing import narrowed
from permissions.newest import Cursor, count_up_to, newest
from permissions.policy import (
    can,
    can_each,
    can_somewhere,
    explain,
    parts_of,
    require,
    users_who_can,
    visible_to,
)
from permissions.reach import own_companies
from permissions.vocabulary import (
    ACTIONS,
    CUSTOMER_PRESETS,
    GRANTABLE,
    LOCKS,
    MODELS_OF_NOUN,
    PRESETS,
    SHOWN_IN_VIEW,
    STAFF_PRESETS,
    VIEW_OF_MODEL,
    view_lock,
)
from tests.permissions import world as worlds


def _questions() -> list[tuple[str, str]]:
    """Every (action, model) that the policy can be asked about."""
    pairs = []
    for action in [*ACTIONS, *LOCKS]:
        for label in MODELS_OF_NOUN[action.split(".", maxsplit=1)[0]]:
            if action not in LOCKS or view_lock(action, apps.get_model(label)) is not None:
                pairs.append((action, label))
    return pairs


def _listed() -> list[tuple[str, str]]:
    """Those whose model has the columns of a list of the newest."""
    return [
        (action, label)
        for action, label in _questions()
        if any(field.name == "created" for field in apps.get_model(label)._meta.fields)
    ]


_action = st.sampled_from(sorted(ACTIONS))
_grant = st.fixed_dictionaries(
    {
        # Presets that no grant may carry are written into the ledger, too: they must give nothing.
        "preset": st.sampled_from(["hr", *CUSTOMER_PRESETS, "superuser", "employee", "health_manager"]),
        # Mostly the first company, so that grants, portfolio and own person meet on the same rows.
        "scope": st.sampled_from([0, 0, 0, *range(14)]),
        "extra": st.sets(_action, max_size=2),
        "withheld": st.sets(_action, max_size=2),
        "until": st.sampled_from([None, None, -1, 0, 1]),
        # So many days ago it was given.
        "age": st.sampled_from([0, 0, 1, 2, 5]),
    }
)
_person = st.fixed_dictionaries(
    {
        "grants": st.lists(_grant, max_size=4),
        "own": st.just(set()) | st.sets(st.sampled_from([0, 0, 1, 2, 3]), min_size=1, max_size=2),
        # Of the own employments, those that have ended: yesterday, today, or some days ago; the others began so many ago.
        "left": st.sampled_from([set(), set(), {0}, {0, 1}, {2}]),
        "left_since": st.sampled_from([1, 1, 0, 3]),
        "begun": st.sampled_from([400, 400, 2, 1, 0, -1]),
        "staff": st.none() | st.tuples(st.sampled_from([*STAFF_PRESETS]), st.booleans()),
        "manages": st.sets(st.sampled_from(["contract_manager", "health_manager"])),
        "active": st.sampled_from([True, True, True, False]),
    }
)


# Who stands in for whom, from when to when; the last one was ended, or never confirmed.
_deputy = st.fixed_dictionaries(
    {
        "pair": st.sampled_from([(0, 1), (0, 1), (0, 1), (1, 0)]),
        "company": st.sampled_from([0, 0, 0, 1, None]),
        "days": st.sampled_from([(0, 0), (-3, 5), (0, 5), (-3, 0), (-3, -1), (1, 5)]),
        "ended": st.sampled_from([False, False, False, True]),
        "confirmed": st.sampled_from([True, True, True, False]),
    }
)
_LITTLE = {"preset": "payroll", "scope": 0, "extra": set(), "withheld": set(), "until": None, "age": 0}


def _drawn_question(
    data: Any, people: list[dict[str, Any]], questions: list[tuple[str, str]]
) -> tuple[str, str]:
    """Mostly a question whose action somebody here holds in some way; sometimes any."""
    held = set()
    for person in people:
        for row in person["grants"]:
            held |= PRESETS[row["preset"]] | row["extra"] | row["withheld"]
        if person["staff"]:
            held |= PRESETS[person["staff"][0]]
        if person["own"]:
            held |= PRESETS["employee"]
    held |= {view for view, lock in LOCKS.items() if held & set(lock.actions.values())}
    asked = [pair for pair in questions if pair[0] in held]
    if not asked or data.draw(st.integers(0, 9)) == 0:
        asked = questions
    return data.draw(st.sampled_from(asked))


@pytest.fixture
def world(db):
    return worlds.build()


@contextmanager
def granted(world: SimpleNamespace, people: list[dict[str, Any]], deputies: Any = ()) -> Any:
    """The world with these grants and deputies written; undone at the end."""
    from permissions.ledger import Deputy, StaffRole

    scopes = [*world.companies, *world.sites, *world.contracts, *world.claims]
    with transaction.atomic():
        for user, drawn in zip(world.users, people, strict=True):
            for row in drawn["grants"]:
                scope = scopes[row["scope"] % len(scopes)]
                until = row["until"]
                grants.TABLE_OF_MODEL[scope._meta.label].objects.update_or_create(
                    user=user,
                    permission=grants._permission(type(scope), row["preset"]),
                    content_object=scope,
                    defaults={
                        "extra_actions": sorted(row["extra"]),
                        "withheld_actions": sorted(row["withheld"]),
                        "until": (until is not None and timezone.localdate() + timedelta(days=until)) or None,
                        "granted": timezone.now() - timedelta(days=row.get("age", 0)),
                    },
                )
            for number in drawn["own"]:
                end = timezone.localdate() - timedelta(days=drawn["left_since"])
                begun, gone = drawn["begun"], number in drawn["left"]
                type(world.persons[number]).unrestricted.filter(pk=world.persons[number].pk).update(
                    user=user,
                    employment_begin=timezone.localdate() - timedelta(days=400 if gone else begun),
                    employment_end=end if gone else None,
                )
            if drawn["staff"]:
                StaffRole.objects.create(user=user, preset=drawn["staff"][0], all_companies=drawn["staff"][1])
            for role in drawn["manages"]:
                first = world.companies[0]
                type(first).unrestricted.filter(pk=first.pk).update(**{role: user})
            user.is_active = drawn["active"]
            user.save(update_fields=["is_active"])
        now, today = timezone.now(), timezone.localdate()
        for row in deputies:
            begin, until = (today + timedelta(days=days) for days in row["days"])
            deputy, principal = (world.users[place] for place in row["pair"])
            Deputy.unrestricted.create(
                deputy=deputy,
                principal=principal,
                company=None if row["company"] is None else world.companies[row["company"]],
                begin=begin,
                until=until,
                confirmed=now if row["confirmed"] else None,
                ended=now if row["ended"] else None,
            )
        yield
        transaction.set_rollback(True)


_many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_many
@given(
    st.lists(_person, min_size=2, max_size=2),
    st.just([]) | st.lists(_deputy, min_size=1, max_size=2),
    st.data(),
    st.randoms(),
)
def test_list_detail_and_explanation_agree(world, people, deputies, data, chance):
    if deputies:
        # Only who holds something at the company himself stands in for somebody there.
        people = [{**people[0], "grants": [_LITTLE, *people[0]["grants"]]}, people[1]]
    action, label = _drawn_question(data, people, _questions())
    model = apps.get_model(label)
    with granted(world, people, deputies):
        rows = list(model._base_manager.all())
        shown = {user.pk: set(visible_to(user, action, model._base_manager.all())) for user in world.users}
        if any(shown.values()):
            event("something is seen")
        for user in world.users:
            # User management says of each right what the policy makes of it.
            held = grants.grants_of(user)
            counting = {company_of(row) for row in in_force(held)} if user.is_active else set()
            assert own_companies(user) == counting
            if len(counting) < len({company_of(row) for row in held}):
                event("something has ended")
            assert can_each(user, action, rows) == {row.pk for row in shown[user.pk]}
            if shown[user.pk]:
                assert can_somewhere(user, action)
        for row in chance.sample(rows, min(5, len(rows))):
            for user in world.users:
                seen = row in shown[user.pk]
                assert can(user, action, row) == seen
                ways = explain(action, row, user)
                assert bool(ways) == seen
                assert all(way.user_id == user.pk for way in ways)
                if seen:
                    event(f"seen through {len(ways)} ways")
                if any(way.deputy_for_id for way in ways):
                    event("seen by a deputy")
                    other = next(each for each in world.users if each != user)
                    # A deputy reaches no more than the one he stands in for, by grants of that one's own.
                    own = {way.deputy_for_id for way in explain(action, row, other)}
                    assert None in own or all(way.deputy_for_id is None for way in ways)
            assert users_who_can(action, row) == {pk for pk, seen in shown.items() if row in seen}


@_many
@given(_person, st.lists(_person, max_size=1), st.data())
def test_newest_walks_all_that_is_visible_once_both_ways(world, person, others, data):
    nobody = {**person, "grants": [], "own": set(), "staff": None, "manages": set()}
    principal = (others or [nobody])[0]
    if others:
        person = {**person, "grants": [_LITTLE, *person["grants"]]}
    action, label = _drawn_question(data, [person, principal], _listed())
    model = apps.get_model(label)
    everything = model._base_manager.all()
    stands_in = {"pair": (0, 1), "company": 0, "days": (0, 0), "ended": False, "confirmed": True}
    with granted(world, [person, principal], [stands_in] if others else []):
        user = world.users[0]
        expected = list(visible_to(user, action, everything).order_by("-created", "-id"))
        assert newest(everything, user, action, limit=100) == expected
        assert count_up_to(everything, user, action, 4) == min(len(expected), 4)
        assert count_up_to(everything, user, action) == len(expected)
        if len(expected) > 3:
            event("several pages")
        walked, cursor = [], None
        while page := newest(everything, user, action, cursor, 3):
            walked += page
            cursor = Cursor.read(str(Cursor.of(page[-1])))
        assert walked == expected
        back, cursor = expected[-1:], (expected and Cursor.of(expected[-1])) or None
        while cursor and (page := newest(everything, user, action, cursor, 3, backwards=True)):
            back = page + back
            cursor = Cursor.of(page[0])
        assert back == expected


@_many
@given(_person, st.data(), st.randoms())
def test_refusals_say_whether_the_thing_is_in_reach(world, person, data, chance):
    action, label = _drawn_question(data, [person], _questions())
    model = apps.get_model(label)
    with granted(world, [person, {**person, "grants": [], "own": set(), "staff": None, "manages": set()}]):
        user = world.users[0]
        rows = list(model._base_manager.all())
        for row in chance.sample(rows, min(5, len(rows))):
            seen = any(can(user, view, row) for view in VIEW_OF_MODEL[label])
            if can(user, action, row):
                require(user, action, row)
            else:
                with pytest.raises(NotAllowed if seen else OutOfReach):
                    require(user, action, row)


@settings(_many, max_examples=60)
@given(st.lists(_person, min_size=2, max_size=2), st.data(), st.randoms())
def test_whoever_looks_on_sees_what_both_see_at_one_company_and_neithers_own(world, people, data, chance):
    """List, detail, menu, cursor and explanation agree, as ever; nothing is seen that either does not see himself."""
    action, label = _drawn_question(data, people, _questions())
    model: Any = apps.get_model(label)
    company = data.draw(st.sampled_from([world.companies[0], world.companies[0], world.companies[1]]))
    viewed, viewer = world.users
    with granted(world, people):
        everything = model._base_manager.all()
        alone = [set(visible_to(user, action, everything)) for user in (viewed, viewer)]
        own = {world.persons[number].pk for person in people for number in person["own"]}
        with narrowed(viewed.pk, SHOWN_IN_VIEW, viewer=viewer.pk, company=company.pk):
            seen = set(visible_to(viewed, action, everything))
            assert seen <= alone[0] & alone[1]
            for row in seen:
                stands = scope_ids(row)
                assert stands["company"] == company.pk
                assert stands.get("person") not in own
            if set(parts_of(action)) <= SHOWN_IN_VIEW:
                event("an action that is shown")
                missing = (alone[0] & alone[1]) - seen
                assert all(
                    scope_ids(row).get("company") != company.pk or scope_ids(row).get("person") in own
                    for row in missing
                )
            if seen:
                event("something is seen")
                assert can_somewhere(viewed, action)
            if any(field.name == "created" for field in model._meta.fields):
                assert set(newest(everything, viewed, action, limit=200)) == seen
                assert count_up_to(everything, viewed, action) == len(seen)
            # What both see, first of all: that is where a view might show too much.
            both, rest = sorted(alone[0] & alone[1], key=lambda row: str(row.pk)), list(everything)
            for row in chance.sample(both, min(6, len(both))) + chance.sample(rest, min(2, len(rest))):
                assert can(viewed, action, row) == (row in seen)
                assert bool(explain(action, row, viewed)) == (row in seen)
                # The one who looks stays himself.
                assert can(viewer, action, row) == (row in alone[1])
                assert bool(explain(action, row, viewer)) == (row in alone[1])


@_many
@given(_person)
def test_nobody_reaches_his_own_case_but_as_the_insured_person(world, person):
    with granted(world, [person, {**person, "grants": [], "own": set(), "staff": None, "manages": set()}]):
        user = world.users[0]
        for number in person["own"]:
            for claim in world.claims:
                if claim.person_id == world.persons[number].pk:
                    for way in explain("claim.view", claim, user):
                        assert way.preset in {"employee", "former_employee"}
                    for action in ("claim.decide", "claim.number", "users.manage"):
                        assert not can(user, action, claim)


@_many
@given(st.sets(_action, max_size=4), st.sets(_action, max_size=4), st.sampled_from(sorted(CUSTOMER_PRESETS)))
def test_a_ledger_row_gives_customer_rights_only(extra, withheld, preset):
    from permissions.vocabulary import effective

    held = effective(preset, extra, withheld)
    # A role may hold what nobody can be given besides.
    assert held <= GRANTABLE | CUSTOMER_PRESETS[preset]
    assert held & set(extra) <= GRANTABLE | CUSTOMER_PRESETS[preset]
    assert not held & withheld
    assert "document.read_medical" not in held
    assert "claim.decide" not in held


@_many
@given(_person, st.data())
def test_newest_obeys_filters_that_name_scopes(world, person, data):
    """They change the walk, never the rows."""
    action, label = _drawn_question(data, [person], _listed())
    model = apps.get_model(label)
    rows = model._base_manager.all()
    scopes = {"company": world.companies, "site": world.sites, "contract": world.contracts,
              "person": world.persons, "claim_file": world.claims}  # fmt: skip
    for kind in data.draw(st.lists(st.sampled_from([kind for kind in scopes if kind in model.scope_fields]))):
        column = model.scope_fields[kind]
        chosen = data.draw(st.lists(st.sampled_from(scopes[kind]), max_size=3))
        if len(chosen) == 1:
            rows = rows.filter(**{column: chosen[0].pk})
        else:
            rows = rows.filter(**{f"{column}__in": [scope.pk for scope in chosen]})
    asked_before = data.draw(st.booleans())
    with granted(world, [person, {**person, "grants": [], "own": set(), "staff": None, "manages": set()}]):
        user = world.users[0]
        if asked_before:
            rows = visible_to(user, action, rows)
            if "company" in model.scope_fields:
                rows = rows.exclude(**{model.scope_fields["company"]: world.companies[1].pk})
        expected = list(visible_to(user, action, rows).order_by("-created", "-id"))
        if expected and expected != list(visible_to(user, action, model._base_manager.all())):
            event("narrowed, not empty")
        assert newest(rows, user, action, limit=100) == expected
        assert count_up_to(rows, user, action) == len(expected)
        if len(expected) > 1:
            assert newest(rows, user, action, Cursor.of(expected[0]), 100) == expected[1:]


def test_newest_leaves_out_the_own_case_and_locked_rows(world):
    """Where a law by chance is met too seldom: HR's own person, and the papers of a private draft."""
    from documents.models import Document

    hr = world.users[0]
    with transaction.atomic():
        grants.write(world.companies[0], to=hr, preset="hr", by=None)
    own = world.persons[0]
    type(own).unrestricted.filter(pk=own.pk).update(user=hr)
    people = type(own).unrestricted.all()
    assert own not in newest(people, hr, "person.edit")
    assert newest(people, hr, "person.edit") == [world.persons[1]]
    assert count_up_to(people, hr, "person.edit") == 1
    others = Document.unrestricted.filter(person=world.persons[1])
    listed = newest(others, hr, "document.upload", limit=100)
    assert listed == list(visible_to(hr, "document.upload", others).order_by("-created", "-id"))
    assert 0 < len(listed) < others.count()
    assert count_up_to(others, hr, "document.upload") == len(listed)
