"""What is done with bills: send, take into work, ask for another paper, send it, process, correct, take back.

In no audit line, notice or mail is there an amount, a provider or a kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.bills import reading
from claims_files.bills.models import CURRENCIES, Bill, BillPaper, EarlierResult
from claims_files.models import ClaimFile, PaperRequest
from claims_files.plain import check_codes
from claims_files.states import paper_due
from claims_files.taking_in import take_in
from companies.models import Contract, InsuredPerson
from core.errors import NotNow, OutOfReach
from core.live import knock
from core.numbers import formatted
from core.parameters import value_on
from core.text import fold, swiss_date
from documents import services as papers
from documents.models import Folder, HeldPaper, Kind
from documents.services import Received
from permissions.audit import record
from permissions.policy import require, users_who_can
from permissions.reach import reach_of
from permissions.scoped import locked

TOPIC = "bills"
State, Result = Bill.State, Bill.Result
CENT, HIGHEST = Decimal("0.01"), Decimal("99999999.99")
# A paper that is due later than this was mistyped.
LATEST_DUE = timedelta(days=366)

# Where a bill stands, and what is possible then.
POSSIBLE = {
    State.SENT: _("This bill has not been taken into work yet. Take it into work first."),
    State.IN_WORK: _("This bill is in work. It can be processed, or a better document asked for."),
    State.ASKED: _("A document is missing. The bill can be processed without it, or when it is here."),
    State.PROCESSED: _("This bill is processed. Only its result can be corrected, by the health manager."),
    State.WITHDRAWN: _("This bill was taken back by its sender. Nothing is done with it any more."),
}
# What a result consists of, besides its statement.
DECIDED = ("result", "francs", "covered", "own_share", "paid", "explanation", "codes", "legal_remedy")
# Papers that are no bills are filed under what they are.
PAPER_KINDS = {Bill.Kind.PRESCRIPTION: Kind.OTHER, Bill.Kind.COST_PLAN: Kind.OTHER}


@transaction.atomic
def submit(
    *,
    claim_id: UUID | None = None,
    contract_id: UUID | None = None,
    kind: str,
    amount: Decimal,
    currency: str,
    provider: str,
    date: date,
    paid_already: bool,
    files: Iterable[File],
    key: UUID | None = None,
    by: Any,
) -> Bill:
    """Send a bill of one's own for a claim file or, without one, for a contract that covers oneself.

    The bill and all its papers arrive, or nothing does; what the virus scanner says nothing of is held. `key`: the same
    key again gives the same bill. Raises OutOfReach, NotAllowed, and ValidationError by field, at `files` with a
    sentence for each file refused.
    """
    person, contract, claim = _place(claim_id, contract_id, by)
    # One bill of a person at a time: a second click waits here and finds the first one's bill.
    person = InsuredPerson.unrestricted.select_for_update(no_key=True).get(pk=person.pk)
    require(by, "bill.submit", person)
    key = key or uuid4()
    if known := Bill.unrestricted.filter(person=person, key=key).first():
        return known
    place = next(
        (each for each in reading.places(by) if each == reading.Place(person, contract, claim)), None
    )
    if place is None:
        raise ValidationError({"about": _("Choose what the bill is about.")})
    _check(place, kind, amount, currency, provider, date)
    bill = Bill(
        number=formatted("R", timezone.localdate().year),
        key=key,
        company_id=person.company_id,
        person=person,
        contract=contract,
        claim_file=claim,
        folder=_folder(place),
        kind=kind,
        amount=amount,
        currency=currency,
        provider=provider.strip(),
        provider_key=fold(provider)[:140],
        date=date,
        paid_already=paid_already,
        sent_by=by,
    )
    bill.save(force_insert=True)
    _receive(bill, files, by=by)
    knock_at(bill)
    record(by, "bill.submitted", bill, claim_file=bill.claim_file_id, contract=bill.contract_id)
    return bill


@transaction.atomic
def add_papers(bill_id: Any, files: Iterable[File], *, by: Any) -> Bill:
    """Send further papers of a bill that is not processed, or the better one that was asked for."""
    bill = locked(Bill, bill_id)
    require(by, "bill.submit", bill)
    _only_in(bill, State.SENT, State.IN_WORK, State.ASKED)
    _receive(bill, files, by=by)
    if bill.state == State.ASKED:
        _set(bill, State.IN_WORK)
    bill.arrived_at = timezone.now()
    _save(bill)
    record(by, "bill.completed", bill)
    return bill


@transaction.atomic
def withdraw(bill_id: Any, *, by: Any) -> Bill:
    """Take back a bill that the insurer has not taken into work; its papers stay."""
    bill = locked(Bill, bill_id)
    require(by, "bill.submit", bill)
    _only_in(bill, State.SENT)
    _set(bill, State.WITHDRAWN)
    _save(bill)
    record(by, "bill.withdrawn", bill)
    return bill


# --- Acts of the health manager -----------------------------------------------------------------


@transaction.atomic
def take(bill_id: Any, *, by: Any) -> Bill:
    """Take a bill into work. Of two at once the slower one gets NotNow."""
    bill = locked(Bill, bill_id)
    require(by, "bill.process", bill)
    if bill.state == State.IN_WORK:
        raise NotNow(_("This bill has been taken into work already."), code="taken")
    _only_in(bill, State.SENT)
    bill.health_manager = by
    _set(bill, State.IN_WORK)
    _save(bill)
    record(by, "bill.taken", bill)
    return bill


@transaction.atomic
def ask(bill_id: Any, *, note: str, due: date | None = None, by: Any) -> Bill:
    """Ask the sender for a better paper, due in some days (dated parameter) if not said. Raises ValidationError."""
    bill = locked(Bill, bill_id)
    require(by, "bill.process", bill)
    _only_in(bill, State.IN_WORK)
    due = due or paper_due()
    problems: dict[str, Any] = {}
    if not note or note not in PaperRequest.Note.values:
        problems["note"] = _("Choose a note from the list.")
    if due < timezone.localdate():
        problems["due"] = _("Choose a date from today on.")
    elif due > timezone.localdate() + LATEST_DUE:
        problems["due"] = _("Choose a date within a year.")
    if problems:
        raise ValidationError(problems)
    _set(bill, State.ASKED, note=note, due=due)
    bill.arrived_at = None
    _save(bill)
    record(by, "bill.asked", bill, due=due)
    return bill


@transaction.atomic
def process(
    bill_id: Any,
    *,
    covered: Decimal,
    own_share: Decimal = Decimal(0),
    francs: Decimal | None = None,
    explanation: str = "",
    codes: Iterable[str] = (),
    legal_remedy: str = "",
    statement: File | None = None,
    by: Any,
) -> Bill:
    """Say what of a bill is paid, in francs: what is covered, less the person's own share.

    `francs`: the bill in francs, of one in another currency. What is not paid in full needs an explanation and the
    legal remedy. `codes`: of tariff and reason, explained to the insured person. `statement`: the insurer's paper on it. Raises ValidationError by field.
    """
    bill = locked(Bill, bill_id)
    require(by, "bill.process", bill)
    _only_in(bill, State.IN_WORK, State.ASKED)
    _decide(bill, covered, own_share, francs, explanation, codes, legal_remedy)
    _state(bill, statement, by=by)
    bill.health_manager = by
    _set(bill, State.PROCESSED)
    _save(bill)
    record(by, "bill.processed", bill, result=bill.result)
    return bill


@transaction.atomic
def correct(
    bill_id: Any,
    *,
    covered: Decimal,
    own_share: Decimal = Decimal(0),
    francs: Decimal | None = None,
    explanation: str = "",
    codes: Iterable[str] = (),
    legal_remedy: str = "",
    statement: File | None = None,
    version: int | None = None,
    by: Any,
) -> Bill:
    """Replace the result of a processed bill, with the same figures as `process`; the one before is kept.

    The explanation says what was corrected, whatever is paid. The statement is that of the new result: without one, the
    earlier statement stays with the earlier result. `version`: of the result that is corrected; where another one stands
    by now, nothing is done. Raises ValidationError by field.
    """
    bill = locked(Bill, bill_id)
    require(by, "bill.process", bill)
    _only_in(bill, State.PROCESSED)
    if version not in {None, bill.version}:
        sentence = _(
            "Somebody has corrected this result meanwhile. Compare yours with the one that stands now."
        )
        raise ValidationError(sentence, code="corrected_meanwhile")
    before = _as_it_stands(bill)
    if not explanation.strip():
        raise ValidationError({"explanation": _("Write what was corrected, and why.")})
    _decide(bill, covered, own_share, francs, explanation, codes, legal_remedy)
    if statement is None and all(getattr(before, name) == getattr(bill, name) for name in DECIDED):
        raise ValidationError(_("Nothing is different from the result that stands."), code="unchanged")
    before.save(force_insert=True)
    bill.statement = None
    _state(bill, statement, by=by)
    bill.version = before.version + 1
    bill.health_manager = by
    _save(bill)
    record(by, "bill.corrected", bill, result=bill.result, version=bill.version)
    return bill


# --- What the acts have in common ---------------------------------------------------------------


def _place(claim_id: Any, contract_id: Any, by: Any) -> tuple[InsuredPerson, Contract, ClaimFile | None]:
    """Whom and what a bill is for. Raises OutOfReach, or NotAllowed for a case that is not one's own."""
    if claim_id is not None:
        claim = ClaimFile.unrestricted.select_related("person", "contract").filter(pk=claim_id).first()
        if claim is None:
            raise OutOfReach
        require(by, "bill.submit", claim.person)
        return claim.person, claim.contract, claim
    contract = Contract.unrestricted.filter(pk=contract_id).first()
    if contract is None:
        raise OutOfReach
    own = InsuredPerson.unrestricted.filter(pk__in=reach_of(by).own_persons)
    person = own.filter(company=contract.company_id).first()
    if person is None:
        raise OutOfReach
    return person, contract, None


def _folder(place: reading.Place) -> Folder:
    if place.claim is not None:
        return Folder.unrestricted.get(claim_file=place.claim)
    person = place.person
    return papers.open_folder(
        company=person.company, site=person.site, contract=place.contract, person=person, sealed=True
    )


def _check(place: reading.Place, kind: str, amount: Decimal, currency: str, provider: str, day: date) -> None:
    problems: dict[str, Any] = {}
    if kind not in Bill.Kind.values:
        problems["kind"] = _("Choose what kind of bill it is.")
    if not CENT <= amount <= HIGHEST:
        problems["amount"] = _("Enter the amount as it stands on the bill, for example 480.50.")
    if currency not in CURRENCIES:
        problems["currency"] = _("Choose the currency from the list.")
    if not 0 < len(provider.strip()) <= 100:
        problems["provider"] = _("Enter who issued the bill.")
    if wrong := _wrong_day(place, day):
        problems["date"] = wrong
    if problems:
        raise ValidationError(problems)


def _wrong_day(place: reading.Place, day: date) -> ValidationError | None:
    today = timezone.localdate()
    years = int(value_on("bills.years", today))
    if day > today:
        return ValidationError(_("This date is in the future. Enter the date that stands on the bill."))
    if (day.year + years, day.month, day.day) < (today.year, today.month, today.day):
        return ValidationError(
            _(
                "Benefits lapse after %(years)d years, and this bill is older. Ask your health manager if you think "
                "that it is to be paid all the same."
            ),
            params={"years": years},
        )
    if not place.open_from <= day <= place.open_until:
        return ValidationError(
            _("You are insured here from %(begin)s to %(end)s. Check the date, or choose another insurance."),
            params={"begin": swiss_date(place.open_from), "end": swiss_date(place.open_until)},
        )
    return None


def _reckon(bill: Bill, whole: Decimal | None, covered: Decimal, own_share: Decimal) -> str:
    """The result that follows from the figures. Raises ValidationError for figures that cannot be."""
    problems: dict[str, Any] = {}
    if whole is None or not CENT <= whole <= HIGHEST:
        problems["francs"] = _("Enter what the bill is in francs.")
    elif not 0 <= covered <= whole:
        problems["covered"] = _("No more than the bill can be covered, and not less than nothing.")
    elif not 0 <= own_share <= covered:
        problems["own_share"] = _("The own share is at most what is covered, and not less than nothing.")
    if problems:
        raise ValidationError(problems)
    paid = covered - own_share
    return Result.DECLINED if not paid else Result.FULL if paid == whole else Result.PART


def _decide(
    bill: Bill,
    covered: Decimal,
    own_share: Decimal,
    francs: Decimal | None,
    explanation: str,
    codes: Iterable[str],
    legal_remedy: str,
) -> None:
    """Put the result into the bill, not saved. Raises ValidationError by field."""
    whole = bill.amount if bill.in_francs else francs
    result = _reckon(bill, whole, covered, own_share)
    explanation = explanation.strip()
    _check_words(result, explanation, legal_remedy)
    try:
        bill.codes = check_codes(codes)
    except ValidationError as error:
        raise ValidationError({"codes": error.messages}) from error
    bill.processed_at, bill.arrived_at = timezone.now(), None
    bill.francs, bill.covered, bill.own_share = whole, covered, own_share
    bill.paid, bill.result = covered - own_share, result
    bill.explanation = explanation
    bill.legal_remedy = "" if result == Result.FULL else legal_remedy


def _state(bill: Bill, statement: File | None, *, by: Any) -> None:
    """Take the insurer's paper on the result in."""
    if statement is not None:
        (received,) = _take_in(bill, [statement], kind=Kind.STATEMENT, field="statement", by=by)
        bill.statement = received.document


def _as_it_stands(bill: Bill) -> EarlierResult:
    """The result of a processed bill, to be kept; not saved."""
    columns = ("processed_at", "statement_id", "version", *DECIDED)
    kept = {name: getattr(bill, name) for name in columns}
    return EarlierResult(bill=bill, by_id=bill.health_manager_id, **kept)


def _check_words(result: str, explanation: str, legal_remedy: str) -> None:
    problems: dict[str, Any] = {}
    if result != Result.FULL:
        if not explanation:
            problems["explanation"] = _("Write why the bill is not paid in full.")
        if legal_remedy not in ClaimFile.Remedy.values:
            problems["legal_remedy"] = _("Choose the legal remedy.")
    if problems:
        raise ValidationError(problems)


def _receive(bill: Bill, files: Iterable[File], *, by: Any) -> None:
    kind = PAPER_KINDS.get(Bill.Kind(bill.kind), Kind.BILL)
    received = _take_in(bill, files, kind=kind, field="files", hold=True, by=by)
    documents = [each.document for each in received if each.document]
    held: dict[Any, HeldPaper] = {}
    for each in received:
        if each.held is not None:
            # Sent before and held then: it may have been released meanwhile.
            held[each.held.pk] = HeldPaper.unrestricted.select_for_update().get(pk=each.held.pk)
    # A bill that was taken back gives its papers to the one that is sent in its place.
    same = Q(document__in=documents) | Q(held__in=held)
    BillPaper.unrestricted.filter(same, bill__state=State.WITHDRAWN).delete()
    BillPaper.unrestricted.bulk_create(
        [
            *(BillPaper(bill=bill, document=document) for document in documents),
            *(BillPaper(bill=bill, held=row, document_id=_released(row)) for row in held.values()),
        ]
    )


def _released(held: HeldPaper) -> UUID | None:
    """Under which id a held file is a document by now."""
    return held.document_id if held.state == HeldPaper.State.RELEASED else None


def _take_in(
    bill: Bill, files: Iterable[File], *, kind: str, field: str, hold: bool = False, by: Any
) -> list[Received]:
    return take_in(bill.folder_id, files, kind=kind, field=field, hold=hold, free=_of_no_bill, by=by)


def _of_no_bill(received: Received) -> bool:
    """Whether no bill that counts has this paper."""
    where = Q(document=received.document) if received.document else Q(held=received.held)
    return not BillPaper.unrestricted.filter(where).exclude(bill__state=State.WITHDRAWN).exists()


def _only_in(bill: Bill, *states: str) -> None:
    if bill.state not in states:
        raise NotNow(POSSIBLE[State(bill.state)], code=f"state_{bill.state}")


def _set(bill: Bill, state: str, *, note: str = "", due: date | None = None) -> None:
    bill.state, bill.asked_note, bill.asked_due = state, note, due


def _save(bill: Bill) -> None:
    bill.save()
    knock_at(bill)


def knock_at(bill: Bill) -> None:
    """Knock at the open pages of a bill."""
    knock(users_who_can("bill.view", bill), TOPIC, bill.pk)
