"""Those who left: what comes back with a new employment, who is perhaps one of them, and what is said of it."""

import csv
import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from companies.models import InsuredPerson
from core.errors import NotAllowed, NotNow
from permissions import grants
from permissions.holders import in_force
from permissions.ledger import CompanyGrant
from permissions.policy import can
from tests.factories import make_manager, make_person
from tests.factories_claims import open_claim
from tests.factories_finance import make_invoice
from tests.users.test_deputies import agrees, leaves, name, today, undone
from users import bulk, people, rights, services, single_files, summary
from users import reviews as reading
from users.models import AccessRequest, ManagementRequest
from users.scim import groups
from users.services.access import planned

DAY = timedelta(days=1)


def employed(cast, user, *spells):
    """Employments of somebody, each from a day to a day (None: goes on), counted from today; a record each."""
    for begin, end in spells:
        person = make_person(cast.rochat, cast.lausanne, user.first_name, user.last_name, user=user)
        InsuredPerson.unrestricted.filter(pk=person.pk).update(
            employment_begin=today() + begin * DAY,
            employment_end=None if end is None else today() + end * DAY,
        )


def given(user, days):
    """Let what somebody holds have been given so many days ago."""
    CompanyGrant.objects.filter(user=user).update(granted=timezone.now() - days * DAY)


@pytest.fixture
def back(cast):
    """Hugo was given his role long ago, left, and is employed again since ten days."""
    employed(cast, cast.hugo, (-900, -100), (-10, None))
    given(cast.hugo, 500)
    (row,) = grants.grants_of(cast.hugo)
    return row


# Employments, how long ago the right was given, whether it counts.
SPELLS = [
    ([(-900, -100), (-10, None)], 500, False),
    ([(-900, -100), (-10, None)], 50, False),
    ([(-900, -100), (-10, None)], 11, False),
    ([(-900, -100), (-10, None)], 10, True),
    ([(-900, -100), (0, None)], 0, True),
    ([(-900, -100), (1, None)], 0, False),
    # A new contract from the next day on, or within the old one, is the same employment.
    ([(-900, -101), (-100, None)], 500, True),
    ([(-900, -100), (-200, None)], 500, True),
    ([(-900, -100), (-99, -50), (-49, None)], 500, True),
    ([(-900, -100), (-98, -50), (-49, None)], 500, False),
    ([(-900, -100), (-98, -50), (-49, None)], 98, True),
    # A short one within a longer one is no gap.
    ([(-900, None), (-400, -300), (-10, 0)], 500, True),
    # Given before the first employment, to a fiduciary who was employed later.
    ([(-10, None)], 500, True),
    # What is still to come changes nothing today.
    ([(-900, 5), (30, None)], 500, True),
]


def test_a_new_employment_brings_no_old_access_back(cast):
    invoice = make_invoice(cast.ktg, cast.reto)
    name(cast, cast.hugo, cast.felix, by=cast.claire)
    name(cast, cast.felix, cast.hugo, by=cast.claire)
    for spells, days, counts in SPELLS:
        with undone():
            employed(cast, cast.hugo, *spells)
            given(cast.hugo, days)
            assert agrees(cast.hugo, "person.edit", cast.marco) == counts, (spells, days)
            # Nor in his stead, nor does he stand in for anybody.
            assert agrees(cast.felix, "person.edit", cast.marco) == counts
            assert agrees(cast.hugo, "invoice.view", invoice) == counts
            rows = grants.grants_of(cast.hugo)
            assert bool(in_force(rows)) == counts
            (entry,) = people.entries(cast.claire, [cast.hugo])
            assert [right["ended"] for right in entry.rights] == [not counts]
            assert any(right.since for right in summary.rights_of(cast.hugo)) == counts


def test_a_former_right_is_given_anew_by_the_rules_of_giving(cast, back):
    services.open_review(cast.rochat.pk)
    # The same again by the same person is no second click.
    CompanyGrant.objects.filter(user=cast.hugo).update(granted_by=cast.claire)
    with undone():
        row = services.give_access(cast.rochat, to=cast.hugo, preset="hr", by=cast.claire)
        assert row.uuid == back.uuid
        assert can(cast.hugo, "person.edit", cast.marco)
    # His directory may put him into his group again, and the review says what it is about.
    token = SimpleNamespace(company_id=cast.rochat.pk)
    assert cast.hugo.pk not in {row.user_id for row in groups.ledger_of(token)}
    shown = reading.shown(cast.claire, reading.all_rights(cast.claire).filter(user=cast.hugo))
    assert [each.ended for each in shown] == [True]
    # Whoever changes it sees that all of it is given.
    same = {"preset": "hr", "extra": [], "withheld": [], "until": None}
    assert len(rights.difference(back, same).gained) == len(rights.held_by(back))
    # What he asks for is added to nothing that he had once.
    asked = AccessRequest(user=cast.hugo, company=cast.rochat, action="invoice.view")
    assert (planned(asked).row, planned(asked).preset) == (None, "finance")
    # User management of old takes two people again.
    CompanyGrant.objects.filter(user=cast.hugo).update(extra_actions=["users.manage"])
    with pytest.raises(NotAllowed):
        services.change_grant(back.uuid, preset="hr", extra=["users.manage"], by=cast.claire)
    services.change_grant(back.uuid, preset="hr", extra=["users.manage"], by=cast.reto)
    assert can(cast.hugo, "person.edit", cast.marco)
    assert not can(cast.hugo, "users.manage", cast.rochat)
    assert ManagementRequest.unrestricted.filter(grant=back.uuid, state="open").exists()


def test_nobody_is_asked_to_confirm_a_former_right(cast, back):
    make_manager(cast, cast.felix)
    with pytest.raises(NotNow):
        services.request_management(back.uuid, by=cast.felix)


def test_who_has_left_is_given_nothing_that_would_not_count(cast, sign_in, english, link_in):
    line = {"first_name": "Hugo", "last_name": "Favre", "email": cast.hugo.email}
    services.invite(cast.rochat, preset="finance", by=cast.claire, language="en", **line)
    leaves(cast, cast.hugo)
    (row,) = grants.grants_of(cast.hugo)
    for preset in ("hr", "payroll"):
        for act in (
            lambda preset=preset: services.give_access(
                cast.rochat, to=cast.hugo, preset=preset, by=cast.claire
            ),
            lambda preset=preset: services.change_grant(
                row.uuid, preset=preset, by=cast.claire, until=today()
            ),
        ):
            with pytest.raises(NotNow) as refusal:
                act()
            assert refusal.value.code == "left"
        with pytest.raises(ValidationError) as refused:
            services.invite(cast.rochat, preset=preset, by=cast.claire, **line)
        with translation.override("en"):
            assert "employment at the company has ended" in refused.value.messages[0]
        rows = services.bring_rows([line | {"role": preset}], by=cast.claire)
        (found,) = bulk.check(bulk.unseal(rows), cast.claire)
        assert [each.code for each in found.problems] == ["left"]
    browser = sign_in(cast.claire)
    page = browser.get(f"/users/people/{cast.hugo.pk}/access/?scope=company:{cast.rochat.pk}")
    assert (page.status_code, "with another e-mail address" in page.content.decode()) == (409, True)
    # The invitation from before says so to himself.
    link, browser = link_in(cast.hugo.email), sign_in(cast.hugo, on=Client())
    for answer in (browser.get(link), browser.post(link)):
        assert "Your employment at this company has ended" in answer.content.decode()
    with pytest.raises(NotNow) as refusal:
        services.accept_invitation(link.rstrip("/").split("/")[-1], by=cast.hugo)
    assert refusal.value.code == "left"
    assert grants.grants_of(cast.hugo) == [row]
    # Elsewhere he is nobody's leaver.
    services.give_access(cast.keller, to=cast.hugo, preset="finance", by=cast.reto)
    # Whose access has ended is invited again, in a list too.
    CompanyGrant.objects.filter(user=cast.felix).update(until=today() - DAY)
    for user, wrong in ((cast.felix, []), (cast.sonia, [])):
        rows = services.bring_rows(
            [{"email": user.email, "first_name": "F", "last_name": "D", "role": "finance"}], by=cast.claire
        )
        assert [each.code for each in bulk.check(bulk.unseal(rows), cast.claire)[0].problems] == wrong


def test_file_and_api_say_that_the_right_of_who_has_left_has_ended(cast, sign_in, english):
    leaves(cast, cast.hugo)
    # His directory still sees him, to take him away.
    assert cast.hugo.pk in {
        row.user_id for row in groups.ledger_of(SimpleNamespace(company_id=cast.rochat.pk))
    }
    browser = sign_in(cast.claire)
    table = browser.get("/users/export/csv/").content.decode("utf-8-sig")
    rows = {row["E-mail"]: row["Access"] for row in csv.DictReader(io.StringIO(table), delimiter=";")}
    assert (rows[cast.hugo.email], rows[cast.felix.email]) == ("Ended", "In force")
    listed = browser.get("/api/v1/grants/").json()["results"]
    found = {grant["user"]: grant["ended"] for grant in listed}
    assert (found[str(cast.hugo.pk)], found[str(cast.felix.pk)]) == (True, False)
    (row,) = grants.grants_of(cast.hugo)
    claim = open_claim(cast)
    for user in (cast.hugo, cast.felix):
        grants.write(claim, to=user, preset="hr", by=cast.claire)
    opened = {each["person"]: each["ended"] for each in single_files.holders(cast.claire, claim)}
    assert opened == {cast.hugo: True, cast.felix: False}
    assert browser.get(f"/api/v1/grants/{row.uuid}/").json()["ended"] is True
    users = {user["id"]: user["grants"] for user in browser.get("/api/v1/users/").json()["results"]}
    assert {grant["ended"] for grant in users[str(cast.hugo.pk)]} == {True}


def test_an_insured_person_of_the_same_name_who_left_is_a_hint_and_no_more(cast, sign_in, english):
    review = services.open_review(cast.rochat.pk)
    person = make_person(cast.rochat, cast.lausanne, "Félix", "Dubois")
    rows, ended = InsuredPerson.unrestricted.filter(pk=person.pk), today() - DAY
    (right,) = grants.grants_of(cast.felix)

    def hinted(reader=cast.claire):
        (entry,) = people.entries(reader, [cast.felix])
        days = {each["namesake_left"] for each in entry.rights}
        shown = reading.shown(reader, reading.rights_in(reader, review).filter(user=cast.felix))
        assert days == {each.namesake_left for each in shown}
        (day,) = days
        return day

    for end, user, day in (
        (None, None, None), (today(), None, None), (ended, None, ended), (ended, cast.zoe, ended),
        # His own record: he is recognised.
        (ended, cast.felix, None),
    ):  # fmt: skip
        rows.update(employment_end=end, user=user)
        assert hinted() == day, (end, user)
    rows.update(user=None)
    # Whoever sees no employees learns nothing of them.
    (row,) = grants.grants_of(cast.claire)
    with undone():
        CompanyGrant.objects.filter(pk=row.pk).update(withheld_actions=["person.view"])
        assert hinted() is None
    browser = sign_in(cast.claire)
    for path in ("/users/", f"/users/people/{cast.felix.pk}/", f"/reviews/{review.pk}/"):
        page = browser.get(path).content.decode()
        assert page.count("Has perhaps left") == 1, path
        if "reviews" not in path:
            assert "End the access" in page
    assert agrees(cast.felix, "company.view", cast.rochat)
    # Another one of the name still works there.
    with undone():
        make_person(cast.rochat, cast.morges, "Félix", "Dubois")
        assert hinted() is None
    services.remove_access(right.uuid, by=cast.claire)
    assert not grants.grants_of(cast.felix)
