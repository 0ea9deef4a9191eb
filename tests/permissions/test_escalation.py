"""Every way to more rights than one was given: refused, and recorded; nothing in the ledger has moved.

Ways over pages, the API, a company's directory and the services. What is asked of a parallel world, as two
administrators who remove each other at the same moment, ends with one of them left.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants, reach
from permissions.explain import GRANT_TABLES
from permissions.ledger import CompanyGrant, StaffRole
from permissions.policy import can
from permissions.trail import AuditLine
from permissions.vocabulary import CUSTOMER_PRESETS, GRANTABLE, effective
from tests.factories import make_user
from tests.factories_claims import open_claim
from tests.house.doors import token_of
from tests.permissions import world as worlds
from tests.permissions.test_laws import _many, _person, granted
from tests.users.directory import Directory
from users import services
from users.models import AccessRequest, InvitationLink, User, digest
from users.scim import tokens
from users.sso import services as sso

MANAGER = {"preset": "administrator", "extra": ["users.manage"]}
GRANTS, INVITATIONS, REQUESTS = "/api/v1/grants/", "/api/v1/invitations/", "/api/v1/access-requests/"
NEW = {"first_name": "N", "last_name": "N", "email": "new@people.example", "preset": "hr"}


def row_of(user: Any) -> Any:
    (row,) = grants.grants_of(user)
    return row


def holdings() -> list[Any]:
    """All that anybody holds: the ledger, the insurer's roles, who is whose insured person and contract manager."""
    from companies.models import Company, InsuredPerson

    found: list[Any] = []
    for table in GRANT_TABLES:
        columns = ("user", "content_object", "permission", "extra_actions", "withheld_actions", "until")
        found += table.objects.order_by("pk").values_list(*columns)
    found += StaffRole.objects.order_by("pk").values_list("user", "preset", "all_companies")
    found += InsuredPerson.unrestricted.order_by("pk").values_list("pk", "user")
    found += Company.unrestricted.order_by("pk").values_list("pk", "contract_manager", "health_manager")
    found += User.objects.order_by("pk").values_list("pk", "is_active", "email")
    return found


# --- Over pages and the API ------------------------------------------------------------------------------


@pytest.fixture
def scene(cast, sign_in, settings, tmp_path):
    """People who hold a little, and what they would need for more; a signed-in browser for each."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    here = SimpleNamespace(**vars(cast))
    here.simon = make_user("Simon", "Site", email="simon@rochat.example")
    here.ella = make_user("Ella", "Ended", email="ella@rochat.example")
    with transaction.atomic():
        # Manages users at one site; did so at the company until yesterday.
        grants.write(
            cast.morges, to=here.simon, preset="hr_site", extra=["users.manage", "users.view"], by=cast.reto
        )
        grants.write(cast.rochat, to=here.ella, preset="finance", by=cast.reto)
        ended = timezone.localdate() - timedelta(days=1)
        grants.write(cast.rochat, to=here.ella, until=ended, by=cast.reto, **MANAGER)
    here.claim = open_claim(cast, person=cast.persons.nadia)
    here.own_request = services.request_access(cast.claire, cast.rochat, "invoice.view")
    here.for_management = services.request_access(cast.felix, cast.rochat, "users.manage")
    here.of_hugo = services.request_access(cast.hugo, cast.rochat, "invoice.view")
    here.invitation = services.invite(cast.rochat, by=cast.reto, **NEW)
    here.rows = {each: row_of(getattr(cast, each)) for each in ("claire", "hugo", "sonia", "felix", "bruno")}
    here.ended = next(row for row in grants.grants_of(here.ella) if row.preset == "administrator")
    here.browsers = {
        name: sign_in(person, on=Client()) for name, person in vars(here).items() if isinstance(person, User)
    }
    return here


def give(to: str, scope: str, **more: Any) -> Any:
    """The body of a grant over the API."""
    return lambda here: {
        "user": str(getattr(here, to).pk),
        "scope_kind": "site"
        if scope in {"morges", "lausanne"}
        else "contract"
        if scope == "ktg"
        else "company",
        "scope": str(getattr(here, scope).pk),
        "preset": "hr",
        **more,
    }


def promise(scope: str, **more: Any) -> Any:
    """The body of an invitation over the API."""
    return lambda here: {
        **{key: value for key, value in give("zoe", scope)(here).items() if key != "user"},
        **NEW,
        "email": "other@people.example",
        **more,
    }


def at(start: str, name: str, end: str = "/") -> Any:
    """The address of somebody's ledger row or of a request."""

    def path(here: Any) -> str:
        thing = here.rows.get(name) or getattr(here, name)
        return f"{start}{getattr(thing, 'uuid', None) or thing.pk}{end}"

    return path


PAGE = "page"
# What is tried · by whom · how · where · with what · how it ends.
TRIED: list[tuple[str, str, str, Any, Any, set[int]]] = [
    # To oneself.
    ("a grant to herself", "claire", "POST", GRANTS, give("claire", "rochat"), {403}),
    ("his own, as the insurer's", "reto", "POST", GRANTS, give("reto", "rochat"), {400, 403, 404}),
    ("her own row widened", "claire", "PATCH", at(GRANTS, "claire"), {"extra": ["users.manage", "claim.view"]}, {403}),
    ("her own preset", "claire", "PATCH", at(GRANTS, "claire"), {"preset": "hr", "extra": ["users.manage"]}, {403}),
    ("her own row on the page", "claire", PAGE, at("/users/access/", "claire"), {"preset": "fiduciary"}, {403}),
    ("her own row without the right", "hugo", "PATCH", at(GRANTS, "hugo"), {"extra": ["invoice.view"]}, {404}),
    ("an invitation to her own address", "claire", "POST", INVITATIONS,
     lambda here: {**promise("rochat")(here), "email": here.claire.email.upper()}, {400}),
    # Wider than the own scope.
    ("the company, from a site", "simon", "POST", GRANTS, give("sonia", "rochat"), {404}),
    ("the other site", "simon", "POST", GRANTS, give("sonia", "lausanne"), {403, 404}),
    ("a contract, from a site", "simon", "POST", GRANTS, give("sonia", "ktg"), {403, 404}),
    ("the company by invitation", "simon", "POST", INVITATIONS, promise("rochat"), {404}),
    ("a row of the company", "simon", "PATCH", at(GRANTS, "hugo"), {"preset": "fiduciary"}, {404}),
    ("user management of his site", "simon", "PATCH", at(GRANTS, "sonia"), {"extra": ["users.manage"]}, {403}),
    ("another company", "claire", "POST", GRANTS, give("hugo", "keller"), {404}),
    ("another company's people", "bruno", "POST", GRANTS, give("hugo", "keller"), {404}),
    ("another company by invitation", "claire", "POST", INVITATIONS, promise("keller"), {404}),
    ("another company's row", "bruno", "PATCH", at(GRANTS, "hugo"), {"preset": "fiduciary"}, {404}),
    ("another company's row away", "bruno", "DELETE", at(GRANTS, "claire"), {}, {404}),
    ("another company's row, page", "bruno", PAGE, at("/users/access/", "claire", "/remove/"), {}, {404}),
    ("a row of another company named in the body", "claire", "PATCH", at(GRANTS, "bruno"), {"preset": "hr"}, {404}),
    # More than a manager of users gives.
    ("user management for a colleague", "claire", "PATCH", at(GRANTS, "hugo"), {"extra": ["users.manage"]}, {403}),
    ("user management by a new grant", "claire", "POST", GRANTS, give("hugo", "rochat", **MANAGER), {403}),
    ("user management by invitation", "claire", "POST", INVITATIONS, promise("rochat", **MANAGER), {403}),
    ("a right of the insurer", "reto", "PATCH", at(GRANTS, "hugo"), {"extra": ["claim.decide"]}, {400}),
    ("medical papers", "reto", "PATCH", at(GRANTS, "hugo"), {"extra": ["document.read_medical"]}, {400}),
    ("a role of the insurer", "reto", "POST", GRANTS, give("hugo", "rochat", preset="health_manager"), {400}),
    ("the role of the insured person", "claire", "POST", GRANTS, give("hugo", "rochat", preset="employee"), {400}),
    ("the insurer's person as HR", "reto", "POST", INVITATIONS,
     lambda here: {**promise("rochat")(here), "email": here.pauline.email}, {201}),
    # Without the right to give.
    ("HR gives", "hugo", "POST", GRANTS, give("sonia", "rochat"), {403}),
    ("HR invites", "hugo", "POST", INVITATIONS, promise("rochat"), {403}),
    ("the superuser gives", "sacha", "POST", GRANTS, give("hugo", "rochat"), {403}),
    ("the superuser changes", "sacha", PAGE, at("/users/access/", "hugo"), {"preset": "fiduciary"}, {403}),
    ("the health manager gives", "pauline", "POST", GRANTS, give("hugo", "rochat"), {403}),
    ("somebody insured gives", "nadia", "POST", GRANTS, give("nadia", "rochat"), {403}),
    ("somebody with nothing gives", "zoe", "POST", GRANTS, give("zoe", "rochat"), {403}),
    # With a right that has ended.
    ("an ended manager gives", "ella", "POST", GRANTS, give("hugo", "rochat"), {403}),
    ("an ended manager prolongs", "ella", "PATCH", at(GRANTS, "ended"), {"until": None}, {404}),
    ("an ended manager answers", "ella", "POST", at(REQUESTS, "of_hugo", "/approve/"), {}, {404}),
    ("an administrator revives it", "claire", "PATCH", at(GRANTS, "ended"), {"until": None}, {403}),
    # Approving what is not hers to approve.
    ("her own request", "claire", "POST", at(REQUESTS, "own_request", "/approve/"), {}, {403}),
    ("her own request, page", "claire", PAGE, at("/users/requests/", "own_request", "/answer/"),
     {"answer": "approve"}, {403}),
    ("a request for user management", "claire", "POST", at(REQUESTS, "for_management", "/approve/"), {}, {403}),
    ("his own request", "hugo", "POST", at(REQUESTS, "of_hugo", "/approve/"), {}, {404}),
    ("another company's request", "bruno", "POST", at(REQUESTS, "of_hugo", "/approve/"), {}, {404}),
    ("the superuser approves", "sacha", "POST", at(REQUESTS, "of_hugo", "/approve/"), {}, {403}),
    ("an invitation that he may not send again", "hugo", "POST", at(INVITATIONS, "invitation", "/resend/"), {}, {404}),
    # Past the ledger: who is whose.
    ("the company's managers", "claire", "PATCH", at("/api/v1/companies/", "rochat"),
     lambda here: {"contract_manager": str(here.claire.pk)}, {403}),
    ("looking after claims as well", "reto", "PATCH", at("/api/v1/companies/", "rochat"),
     lambda here: {"health_manager": str(here.reto.pk)}, {200}),
    ("closing the superior's account", "hugo", "POST", at("/api/v1/users/", "claire_account", "/deactivate/"), {}, {404}),
    ("closing her own account", "claire", "POST", at("/api/v1/users/", "claire_account", "/deactivate/"), {}, {403}),
]  # fmt: skip


@pytest.mark.django_db
def test_every_way_to_more_is_refused_and_recorded(scene):
    scene.claire_account = scene.claire
    before, wrong = holdings(), []
    for what, who, method, where, body, statuses in TRIED:
        path = where(scene) if callable(where) else where
        data = body(scene) if callable(body) else body
        browser = scene.browsers[who]
        cache.clear()
        with transaction.atomic():
            last = AuditLine.unrestricted.order_by("-id").values_list("id", flat=True).first()
            if method == PAGE:
                answer = browser.post(path, data)
            else:
                answer = browser.generic(method, path, json.dumps(data), content_type="application/json")
            person = getattr(scene, who)
            refusals = AuditLine.unrestricted.filter(event="access.refused", actor=person.pk, id__gt=last)
            if answer.status_code not in statuses:
                wrong.append(f"{what}: {answer.status_code}")
            if answer.status_code in {403, 404} and not refusals.exists():
                wrong.append(f"{what}: not recorded")
            if holdings() != before:
                wrong.append(f"{what}: somebody holds something else now")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_a_token_gives_no_more_than_its_actions_and_never_user_management(scene):
    before = holdings()
    for holder, actions, data in (
        ("claire", ("claim.view", "users.view"), give("hugo", "rochat")),
        ("reto", ("users.manage", "users.view", "company.view"), give("hugo", "rochat", **MANAGER)),
    ):
        text = token_of(getattr(scene, holder), actions).name
        program = Client(headers={"authorization": f"Bearer {text}"})
        answer = program.post(GRANTS, json.dumps(data(scene)), content_type="application/json")
        assert answer.status_code == 403, answer.content
    assert holdings() == before


@pytest.mark.django_db
def test_a_directory_gives_no_more_than_its_maker(cast):
    sso.add_domain(cast.rochat, "rochat.example", by=cast.reto)
    _token, text = tokens.make_token(cast.rochat, name="Entra", days=30, by=cast.claire)
    directory = Directory(text)
    claire, hugo = (directory.find(user)["id"] for user in (cast.claire, cast.hugo))
    before = holdings()

    def join(group: str, key: str) -> int:
        operation = {"op": "add", "path": "members", "value": [{"value": key}]}
        return directory.patch(f"Groups/{group}", operation).status_code

    assert join("hr", claire) == 403
    assert AuditLine.unrestricted.filter(event="access.refused", actor=cast.claire.pk).exists()
    assert join("employee", hugo) == 400
    assert join("superuser", hugo) == 404
    assert join("finance", str(cast.bruno.pk)) in {400, 404}
    assert holdings() == before
    # With the maker's right the directory's ends.
    with transaction.atomic():
        CompanyGrant.objects.filter(pk=row_of(cast.claire).pk).update(
            until=timezone.localdate() - timedelta(days=1)
        )
    assert join("finance", hugo) in {401, 403}
    assert not can(cast.hugo, "invoice.view", cast.rochat)


# --- Promises, kept later ------------------------------------------------------------------------------------


def invited(cast: Any, email: str, by: Any, **rights: Any) -> str:
    """The token of an invitation's link."""
    values = {**NEW, "email": email, **rights}
    invitation = services.invite(cast.rochat, by=by, **values)
    link = "t" * 43
    InvitationLink.objects.create(invitation=invitation, digest=digest(link), expires=invitation.expires)
    return link


@pytest.mark.django_db
def test_a_promise_to_the_own_later_address_is_not_kept(cast):
    link = invited(cast, "other@rochat.example", cast.claire)
    User.objects.filter(pk=cast.claire.pk).update(email="other@rochat.example")
    cast.claire.refresh_from_db()
    with pytest.raises(NotNow) as refused:
        services.accept_invitation(link, by=cast.claire)
    assert refused.value.code == "own_invitation"
    assert not can(cast.claire, "claim.view", open_claim(cast, person=cast.persons.nadia))


@pytest.mark.django_db
@pytest.mark.parametrize("days", [1, -1])
def test_a_promise_neither_prolongs_nor_revives_user_management(cast, days):
    """Zoé was promised administration by Claire before the contract manager gave her user management for a time."""
    link = invited(cast, cast.zoe.email, cast.claire, preset="administrator")
    end = timezone.localdate() + timedelta(days=days)
    with transaction.atomic():
        grants.write(cast.rochat, to=cast.zoe, until=end, by=cast.reto, **MANAGER)
    services.accept_invitation(link, by=cast.zoe)
    row = row_of(cast.zoe)
    assert ("users.manage" in row.extra_actions) == (days > 0)
    assert row.until == (end if days > 0 else None)


@pytest.mark.django_db
def test_a_promise_ends_with_the_right_of_who_made_it(cast):
    link = invited(cast, cast.zoe.email, cast.reto, **MANAGER)
    type(cast.rochat).unrestricted.filter(pk=cast.rochat.pk).update(contract_manager=None)
    with pytest.raises(NotNow):
        services.accept_invitation(link, by=cast.zoe)
    assert not can(cast.zoe, "company.view", cast.rochat)


# --- Whatever is granted ----------------------------------------------------------------------------------------


@pytest.fixture
def world(db):
    return worlds.build()


_wish = st.fixed_dictionaries(
    {
        "preset": st.sampled_from([*CUSTOMER_PRESETS, "administrator", "hr"]),
        "extra": st.sets(st.sampled_from(sorted(GRANTABLE)) | st.just("users.manage"), max_size=2),
        "scope": st.integers(0, 13),
        "to": st.sampled_from([0, 0, 1, 1, 1]),
        "way": st.sampled_from(["grant", "invite", "request"]),
    }
)


def _with(*presets: str) -> dict[str, Any]:
    """Somebody with grants of these presets on the first company, as a ledger may hold them."""
    row = {"scope": 0, "extra": set(), "withheld": set(), "until": None, "age": 0}
    return {
        "grants": [{"preset": preset, **row} for preset in presets],
        "own": set(),
        "left": set(),
        "left_since": 1,
        "begun": 400,
        "staff": None,
        "manages": set(),
        "active": True,
    }


@pytest.mark.django_db
@settings(_many, max_examples=60)
@given(st.lists(_person, min_size=2, max_size=2), _wish, st.sampled_from([True, True, True, False]))
# A role of the insurer in the ledger of a company gives nothing, and stands in nobody's way.
@example(
    [_with(), _with("superuser", "hr")],
    {"preset": "hr", "extra": set(), "scope": 0, "to": 1, "way": "request"},
    True,
)
def test_nobody_gives_what_he_may_not(world, people, wish, managing):
    """Random rights on both sides: what goes through was given by a manager of users there, to somebody else, and user
    management only by whoever grants it; nobody's own rights have grown."""
    giver, to = world.users[0], world.users[wish["to"]]
    scopes = [*world.companies, *world.sites, *world.contracts, *world.claims]
    scope = scopes[wish["scope"] % len(scopes)]
    if managing:
        people[0] = {**people[0], "active": True, "own": set()}
        row = {
            "preset": "administrator",
            "scope": wish["scope"],
            "extra": {"users.manage"},
            "withheld": set(),
            "until": None,
        }
        people[0]["grants"] = [*people[0]["grants"], row]
    rights = {"preset": wish["preset"], "extra": sorted(wish["extra"])}
    with granted(world, people):
        managed, granting = can(giver, "users.manage", scope), can(giver, "users.grant_management", scope)
        own = holdings_of(giver)
        try:
            with transaction.atomic():
                _try(wish["way"], scope, to, giver, rights)
        except (NotAllowed, OutOfReach, NotNow, ValidationError) as refusal:
            event(f"{wish['way']}: {type(refusal).__name__}")
            assert holdings_of(giver) == own
            return
        event(f"{wish['way']}: given")
        assert managed
        assert to != giver or wish["way"] == "invite"
        if "users.manage" in effective(rights["preset"], rights["extra"]) and wish["way"] != "request":
            assert granting
        assert holdings_of(giver) == own


def _try(way: str, scope: Any, to: Any, giver: Any, rights: dict[str, Any]) -> None:
    if way == "grant":
        grants.grant(scope, to=to, by=giver, **rights)
    elif way == "invite":
        services.invite(scope, by=giver, email="n@n.example", first_name="N", last_name="N", **rights)
    else:
        company = scope if scope._meta.label == "companies.Company" else scope.company
        action = (rights["extra"] or ["invoice.view"])[0]
        asked, _new = AccessRequest.unrestricted.get_or_create(
            user=to, company=company, action=action, state="open"
        )
        services.answer_request(asked.pk, approve=True, by=giver)
        managed = can(giver, "users.manage", company)
        granting = action != "users.manage" or can(giver, "users.grant_management", company)
        assert managed
        assert granting
        assert to != giver


def holdings_of(user: Any) -> Any:
    """Everything somebody may do where, as the policy reads it now."""
    reach.forget()
    return {
        action: vars(scopes) for action, scopes in reach.reach_of(user).by_action.items() if scopes.anything
    }


# --- At the same moment ---------------------------------------------------------------------------------------------

ROUNDS = 100


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_remove_each_other_one_is_left_a_hundred_times(cast):
    """They leave at once, close each other's account at once, or the contract manager removes both at once."""
    grants.grant(cast.rochat, to=cast.zoe, by=cast.reto, second=cast.sacha, **MANAGER)
    rows = {user.pk: row_of(user) for user in (cast.claire, cast.zoe)}
    first, second = rows[cast.claire.pk].uuid, rows[cast.zoe.pk].uuid
    ways = (
        (lambda: services.remove_access(first, by=cast.claire), lambda: services.remove_access(second, by=cast.zoe)),
        (lambda: services.deactivate(cast.zoe.pk, by=cast.claire), lambda: services.deactivate(cast.claire.pk, by=cast.zoe)),
        (lambda: services.remove_access(first, by=cast.reto), lambda: services.remove_access(second, by=cast.reto)),
        (lambda: services.remove_access(first, by=cast.claire), lambda: services.deactivate(cast.zoe.pk, by=cast.claire)),
    )  # fmt: skip
    refusals = (NotNow, NotAllowed, OutOfReach)

    def run(act: Any) -> Any:
        try:
            act()
        except refusals as refusal:
            return type(refusal)
        return None

    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            results = list(pool.map(run, ways[number % len(ways)]))
            left = [user for user in (cast.claire, cast.zoe) if can(user, "users.manage", cast.rochat)]
            assert len(left) == 1, (number, results, left)
            assert results.count(None) == 1, (number, results)
            User.objects.filter(pk__in=rows).update(is_active=True, deactivated_at=None)
            for row in rows.values():
                type(row).objects.update_or_create(
                    uuid=row.uuid,
                    defaults={
                        "user": row.user,
                        "permission": row.permission,
                        "content_object": row.content_object,
                        "extra_actions": row.extra_actions,
                    },
                )
        both = threading.Barrier(2)
        list(pool.map(lambda _each: (both.wait(), connection.close()), range(2)))
    done = AuditLine.unrestricted.filter(event__in=["access.revoked", "user.deactivated"]).count()
    assert done == ROUNDS
