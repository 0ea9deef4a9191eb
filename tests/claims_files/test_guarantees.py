"""Cost guarantees: asked for by the insured person or for a provider, answered with a letter; unknown to the employer."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from claims_files import services as claims
from claims_files.guarantees import services
from claims_files.models import ClaimFile, Guarantee, GuaranteeAnswer, TimelineEntry
from core.errors import NotAllowed, NotNow, OutOfReach
from correspondence import notices
from correspondence.models import Notification
from documents.models import Document
from permissions.narrowing import narrowed
from permissions.trail import AuditLine
from tests.factories_bills import examined, scan
from tests.factories_claims import open_claim
from tests.factories_guarantees import ask_for
from tests.house.routes import body_of

pytestmark = pytest.mark.django_db
LIST, API = reverse("claims_files:guarantees"), "/api/v1/cost-guarantees/"
SOON = timezone.localdate() + timedelta(days=20)
JSON = {"content_type": "application/json"}


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""


@pytest.fixture
def claim(cast):
    return open_claim(cast, person=cast.persons.nadia, contract=cast.laa, kind="accident")


def page(name, guarantee):
    return reverse(f"claims_files:{name}", args=[guarantee.pk])


def test_a_guarantee_is_asked_for_asked_back_answered_and_told(cast, claim, sign_in):
    nadia, pauline = sign_in(cast.nadia, on=Client()), sign_in(cast.pauline, on=Client())
    new = reverse("claims_files:new_guarantee", args=[claim.pk])
    assert new in nadia.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    typed = {
        "key": str(uuid4()),
        "kind": "rehabilitation",
        "provider": "Clinique Qxprovider",
        "begin": f"{SOON:%d.%m.%Y}",
        "end": "",
        "estimate": "8'500",
        "details": "Qxdetails",
    }
    assert nadia.post(new, {**typed, "begin": "x"}).status_code == 422
    first, better = scan("devis.pdf"), scan("mieux.pdf")
    with examined(first, better):
        answers = [nadia.post(new, {**typed, "files": first})]
        first.seek(0)
        answers.append(nadia.post(new, {**typed, "files": first}))
        # The same form twice is one request.
        guarantee = Guarantee.unrestricted.get()
        assert {each.url for each in answers} == {page("guarantee", guarantee)}
        assert (guarantee.number[:2], guarantee.state, guarantee.estimate) == ("G-", "waiting", Decimal(8500))
        (document,) = Document.unrestricted.filter(pk__in=guarantee.papers)
        assert (document.visibility, document.claim_file_id) == ("medical", claim.pk)
        assert guarantee.number in pauline.get(LIST, {"state": "waiting"}).content.decode()
        assert "Cost guarantees to answer" in pauline.get(reverse("home")).content.decode()
        assert pauline.post(page("ask_guarantee", guarantee), {"note": "legible"}).status_code == 302
        assert "Send a document for a cost guarantee" in nadia.get(reverse("home")).content.decode()
        assert nadia.post(page("add_guarantee_papers", guarantee), {"files": better}).status_code == 302
    said = {"known": 0, "outcome": "partly", "amount": "6'000", "days": 14, "until": "", "conditions": "Qxif"}
    refused = pauline.post(page("answer_guarantee", guarantee), said)
    assert refused.status_code == 422
    assert "Write why" in refused.content.decode()
    assert pauline.post(page("answer_guarantee", guarantee), {**said, "reason": "Qxwhy"}).status_code == 302
    # Whoever looked at it before that is told.
    again = pauline.post(page("answer_guarantee", guarantee), {**said, "reason": "Qxother"})
    assert again.status_code == 409
    answer = GuaranteeAnswer.unrestricted.get()
    assert answer.legal_remedy == "objection"
    assert ProcrastinateJob.objects.filter(task_name="claims_files.file_guarantee_letter").exists()
    letter = services.file_letter(answer.pk).letter
    assert services.file_letter(answer.pk).letter == letter
    assert (letter.kind, letter.visibility, letter.claim_file_id) == ("cost_guarantee", "medical", claim.pk)
    whole = pypdf.PdfReader(BytesIO(body_of(nadia.get(reverse("documents:download", args=[letter.pk])))))
    paper = "".join(each.extract_text() for each in whole.pages)
    shown = nadia.get(page("guarantee", guarantee)).content.decode()
    for words in ("6’000.00", "Qxif", "Qxwhy"):
        assert words in paper, words
        assert words in shown, words
    assert "ATSG art. 52" in shown
    assert "Granted in part" in nadia.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
    # Told, without content: in the notices, in the log, in the timeline.
    told = [each for each in notices.for_user(cast.nadia) if each.event.startswith("guarantee.")]
    assert {each.event for each in told} == {"guarantee.asked", "guarantee.answered"}
    assert notices.notices(cast.nadia, told)[0].url == page("guarantee", guarantee)
    lines = AuditLine.unrestricted.filter(event__startswith="guarantee.").order_by("id")
    assert [line.event.partition(".")[2] for line in lines] == ["requested", "asked", "completed", "answered"]
    said = str([line.facts for line in lines])
    assert not [word for word in ("Qx", "8500", "6000", "rehabilitation") if word in said]
    assert {line.company for line in lines} == {None}
    entries = TimelineEntry.unrestricted.filter(claim_file=claim, code__startswith="guarantee_")
    assert {(entry.audience, *entry.facts) for entry in entries} == {("person", "guarantee")}


def test_told_is_whom_it_concerns(cast, claim):
    """Whoever looks after the case as long as he is there, and the insured person of what the insurer entered too."""
    # No health manager any more: the one of the company is told in his place.
    ClaimFile.unrestricted.filter(pk=claim.pk).update(health_manager=cast.reto)
    own, entered = ask_for(cast.nadia, claim), ask_for(cast.pauline, claim)
    services.withdraw(entered.pk, by=cast.pauline)
    services.answer(own.pk, outcome="granted", by=cast.pauline)
    told = [
        sorted(each.event for each in Notification.objects.filter(user=who, target__in=[own.pk, entered.pk]))
        for who in (cast.pauline, cast.nadia, cast.reto)
    ]
    answered, requested, withdrawn = (f"guarantee.{word}" for word in ("answered", "requested", "withdrawn"))
    assert told == [[requested], [answered, requested, withdrawn], []]


def test_for_the_employer_there_is_none(cast, claim, sign_in):
    """Neither on his pages nor over the API, before and after."""
    hugo = sign_in(cast.hugo)
    pages = [
        reverse(f"claims_files:{name}", args=[claim.pk])
        for name in ("detail", "timeline", "documents", "decisions")
    ]
    before = [hugo.get(path).content.decode().count("uarantee") for path in pages]
    guarantee = ask_for(cast.nadia, claim)
    services.answer(guarantee.pk, outcome="granted", by=cast.pauline)
    services.file_letter(GuaranteeAnswer.unrestricted.get().pk)
    assert [hugo.get(path).content.decode().count("uarantee") for path in pages] == before == [0, 0, 0, 0]
    assert hugo.get(f"{API}{guarantee.pk}/").status_code == 404
    assert hugo.get(API).json()["results"] == []
    assert hugo.get(LIST).status_code == 403


def test_whoever_is_overtaken_keeps_what_he_typed_and_reads_what_holds(cast, claim, sign_in):
    pauline, guarantee = sign_in(cast.pauline, on=Client()), ask_for(cast.nadia, claim)
    page = reverse("claims_files:answer_guarantee", args=[guarantee.pk])
    services.answer(guarantee.pk, outcome="granted", days=5, by=cast.pauline)
    typed = {"known": "0", "outcome": "declined", "reason": "No such clinic."}
    late = pauline.post(page, typed)
    text = late.content.decode()
    assert (late.status_code, 'name="known" value="1"' in text) == (409, True)
    assert all(
        words in text for words in ("What holds now", "Number of days: 5", "\nNo such clinic.</textarea>")
    )
    assert re.search(r'value="declined"[^>]* checked', text)
    assert pauline.post(page, {**typed, "known": "1"}).status_code == 302
    assert GuaranteeAnswer.unrestricted.filter(guarantee=guarantee).count() == 2


def test_over_the_api_both_sides_act_by_the_same_rules(cast, claim, sign_in):
    nadia, pauline = sign_in(cast.nadia, on=Client()), sign_in(cast.pauline, on=Client())
    asked = {"claim_file": str(claim.pk), "kind": "aid", "provider": "Orthopédie", "begin": SOON.isoformat()}
    once = {"headers": {"Idempotency-Key": "once"}}
    answers = [nadia.post(API, asked, **JSON, **once) for _turn in range(2)]
    assert [each.status_code for each in answers] == [201, 201], answers[0].content
    assert answers[0].json()["id"] == answers[1].json()["id"]
    guarantee = Guarantee.unrestricted.get()
    of = f"{API}{guarantee.pk}/"
    refused = pauline.post(f"{of}answer/", {"outcome": "declined"}, **JSON)
    assert (refused.status_code, list(refused.json())) == (400, ["reason"])
    first = pauline.post(f"{of}answer/", {"outcome": "declined", "reason": "No."}, **JSON)
    assert (first.json()["state"], first.json()["outcome"]) == ("answered", "declined")
    same = pauline.post(f"{of}answer/", {"outcome": "declined", "reason": "No."}, **JSON)
    assert same.status_code == 400
    late = pauline.post(f"{of}answer/", {"outcome": "granted", "known": 0}, **JSON)
    assert (late.status_code, late.json()["code"]) == (409, "changed_by_another")
    pauline.post(f"{of}answer/", {"outcome": "granted", "days": 5, "known": 1}, **JSON)
    # The one that was replaced stays readable, for the insured person, too.
    shown = nadia.get(of).json()
    assert [(each["number"], each["outcome"]) for each in shown["answers"]] == [
        (2, "granted"),
        (1, "declined"),
    ]
    assert nadia.post(f"{of}withdraw/").status_code == 409


WRONG = [
    ("kind", {"kind": "gift"}),
    ("provider", {"provider": "  "}),
    ("begin", {"begin": timezone.localdate() - timedelta(days=400), "end": None}),
    ("begin", {"begin": timezone.localdate() + timedelta(days=400), "end": None}),
    ("end", {"end": timezone.localdate()}),
    ("end", {"end": timezone.localdate() + timedelta(days=1000)}),
    ("estimate", {"estimate": Decimal(0)}),
    ("details", {"details": "x" * 2001}),
    ("files", {"files": [scan(), scan("note.exe")]}),
]


def test_nothing_is_there_of_a_request_in_which_something_is_wrong(cast, claim):
    before = Document.unrestricted.count(), AuditLine.unrestricted.count()
    for field, wrong in WRONG:
        with pytest.raises(ValidationError) as refused:
            ask_for(cast.nadia, claim, **wrong)
        assert list(refused.value.message_dict) == [field], wrong
    assert not Guarantee.unrestricted.exists()
    assert (Document.unrestricted.count(), AuditLine.unrestricted.count()) == before
    # Nor did a number go.
    guarantee = ask_for(cast.nadia, claim)
    assert guarantee.number.endswith("-00001")
    for field, wrong in (
        ("outcome", {"outcome": "perhaps"}),
        ("reason", {"outcome": "declined", "reason": " "}),
        ("amount", {"outcome": "granted", "amount": Decimal(-1)}),
        ("days", {"outcome": "granted", "days": 0}),
        ("until", {"outcome": "granted", "until": guarantee.begin - timedelta(days=1)}),
        ("conditions", {"outcome": "granted", "conditions": "x" * 2001}),
    ):
        with pytest.raises(ValidationError) as refused:
            services.answer(guarantee.pk, by=cast.pauline, **wrong)
        assert list(refused.value.message_dict) == [field], wrong


def test_who_may_do_what(cast, claim):
    for who, refusal in (
        (cast.hugo, NotAllowed),
        (cast.fiona, NotAllowed),
        (cast.reto, NotAllowed),
        (cast.jonas, OutOfReach),
        (cast.claire, OutOfReach),
        (cast.zoe, OutOfReach),
    ):
        with pytest.raises(refusal):
            ask_for(who, claim)
    own, entered = ask_for(cast.nadia, claim), ask_for(cast.pauline, claim)
    assert (own.for_provider, entered.for_provider) == (False, True)
    with pytest.raises(NotAllowed):
        services.answer(own.pk, outcome="granted", by=cast.nadia)
    with pytest.raises(OutOfReach):
        services.answer(own.pk, outcome="granted", by=cast.hugo)
    # What the insured person asked for is declined, not taken back by the insurer.
    with pytest.raises(NotAllowed):
        services.withdraw(own.pk, by=cast.pauline)
    assert services.withdraw(entered.pk, by=cast.pauline).state == "withdrawn"
    # Nor through a token that asks for guarantees and answers none.
    with narrowed(cast.pauline.pk, ["guarantee.view", "guarantee.request", "document.upload"]):
        assert ask_for(cast.pauline, claim).for_provider
        with pytest.raises(NotAllowed):
            services.withdraw(own.pk, by=cast.pauline)
    # The health manager's own request is for somebody else to answer.
    cast.persons.nadia.user = cast.pauline
    cast.persons.nadia.save()
    with pytest.raises(NotAllowed):
        services.answer(own.pk, outcome="granted", by=cast.pauline)


def test_each_act_has_its_moment(cast, claim, sign_in):
    acts = {
        "ask": lambda row: services.ask(row.pk, note="legible", by=cast.pauline),
        "answer": lambda row: services.answer(row.pk, outcome="declined", reason="No.", by=cast.pauline),
        "correct": lambda row: services.answer(row.pk, outcome="granted", by=cast.pauline),
        "withdraw": lambda row: services.withdraw(row.pk, by=cast.nadia),
        "add": lambda row: add_paper(row, cast.nadia),
    }
    possible = {
        "waiting": ([], {"ask", "answer", "correct", "withdraw", "add"}),
        "asked": (["ask"], {"answer", "correct", "withdraw", "add"}),
        "answered": (["answer"], {"correct"}),
        "withdrawn": (["withdraw"], set()),
    }
    for state, (way, now) in possible.items():
        row = ask_for(cast.nadia, claim)
        for act in way:
            acts[act](row)
        row.refresh_from_db()
        assert row.state == state
        for name in acts.keys() - set(way):
            assert happens(acts[name], row) == (name in now), (state, name)
    # A declined claim takes no new request; what waits there is still answered.
    waiting = ask_for(cast.nadia, claim)
    claims.take_over(claim.pk, by=cast.pauline)
    claims.decline(claim.pk, reason="No.", by=cast.pauline)
    with pytest.raises(NotNow):
        ask_for(cast.nadia, claim)
    # Nor is a form offered that could not be sent.
    new = reverse("claims_files:new_guarantee", args=[claim.pk])
    assert sign_in(cast.nadia, on=Client()).get(new).status_code == 409
    taken_back = Guarantee.unrestricted.filter(state="withdrawn").first()
    assert sign_in(cast.pauline, on=Client()).get(page("answer_guarantee", taken_back)).status_code == 409
    assert services.answer(waiting.pk, outcome="declined", reason="No.", by=cast.pauline).state == "answered"


def test_a_paper_sent_again_is_no_further_one(cast, claim):
    data = scan().read()
    row = ask_for(cast.nadia, claim, files=[scan(data=data)])

    def send():
        paper = scan(data=data)
        with examined(paper):
            return services.add_papers(row.pk, [paper], by=cast.nadia)

    before = TimelineEntry.unrestricted.count()
    assert (send().arrived_at, TimelineEntry.unrestricted.count()) == (None, before)
    services.ask(row.pk, note="legible", by=cast.pauline)
    with pytest.raises(ValidationError, match="files"):
        send()
    row.refresh_from_db()
    assert row.state == "asked"
    # What the insurer adds himself has not arrived.
    add_paper(row, cast.pauline)
    row.refresh_from_db()
    assert (row.state, row.arrived_at) == ("waiting", None)


def add_paper(row, by):
    paper = scan()
    with examined(paper):
        services.add_papers(row.pk, [paper], by=by)


def happens(act, row):
    """Whether the act is possible now; it is undone."""
    with transaction.atomic():
        try:
            act(row)
        except NotNow:
            return False
        finally:
            transaction.set_rollback(True)
    return True


def test_an_answer_never_changes(cast, claim):
    guarantee = ask_for(cast.nadia, claim)
    services.answer(guarantee.pk, outcome="granted", amount=Decimal(100), by=cast.pauline)
    rows = GuaranteeAnswer.unrestricted.filter(guarantee=guarantee)
    for change in ({"amount": 200}, {"outcome": "declined"}, {"number": 2}):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            rows.update(**change)
    for change in ({"state": "asked"}, {"outcome": ""}, {"estimate": 0}, {"end": "2020-01-01"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Guarantee.unrestricted.filter(pk=guarantee.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_of_several_clicks_at_once_comes_one_request_and_one_answer(cast):
    claim = open_claim(cast, person=cast.persons.nadia)
    key, made, answered = uuid4(), [], []
    data = scan().read()

    def click():
        try:
            made.append(ask_for(cast.nadia, claim, key=key, files=[scan(data=data)]).pk)
        finally:
            connection.close()

    def reply():
        try:
            services.answer(made[0], outcome="granted", known=0, by=cast.pauline)
            answered.append(True)
        except NotNow:
            answered.append(False)
        finally:
            connection.close()

    for act in (click, reply):
        turns = [threading.Thread(target=act) for _turn in range(4)]
        for each in turns:
            each.start()
        for each in turns:
            each.join(20)
    assert (len(made), len(set(made)), sorted(answered)) == (4, 1, [False, False, False, True])
    assert Guarantee.unrestricted.count() == GuaranteeAnswer.unrestricted.count() == 1
    assert Document.unrestricted.filter(claim_file=claim).count() == 1
    assert ClaimFile.unrestricted.get(pk=claim.pk).state == "received"
