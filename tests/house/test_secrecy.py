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
from functools import cache
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from claims_files import services as claims
from declarations import services as declarations
from declarations.forms import FORMS
from declarations.models import Declaration
from documents.models import Document, Folder
from documents.services import read, receive
from permissions import grants
from permissions.trail import AuditLine
from tests import kept, papers
from tests.declarations.answers import answers, fill
from tests.factories_documents import upload_of
from tests.house import own_parts, sealed_guarantees
from tests.house.doors import known_visitors, refusals_drawn_once
from tests.house.routes import addresses, meaning, patterns, told
from tests.house.sealed_bills import live_through
from tests.house.secret_answers import OPEN, any_answer
from tests.house.secret_case import EVERYBODY, Case, case_of, known_ids
from tests.house.shares import WHOLE, left_out, turn
from tests.house.test_doors import lines
from users.models import User

# The case takes long to make: one worker makes it for all of them.
pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.xdist_group("secrecy")]
# A word made by `Case.word`.
MADE = re.compile("qx[a-z0-9]+?zv")
# What every loading of a page makes anew.
FRESH = re.compile(
    r"""name="(?:csrfmiddlewaretoken|request_id|key)" value="[^"]*"|"X-CSRFToken": "[^"]*"|'Expires': '[^']*'"""
    r"""|'X-Session-Left': '[^']*'|data-(?:idle|whole)="\d+"|"token": "\w+\""""
)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""


@pytest.fixture
def case(cast) -> Case:
    with any_answer():
        yield kept.once(case_of, cast)


def _asked_more_closely(case: Case) -> list[tuple[str, str]]:
    """Addresses with a question in them."""
    start, listed, lines = (
        reverse(name) for name in ("declarations:start", "documents:api-list", "audit-event-list")
    )
    found = [f"{start}?person={person}" for person in case.ids["person"]]
    found += [f"{listed}?claim_file={claim}&page_size=100" for claim in case.ids["claim"]]
    found += [f"{lines}?page_size=100", f"{reverse('claims_files:list')}?sort=name"]
    return [(path, path) for path in found]


def _of_other_kinds(case: Case) -> list[tuple[str, str, str]]:
    """Kind, name and path of every address about one claim file or report, for the reports of the other kinds."""
    about = {
        name
        for name, holes in patterns()
        if {"claim", "declaration"} & {meaning(name, each) for each in holes}
    }
    return [
        (kind, name, path)
        for kind, ids in case.kinds.items()
        for name, path in addresses(defaultdict(list, ids))
        if name in about
    ]


def _words_in(text: str, case: Case) -> set[str]:
    """Our words and the values that betray something, as far as they stand in a text."""
    betraying = [word for word in case.words if not MADE.fullmatch(word)]
    return (case.words.keys() & set(MADE.findall(text))) | {word for word in betraying if word in text}


# By the beginning of the address' name: what is about accounts and settings.
ELSEWHERE = ("account_", "mfa_", "scim:", "sso:", "styleguide", "terms", "usersessions_")
# What shows a thing first, by what stands for it in an address.
FRONT_DOORS = {
    "claim": "claims_files:api-detail",
    "declaration": "declarations:api-detail",
    "document": "documents:api-detail",
    "folder": "documents:folder",
    "bill": "claims_files:api-bill-detail",
    "guarantee": "claims_files:api-guarantee-detail",
}


def _closed(case: Case, browser: Client) -> list[str]:
    """The keys of the claim files, reports, papers, folders and bills that are not there for somebody."""
    doors = [
        (str(key), reverse(door, args=[key])) for kind, door in FRONT_DOORS.items() for key in case.ids[kind]
    ]
    return [key for key, path in doors if browser.get(path).status_code == 404]


@cache
def _opens() -> set[tuple[str, str]]:
    """Who, and an address that opens to him for one thing at least, by the table of doors."""
    return {
        (who, name)
        for (name, _subject, method), outcomes in lines().items()
        for who, word in outcomes.items()
        if method == "GET" and word == "200"
    }


def _passed_by(
    case: Case, key: str, kind: str, name: str, path: str, opened: set[str], closed: list[str]
) -> bool:
    """Whether an ordinary run does not ask here."""
    if not kind:
        outside = all(key not in readers for readers in case.words.values())
        if left_out(key, name, of=8 if name.startswith(ELSEWHERE) else 6 if outside else 1):
            return True
        if any(each in path for each in closed):
            return left_out(key, path, of=16)
        # The table speaks of Nadia's things, and of drafts. An address with a question in it stands for itself.
        elsewhere = key in {"bruno", "elena", "jonas", "sonia"}
        beside = elsewhere or name == path or name.startswith("declarations:")
        return not beside and (key, name) not in _opens() and left_out(key, name, of=8)
    # A PDF is drawn of what the page says.
    if name in case.telling and name in opened and name not in case.drawn:
        return False
    chosen = sorted(case.kinds)[turn(key, name, of=len(case.kinds))]
    return kind != chosen or (name not in opened and left_out(key, path, of=16))


@refusals_drawn_once()
@known_visitors()
def look(case: Case, sign_in: Any, key: str) -> tuple[dict[str, set[str]], list[str]]:
    """Walk everywhere as one person: which secret words were read, and where; what broke on the way.

    In an ordinary run not every door that the table of doors keeps closed is tried at each thing, and at one that is
    not there hardly any (`test_doors` tries all of them at one of each sort), reports of the other kinds are looked at where somebody read something of the first
    one, and what is about accounts and settings by one person in eight, as is much by those who may
    read no word at all; `make torture` leaves nothing out.
    """
    browser = sign_in(getattr(case.cast, key), on=Client())
    seen: dict[str, set[str]] = defaultdict(set)
    broken, opened = [], set()
    closed = _closed(case, browser)
    calendar = case.calendars[key]
    paths = [("", *each) for each in (*addresses(case.ids), *_asked_more_closely(case), (calendar, calendar))]
    for kind, name, path in (*paths, *_of_other_kinds(case)):
        if name in case.silent:
            continue
        if not WHOLE and _passed_by(case, key, kind, name, path, opened, closed):
            continue
        if "activity" in path or "audit-events" in path:
            _forget_refusals()
        answer = browser.get(path, headers={"accept": "text/html,*/*"})
        if answer.status_code == 405 or name == "api_schema":
            # The schema is the same for everybody.
            case.silent.add(name)
        if answer.get("Content-Type") == "application/pdf":
            case.drawn.add(name)
        if answer.status_code < 300:
            opened.add(name)
        if answer.status_code >= 500:
            broken.append(f"{answer.status_code} {path}")
        text = told(answer)
        # Whoever asks with an id may be given it back in an address.
        found = [word for word in _words_in(text, case) if word not in path]
        for word in found:
            seen[word].add(path)
        if not case.of_report.isdisjoint(found):
            case.telling.add(name)
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


def test_what_the_employer_reads_of_somebodys_own_report_is_known_here():
    """A new question about the case is sealed, or it is said in `OPEN` that the employer reads the answer."""
    asked = {
        (kind, name)
        for kind, parts in FORMS.items()
        for part, form in parts.items()
        if part not in {"person", "employment"}
        for name in form.base_fields.keys() - form.sealed
    }
    assert {(kind, name) for kind, name in asked if name not in OPEN} == set()
    assert {name for _kind, name in asked} >= OPEN


# --- What is sealed changes nothing for the others ----------------------------------------------------


@refusals_drawn_once()
@known_visitors()
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
    draft = declarations.start(cast.persons.nadia, "accident", by=cast.nadia)
    fill(draft, answers("accident"), by=cast.nadia)
    case.claim = declarations.submit(draft.pk, by=cast.nadia)
    claims.take_over(case.claim.pk, by=cast.pauline)
    claims.request_paper(case.claim.pk, kind="certificate", addressee="employer", by=cast.pauline)
    known_ids(case)
    others = ("hugo", "claire", "reto", *(("fiona", "jonas", "felix", "bruno") if WHOLE else ()))
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
    saved = ("access.exported", "claim.exported", "log.exported", "person.exported")
    noise = ("access.refused", "claim.opened", "document.read", *saved)
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
    sealed_guarantees.live_through(cast, claim)
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
    "claims_files:statements": "q",
    "claims_files:api-statement-list": "q",
    "claims_files:api-bill-list": "q",
    "claims_files:guarantees": "q",
    "claims_files:api-guarantee-list": "q",
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
        with known_visitors():
            for name, field_name in SEARCHES.items():
                answers_ = [
                    FRESH.sub("", told(browser.get(reverse(name), {field_name: word})).replace(word, "WORD"))
                    for word in (hidden, nothing)
                ]
                alike = answers_[0] == answers_[1]
                finds = key in case.words[hidden.removesuffix(".pdf")] and name.startswith("documents:")
                assert alike != finds, (key, name)


# --- What leaves the house, and what is kept beside it ------------------------------------------------


def test_mails_knocks_jobs_and_the_log_of_acts_hold_no_secret_and_no_name(case, mailoutbox):
    cast, made, knocks = case.cast, case, case.knocks
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
