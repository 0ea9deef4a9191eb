"""Medical secrecy, from outside: one case is full of words that stand nowhere else, and everybody looks everywhere.

No byte of any answer to somebody who may not know may hold such a word: not of a page, an API answer, a header,
a PDF, a notification, a mail, a log line. And what is sealed must change nothing at all for the employer.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from claims_files import services as claims
from claims_files.models import Bill, ClaimFile, PaperRequest
from correspondence.models import Notification
from declarations import services as declarations
from declarations.models import Declaration, PrivatePart
from documents.models import Document, Folder, HandoverReceipt
from documents.services import classify, read, receive
from finance.models import PremiumInvoice
from permissions import grants
from permissions.explain import GRANT_TABLES
from permissions.trail import AuditLine
from tests import papers
from tests.declarations.answers import answers, fill
from tests.factories_documents import upload_of
from tests.factories_finance import make_invoice
from tests.house import own_parts
from tests.house.doors import refusals_drawn_once
from tests.house.routes import addresses, told
from tests.house.sealed_bills import live_through, send_sealed
from users.models import AccessRequest, Invitation, User
from users.services import invite, request_access

pytestmark = [pytest.mark.django_db, pytest.mark.long]

EVERYBODY = (
    "claire", "hugo", "sonia", "felix", "nadia", "jonas", "bruno", "elena", "fiona",
    "reto", "pauline", "sacha", "zoe",
)  # fmt: skip
# What every loading of a page makes anew.
FRESH = re.compile(
    r"""name="(?:csrfmiddlewaretoken|request_id|key)" value="[^"]*"|"X-CSRFToken": "[^"]*"|'Expires': '[^']*'"""
    r"""|'X-Session-Left': '[^']*'|data-(?:idle|whole)="\d+\""""
)


@dataclass
class Case:
    """What was seeded: each secret word with those who may read it, and the ids to walk with."""

    cast: Any
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    ids: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    # Names of addresses that only take what is sent to them: they say nothing to a look.
    silent: set[str] = field(default_factory=set)
    browsers: dict[str, Client] = field(default_factory=dict)

    def word(self, name: str, *readers: str) -> str:
        """A word that stands nowhere else, for these readers only."""
        made = f"qx{name}zv"
        self.words[made] = frozenset(readers)
        return made

    def only_for(self, value: Any, *readers: str) -> Any:
        """A value that betrays what it belongs to (a key, a hash, a number)."""
        self.words[str(value)] = frozenset(readers)
        return value


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""


@pytest.fixture
def case(cast) -> Case:
    """Reports, drafts and papers of Rochat and of Keller, through the services."""
    made = Case(cast)
    for part in (_own_report, _report_of_hr, _drafts, _other_company, _around, _known_ids):
        part(made)
    return made


def _send(case: Case, person: Any, kind: str, by: Any, **changes: dict[str, Any]) -> ClaimFile:
    draft = declarations.start(person, kind, by=by)
    fill(draft, answers(kind, **changes), by=by)
    return declarations.submit(draft.pk, by=by)


def _paper(
    case: Case, folder: Any, by: Any, name: str, readers: tuple[str, ...], visibility: str, **given: Any
):
    """A paper whose name, title and content are secret words. The title is the sender's own note."""
    sender = next(key for key in EVERYBODY if getattr(case.cast, key) == by)
    inside, called = case.word(f"{name}inside", *readers), case.word(f"{name}name", *readers)
    title = case.word(f"{name}title", *({sender} & set(readers)))
    receive(
        folder.pk,
        upload_of(papers.text_pdf("Paper", inside), f"{called}.pdf"),
        visibility=visibility,
        title=title,
        by=by,
        **given,
    )
    document = Document.unrestricted.get(name=f"{called}.pdf")
    # The superuser's log names what is not sealed by key and hash; who hands over sealed keeps the hash.
    more = set() if document.sealed else {"sacha"}
    case.only_for(document.pk, *readers, *more)
    if HandoverReceipt.unrestricted.filter(sha256=document.sha256).exists():
        more.add(sender)
    case.only_for(document.sha256, *readers, *more)
    return document


def _own_report(case: Case) -> None:
    """Nadia reports her accident herself; the employer reads the facts, never the injury, the doctor, the papers."""
    cast, own, hr = case.cast, ("nadia", "pauline"), ("nadia", "hugo", "fiona", "pauline")
    claim = _send(
        case,
        cast.persons.nadia,
        "accident",
        cast.nadia,
        event={
            "activity": case.word("openactivity", *hr),
            "course": case.word("sealedcourse", *own),
        },
        treatment={
            "doctor": case.word("sealeddoctor", *own),
            "doctor_town": case.word("sealedtown", *own),
        },
    )
    case.claim = claim
    folder = Folder.unrestricted.get(claim_file=claim)
    medical = _paper(case, folder, cast.nadia, "own", own, "medical", kind="medical_report")
    case.sealed = medical
    _paper(case, folder, cast.nadia, "certificate", hr, "certificate", kind="certificate")
    _paper(case, folder, cast.hugo, "sealedbyhr", own, "medical")
    _paper(case, folder, cast.pauline, "ofinsurer", own, "medical", kind="letter")
    tightened = _paper(case, folder, cast.hugo, "tightened", own, "administrative")
    classify(tightened.pk, visibility="medical", by=cast.pauline)
    # The superuser's log keeps the line from when the paper was still the company's: key and hash, no name.
    case.only_for(tightened.pk, *own, "sacha")
    case.only_for(tightened.sha256, *own, "hugo", "sacha")
    send_sealed(case, claim)
    own_parts.add_own_part(case, claim)
    claims.take_over(claim.pk, by=cast.pauline)
    asked = claims.request_paper(claim.pk, kind="bill", addressee="person", by=cast.pauline)
    case.only_for(asked.pk, *own)
    claims.decline(
        claim.pk,
        reason=case.word("sealedreason", *own),
        legal_remedy="objection",
        by=cast.pauline,
    )


def _report_of_hr(case: Case) -> None:
    """Hugo reports Marco's accident: HR keeps seeing what HR reported; finance and administration see none of it."""
    cast, hr = case.cast, ("hugo", "sonia", "fiona", "pauline")
    claim = _send(
        case,
        cast.marco,
        "accident",
        cast.hugo,
        event={"course": case.word("hrcourse", *hr)},
        treatment={"doctor": case.word("hrdoctor", *hr)},
    )
    folder = Folder.unrestricted.get(claim_file=claim)
    _paper(case, folder, cast.hugo, "hrpaper", hr, "administrative")
    # The number alone is read by the contract manager on the company's page, and by the superuser in the log.
    case.only_for(claim.number, *hr, "reto", "sacha")
    case.only_for(case.claim.number, "nadia", "hugo", "fiona", "pauline", "reto", "sacha")


def _drafts(case: Case) -> None:
    """Jonas' own draft and one of HR about Marco."""
    cast, hr = case.cast, ("hugo", "sonia", "fiona")
    own = declarations.start(cast.persons.jonas, "accident", by=cast.jonas)
    changes = answers("accident", event={"activity": case.word("draftactivity", "jonas")})
    fill(own, changes, by=cast.jonas)
    case.only_for(own.pk, "jonas")
    case.only_for(own.number, "jonas")
    _paper(case, own.folder, cast.jonas, "draftpaper", ("jonas",), "certificate")
    company = declarations.start(cast.marco, "illness", by=cast.hugo)
    fill(company, {"treatment": {"doctor": case.word("companydraft", *hr)}}, by=cast.hugo)
    case.only_for(company.number, *hr)
    case.only_for(company.pk, *hr, "sacha")
    _paper(case, company.folder, cast.hugo, "companydraftpaper", hr, "administrative")


def _other_company(case: Case) -> None:
    """A case at Keller: nobody of Rochat may read of it."""
    cast, own = case.cast, ("elena", "pauline")
    claim = _send(
        case,
        cast.persons.elena,
        "accident",
        cast.elena,
        event={"activity": case.word("kelleropen", *own, "fiona"), "course": case.word("kellersealed", *own)},
    )
    case.only_for(claim.pk, *own, "fiona", "sacha")
    case.only_for(claim.number, *own, "fiona", "reto", "sacha")
    _paper(case, Folder.unrestricted.get(claim_file=claim), cast.elena, "kellerpaper", own, "medical")


def _around(case: Case) -> None:
    """What else there is: invoices, an invitation, a request for access, all notifications."""
    cast = case.cast
    invoice = make_invoice(cast.ktg, cast.reto)
    case.only_for(invoice.number, "felix", "fiona", "reto", "sacha")
    case.only_for(make_invoice(cast.keller_ktg, cast.reto).number, "fiona", "reto", "sacha")
    name = case.word("invited", "claire", "reto", "sacha")
    invite(
        cast.rochat,
        email=f"{name}@rochat.example",
        first_name=name,
        last_name="X",
        preset="hr",
        by=cast.claire,
    )
    request_access(cast.felix, cast.rochat, "claim.view")


def _known_ids(case: Case) -> None:
    cast, ids = case.cast, case.ids

    def keys(model: Any) -> list[Any]:
        return list(getattr(model, "unrestricted", None or model._base_manager).values_list("pk", flat=True))

    ids["claim"], ids["folder"], ids["document"] = keys(ClaimFile), keys(Folder), keys(Document)
    ids["declaration"], ids["invoice"], ids["paper"] = (
        keys(Declaration),
        keys(PremiumInvoice),
        keys(PaperRequest),
    )
    ids["bill"], ids["own_part"] = keys(Bill), keys(PrivatePart)
    ids["person"] = [cast.persons.nadia.pk, cast.marco.pk, cast.persons.jonas.pk, cast.persons.elena.pk]
    ids["company"] = [cast.rochat.pk, cast.keller.pk]
    ids["contract"], ids["site"] = [cast.laa.pk], [cast.morges.pk]
    ids["notification"] = [
        Notification.objects.filter(user=user).values_list("pk", flat=True).first()
        for user in (cast.nadia, cast.hugo, cast.pauline)
    ]
    ids["invitation"], ids["access_request"] = keys(Invitation), keys(AccessRequest)
    ids["user"] = [cast.nadia.pk, cast.felix.pk]
    ids["grant"] = [row.uuid for table in GRANT_TABLES for row in table.objects.filter(user=cast.hugo)]
    ids["line"] = list(
        AuditLine.unrestricted.filter(target_type="documents.Document").values_list("pk", flat=True)[:4]
    )
    ids["page"] = [1]
    ids["part"] = ["person", "event", "treatment", "documents"]
    ids["question"] = ["doctor", "cause"]
    ids["token"] = ["no-such-token"]


def _asked_more_closely(case: Case) -> list[tuple[str, str]]:
    """Addresses with a question in them."""
    start, listed, lines = (
        reverse(name) for name in ("declarations:start", "documents:api-list", "audit-event-list")
    )
    found = [f"{start}?person={person}" for person in case.ids["person"]]
    found += [f"{listed}?claim_file={claim}&page_size=100" for claim in case.ids["claim"]]
    found += [f"{lines}?page_size=100", f"{reverse('claims_files:list')}?sort=name"]
    return [(path, path) for path in found]


@refusals_drawn_once()
def look(case: Case, sign_in: Any, key: str) -> tuple[dict[str, set[str]], list[str]]:
    """Walk everywhere as one person: which secret words were read, and where; what broke on the way."""
    browser = sign_in(getattr(case.cast, key), on=Client())
    seen: dict[str, set[str]] = defaultdict(set)
    broken = []
    paths = [*addresses(case.ids), *_asked_more_closely(case)]
    for name, path in paths:
        if name in case.silent:
            continue
        if "activity" in path or "audit-events" in path:
            _forget_refusals()
        answer = browser.get(path, headers={"accept": "text/html,*/*"})
        if answer.status_code == 405:
            case.silent.add(name)
        if answer.status_code >= 500:
            broken.append(f"{answer.status_code} {path}")
        text = told(answer)
        for word in case.words:
            # Whoever asks with an id may be given it back in an address.
            if word in text and word not in path:
                seen[word].add(path)
    return seen, broken


def test_no_secret_word_reaches_anybody_who_may_not_read_it(case, sign_in, caplog):
    caplog.set_level(logging.INFO)
    read: dict[str, set[str]] = defaultdict(set)
    leaks, broken = [], []
    for key in EVERYBODY:
        seen, failures = look(case, sign_in, key)
        broken += failures
        for word, paths in seen.items():
            read[word].add(key)
            if key not in case.words[word]:
                leaks += [f"{key} reads {word} at {path}" for path in sorted(paths)]
    assert not broken, "\n".join(broken)
    assert not leaks, "\n".join(leaks)
    # The counter-proof: whoever may read a word does find it, so the walk would have found a leak.
    unseen = {
        word: sorted(readers - read[word]) for word, readers in case.words.items() if readers - read[word]
    }
    assert unseen == {}
    assert words_in_log(case, caplog) == []


def words_in_log(case: Case, caplog: Any) -> list[str]:
    """Log lines that hold a secret word, a name or an address of somebody."""
    people = User.objects.values_list("email", "last_name")
    secret = [*case.words, *(email for email, _name in people), "Bernasconi", "Monnier", "Tschanz"]
    formatter = logging.Formatter()
    lines = [formatter.format(record) for record in caplog.records]
    paths = [str(key) for keys in case.ids.values() for key in keys]
    return [line for line in lines for word in secret if word in line and word not in paths]


# --- What is sealed changes nothing for the others ----------------------------------------------------


@refusals_drawn_once()
def shown(case: Case, key: str) -> dict[str, str]:
    """Every list and every page of Nadia's claim file, without what differs from one loading to the next."""
    claim, browser = case.claim, case.browsers[key]
    ids = defaultdict(
        list,
        claim=[claim.pk],
        folder=list(Folder.unrestricted.filter(claim_file=claim).values_list("pk", flat=True)),
        declaration=list(Declaration.unrestricted.filter(claim_file=claim).values_list("pk", flat=True)),
        person=[claim.person_id],
        company=[claim.company_id],
        part=["event"],
        question=["cause"],
    )
    texts = {}
    for name, path in [*addresses(ids), *_asked_more_closely(case)]:
        if name in case.silent or name.startswith(
            ("account_", "mfa_", "usersessions_", "api_", "styleguide")
        ):
            continue
        if "activity" in path or "audit-events" in path:
            _forget_refusals()
        answer = browser.get(path)
        if answer.status_code == 405:
            case.silent.add(name)
        elif answer["Content-Type"] != "application/pdf":
            texts[path] = FRESH.sub("", f"{answer.status_code} {told(answer)}")
    return texts


def test_what_is_sealed_leaves_every_answer_to_the_others_as_it_was(cast, sign_in):
    case = Case(cast)
    # She may follow claims and read the log: of what is sealed neither says anything.
    _let(cast, cast.claire, "hr")
    case.claim = _send(case, cast.persons.nadia, "accident", cast.nadia)
    claims.take_over(case.claim.pk, by=cast.pauline)
    claims.request_paper(case.claim.pk, kind="certificate", addressee="employer", by=cast.pauline)
    _known_ids(case)
    others = ("hugo", "fiona", "claire", "felix", "jonas", "reto", "bruno")
    for key in (*others, "nadia"):
        case.browsers[key] = sign_in(getattr(cast, key), on=Client())
    before = {key: shown(case, key) for key in others}
    assert min(len(texts) for texts in before.values()) > 40
    _sealed_life(case)
    changes = []
    for key in others:
        for path, text in shown(case, key).items():
            lines = before[key][path].split("\n"), text.split("\n")
            changes += difflib.unified_diff(*lines, f"{key}: {path}", lineterm="", n=0)
    assert not changes, "\n".join(changes)
    # The counter-proof: the insured person is told.
    inside = case.browsers["nadia"].get(reverse("claims_files:documents", args=[case.claim.pk]))
    assert "file-lock" in inside.content.decode()


def _forget_refusals() -> None:
    """Our own walk is refused here and there, and leaves its readings: no secret, and it would hide the other lines."""
    noise = ("access.refused", "claim.opened", "document.read", "log.exported")
    AuditLine.unrestricted.filter(event__in=noise).delete()


def _let(cast: Any, user: User, preset: str) -> None:
    with transaction.atomic():
        grants.write(cast.rochat, to=user, preset=preset, by=cast.reto)


def _sealed_life(case: Case) -> None:
    """All that can happen between the insured person and the insurer while the case is open."""
    cast, claim = case.cast, case.claim
    folder = Folder.unrestricted.get(claim_file=claim)
    for kind in ("medical_report", "bill", "certificate"):
        data = papers.text_pdf("Paper", kind)
        receive(folder.pk, upload_of(data, f"{kind}.pdf"), visibility="medical", kind=kind, by=cast.nadia)
    live_through(cast, claim)
    own_parts.live_through(cast, claim)
    claims.note_seen(claim.pk, by=cast.pauline)
    claims.request_paper(claim.pk, kind="medical_report", addressee="person", by=cast.pauline)
    asked = claims.request_paper(claim.pk, kind="certificate", addressee="person", by=cast.pauline)
    claims.settle_paper(asked.pk, received=False, by=cast.pauline)
    answer = papers.text_pdf("Paper", "answer")
    receive(folder.pk, upload_of(answer, "a.pdf"), visibility="medical", kind="medical_report", by=cast.nadia)
    letter = papers.text_pdf("Paper", "letter")
    receive(folder.pk, upload_of(letter, "l.pdf"), visibility="medical", kind="letter", by=cast.pauline)
    sealed = Document.unrestricted.filter(folder=folder).first()
    read(sealed.pk, by=cast.pauline)[1].close()


# --- Searching ----------------------------------------------------------------------------------------

SEARCHES = {
    "claims_files:bills": "q",
    "claims_files:api-bill-list": "q",
    "documents:archive": "q",
    "documents:api-list": "q",
    "claims_files:list": "q",
    "claims_files:api-list": "q",
    "companies:persons": "q",
    "companies:api-person-list": "q",
    "declarations:drafts": "name",
    "declarations:api-list": "number",
    "users:management": "q",
    "user-list": "q",
    "audit-event-list": "event",
}


def test_a_search_for_a_hidden_word_answers_like_a_search_for_nothing(case, sign_in):
    hidden = f"{case.sealed.name}"
    nothing = "w" * len(hidden)
    for key in EVERYBODY:
        browser = sign_in(getattr(case.cast, key), on=Client())
        for name, field_name in SEARCHES.items():
            answers_ = [
                FRESH.sub("", told(browser.get(reverse(name), {field_name: word})).replace(word, "WORD"))
                for word in (hidden, nothing)
            ]
            alike = answers_[0] == answers_[1]
            finds = key in case.words[hidden.removesuffix(".pdf")] and name.startswith("documents:")
            assert alike != finds, (key, name)


# --- What leaves the house, and what is kept beside it ------------------------------------------------


def test_mails_knocks_jobs_and_the_log_of_acts_hold_no_secret_and_no_name(cast, mailoutbox):
    with CaptureQueriesContext(connection) as queries:
        made = Case(cast)
        for part in (_own_report, _report_of_hr, _drafts, _other_company, _around):
            part(made)
    knocks = [query["sql"] for query in queries if "pg_notify" in query["sql"]]
    assert len(knocks) > 10
    waiting = list(ProcrastinateJob.objects.filter(status="todo"))
    assert waiting
    for job in waiting:
        jobs.tasks[job.task_name].func(**job.args)
    lines = list(AuditLine.unrestricted.values_list("facts", flat=True))
    assert len(mailoutbox) > 3
    insured = {"Bernasconi", "Steiner", "Bianchi", cast.persons.nadia.ahv_number, cast.marco.ahv_number}
    secret = {word for word in made.words if word.startswith("qx")} | insured
    invited = {word for word in secret if word.startswith("qxinvited")}
    outgoing = {
        "mail": [f"{mail.subject}\n{mail.body}\n{mail.alternatives}" for mail in mailoutbox],
        "knock": knocks,
        "job": [json.dumps(job.args) for job in waiting],
        "line": [json.dumps(facts) for facts in lines],
    }
    for kind, texts in outgoing.items():
        found = [word for word in secret - invited for text in texts if word in text]
        assert not found, (kind, found)
    for words in (outgoing["knock"], outgoing["job"], outgoing["line"]):
        assert not [word for word in invited for text in words if word in text]
    # Subjects stay on locked screens: no case, no number, no person.
    numbers = [made.claim.number, *(user.last_name for user in User.objects.all())]
    assert not [mail.subject for mail in mailoutbox if any(number in mail.subject for number in numbers)]
