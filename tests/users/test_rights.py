"""The matrix of rights, the difference before saving, one person's page, a single claim file, many people."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.text import swiss_date
from correspondence.models import Notification
from correspondence.notices import notices
from documents.models import Folder
from permissions import grants
from permissions.policy import can
from permissions.vocabulary import ACTIONS, GRANTABLE
from tests.factories import make_manager, make_person, make_site
from tests.factories_claims import open_claim
from users import rights, services, summary
from users.models import Invitation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def row_of(user, preset=None):
    return next(row for row in grants.grants_of(user) if preset in {None, row.preset})


def body(answer):
    return re.sub(r"\s+", " ", html.unescape(answer.content.decode()))


def said(answer):
    """The lines of the difference on a page, each as `+ words`, `- words` or `words`."""
    found = []
    listed = re.search(r'<ul class="difference">(.*?)</ul>', answer.content.decode(), re.S)
    for kind, line in re.findall(r"<li(?: class=\"(\w+)\")?>(.*?)</li>", listed[1] if listed else "", re.S):
        words = re.sub(r'<span class="vh">.*?</span>|<[^>]+>', "", line)
        mark = {"gain": "+ ", "loss": "- "}.get(kind, "")
        found.append(mark + html.unescape(" ".join(words.split())))
    return found


def mark_on(answer, name):
    found = re.search(rf'name="{name}" value="(\w{{64}})"', answer.content.decode())
    return found and found[1]


# --- The words --------------------------------------------------------------------------------------------


def test_the_matrix_knows_every_right_there_is():
    assert set(rights.IN_ORDER) == GRANTABLE
    assert len(rights.IN_ORDER) == len(set(rights.IN_ORDER))
    for meant in rights.MEANT_ON.values():
        assert meant <= set(rights.IN_ORDER)
    for kind, presets in summary.PRESETS_OF_SCOPE.items():
        assert rights.MEANT_ON[kind], presets


@pytest.mark.parametrize(
    ("kind", "without"),
    [
        ("site", {"audit.view", "contract.view", "invoice.view", "person.create"}),
        (
            "contract",
            {"audit.view", "declaration.create", "person.create", "person.edit", "person.view"}
            | {"person.view_absences"},
        ),
    ],
)
def test_what_means_nothing_on_a_narrow_place_is_not_asked_there(cast, kind, without):
    """The table against the policy: what is left out opens nothing there, what is asked about opens something."""
    scope = {"site": cast.morges, "contract": cast.ktg}[kind]
    assert set(rights.IN_ORDER) - rights.MEANT_ON[kind] == without
    grants.grant(scope, to=cast.zoe, preset="hr", extra=sorted(without), by=cast.reto)
    make_person(cast.rochat, cast.morges, "Ida", "Neu")
    for action, obj in (("person.create", cast.rochat), ("audit.view", cast.rochat)):
        assert not can(cast.zoe, action, obj)


# --- Changing ---------------------------------------------------------------------------------------------

TODAY = timezone.localdate
CHANGES = [
    # what is posted, besides the role; what is said; whether it is asked about once more
    ({}, "hr", [], False),
    ({"right-invoice.view": "yes"}, "hr", ["+ See premium invoices"], False),
    ({"right-person.edit": "yes", "right-users.view": "no"}, "hr", [], False),
    ({"right-person.edit": "no"}, "hr", ["- Edit employees"], True),
    ({"until": "31.12.2099"}, "hr", ["Ends on 31.12.2099 (until now without an end)"], True),
    (
        {"right-audit.view": "yes", "right-claim.view": "no"},
        "fiduciary",
        [
            "+ See premium invoices", "+ See the activity log", "- See claim files", "- Add employees",
            "- Edit employees", "- See absences in sum", "Role: Fiduciary instead of HR",
        ],
        True,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "preset", "words", "weighty"), CHANGES)
def test_nothing_is_saved_before_its_difference_was_shown(
    cast, sign_in, typed, preset, words, weighty, lines
):
    row, client = row_of(cast.hugo), sign_in(cast.claire)
    address, form = f"/users/access/{row.uuid}/", {"preset": preset, **typed}
    before = (row.preset, row.extra_actions, row.withheld_actions, row.until)
    live = client.post(f"{address}preview/", form)
    assert sorted(said(live)) == sorted(words)
    asked = client.post(address, form)
    row.refresh_from_db()
    assert (row.preset, row.extra_actions, row.withheld_actions, row.until) == before
    if not words:
        assert asked["Location"] == f"/users/people/{cast.hugo.pk}/"
        assert "Nothing was changed" in body(client.get(asked["Location"]))
        return
    assert asked.status_code == 200
    assert sorted(said(asked)) == sorted(words)
    # With scripts it was shown already: the weighty ones are asked about all the same.
    seen = client.post(address, {**form, "shown": mark_on(live, "shown")})
    assert seen.status_code == (200 if weighty else 302)
    if weighty:
        assert not lines("access.changed")
        assert client.post(address, {**form, "confirmed": mark_on(asked, "confirmed")}).status_code == 302
        # A second click finds nothing left to do.
        assert client.post(address, {**form, "confirmed": mark_on(asked, "confirmed")}).status_code == 302
    row = grants.find(row.uuid)
    assert len(lines("access.changed")) == 1
    assert (row.preset, swiss_date(row.until)) == (preset, typed.get("until", ""))
    assert set(row.extra_actions) == {name[6:] for name, answer in typed.items() if answer == "yes"}
    assert set(row.withheld_actions) == {name[6:] for name, answer in typed.items() if answer == "no"}


def test_the_page_that_asks_keeps_what_was_typed_and_leads_back_to_it(cast, sign_in):
    address, client = f"/users/access/{row_of(cast.hugo).uuid}/", sign_in(cast.claire)
    form = {"preset": "hr", "right-person.edit": "no", "until": "31.12.2099"}
    asked = client.post(address, form)
    hidden = dict(
        re.findall(r'<input type="hidden" name="([\w.-]+)" value="([^"]*)">', asked.content.decode())
    )
    assert {name: hidden[name] for name in form} == form
    back = client.post(address, {**hidden, "edit": "1"})
    assert back.status_code == 200
    text = back.content.decode()
    assert re.search(r'name="right-person.edit" value="no"[^>]* checked', text)
    assert said(back) == ["- Edit employees", "Ends on 31.12.2099 (until now without an end)"]


def test_a_change_decided_on_what_stood_before_is_shown_once_more(cast, sign_in):
    address, client = f"/users/access/{row_of(cast.hugo).uuid}/", sign_in(cast.claire)
    form = {"preset": "finance"}
    mark = mark_on(client.post(address, form), "confirmed")
    services.change_grant(row_of(cast.hugo).uuid, preset="hr", extra=["audit.view"], by=cast.reto)
    again = client.post(address, {**form, "confirmed": mark})
    assert again.status_code == 200
    assert "- See the activity log" in said(again)
    assert "changed meanwhile" in body(again)
    assert row_of(cast.hugo).preset == "hr"
    client.post(address, {**form, "confirmed": mark_on(again, "confirmed")})
    assert row_of(cast.hugo).preset == "finance"


def test_user_management_is_given_by_the_contract_manager_after_being_asked(cast, sign_in):
    address = f"/users/access/{row_of(cast.hugo).uuid}/"
    form = {"preset": "hr", "manage": "on", "right-users.manage": "yes"}
    assert "Nothing was changed" in body(sign_in(cast.claire).post(address, form, follow=True))
    manager = sign_in(cast.reto, Client())
    manager.cookies["django_language"] = "en"
    live = manager.post(f"{address}preview/", form)
    asked = manager.post(address, {**form, "shown": mark_on(live, "shown")})
    assert said(asked) == ["+ Manage users"]
    assert not can(cast.hugo, "users.manage", cast.rochat)


def test_who_may_not_give_user_management_does_not_take_it_by_saving(cast, sign_in):
    """Another administrator changes something else: what only the contract manager gives stays as it is."""
    make_manager(cast, cast.zoe)
    address, client = f"/users/access/{row_of(cast.zoe).uuid}/", sign_in(cast.claire)
    assert "Only the contract manager takes this away" in body(client.get(address))
    form = {"preset": "administrator", "right-invoice.view": "yes"}
    live = client.post(f"{address}preview/", form)
    client.post(address, {**form, "shown": mark_on(live, "shown")})
    assert row_of(cast.zoe).extra_actions == ["invoice.view", "users.manage"]


def test_what_stands_on_a_company_alone_is_refused_on_a_site(cast, sign_in):
    client = sign_in(cast.claire)
    form = {
        "email": "s@rochat.example", "first_name": "S", "last_name": "B", "language": "en",
        "where": f"site:{cast.morges.pk}", "preset": "hr_site",
    }  # fmt: skip
    answer = client.post("/users/invite/", {**form, "right-invoice.view": "yes"})
    assert answer.status_code == 422
    assert "This right stands on a whole company" in body(answer)
    assert client.post("/users/invite/", {**form, "right-person.edit": "yes"}).status_code == 302
    # On a row of the site the question is not even asked.
    page = client.get(f"/users/access/{row_of(cast.sonia).uuid}/").content.decode()
    assert 'name="right-person.edit"' in page
    assert 'name="right-invoice.view"' not in page


# --- One person, and further access -------------------------------------------------------------------------


def test_one_person_with_everything_he_holds_here(cast, sign_in):
    grants.grant(cast.keller, to=cast.felix, preset="payroll", by=cast.reto)
    page = body(sign_in(cast.claire).get(f"/users/people/{cast.felix.pk}/"))
    assert "Félix can see contracts and premium invoices (Atelier Rochat SA)." in page
    assert "Given on" in page
    assert "by Reto Tschanz" in page
    assert "Finance</dt><dd>See premium invoices</dd>" in page
    assert "Keller" not in page
    assert reverse("users:deactivate", args=[cast.felix.pk]) in page
    # His own page offers nothing to do; the insurer's superuser looks only.
    for reader, person in ((cast.claire, cast.claire), (cast.sacha, cast.felix)):
        own = body(sign_in(reader, Client()).get(f"/users/people/{person.pk}/"))
        assert f"/users/people/{person.pk}/access/" not in own
        assert "deactivate" not in own


def test_further_access_is_given_at_once_and_once(cast, sign_in, lines):
    client, address = sign_in(cast.claire), f"/users/people/{cast.felix.pk}/access/"
    form = {"where": f"site:{cast.morges.pk}", "preset": "hr_site", "right-document.upload": "no"}
    for _click in range(2):
        answer = client.post(address, form)
        assert answer["Location"] == f"/users/people/{cast.felix.pk}/"
    row = row_of(cast.felix, "hr_site")
    assert (row.content_object, row.withheld_actions) == (cast.morges, ["document.upload"])
    assert len([line for line in lines("access.granted") if line.actor == cast.claire.pk]) == 1
    # Another way of the same role is a change, not a gift: it would overwrite the first unseen.
    assert client.post(address, {**form, "right-document.upload": ""}).status_code == 422
    assert row_of(cast.felix, "hr_site").withheld_actions == ["document.upload"]
    for where in (f"company:{cast.keller.pk}", f"site:{uuid.uuid4()}", "x", ""):
        assert client.post(address, {**form, "where": where}).status_code == 422
    for person, status in ((cast.claire, 403), (cast.bruno, 404), (cast.nadia, 404)):
        assert client.post(f"/users/people/{person.pk}/access/", form).status_code == status


# --- A single claim file ---------------------------------------------------------------------------------------


@pytest.fixture
def opened(cast):
    """Hugo does HR and manages users; a claim of Nadia's, and one of his own."""
    make_manager(cast, cast.hugo)
    own = make_person(cast.rochat, cast.lausanne, "Hugo", "Favre", user=cast.hugo)
    return SimpleNamespace(
        claim=open_claim(cast, person=cast.persons.nadia), own=open_claim(cast, person=own, by=cast.sonia)
    )


def test_one_file_is_opened_to_a_named_colleague_and_taken_back(cast, sign_in, opened, lines):
    client, address = sign_in(cast.hugo), f"/users/claim-files/{opened.claim.pk}/"
    assert address in client.get(f"/claims/{opened.claim.pk}/").content.decode()
    page = client.get(address, {"q": "dubois rochat"})
    assert [each["person"] for each in page.context["candidates"]] == [cast.felix]
    everybody = {each["person"]: each["sees"] for each in client.get(address).context["candidates"]}
    assert everybody == {cast.claire: False, cast.felix: False, cast.fiona: True, cast.sonia: False}
    form = {"person": str(cast.felix.pk), "level": "read", "until": swiss_date(TODAY() + timedelta(days=7))}
    for _click in range(2):
        assert client.post(address, form)["Location"] == address
    assert len([line for line in lines("access.granted") if line.target == opened.claim.pk]) == 1
    assert can(cast.felix, "claim.view", opened.claim)
    assert not can(cast.felix, "document.upload", Folder.unrestricted.get(claim_file=opened.claim))
    # He is told, and led to the file.
    told = Notification.objects.get(user=cast.felix, event="access.granted", target=opened.claim.pk)
    (notice,) = notices(cast.felix, [told])
    assert (notice.number, notice.url) == (opened.claim.number, f"/claims/{opened.claim.pk}/")
    text = body(client.get(address))
    assert (
        f"Félix can read this claim file (claim file {opened.claim.number}, Atelier Rochat SA), until" in text
    )
    row = row_of(cast.felix, "hr")
    taken = client.post(f"/users/access/{row.uuid}/remove/?next={address}")
    assert taken["Location"] == address
    assert not can(cast.felix, "claim.view", opened.claim)


def test_a_file_opened_for_reading_before_there_were_plans_brings_none(cast, opened):
    earlier = ["claim.edit_incapacity", "document.classify", "document.upload"]
    grants.grant(opened.claim, to=cast.felix, preset="hr", withheld=earlier, by=cast.hugo)
    # Who has more than reading is said to have it.
    assert str(ACTIONS["plan.agree"]) in summary.deeds("hr", (), earlier, kind="claim_file")
    with connection.cursor() as cursor:
        for statement in import_module("users.migrations.0016_reading_a_file_plans_nothing").FORWARD:
            cursor.execute(statement)
    row = row_of(cast.felix, "hr")
    assert set(row.withheld_actions) == rights.FILE_LEVELS["read"][1]
    assert can(cast.felix, "claim.view", opened.claim)
    assert not can(cast.felix, "plan.agree", opened.claim)


def test_who_may_open_a_file_and_to_whom(cast, sign_in, opened):
    address = f"/users/claim-files/{opened.claim.pk}/"
    client = sign_in(cast.hugo)
    # Not to the insured person, not to a stranger, not to oneself; nor one's own case.
    for person in (cast.nadia, cast.bruno, cast.hugo, cast.reto):
        answer = client.post(address, {"person": str(person.pk), "level": "work"})
        assert answer.status_code == 200
        assert answer.context["chosen"] is None
    assert client.post(address, {"person": "x", "level": "work"}).status_code == 200
    assert client.get(f"/users/claim-files/{opened.own.pk}/").status_code == 403
    assert (
        f"/users/claim-files/{opened.own.pk}/" not in client.get(f"/claims/{opened.own.pk}/").content.decode()
    )
    # Claire manages users but sees no claim file: it does not exist for her, not even by its number.
    claire = sign_in(cast.claire, Client())
    claire.cookies["django_language"] = "en"
    assert claire.get(address).status_code == 404
    services.give_access(opened.claim, to=cast.felix, preset="hr", by=cast.hugo)
    for page in (
        "/users/",
        f"/users/people/{cast.felix.pk}/",
        f"/users/access/{row_of(cast.felix, 'hr').uuid}/",
    ):
        shown = body(claire.get(page))
        assert "one claim file, Atelier Rochat SA" in shown
        assert opened.claim.number not in shown
    assert not [row for row in grants.grants_on({"claim_file": [opened.claim.pk]}) if row.user != cast.felix]


def test_somebody_without_an_account_is_invited_to_the_file_alone(cast, sign_in, opened):
    client = sign_in(cast.hugo)
    link = f"/users/invite/?scope=claim_file:{opened.claim.pk}"
    assert link in client.get(f"/users/claim-files/{opened.claim.pk}/").content.decode()
    page = client.get(link).content.decode()
    assert re.findall(r'name="preset" value="(\w+)"', page) == ["hr"]
    assert re.search(r'name="preset" value="hr"[^>]* checked', page)
    form = {
        "email": "doc@rochat.example",
        "first_name": "D",
        "last_name": "B",
        "language": "en",
        "preset": "hr",
    }
    assert client.post(link, {**form, "where": f"claim_file:{opened.claim.pk}"}).status_code == 302
    assert Invitation.unrestricted.get().scope == opened.claim
    assert "doc@" in client.get(f"/users/claim-files/{opened.claim.pk}/").content.decode()


# --- Many ---------------------------------------------------------------------------------------------------------

# People with HR at a company, in one go: making them one by one would take a minute.
MANY = """
with people as (
  insert into users_user (id, created, password, email, identifier, first_name, last_name, sort_key, phone, function,
      language, theme, is_active, unmailed, failures)
  select gen_random_uuid(), now(), '', 'p' || n || '@many.example', 'X' || n, 'Pia', 'Nr' || n, 'nr' || n || ' pia',
      '', '', 'fr', 'auto', true, '{}', 0
  from generate_series(%(first)s, %(last)s) as n returning id)
insert into permissions_companygrant (uuid, user_id, permission_id, content_object_id, extra_actions, withheld_actions,
    granted, granted_by_id)
select gen_random_uuid(), people.id, %(permission)s, %(company)s, '{}', '{}', now(), %(by)s from people
"""


def _more_people(cast, first, last):
    with connection.cursor() as cursor:
        permission = row_of(cast.hugo).permission_id
        cursor.execute(
            MANY,
            {
                "first": first,
                "last": last,
                "permission": permission,
                "company": cast.rochat.pk,
                "by": cast.reto.pk,
            },
        )
        cursor.execute("analyze users_user, permissions_companygrant")


def test_five_thousand_people_cost_as_many_queries_as_fifty(cast, sign_in, opened):
    hugo, reto = sign_in(cast.hugo, Client()), sign_in(cast.reto, Client())
    hugo.cookies["django_language"] = reto.cookies["django_language"] = "en"

    def visits():
        person = next(
            row.user for row in grants.grants_on({"company": [cast.rochat.pk]}) if row.user.email[1:3] == "1@"
        )
        uid = row_of(person).uuid
        return {
            "list": lambda: hugo.get("/users/"),
            "last page": lambda: hugo.get("/users/", {"page": "last"}),
            "search": lambda: hugo.get("/users/", {"q": "nr1 pia", "preset": "hr", "state": "unprotected"}),
            "company": lambda: reto.get("/users/", {"company": str(cast.rochat.pk), "state": "never"}),
            "person": lambda: hugo.get(f"/users/people/{person.pk}/"),
            "matrix": lambda: hugo.get(f"/users/access/{uid}/"),
            "difference": lambda: hugo.post(f"/users/access/{uid}/preview/", {"preset": "finance"}),
            "place": lambda: hugo.get(f"/users/people/{person.pk}/access/"),
            "claim file": lambda: hugo.get(f"/users/claim-files/{opened.claim.pk}/", {"q": "nr1"}),
            "api": lambda: hugo.get("/api/v1/users/", {"q": "pia", "page_size": 100}),
        }

    def count():
        found = {}
        for name, visit in visits().items():
            cache.clear()
            assert visit().status_code == 200, name
            with CaptureQueriesContext(connection) as queries:
                visit()
            found[name] = len(queries)
        return found

    _more_people(cast, 1, 50)
    few = count()
    _more_people(cast, 51, 5000)
    assert count() == few
    assert hugo.get("/users/", {"q": "nr4999"}).context["entries"][0].person.email == "p4999@many.example"


def test_of_many_places_one_is_searched(cast, sign_in):
    for number in range(45):
        make_site(cast.rochat, f"Werk {number}")
    client = sign_in(cast.claire)
    page = client.get("/users/invite/")
    assert [place.words for place in page.context["asked"].found] == ["Atelier Rochat SA"]
    found = client.get("/users/invite/", {"q": "rochat werk 44"}).context["asked"].found
    assert [place.words for place in found] == ["site of Werk 44, Atelier Rochat SA"]
    assert client.get("/users/invite/", {"q": "winterthur\0"}).context["asked"].found == []
    settled = client.get("/users/invite/", {"scope": found[0].value})
    assert re.findall(r'name="preset" value="(\w+)"', settled.content.decode()) == ["hr_site"]
    foreign = client.get("/users/invite/", {"scope": f"site:{cast.winterthur.pk}"})
    assert foreign.context["asked"].choices is None
    form = {"email": "s@rochat.example", "first_name": "S", "last_name": "B", "language": "en"}
    where = {"where": found[0].value, "preset": "hr_site"}
    assert client.post(f"/users/invite/?scope={found[0].value}", {**form, **where}).status_code == 302
    assert Invitation.unrestricted.get().scope.name == "Werk 44"
