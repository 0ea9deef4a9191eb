"""What a benefit statement may say, and when: each check raises NotNow, or ValidationError by field."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile
from claims_files.statements import reading
from claims_files.statements.models import IBAN_END, REFERENCE, Statement, StatementLine
from claims_files.statements.reading import CENT, Ground
from core.errors import NotNow
from core.text import swiss_date

State, Payee, Kind = Statement.State, Statement.Payee, StatementLine.Kind
HIGHEST = Decimal("9999999.99")
# A payment that is later than this was mistyped.
LATEST_PAYMENT = timedelta(days=366)


def check_payable(claim: ClaimFile) -> None:
    """Raise NotNow unless something is paid on this claim, or was until it was closed."""
    if not reading.payable(claim):
        raise NotNow(
            _("Benefits are paid on accepted claims only. Accept the claim first."), code="not_accepted"
        )


def check_ground(statement: Statement, ground: Ground) -> None:
    """Raise NotNow where the decision on the claim is another one than the draft was drawn up by."""
    owed = ground is not Ground.NOTHING
    owed_then = statement.basis.get("ground") != Ground.NOTHING
    if owed != owed_then and not (owed_then and statement.basis.get("take_back")):
        raise NotNow(
            _("The decision on this claim has changed since this draft was made. Draw it up anew."),
            code="decision_changed",
        )
    statement.basis["ground"] = ground


def set_payment(statement: Statement, day: date | None, reference: str) -> None:
    """Say when and under which number is paid. Raises ValidationError by field."""
    today, reference = timezone.localdate(), "".join(reference.split()).upper()
    problems: dict[str, Any] = {}
    if day is not None and day < today:
        problems["payment_date"] = _("Choose a date from today on.")
    elif day is not None and day > today + LATEST_PAYMENT:
        problems["payment_date"] = _("Choose a date within a year.")
    if not re.fullmatch(REFERENCE, reference):
        problems["payment_reference"] = _(
            "Enter the reference as the bank has it: up to 35 letters, digits, dots and dashes."
        )
    if problems:
        raise ValidationError(problems)
    statement.payment_date, statement.payment_reference = day, reference


def check(
    claim: ClaimFile, begin: date, end: date, salary: Decimal | None, payee: str, account_end: str
) -> None:
    """Raise ValidationError by field for what no statement can say."""
    problems: dict[str, Any] = {}
    if begin < claim.event_date:
        problems["begin"] = _("The incapacity cannot begin before the day of the event (%(day)s).") % {
            "day": swiss_date(claim.event_date)
        }
    if end < begin:
        problems["end"] = _("The period cannot end before it begins. Check both dates.")
    elif end > timezone.localdate():
        problems["end"] = _("A statement covers days that are over. Enter today or an earlier day.")
    if salary is None or not CENT <= salary <= HIGHEST:
        problems["annual_salary"] = _("Enter the annual salary in francs, for example 78’000.00.")
    if payee not in Payee.values:
        problems["payee"] = _("Choose who is paid.")
    if not re.fullmatch(IBAN_END, account_end):
        problems["account_end"] = _("Enter the last four digits of the account, or nothing.")
    if problems:
        raise ValidationError(problems)


def check_correction(corrected: Statement | None, payee: str, *, take_back: bool) -> None:
    """Raise ValidationError where nothing can be taken back, or where it would be from somebody else than was paid."""
    if take_back and corrected is None:
        raise ValidationError(
            {"take_back": _("These days stand in no issued statement: there is nothing to take back.")}
        )
    if corrected is None or payee == corrected.payee:
        return
    paid = StatementLine.unrestricted.filter(statement=corrected).exclude(kind=Kind.REVERSAL)
    if paid.exclude(amount=0).exists():
        sentence = _(
            "%(number)s was paid to somebody else. Take it back first, to whom it was paid; then draw these days up anew."
        )
        raise ValidationError({"payee": [sentence % {"number": corrected.number}]})
