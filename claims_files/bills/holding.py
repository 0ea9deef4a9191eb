"""What the virus check says later of papers that were sent with a bill."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from claims_files.bills.models import Bill, BillPaper
from claims_files.bills.services import knock_at


def paper_released(line: Any, document: Any) -> None:
    """A paper that was held became a document: of a bill, it belongs to it from here on, and has arrived.

    Part of the act `document.released`.
    """
    row = _held_paper(document)
    if row is None:
        return
    row.document_id = document.pk
    row.save(update_fields=["document"])
    # Whoever does something with the bill right now may wait for its folder: waiting for him would close a ring. What
    # he does says whether something waits for the insurer.
    bill = Bill.unrestricted.select_for_update(skip_locked=True).filter(
        pk=row.bill_id, state=Bill.State.IN_WORK
    )
    if found := bill.first():
        found.arrived_at = timezone.now()
        found.save(update_fields=["arrived_at"])
    knock_at(row.bill)


def paper_stopped(line: Any, document: Any) -> None:
    """The virus check stopped a paper that was held: open pages of its bill say so. Part of `document.quarantined`."""
    if row := _held_paper(document):
        knock_at(row.bill)


def _held_paper(document: Any) -> BillPaper | None:
    rows = BillPaper.unrestricted.filter(held__document_id=document.pk, document=None)
    return rows.select_related("bill").first()
