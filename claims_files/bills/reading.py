"""Bills as they are read: by the insured person and by the insurer, by nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from claims_files.bills.models import Bill, BillPaper, EarlierResult
from claims_files.models import ClaimFile
from claims_files.openings import note_opening
from companies.models import Contract, InsuredPerson
from documents import services as papers
from documents.models import Document, HeldPaper
from permissions import policy
from permissions.policy import can, visible_to

State = Bill.State
# Closed without anything to pay: no bill is paid there.
OVER = Q(state=ClaimFile.State.DECLINED) | Q(
    outcome__in=[
        ClaimFile.Outcome.DECLINED,
        ClaimFile.Outcome.WITHDRAWN,
        ClaimFile.Outcome.DUPLICATE,
        ClaimFile.Outcome.TRANSFERRED,
    ]
)
OFFERED = 50

TONES = {
    State.SENT: "wait",
    State.IN_WORK: "info",
    State.ASKED: "warn",
    State.PROCESSED: "ok",
    State.WITHDRAWN: "mute",
}


@dataclass(frozen=True)
class Place:
    """What a bill may be for: a claim file of the person, or a contract that covers him without one."""

    person: InsuredPerson
    contract: Contract
    claim: ClaimFile | None = None

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"claim:{self.claim.pk}" if self.claim else f"cover:{self.contract.pk}"

    @property
    def open_from(self) -> date:
        """The first day of which a bill may be."""
        begin = max(self.person.employment_begin, self.contract.begin)
        return min(begin, self.claim.event_date) if self.claim else begin

    @property
    def open_until(self) -> date:
        """The last day of which a bill may be: of a case there may be bills for years."""
        ends = [] if self.claim else [self.person.employment_end, self.contract.end]
        return min([timezone.localdate(), *(end for end in ends if end)])


def places(user: Any) -> list[Place]:
    """What `user` may send bills for, as the insured person that he is: his cases, the newest first, then his covers."""
    own = visible_to(user, "bill.submit", InsuredPerson.unrestricted.select_related("company", "site"))
    persons: dict[Any, InsuredPerson] = {person.pk: person for person in own}
    claims = ClaimFile.unrestricted.filter(person__in=persons).exclude(OVER).select_related("contract")
    found = [
        Place(persons[claim.person_id], claim.contract, claim)
        for claim in claims.order_by("-event_date", "-created", "-id")[:OFFERED]
    ]
    for person in persons.values():
        contracts = Contract.unrestricted.filter(company=person.company_id, begin__lte=timezone.localdate())
        covers = [Place(person, each) for each in contracts.order_by("branch", "-begin", "policy_number")]
        found += [cover for cover in covers if cover.open_from <= cover.open_until]
    return found


def everything() -> QuerySet[Bill]:
    """All bills, for lists that ask the policy themselves (`permissions.paging.newest_page`)."""
    return Bill.unrestricted.select_related(
        "person", "company", "claim_file", "contract", "health_manager"
    ).prefetch_related(Prefetch("papers", BillPaper.unrestricted.order_by("created", "id")))


def find(user: Any, bill_id: Any) -> Bill:
    """The bill with what its page shows of others. Raises OutOfReach."""
    return policy.find(user, everything(), bill_id, "bill.view")


def open_for(user: Any, bill_id: Any, action: str = "bill.view") -> Bill:
    """The bill, opened: of whoever else than the insured person opens it, his case keeps the line; raises as `find_for`."""
    bill = find_for(user, bill_id, action)
    if bill.claim_file is not None:
        note_opening(bill.claim_file, by=user, right=("bill.view", bill))
    return bill


def find_for(user: Any, bill_id: Any, action: str) -> Bill:
    """The bill for the page of an act; raises as `find`, and NotAllowed without the right to the act."""
    return policy.find(user, everything(), bill_id, "bill.view", action)


def papers_of(user: Any, bill: Bill) -> list[Document]:
    """The papers of a bill that `user` may open, in the order in which they came."""
    of_bill = BillPaper.unrestricted.filter(bill=bill).values("document")
    return list(papers.readable(user).filter(pk__in=of_bill).order_by("created", "id"))


def held_of(bill: Bill) -> list[HeldPaper]:
    """What was sent with a bill and is no document yet, or never: state, time and size; asks for no right."""
    rows = BillPaper.unrestricted.filter(bill=bill, document=None).select_related("held")
    return [row.held for row in rows.order_by("created", "id") if row.held is not None]


def statement_of(user: Any, bill: Bill) -> Document | None:
    """The insurer's statement on a bill, if `user` may open it."""
    return papers.readable(user).filter(pk=bill.statement_id).first() if bill.statement_id else None


def earlier_results(user: Any, bill: Bill) -> list[EarlierResult]:
    """The results that were corrected, the last one first, for whoever processes bills; for others none."""
    if not bill.corrected or not can(user, "bill.process", bill):
        return []
    rows = EarlierResult.unrestricted.filter(bill=bill).select_related("by", "statement")
    return list(rows.order_by("-version"))


def similar(bill: Bill) -> list[Bill]:
    """Other bills of the person that look like this one: by provider, date and amount, or by one of their papers.

    Asks for no right: whoever sees one bill of a person sees them all.
    """
    same = Q(provider_key=bill.provider_key, date=bill.date, amount=bill.amount, currency=bill.currency)
    hashes = Document.unrestricted.filter(
        pk__in=BillPaper.unrestricted.filter(bill=bill).values("document")
    ).values("sha256")
    twins = BillPaper.unrestricted.filter(document__person=bill.person_id, document__sha256__in=hashes)
    rows = Bill.unrestricted.filter(same | Q(pk__in=twins.values("bill")), person=bill.person_id)
    return list(rows.exclude(pk=bill.pk).exclude(state=State.WITHDRAWN).order_by("-created", "-id")[:5])


def of_claim(user: Any, claim: ClaimFile) -> list[Bill]:
    """The bills of a claim file, the newest first; none for the employer."""
    rows = visible_to(user, "bill.view", Bill.unrestricted.filter(claim_file=claim))
    return list(rows.order_by("-created", "-id")[:OFFERED])


def asked_of(user: Any) -> QuerySet[Bill]:
    """The bills for which `user` has to send another paper, the earliest due first."""
    rows = Bill.unrestricted.select_related("person").filter(state=State.ASKED)
    return visible_to(user, "bill.submit", rows).order_by("asked_due", "created")


def waiting(queryset: QuerySet[Bill]) -> QuerySet[Bill]:
    """Those that nobody has taken into work."""
    return queryset.filter(state=State.SENT)
