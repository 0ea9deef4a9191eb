"""Who can see this, and why; what somebody can see: the policy's own answer, whole, in words, in few queries."""

import uuid
from datetime import date

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from declarations import services as declarations
from documents.models import Folder
from permissions import grants
from permissions.ledger import StaffRole
from permissions.policy import can, users_who_can
from permissions.vocabulary import GRANTABLE
from tests.factories import make_person, make_user
from tests.factories_claims import open_claim
from tests.factories_documents import make_document
from tests.factories_finance import make_invoice
from users import who
from users.models import User


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"


def page_of(kind, thing):
    return reverse("users:who", args=[kind, thing.pk])


def named(answer, part):
    return {holder.user.pk for holder in answer.context[part]}


def test_the_list_is_the_policys_own_for_every_kind_and_reader(cast, sign_in):
    """Everybody who sees a thing, and nobody else, reads the same names; the others get the usual refusal."""
    claim = open_claim(cast, person=cast.persons.nadia)
    folder = Folder.unrestricted.get(claim_file=claim)
    sole = make_user("Sole", "Solo")
    grants.grant(claim, to=sole, preset="hr", by=cast.reto)
    grants.grant(cast.lausanne, to=make_user("Lia", "Lausanne"), preset="hr_site", by=cast.reto)
    grants.grant(cast.rochat, to=make_user("Ex", "Gone"), preset="hr", by=cast.reto, until=date(2099, 1, 1))
    type(grants.grants_of(User.objects.get(first_name="Ex"))[0]).objects.filter(user__first_name="Ex").update(
        until=date(2020, 1, 1)
    )
    things = {
        "claim": [claim],
        "document": [
            make_document(folder, cast.nadia, "medical"),
            make_document(folder, cast.hugo, "administrative"),
        ],
        "invoice": [make_invoice(cast.ktg, cast.reto)],
        "declaration": [
            declarations.start(cast.persons.nadia, "illness", by=cast.nadia),
            declarations.start(cast.persons.nadia, "illness", by=cast.hugo),
        ],
        "company": [cast.rochat],
    }
    readers = {
        each: sign_in(getattr(cast, each), on=Client()) for each in ("hugo", "nadia", "felix", "reto", "zoe")
    }
    asked = 0
    for kind, rows in things.items():
        view = who.KINDS[kind].view
        for thing in rows:
            seeing = users_who_can(view, thing)
            for name, browser in readers.items():
                reader = getattr(cast, name)
                answer = browser.get(page_of(kind, thing))
                api = browser.get(reverse("who-can-see", args=[kind, thing.pk]), {"page_size": 100})
                assert answer.status_code == api.status_code, (kind, name)
                if not can(reader, view, thing):
                    assert answer.status_code == (403 if (kind, name) == ("claim", "reto") else 404)
                    continue
                asked += 1
                shown = {part: named(answer, part) for part in ("you", "company", "insurer")}
                everybody = shown["you"] | shown["company"] | shown["insurer"]
                assert shown["you"] == {reader.pk}
                assert {row["user"] for row in api.json()["results"]} == {str(key) for key in everybody}
                if kind == "company":
                    # Whoever is insured there and no more is counted, not named.
                    insured = {cast.nadia.pk, cast.jonas.pk} - {reader.pk}
                    assert not insured & everybody
                    seeing_named = seeing - {cast.nadia.pk, cast.jonas.pk} | {reader.pk}
                    assert everybody == seeing_named, name
                elif kind == "claim":
                    # The contract manager knows the number, and the list says that it is all.
                    assert everybody == seeing | {cast.reto.pk}
                    (row,) = [row for row in api.json()["results"] if row["user"] == str(cast.reto.pk)]
                    assert row["actions"] == ["claim.number"]
                else:
                    assert everybody == seeing, (kind, name)
                staff = set(StaffRole.objects.values_list("user_id", flat=True))
                assert shown["insurer"] == (everybody & staff) - {reader.pk}
    assert asked > 10
    for browser in readers.values():
        for path in ("/access/claim/", "/access/folder/", "/access/person/"):
            assert browser.get(f"{path}{uuid.uuid4()}/").status_code == 404


def test_every_reason_says_role_scope_since_when_and_by_whom(cast, sign_in):
    claim = open_claim(cast, person=cast.persons.nadia)
    sole = make_user("Sole", "Solo")
    row = grants.grant(claim, to=sole, preset="hr", by=cast.reto)
    grants.grant(cast.rochat, to=sole, preset="fiduciary", by=cast.reto)
    rows = sign_in(cast.hugo).get(reverse("who-can-see", args=["claim", claim.pk])).json()["results"]
    by_user = {each["user"]: each for each in rows}
    mine = by_user[str(sole.pk)]
    assert {(each["role"], each["stands_on"]) for each in mine["why"]} == {
        ("hr", "claim_file"),
        ("fiduciary", "company"),
    }
    why = next(each for each in mine["why"] if each["role"] == "hr")
    assert claim.number in why["where"]
    assert why["granted_by"] == str(cast.reto.pk)
    assert why["since"].startswith(row.granted.astimezone().date().isoformat()[:7])
    assert by_user[str(cast.nadia.pk)]["why"][0]["stands_on"] == "person"
    assert "claim.view_sealed" in by_user[str(cast.nadia.pk)]["actions"]
    assert "claim.decide" in by_user[str(cast.pauline.pk)]["actions"]
    assert by_user[str(cast.hugo.pk)]["group"] == "you"
    cast.hugo.language = "en"
    cast.hugo.save()
    page = sign_in(cast.hugo).get(page_of("claim", claim)).content.decode()
    for words in ("Reto Tschanz", "given by", claim.number, "Your company", "is the insured person"):
        assert words in page


def test_a_narrower_scope_within_a_company_is_not_named_there(cast, sign_in):
    """Whoever sees the company alone learns of no claim file by who was given it."""
    claim = open_claim(cast)
    grants.grant(claim, to=make_user("Sole", "Solo"), preset="hr", by=cast.reto)
    browser = sign_in(cast.felix)
    assert claim.number not in browser.get(page_of("company", cast.rochat)).content.decode()
    assert (
        claim.number
        not in browser.get(reverse("who-can-see", args=["company", cast.rochat.pk])).content.decode()
    )


def test_the_page_asks_as_often_for_many_people_as_for_few(cast, sign_in):
    claim = open_claim(cast, person=cast.persons.nadia)
    browser = sign_in(cast.claire)
    grants.grant(claim, to=cast.claire, preset="hr", by=cast.reto)
    paths = [
        page_of("claim", claim),
        page_of("company", cast.rochat),
        reverse("who-can-see", args=["claim", claim.pk]),
        reverse("users:sees", args=[cast.hugo.pk]),
    ]
    counts = []
    for number in (3, 48):
        with transaction.atomic():
            for each in range(number):
                user = make_user("Many", f"People {number} {each}")
                grants.write(cast.rochat, to=user, preset="hr", by=cast.reto)
                make_person(cast.rochat, cast.lausanne, user=make_user())
                if each < 12:
                    grants.write(open_claim(cast), to=cast.hugo, preset="hr", by=cast.reto)
        found = []
        for path in paths:
            assert browser.get(path).status_code == 200
            with CaptureQueriesContext(connection) as queries:
                browser.get(path)
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]
    # One page of many, the rest follows.
    first = browser.get(paths[0])
    assert len(first.context["company"]) == 50
    second = browser.get(paths[0], {"page": 2})
    assert not named(first, "company") & named(second, "company")


def test_what_somebody_sees_is_what_the_policy_lets_him_where_the_reader_looks(cast, sign_in):
    grants.grant(cast.keller, to=cast.hugo, preset="finance", by=cast.reto)
    grants.grant(cast.morges, to=cast.hugo, preset="hr_site", by=cast.reto)
    address = reverse("users:sees", args=[cast.hugo.pk])
    api = reverse("user-sees", args=[cast.hugo.pk])
    found = {right["action"]: right for right in sign_in(cast.claire).get(api).json()}
    # Every right that can be given, with its no.
    assert set(found) == GRANTABLE | {"users.view_as"}
    for action, right in found.items():
        places = {place["scope"] for place in right["places"]}
        company = str(cast.rochat.pk)
        if action != "declaration.create":
            from permissions.reach import reach_of

            assert (company in places) == (cast.rochat.pk in reach_of(cast.hugo).scopes(action).company), (
                action
            )
        assert str(cast.keller.pk) not in places
    assert str(cast.morges.pk) in {place["scope"] for place in found["claim.view"]["places"]}
    assert found["invoice.view"]["places"] == []
    # The contract manager looks after both.
    wider = {right["action"]: right for right in sign_in(cast.reto).get(api).json()}
    assert [place["scope"] for place in wider["invoice.view"]["places"]] == [str(cast.keller.pk)]
    page = sign_in(cast.claire).get(address).content.decode()
    assert "Morges" in page
    assert "Keller" not in page
    for reader in (cast.hugo, cast.bruno, cast.felix, cast.pauline):
        expected = 200 if reader == cast.bruno else 404
        assert sign_in(reader).get(address).status_code == expected
        assert sign_in(reader).get(api).status_code == expected


def test_a_claim_file_that_the_reader_does_not_see_has_no_number_there(cast, sign_in):
    claim = open_claim(cast)
    grants.grant(claim, to=cast.felix, preset="hr", by=cast.reto)
    page = sign_in(cast.claire).get(reverse("users:sees", args=[cast.felix.pk])).content.decode()
    assert claim.number not in page
    assert (
        claim.number in sign_in(cast.reto).get(reverse("users:sees", args=[cast.felix.pk])).content.decode()
    )
