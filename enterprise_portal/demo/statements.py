"""Benefit statements of accepted cases: issued ones, a corrected one, a draft; what companies advanced."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from claims_files.models import ClaimFile, Statement
from claims_files.statements import reading, services
from companies.models import Company, InsuredPerson

MOST = 6


def make_statements(
    companies: dict[str, Company], users: dict[str, Any], hr: dict[str, Any], pauline: Any
) -> None:
    """Some of every company, and Elena's; those after an accident with an adjustment that the employer reads without its reason."""
    elena = InsuredPerson.unrestricted.get(user=users["elena"])
    for key, company in companies.items():
        rows = ClaimFile.unrestricted.filter(company=company, state="accepted").exclude(person=elena)
        paid = [made for claim in rows.order_by("number")[:MOST] if (made := _paid(claim, pauline))]
        for made in paid[:2]:
            days = {"begin": made.begin, "end": made.end}
            services.record_advance(made.claim_file_id, amount=Decimal(2400), by=hr[key], **days)
        if paid:
            _correct(paid[0], pauline)
    own = ClaimFile.unrestricted.filter(person=elena, state="accepted").first()
    if own:
        _paid(own, pauline)
    open_case = ClaimFile.unrestricted.filter(company=companies["rochat"], state="accepted").last()
    if open_case and not reading.issued(open_case).exists():
        _draft(open_case, pauline)


def _draft(claim: ClaimFile, pauline: Any) -> Statement | None:
    """A draft up to today for the company; None where nothing can be reckoned."""
    days = reading.next_days(claim, timezone.localdate())
    try:
        return days and services.draft(
            claim.pk, begin=days[0], end=days[1], payee="company", account_end="2957", by=pauline
        )
    except ValidationError:
        return None


def _paid(claim: ClaimFile, pauline: Any) -> Statement | None:
    draft = _draft(claim, pauline)
    if draft is None or draft.total < 100:
        # Days that are waited: nobody sends a statement of nothing, it stays a draft.
        return None
    if claim.kind == ClaimFile.Kind.ACCIDENT:
        services.adjust(
            draft.pk,
            kind="hospital",
            amount=Decimal("30.00"),
            reason="Spitalaufenthalt von zwei Tagen: Verpflegung",
            by=pauline,
        )
    day = timezone.localdate() + timedelta(days=3)
    return services.issue(draft.pk, payment_date=day, payment_reference="RF18 5390 0754 7034", by=pauline)


def _correct(wrong: Statement, pauline: Any) -> None:
    """The same days once more, with an interest that was forgotten."""
    again = services.draft(
        wrong.claim_file_id,
        begin=wrong.begin,
        end=wrong.end,
        payee="company",
        account_end="2957",
        by=pauline,
    )
    services.adjust(
        again.pk, kind="addition", amount=Decimal("12.50"), reason="Intérêts moratoires", by=pauline
    )
    services.issue(again.pk, by=pauline)
