"""The stage of `test_secrecy`: cases at two companies, full of words that stand nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.urls import reverse

from claims_files import services as claims
from claims_files.models import (
    Bill,
    CertifiedPeriod,
    ClaimFile,
    Decision,
    Guarantee,
    PaperRequest,
    RequestTemplate,
    Statement,
)
from claims_files.plans import services as plans
from companies.imports import PERSONS
from core import imports
from core.models import TableImport
from correspondence.models import Notification
from declarations import services as declarations
from declarations.forms import FORMS
from declarations.imports import CASES
from declarations.models import Declaration, PrivatePart
from documents.models import Document, Folder, HandoverReceipt
from documents.services import classify, receive
from finance.models import PremiumInvoice
from permissions.explain import GRANT_TABLES
from permissions.trail import AuditLine
from tests import papers
from tests.declarations.answers import answers, fill
from tests.factories_claims import make_template
from tests.factories_documents import upload_of
from tests.factories_finance import make_invoice
from tests.house import own_parts, sealed_guarantees
from tests.house.sealed_bills import send_sealed
from tests.house.sealed_statements import issue_sealed
from tests.house.secret_answers import any_answer, secret_answers
from users.models import AccessRequest, Invitation
from users.services import invite, request_access

EVERYBODY = (
    "nadia", "pauline", "hugo", "fiona", "claire", "sonia", "felix", "jonas", "bruno", "elena",
    "reto", "sacha", "zoe",
)  # fmt: skip


@dataclass
class Case:
    """What was seeded: each secret word with those who may read it, and the ids to walk with."""

    cast: Any
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    ids: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    # Names of addresses that only take what is sent to them: they say nothing to a look.
    silent: set[str] = field(default_factory=set)
    # Nadia's reports of the other kinds: the ids to walk with.
    kinds: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    # The words of her first report, and the names of addresses where anybody read one of them.
    of_report: set[str] = field(default_factory=set)
    telling: set[str] = field(default_factory=set)
    # Names of addresses that answer with a PDF.
    drawn: set[str] = field(default_factory=set)
    # What was told to open pages while all this was done.
    knocks: list[str] = field(default_factory=list)
    browsers: dict[str, Any] = field(default_factory=dict)
    # The secret address of everybody's calendar.
    calendars: dict[str, str] = field(default_factory=dict)

    def word(self, name: str, *readers: str) -> str:
        """A word that stands nowhere else, for these readers only."""
        made = f"qx{name}zv"
        self.words[made] = frozenset(readers)
        return made

    def only_for(self, value: Any, *readers: str) -> Any:
        """A value that betrays what it belongs to (a key, a hash, a number)."""
        self.words[str(value)] = frozenset(readers)
        return value


def case_of(cast: Any) -> Case:
    """Reports, drafts and papers of Rochat and of Keller, through the services."""
    made = Case(cast)
    with any_answer(), _listening(made.knocks):
        for part in (
            _other_kinds,
            _own_report,
            _report_of_hr,
            _drafts,
            _other_company,
            _around,
            _calendars,
            known_ids,
        ):
            part(made)
    return made


@contextmanager
def _listening(heard: list[str]) -> Iterator[None]:
    """Within this block what is told to open pages is written down."""

    def listen(execute: Any, sql: str, given: Any, many: bool, context: Any) -> Any:
        if "pg_notify" in sql:
            heard.append(f"{sql} {given}")
        return execute(sql, given, many, context)

    with connection.execute_wrapper(listen):
        yield


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
    others = set(case.words)
    draft = _marked(case, "accident", {"activity": case.word("openactivity", *hr)})
    claim = declarations.submit(draft.pk, by=cast.nadia)
    more = {"course": case.word("amendedcourse", *own), "place": case.word("amendedplace", *hr)}
    declarations.amend(draft.pk, "event", more, by=cast.nadia)
    case.of_report = case.words.keys() - others
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
    sealed_guarantees.ask_sealed(case, claim)
    steps = [plans.Step(claim.event_date, 50)]
    plans.propose(claim.pk, steps=steps, note=case.word("plannote", *hr), by=cast.pauline)
    own_parts.add_own_part(case, claim)
    claims.take_over(claim.pk, by=cast.pauline)
    asked = claims.request_paper(claim.pk, kind="bill", addressee="person", by=cast.pauline)
    case.only_for(asked.pk, *own)
    words = {
        "title": case.word("templatetitle", *own, "sacha"),
        "text": case.word("templatetext", *own, "sacha"),
    }
    spoken = {f"{part}_{code}": word for part, word in words.items() for code in ("de", "fr", "it", "en")}
    template = make_template(cast.sacha, kind="medical_report", addressee="person", **spoken)
    case.only_for(claims.request_from(claim.pk, template.pk, by=cast.pauline).pk, *own)
    claims.remind(claim.pk, cast.pauline)
    sealed = _paper(case, folder, cast.nadia, "sealedcertificate", own, "medical", kind="certificate")
    days = {"begin": claim.event_date, "end": claim.event_date, "degree": 100}
    read_off = claims.enter_certificate(claim.pk, **days, document_id=sealed.pk, by=cast.nadia)
    case.only_for(read_off.pk, *own)
    claims.decline(
        claim.pk,
        reason=case.word("sealedreason", *own),
        reason_code="not_insured",
        by=cast.pauline,
    )
    decision = Decision.unrestricted.get(claim_file=claim)
    letter = claims.file_letter(decision.pk).letter
    case.only_for(letter.pk, *own)
    case.only_for(letter.sha256, *own)


def _marked(case: Case, kind: str, more: dict[str, str] | None = None) -> Declaration:
    """Nadia's own report of this kind, complete, with a secret word in every sealed answer."""
    draft = declarations.start(case.cast.persons.nadia, kind, by=case.cast.nadia)
    given, words = secret_answers(kind)
    given["event"] |= more or {}
    fill(draft, given, by=case.cast.nadia)
    case.words |= {word: frozenset({"nadia", "pauline"}) for _name, word in words}
    return draft


def _other_kinds(case: Case) -> None:
    """Her reports of all other kinds, the first of all: the lists show the others before them."""
    for kind in FORMS:
        if kind == "accident":
            continue
        draft = _marked(case, kind)
        claim = declarations.submit(draft.pk, by=case.cast.nadia)
        case.kinds[kind] = {
            "claim": [claim.pk], "declaration": [draft.pk], "folder": [draft.folder_id],
            "part": [*FORMS[kind]], "page": [1],
        }  # fmt: skip


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
    issue_sealed(case)
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
    for table, name in ((PERSONS, "importedperson"), (CASES, "importedcase")):
        row = {"last_name": case.word(name, "hugo"), "first_name": case.word(f"{name}first", "hugo")}
        imports.bring_rows(table, cast.rochat.pk, [row], by=cast.hugo)


def _calendars(case: Case) -> None:
    """A calendar that a program fetches, for everybody: whoever may see no case finds nothing there."""
    for key in EVERYBODY:
        _feed, token = claims.make_feed(getattr(case.cast, key))
        case.calendars[key] = reverse("claims_files:feed", args=[token])


def known_ids(case: Case) -> None:
    """The ids of all there is so far, by what a placeholder means."""
    cast, ids = case.cast, case.ids
    elsewhere = {key for known in case.kinds.values() for keys in known.values() for key in keys}

    def keys(model: Any) -> list[Any]:
        rows = getattr(model, "unrestricted", model._base_manager)
        return [key for key in rows.values_list("pk", flat=True) if key not in elsewhere]

    ids["claim"], ids["folder"], ids["document"] = keys(ClaimFile), keys(Folder), keys(Document)
    ids["declaration"], ids["invoice"], ids["paper"] = (
        keys(Declaration),
        keys(PremiumInvoice),
        keys(PaperRequest),
    )
    ids["certificate"], ids["template"] = keys(CertifiedPeriod), keys(RequestTemplate)
    ids["statement"] = keys(Statement)
    ids["bill"], ids["own_part"] = keys(Bill), keys(PrivatePart)
    ids["guarantee"] = keys(Guarantee)
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
    ids["page"], ids["table"], ids["kind"] = [1], ["csv", "xlsx", "json"], ["claim"]
    for kind, name in (("persons", "person_import"), ("cases", "case_import")):
        ids[name] = list(TableImport.objects.filter(kind=kind).values_list("pk", flat=True))
    ids["part"] = ["person", "event", "treatment", "documents"]
    ids["question"] = ["doctor", "cause"]
    ids["token"] = ["no-such-token"]
