"""What the health manager does with claim files."""

import threading
from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from claims_files import reading, services
from claims_files.models import ClaimFile, Cover, Decision, PaperRequest, TimelineEntry
from claims_files.states import paper_due
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence import notices
from documents.models import Folder
from documents.services import classify, receive
from permissions.trail import AuditLine
from tests.factories_claims import open_claim
from tests.papers import text_pdf


def events(claim):
    return list(AuditLine.unrestricted.filter(event__startswith="claim.").values_list("event", flat=True))


def in_state(cast, state):
    """A claim file brought to `state` by the acts themselves."""
    given = {"contract": cast.laa, "kind": "accident"} if state == "medical_only" else {}
    claim, by = open_claim(cast, **given), cast.pauline
    if state != "received":
        services.take_over(claim.pk, by=by)
    if state == "unclear":
        services.leave_unclear(claim.pk, reason="Two insurers.", advances=False, by=by)
    if state == "medical_only":
        services.accept(claim.pk, medical_only=True, by=by)
    if state == "document_missing":
        services.request_paper(claim.pk, kind="certificate", addressee="employer", by=by)
    if state == "accepted":
        services.accept(claim.pk, by=by)
    if state in {"declined", "closed"}:
        services.decline(claim.pk, reason="No cover.", legal_remedy="objection", by=by)
    if state == "closed":
        services.close(claim.pk, by=by)
    return ClaimFile.unrestricted.get(pk=claim.pk)


ACTS = {
    "take_over": (services.take_over, {}),
    "request_paper": (services.request_paper, {"kind": "wage_statement", "addressee": "employer"}),
    "accept": (services.accept, {}),
    "decline": (services.decline, {"reason": "No cover.", "legal_remedy": "objection"}),
    "close": (services.close, {"outcome": "settled"}),
}
RESULTS = {
    ("received", "take_over"): "in_progress",
    ("in_progress", "request_paper"): "document_missing",
    ("in_progress", "accept"): "accepted",
    ("in_progress", "decline"): "declined",
    ("document_missing", "request_paper"): "document_missing",
    ("document_missing", "decline"): "declined",
    ("unclear", "request_paper"): "unclear",
    ("unclear", "accept"): "accepted",
    ("unclear", "decline"): "declined",
    ("medical_only", "request_paper"): "medical_only",
    ("medical_only", "close"): "closed",
    ("accepted", "request_paper"): "accepted",
    ("accepted", "close"): "closed",
    ("declined", "close"): "closed",
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ClaimFile.State.values)
def test_every_act_in_every_state(cast, state, act):
    claim = in_state(cast, state)
    before = events(claim)
    function, arguments = ACTS[act]
    expected = RESULTS.get((state, act))
    if expected is None:
        with pytest.raises(NotNow):
            function(claim.pk, by=cast.pauline, **arguments)
        claim.refresh_from_db()
        assert claim.state == state
        assert events(claim) == before
    else:
        if state == "declined":
            arguments = {}
        function(claim.pk, by=cast.pauline, **arguments)
        claim.refresh_from_db()
        assert claim.state == expected
        assert len(events(claim)) == len(before) + 1


# Who may do what on Marco's claim file: ok, 403 (sees it), 404 (does not know of it).
RIGHTS = {
    "claire": 404,
    "hugo": 403,
    "sonia": 403,
    "felix": 404,
    "nadia": 404,
    "jonas": 404,
    "bruno": 404,
    "elena": 404,
    "fiona": 403,
    "reto": 403,
    "pauline": "ok",
    "sacha": 404,
    "zoe": 404,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", RIGHTS)
def test_only_the_health_manager_acts(cast, name, act):
    state = {"take_over": "received", "close": "accepted"}.get(act, "in_progress")
    claim = in_state(cast, state)
    function, arguments = ACTS[act]
    someone = getattr(cast, name)
    if RIGHTS[name] == "ok":
        function(claim.pk, by=someone, **arguments)
        claim.refresh_from_db()
        assert claim.state != state
        return
    with pytest.raises(NotAllowed if RIGHTS[name] == 403 else OutOfReach):
        function(claim.pk, by=someone, **arguments)
    claim.refresh_from_db()
    assert claim.state == state


def test_taking_over_names_the_health_manager(cast):
    claim = services.take_over(open_claim(cast).pk, by=cast.pauline)
    assert claim.health_manager == cast.pauline
    assert claim.taken_over_at


def test_declining_asks_for_reason_and_remedy(cast):
    claim = in_state(cast, "in_progress")
    with pytest.raises(ValidationError, match="'reason'"):
        services.decline(claim.pk, reason="  ", legal_remedy="objection", by=cast.pauline)
    with pytest.raises(ValidationError, match="'legal_remedy'"):
        services.decline(claim.pk, reason="No cover.", legal_remedy="prayer", by=cast.pauline)
    for lacking in ({"reason": "", "legal_remedy": "objection"}, {"reason": "x", "legal_remedy": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Decision.unrestricted.create(
                claim_file=claim, cover=Cover.unrestricted.get(claim_file=claim), number=1, outcome="declined",
                by=cast.pauline, **lacking,
            )  # fmt: skip


def test_closing_an_accepted_file_asks_for_the_outcome(cast):
    claim = in_state(cast, "accepted")
    for outcome in ("", "declined", "lost"):
        with pytest.raises(ValidationError):
            services.close(claim.pk, outcome=outcome, by=cast.pauline)
    assert services.close(claim.pk, outcome="settled", by=cast.pauline).outcome == "settled"


def test_declining_withdraws_what_was_asked_for(cast):
    claim = in_state(cast, "document_missing")
    services.decline(claim.pk, reason="No answer.", legal_remedy="objection", by=cast.pauline)
    assert PaperRequest.unrestricted.get(claim_file=claim).state == "cancelled"


# --- Papers -------------------------------------------------------------------------------------


def test_a_request_is_due_after_the_dated_number_of_days(cast):
    claim = in_state(cast, "in_progress")
    paper = services.request_paper(claim.pk, kind="certificate", addressee="employer", by=cast.pauline)
    assert paper.due == timezone.localdate() + timedelta(days=10)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("kind", {"kind": "other"}),
        ("addressee", {"addressee": "doctor"}),
        ("addressee", {"kind": "medical_report"}),
        ("due", {"due": date(2020, 1, 1)}),
        ("due", {"due": date(9999, 12, 31)}),
        ("note", {"note": "Lumbago"}),
    ],
)
def test_a_wrong_request_says_at_which_field(cast, field, values):
    claim = in_state(cast, "in_progress")
    good = {"kind": "certificate", "addressee": "employer"}
    with pytest.raises(ValidationError) as refused:
        services.request_paper(claim.pk, by=cast.pauline, **{**good, **values})
    assert list(refused.value.message_dict) == [field]


def test_the_same_paper_is_not_asked_for_twice(cast):
    claim = in_state(cast, "document_missing")
    with pytest.raises(NotNow):
        services.request_paper(claim.pk, kind="certificate", addressee="employer", by=cast.pauline)


def send(claim, by, kind="certificate", visibility="certificate", text="certificate"):
    folder = Folder.unrestricted.get(claim_file=claim)
    upload = ContentFile(text_pdf(text), name="paper.pdf")
    return receive(folder.pk, upload, visibility=visibility, kind=kind, by=by)


def test_an_arriving_paper_fulfils_its_request(cast):
    claim = in_state(cast, "document_missing")
    received = send(claim, cast.hugo)
    paper = PaperRequest.unrestricted.get(claim_file=claim)
    claim.refresh_from_db()
    assert (paper.state, paper.document) == ("received", received.document)
    assert (claim.state, claim.employer_state) == ("in_progress", "in_progress")
    assert claim.arrived_at


def test_a_paper_of_another_kind_fulfils_nothing(cast):
    claim = in_state(cast, "document_missing")
    send(claim, cast.hugo, kind="wage_statement", visibility="administrative")
    claim.refresh_from_db()
    assert claim.state == "document_missing"
    assert PaperRequest.unrestricted.get(claim_file=claim).state == "open"


def test_the_file_waits_until_the_last_paper_is_there(cast):
    claim = in_state(cast, "document_missing")
    services.request_paper(claim.pk, kind="wage_statement", addressee="employer", by=cast.pauline)
    send(claim, cast.hugo)
    claim.refresh_from_db()
    assert claim.state == "document_missing"
    send(claim, cast.hugo, kind="wage_statement", visibility="administrative", text="wages")
    claim.refresh_from_db()
    assert claim.state == "in_progress"


def test_a_paper_that_came_by_post_is_settled_by_hand(cast):
    claim = in_state(cast, "document_missing")
    paper = PaperRequest.unrestricted.get(claim_file=claim)
    with pytest.raises(NotAllowed):
        services.settle_paper(paper.pk, received=True, by=cast.hugo)
    services.settle_paper(paper.pk, received=True, by=cast.pauline)
    claim.refresh_from_db()
    assert claim.state == "in_progress"
    with pytest.raises(NotNow):
        services.settle_paper(paper.pk, received=False, by=cast.pauline)


def test_a_document_is_marked_as_the_answer_and_both_sides_see_it_until_it_is_undone(cast, sign_in):
    claim = open_claim(cast, person=cast.persons.nadia)
    services.take_over(claim.pk, by=cast.pauline)
    paper = services.request_paper(claim.pk, kind="certificate", addressee="employer", by=cast.pauline)
    # Not of the kind that was asked for, or of another claim file.
    document = send(claim, cast.hugo, kind="other", visibility="administrative").document
    other = open_claim(cast, person=cast.persons.jonas)
    foreign = send(other, cast.hugo, kind="other", visibility="administrative", text="else").document
    with pytest.raises(OutOfReach):
        services.settle_paper(paper.pk, received=True, document_id=foreign.pk, by=cast.pauline)
    with pytest.raises(ValidationError):
        services.settle_paper(paper.pk, received=False, document_id=document.pk, by=cast.pauline)
    client = sign_in(cast.pauline, on=Client())
    address = reverse("claims_files:answer_paper", args=[claim.pk])
    shown = client.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    assert f"{address}?paper={paper.pk}" in shown
    assert (
        f"{address}?document={document.pk}"
        in client.get(reverse("documents:document", args=[document.pk])).content.decode()
    )
    assert client.post(address, {"paper": paper.pk, "document": foreign.pk}).status_code == 422
    assert client.post(address, {"paper": paper.pk, "document": document.pk}).status_code == 302
    paper.refresh_from_db()
    claim.refresh_from_db()
    assert (paper.state, paper.document, claim.state) == ("received", document, "in_progress")
    line = AuditLine.unrestricted.filter(event="claim.paper_settled").get()
    assert line.facts["document"] == str(document.pk)
    overview = reverse("claims_files:detail", args=[claim.pk])
    at_document = reverse("documents:document", args=[document.pk])
    for who in (cast.hugo, cast.nadia):
        side = sign_in(who, on=Client())
        assert at_document in side.get(overview).content.decode()
        assert side.get(address).status_code == 403
    # Made medical, the answer is the employer's no more; that something came, he knows.
    classify(document.pk, visibility="medical", by=cast.pauline)
    hugo = sign_in(cast.hugo, on=Client())
    text = hugo.get(overview).content.decode()
    assert at_document not in text
    api = hugo.get(reverse("claims_files:api-detail", args=[claim.pk])).json()
    assert [(each["state"], each["document"]) for each in api["papers"]] == [("received", None)]
    # Undone: missing again, due anew, told to whom it is asked of.
    PaperRequest.unrestricted.filter(pk=paper.pk).update(due=timezone.localdate() - timedelta(days=3))
    undo = reverse("claims_files:reopen_paper", args=[claim.pk, paper.pk])
    assert hugo.post(undo).status_code == 403
    assert [client.post(undo).status_code for _click in range(2)] == [302, 409]
    paper.refresh_from_db()
    claim.refresh_from_db()
    assert (paper.state, paper.document, paper.settled_at, claim.state) == (
        "open",
        None,
        None,
        "document_missing",
    )
    assert paper.due == paper_due()
    assert codes(claim, "employer")[0] == "paper_reopened"
    assert "claim.paper_reopened" in {each.event for each in notices.for_user(cast.hugo)}
    # Not beside the same request, and not once everything is decided. Over the API, with the answer.
    post = partial(client.post, content_type="application/json")
    settle = reverse("claims_files:api-settle-paper", args=[claim.pk])
    body = {"paper": str(paper.pk), "received": True, "document": str(document.pk)}
    assert post(settle, body).json()["document"] == str(document.pk)
    # Sealed, it is not named where the company reads.
    line = AuditLine.unrestricted.filter(event="claim.paper_settled").latest("at")
    assert (line.company, "document" in line.facts) == (claim.company_id, False)
    services.request_paper(claim.pk, kind=paper.kind, addressee=paper.addressee, by=cast.pauline)
    reopen = reverse("claims_files:api-reopen-paper", args=[claim.pk])
    assert post(reopen, {"paper": str(paper.pk)}).json()["code"] == "already_asked"
    services.decline(claim.pk, reason="R", legal_remedy="objection", by=cast.pauline)
    with pytest.raises(NotNow):
        services.reopen_paper(paper.pk, by=cast.pauline)


def test_one_document_may_be_the_answer_to_the_request_to_either_side(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    services.take_over(claim.pk, by=cast.pauline)
    asked = [
        services.request_paper(claim.pk, kind="wage_statement", addressee=addressee, by=cast.pauline)
        for addressee in ("employer", "person")
    ]
    document = send(claim, cast.hugo, kind="wage_statement", visibility="administrative").document
    for paper in asked:
        paper.refresh_from_db()
    assert reading.answering_documents(cast.nadia, asked) == {paper.pk: document for paper in asked}


def test_an_act_of_the_insurer_clears_the_arrival(cast):
    claim = in_state(cast, "document_missing")
    send(claim, cast.hugo)
    services.note_seen(claim.pk, by=cast.pauline)
    claim.refresh_from_db()
    assert claim.arrived_at is None
    with pytest.raises(NotNow):
        services.note_seen(claim.pk, by=cast.pauline)


# --- What the employer is not told --------------------------------------------------------------


def codes(claim, side):
    return [entry.code for entry in reading.timeline_of(claim, side)]


def test_what_is_asked_of_the_person_does_not_exist_for_the_employer(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    services.take_over(claim.pk, by=cast.pauline)
    services.request_paper(claim.pk, kind="medical_report", addressee="person", by=cast.pauline)
    claim.refresh_from_db()
    assert reading.side_of(cast.hugo, claim) == "employer"
    assert reading.papers_of(cast.hugo, [claim]) == {}
    assert codes(claim, "employer") == ["taken_over", "opened"]
    assert reading.shown_state(claim, "employer") == "in_progress"
    open_files = ClaimFile.unrestricted.all()
    assert not reading.in_states(open_files, cast.hugo, ["document_missing"]).exists()
    assert reading.in_states(open_files, cast.hugo, ["in_progress"]).exists()
    for insider, side in ((cast.nadia, "person"), (cast.pauline, "insurer")):
        assert reading.side_of(insider, claim) == side
        assert len(reading.papers_of(insider, [claim])[claim.pk]) == 1
        assert codes(claim, side) == ["paper_requested", "taken_over", "opened"]
        assert reading.in_states(open_files, insider, ["document_missing"]).exists()
        assert not reading.in_states(open_files, insider, ["in_progress"]).exists()
    # The audit line stands on the person alone: nobody of the company reads it.
    line = AuditLine.unrestricted.get(event="claim.paper_requested")
    assert (line.company, line.person) == (None, cast.persons.nadia.pk)


def test_a_sealed_paper_leaves_no_trace_for_the_employer(cast):
    claim = in_state(cast, "in_progress")
    send(claim, cast.hugo, kind="medical_report", visibility="medical")
    assert codes(claim, "employer") == ["taken_over", "opened"]
    assert codes(claim, "person")[0] == "document_received"


def test_a_paper_classified_as_medical_vanishes_from_the_employers_timeline(cast):
    claim = in_state(cast, "in_progress")
    document = send(claim, cast.hugo).document
    assert codes(claim, "employer")[0] == "document_received"
    classify(document.pk, visibility="medical", by=cast.pauline)
    assert "document_received" not in codes(claim, "employer")
    assert "document_received" in codes(claim, "person")


def test_what_is_handed_over_sealed_settles_nothing_that_colleagues_see(cast):
    claim = in_state(cast, "document_missing")
    before = codes(claim, "employer")
    receipt = send(claim, cast.hugo, visibility="medical", kind="certificate").receipt
    assert receipt is not None
    claim.refresh_from_db()
    assert (claim.state, claim.employer_state) == ("document_missing", "document_missing")
    assert codes(claim, "employer") == before
    assert PaperRequest.unrestricted.get(claim_file=claim).state == "open"


@pytest.mark.parametrize(
    ("who", "closely"), [("hugo", True), ("pauline", True), ("sonia", False), ("fiona", False)]
)
def test_the_ahv_number_in_a_report_is_whole_for_who_knows_the_person(cast, who, closely):
    content = {
        "parts": [
            {
                "name": "person",
                "title": "Person",
                "audience": "all",
                "values": {},
                "rows": [["AHV number", cast.marco.ahv_number], ["Town", "Morges"]],
            }
        ]
    }
    claim = open_claim(cast, content=content)
    _report, parts = reading.report_of(claim, "employer", getattr(cast, who))
    shown = dict(parts[0]["rows"])
    assert shown == {
        "AHV number": cast.marco.ahv_number if closely else cast.marco.ahv_masked,
        "Town": "Morges",
    }


def test_the_employer_reads_the_employers_part_of_the_report(cast):
    claim = open_claim(cast)
    _report, parts = reading.report_of(claim, "employer", cast.hugo)
    assert [part["name"] for part in parts] == ["event"]
    for side in ("person", "insurer"):
        assert [part["name"] for part in reading.report_of(claim, side, cast.pauline)[1]] == [
            "event",
            "health",
        ]


def test_the_database_keeps_papers_of_the_person_off_the_company(cast):
    claim = in_state(cast, "document_missing")
    paper = PaperRequest.unrestricted.filter(claim_file=claim)
    with pytest.raises(DatabaseError), transaction.atomic():
        paper.update(addressee="person")
    with pytest.raises(DatabaseError), transaction.atomic():
        paper.update(kind="medical_report")


# --- Two at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["take_over", "accept", "close"])
def test_of_two_health_managers_one_acts(cast, act):
    state = {"take_over": "received", "accept": "in_progress", "close": "accepted"}[act]
    claim = in_state(cast, state)
    function, arguments = ACTS[act]
    start, results = threading.Barrier(2), []

    def attempt():
        start.wait()
        try:
            function(claim.pk, by=cast.pauline, **arguments)
            results.append("done")
        except NotNow:
            results.append("not now")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "not now"]
    code = {"take_over": "taken_over", "accept": "accepted", "close": "closed"}[act]
    assert TimelineEntry.unrestricted.filter(claim_file=claim, code=code).count() == 1
    assert AuditLine.unrestricted.filter(event=f"claim.{code}").count() == 1
