"""Who is told of what, what he reads of it, and what leaves by mail."""

from __future__ import annotations

import json

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims_files import services as claims
from correspondence import notices, services, tasks
from correspondence.models import Notification
from documents.models import Folder
from permissions import grants
from tests.factories_claims import open_claim
from tests.factories_documents import make_document
from users.services import answer_request, request_access

pytestmark = pytest.mark.django_db


def told(event: str) -> set[str]:
    """First names of those told of an event."""
    return set(Notification.objects.filter(event=event).values_list("user__first_name", flat=True))


@pytest.fixture
def case(cast):
    """A claim file of Nadia in Lausanne; nobody was told of anything yet."""
    claim = open_claim(cast, person=cast.persons.nadia)
    Notification.objects.all().delete()
    return claim


def folder_of(claim) -> Folder:
    return Folder.unrestricted.get(claim_file=claim)


class TestWhoIsTold:
    def test_a_decision_reaches_all_who_see_the_file_but_its_author(self, cast, case):
        claims.take_over(case.pk, by=cast.pauline)
        assert told("claim.taken_over") == {"Hugo", "Nadia", "Fiona"}

    def test_a_paper_asked_of_the_person_does_not_exist_for_the_employer(self, cast, case):
        claims.take_over(case.pk, by=cast.pauline)
        claims.request_paper(case.pk, kind="medical_report", addressee="person", by=cast.pauline)
        assert told("claim.paper_requested") == {"Nadia"}

    def test_a_paper_asked_of_the_employer_reaches_everybody(self, cast, case):
        claims.take_over(case.pk, by=cast.pauline)
        claims.request_paper(case.pk, kind="wage_statement", addressee="employer", by=cast.pauline)
        assert told("claim.paper_requested") == {"Hugo", "Nadia", "Fiona"}

    @pytest.mark.parametrize(
        "visibility, people",
        [("administrative", {"Hugo", "Pauline", "Fiona"}), ("medical", {"Pauline"})],
    )
    def test_a_paper_reaches_those_only_who_may_read_it(self, cast, case, visibility, people):
        make_document(folder_of(case), cast.nadia, visibility, kind="other")
        assert told("document.received") == people

    def test_a_request_for_access_reaches_the_administrator_and_the_answer_the_asker(self, cast):
        asked = request_access(cast.hugo, cast.rochat, "invoice.view")
        assert told("access.requested") == {"Claire"}
        answer_request(asked.pk, approve=False, by=cast.claire)
        assert told("access.declined") == {"Hugo"}

    def test_a_right_that_ends_reaches_its_holder(self, cast):
        row = next(row for row in grants.grants_of(cast.felix))
        grants.revoke(row, by=cast.claire)
        assert told("access.revoked") == {"Félix"}


class TestReading:
    def test_the_page_names_the_number_and_not_what_the_case_is(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        page = sign_in(cast.hugo).get(reverse("correspondence:notifications")).content.decode()
        assert case.number in page
        assert "Nadia" not in page
        assert "Lumbago" not in page

    def test_what_is_out_of_reach_by_now_is_neither_listed_nor_counted(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        assert notices.unread_count(cast.hugo) == 1
        row = next(row for row in grants.grants_of(cast.hugo))
        grants.revoke(row, by=cast.claire)
        Notification.objects.filter(event="access.revoked").delete()
        assert notices.unread_count(cast.hugo) == 0
        page = sign_in(cast.hugo).get(reverse("correspondence:notifications")).content.decode()
        assert case.number not in page

    def test_following_it_counts_as_reading(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        note = Notification.objects.get(user=cast.hugo, event="claim.taken_over")
        answer = sign_in(cast.hugo).get(reverse("correspondence:follow", args=[note.pk]))
        assert answer["Location"] == reverse("claims_files:detail", args=[case.pk])
        assert notices.unread_count(cast.hugo) == 0

    def test_nobody_follows_somebody_elses(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        note = Notification.objects.get(user=cast.hugo, event="claim.taken_over")
        assert sign_in(cast.fiona).get(reverse("correspondence:follow", args=[note.pk])).status_code == 404
        note.refresh_from_db()
        assert note.read is None

    def test_the_bell_shows_the_number_until_all_are_read(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        browser = sign_in(cast.hugo)
        assert '<span class="badge">1' in browser.get(reverse("correspondence:bell")).content.decode()
        browser.post(reverse("correspondence:read_all"))
        assert '<span class="badge">' not in browser.get(reverse("correspondence:bell")).content.decode()

    def test_many_cost_no_more_queries_than_few(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        make_document(folder_of(case), cast.nadia)
        browser = sign_in(cast.hugo)
        address = reverse("correspondence:notifications")
        browser.get(address)
        with CaptureQueriesContext(connection) as few:
            browser.get(address)
        for _number in range(8):
            other = open_claim(cast)
            claims.take_over(other.pk, by=cast.pauline)
            make_document(folder_of(other), cast.fiona)
        with CaptureQueriesContext(connection) as many:
            page = browser.get(address).content.decode()
        assert page.count("todo-row") == 18
        assert len(many) == len(few)

    def test_the_api_lists_and_marks_them(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        browser = sign_in(cast.hugo)
        rows = browser.get("/api/v1/notifications/").json()["results"]
        assert [(row["event"], row["number"]) for row in rows] == [("claim.taken_over", case.number)]
        read = browser.post(f"/api/v1/notifications/{rows[0]['id']}/read/").json()
        assert read["read"] is not None
        assert browser.post("/api/v1/notifications/read-all/").json() == {"read": 0}
        assert sign_in(cast.fiona).post(f"/api/v1/notifications/{rows[0]['id']}/read/").status_code == 404

    def test_the_api_narrows_by_read_and_event(self, cast, case, sign_in):
        claims.take_over(case.pk, by=cast.pauline)
        claims.request_paper(case.pk, kind="id_copy", addressee="employer", by=cast.pauline)
        browser, address = sign_in(cast.hugo), "/api/v1/notifications/"
        taken = browser.get(address, {"event": "claim.taken_over"}).json()["results"]
        assert [row["event"] for row in taken] == ["claim.taken_over"]
        browser.post(f"{address}{taken[0]['id']}/read/")

        def events(**query):
            return [row["event"] for row in browser.get(address, query).json()["results"]]

        assert events(read="true") == ["claim.taken_over"]
        assert events(read="false") == ["claim.paper_requested"]
        assert events(read="false", event="claim.taken_over") == []
        assert len(events(company=str(cast.rochat.pk))) == 2
        assert events(company=str(cast.keller.pk)) == []
        for query in ({"read": "maybe"}, {"event": "claim.lost"}, {"company": "x"}):
            assert browser.get(address, query).status_code == 400


class TestMail:
    def test_one_mail_without_content_in_the_readers_language(self, cast, case):
        claims.take_over(case.pk, by=cast.pauline)
        make_document(folder_of(case), cast.nadia)
        for _twice in range(2):
            tasks.send_news([str(cast.hugo.pk)])
        assert [message.to for message in mail.outbox] == [[cast.hugo.email]]
        whole = mail.outbox[0].subject + mail.outbox[0].body + str(mail.outbox[0].alternatives)
        for secret in (case.number, "Nadia", "Keller", "Rochat", "paper.pdf", "illness", "Illness"):
            assert secret not in whole

    def test_no_mail_for_what_was_read(self, cast, case):
        claims.take_over(case.pk, by=cast.pauline)
        services.mark_all_read(by=cast.hugo)
        tasks.send_news([str(cast.hugo.pk)])
        assert mail.outbox == []

    def test_the_job_is_part_of_the_act_and_carries_ids_only(self, cast, case):
        claims.take_over(case.pk, by=cast.pauline)
        with connection.cursor() as cursor:
            cursor.execute("select args from procrastinate_jobs where task_name = 'correspondence.send_news'")
            (job,) = cursor.fetchall()
        args = json.loads(job[0])
        people = {str(user.pk) for user in (cast.hugo, cast.nadia, cast.fiona)}
        assert set(args) == {"user_ids"}
        assert set(args["user_ids"]) == people

    def test_quietly_tells_nobody(self, cast, case):
        with services.quietly():
            claims.take_over(case.pk, by=cast.pauline)
        assert not Notification.objects.filter(event="claim.taken_over").exists()
