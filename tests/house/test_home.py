"""The home page: what waits for whom, by the policy, at a constant number of queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from claims_files import services as claims
from declarations import services as declarations
from tests.factories_claims import open_claim
from users.models import Invitation
from users.services import request_access

pytestmark = pytest.mark.django_db


def page(browser) -> str:
    answer = browser.get(reverse("home"))
    assert answer.status_code == 200
    return answer.content.decode()


def asked(cast, person, addressee: str, kind: str):
    """A claim file of this person in which a paper is asked for."""
    claim = open_claim(cast, person=person)
    claims.take_over(claim.pk, by=cast.pauline)
    claims.request_paper(claim.pk, kind=kind, addressee=addressee, by=cast.pauline)
    return claim


class TestToDo:
    def test_a_paper_asked_of_the_employer_waits_for_hr_and_not_for_the_person(self, cast, sign_in):
        claim = asked(cast, cast.persons.nadia, "employer", "wage_statement")
        here = reverse("claims_files:documents", args=[claim.pk])
        address = f"{here}?kind=wage_statement#send-documents"
        assert page(sign_in(cast.hugo)).count(f'todo-row" href="{address}"') == 1
        for other in (cast.nadia, cast.felix, cast.pauline, cast.claire, cast.sonia):
            assert f'todo-row" href="{address}"' not in page(sign_in(other))

    def test_a_paper_asked_of_the_person_does_not_exist_for_hr(self, cast, sign_in):
        claim = asked(cast, cast.persons.nadia, "person", "medical_report")
        here = reverse("claims_files:documents", args=[claim.pk])
        address = f"{here}?kind=medical_report#send-documents"
        assert f'todo-row" href="{address}"' in page(sign_in(cast.nadia))
        assert "todo-row" not in page(sign_in(cast.hugo))

    def test_a_draft_waits_for_those_who_may_complete_it(self, cast, sign_in):
        draft = declarations.start(cast.marco, "illness", by=cast.hugo)
        for user, waits in ((cast.hugo, True), (cast.sonia, True), (cast.felix, False), (cast.jonas, False)):
            assert (f"/declarations/{draft.pk}/" in page(sign_in(user))) == waits

    def test_requests_and_ending_invitations_wait_for_who_manages_users(self, cast, sign_in):
        request_access(cast.felix, cast.rochat, "claim.view")
        Invitation.unrestricted.create(
            email="late@rochat.example",
            first_name="Lou",
            last_name="Tardy",
            company=cast.rochat,
            preset="hr",
            invited_by=cast.claire,
            expires=timezone.now() + timedelta(days=1),
        )
        for user, waits in ((cast.claire, True), (cast.reto, True), (cast.hugo, False), (cast.bruno, False)):
            shown = page(sign_in(user))
            assert ("Lou Tardy" in shown) == waits
            assert ("Félix Dubois" in shown) == waits


class TestCards:
    def test_the_employee_sees_his_own_case_and_what_comes_next(self, cast, sign_in):
        cast.pauline.phone = "+41215550199"
        cast.pauline.save()
        claim = open_claim(cast, person=cast.persons.nadia)
        claims.take_over(claim.pk, by=cast.pauline)
        shown = page(sign_in(cast.nadia))
        assert claim.number in shown
        assert cast.pauline.phone in shown
        assert 'id="recent"' not in shown
        assert claim.number not in page(sign_in(cast.jonas))

    def test_the_health_manager_sees_the_worklist(self, cast, sign_in):
        open_claim(cast)
        assert 'id="worklist"' in page(sign_in(cast.pauline))
        assert 'id="worklist"' not in page(sign_in(cast.hugo))

    def test_the_contract_manager_sees_the_companies_and_no_claim(self, cast, sign_in):
        claim = open_claim(cast)
        shown = page(sign_in(cast.reto))
        assert "Atelier Rochat SA" in shown
        assert claim.number not in shown
        assert "Bernasconi" not in shown

    def test_who_has_access_stands_there_for_those_who_see_it(self, cast, sign_in):
        invited = Invitation.unrestricted.create(
            email="lou@rochat.example",
            first_name="Lou",
            last_name="Tardy",
            company=cast.rochat,
            preset="hr",
            invited_by=cast.claire,
        )
        shown = page(sign_in(cast.claire))
        card = shown[shown.index('id="access"') :]
        assert re.findall(r"<dd>(\d+)</dd>", card)[:2] == ["5", "1"]
        assert reverse("users:invite") in card
        invited.delete()
        for nobody in (cast.hugo, cast.nadia, cast.zoe, cast.pauline, cast.reto):
            assert 'id="access"' not in page(sign_in(nobody))

    def test_somebody_without_any_right_gets_a_page_too(self, cast, sign_in):
        assert 'id="recent"' not in page(sign_in(cast.zoe))

    def test_ten_times_the_cases_cost_no_more_queries(self, cast, sign_in):
        def make(number: int) -> None:
            for _each in range(number):
                asked(cast, cast.marco, "employer", "wage_statement")
                declarations.start(cast.marco, "illness", by=cast.hugo)

        make(1)
        browser = sign_in(cast.hugo)
        page(browser)
        with CaptureQueriesContext(connection) as few:
            page(browser)
        make(9)
        with CaptureQueriesContext(connection) as many:
            page(browser)
        assert len(many) == len(few)


class TestCompanySwitcher:
    def test_lists_keep_to_the_chosen_company_until_all_are_chosen_again(self, cast, sign_in):
        browser = sign_in(cast.fiona)
        ours = open_claim(cast)
        theirs = open_claim(cast, person=cast.persons.elena)
        assert all(claim.number in page(browser) for claim in (ours, theirs))
        answer = browser.post(reverse("switch_company"), {"company": cast.rochat.pk, "next": "/claims/"})
        assert answer["Location"] == "/claims/"
        for address in (reverse("home"), reverse("claims_files:list")):
            shown = browser.get(address).content.decode()
            assert ours.number in shown
            assert theirs.number not in shown
        browser.post(reverse("switch_company"), {"company": ""})
        assert theirs.number in page(browser)

    def test_a_company_out_of_reach_cannot_be_chosen_and_leads_nowhere_else(self, cast, sign_in):
        browser = sign_in(cast.hugo)
        answer = browser.post(
            reverse("switch_company"), {"company": cast.keller.pk, "next": "https://evil.example/"}
        )
        assert answer["Location"] == reverse("home")
        assert "company" not in browser.session
