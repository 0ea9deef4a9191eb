"""Dated parameters: every amount, cap, deadline and rounding rule is data with a day from which it holds.

`LAW` is what the portal knows on its own; it is added after each migration where it is missing, and never
overwrites what stands in the table. The insurer adds later values as new rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS

from core.models import DatedParameter


class ParameterMissing(LookupError):
    """No value of this parameter holds on that day."""


def value_on(key: str, day: date) -> Any:
    """What the parameter was on `day`: a Decimal for an amount, else the JSON value. Raises ParameterMissing."""
    row = (
        DatedParameter.objects.filter(key=key, valid_from__lte=day)
        .order_by("-valid_from")
        .values_list("amount", "value")
        .first()
    )
    if row is None:
        raise ParameterMissing(f"{key} has no value on {day}.")
    amount, value = row
    return amount if amount is not None else value


def source_on(key: str, day: date) -> str:
    """Where the value valid on `day` comes from, for explanations. Raises ParameterMissing."""
    row = DatedParameter.objects.filter(key=key, valid_from__lte=day).order_by("-valid_from").first()
    if row is None:
        raise ParameterMissing(f"{key} has no value on {day}.")
    return row.source


@dataclass(frozen=True)
class Rule:
    """A row to seed; exactly one of amount and value."""

    key: str
    valid_from: date
    source: str
    amount: Decimal | None = None
    value: Any = None


def _amount(key: str, valid_from: date, amount: str, source: str) -> Rule:
    return Rule(key, valid_from, source, amount=Decimal(amount))


# Days before the portal's time are no concern of it: rules that were valid by then start here.
KNOWN = date(2016, 1, 1)
_HOUSE = "House rule, to be checked against the contract terms"

LAW = (
    _amount(
        "uvg.max_annual_salary", date(2016, 1, 1), "148200", "UVV art. 22: highest insured earnings a year"
    ),
    _amount("uvg.max_daily_salary", date(2016, 1, 1), "406", "UVV art. 22: highest insured earnings a day"),
    _amount("uvg.benefit_percent", KNOWN, "80", "UVG art. 17"),
    # The day of the accident counts as day 0.
    _amount("uvg.first_paid_day", KNOWN, "3", "UVG art. 16: from the third day after the accident"),
    _amount("uvg.days_in_year", KNOWN, "365", "UVV art. 25: every calendar day is paid"),
    _amount("uvg.rounding_step", KNOWN, "0.05", "Suva, calculation of the daily allowance: rounded up"),
    _amount("uvg.trainee_minimum_percent", KNOWN, "20", "Trainees: share of the highest daily earnings"),
    _amount(
        "uvg.young_trainee_minimum_percent",
        KNOWN,
        "10",
        "Trainees below 20: share of the highest daily earnings",
    ),
    _amount("uvg.minor_accident_days", KNOWN, "3", "Suva: minor accident, days including the accident day"),
    _amount("uvg.non_occupational_minimum_hours", KNOWN, "8", "Suva: hours a week at one employer"),
    _amount(
        "eo.max_daily_allowance",
        date(2023, 1, 1),
        "220",
        "AHV/IV information office: highest daily allowance",
    ),
    _amount("eo.benefit_percent", KNOWN, "80", "AHV/IV information office"),
    _amount("eo.days_in_month", KNOWN, "30", "AHV/IV information office: monthly earnings divided by 30"),
    _amount("eo.maternity_days", KNOWN, "98", "AHV/IV information office: 14 weeks from birth"),
    _amount("eo.other_parent_days", date(2021, 1, 1), "14", "AHV/IV information office: within six months"),
    _amount("eo.other_parent_months", date(2021, 1, 1), "6", "AHV/IV information office: within six months"),
    _amount("ahv.pensioner_allowance_per_year", KNOWN, "16800", "Payroll rules of the accident insurers"),
    _amount("ktg.minimum_degree_percent", KNOWN, "25", _HOUSE),
    _amount("ktg.days_in_year", KNOWN, "365", _HOUSE),
    _amount("ktg.benefit_days", KNOWN, "730", _HOUSE),
    _amount("ktg.certificate_backdating_days", KNOWN, "5", _HOUSE),
    _amount("ktg.short_waiting_days", KNOWN, "21", f"{_HOUSE} (longest waiting period that counts as short)"),
    _amount("ktg.notice_days_short_waiting", KNOWN, "5", f"{_HOUSE} (waiting period of up to 21 days)"),
    _amount("ktg.notice_days_long_waiting", KNOWN, "30", f"{_HOUSE} (waiting period of more than 21 days)"),
    _amount("ktg.individual_transfer_days", KNOWN, "90", f"{_HOUSE} (individual insurance after leaving)"),
    Rule(
        "payroll.declaration_deadline",
        KNOWN,
        "Payroll rules of the accident insurers",
        value={"month": 1, "day": 31},
    ),
    _amount("invoice.payment_days", KNOWN, "30", "House rule: days between issue and due date"),
    _amount("invoice.rounding_step", KNOWN, "0.05", "House rule: premiums in multiples of five centimes"),
    _amount("claims.take_over_working_days", KNOWN, "3", "House rule: from the report to its taking over"),
    _amount("claims.decision_working_days", KNOWN, "10", "House rule: from the taking over to the decision"),
    _amount("claims.paper_due_days", KNOWN, "10", "House rule: time to send a requested document"),
    _amount("claims.answers_due_days", KNOWN, "10", "House rule: time to complete a report that was sent"),
    _amount("bills.years", KNOWN, "5", "ATSG art. 24, VVG art. 46: benefits lapse after five years"),
    _amount(
        "claims.backdated_days",
        KNOWN,
        "5",
        "Usual in sickness allowance contracts: a certificate reaches back",
    ),
    _amount(
        "claims.long_full_days", KNOWN, "548", "House rule: 100 % for more than 18 months is asked about"
    ),
)


def seed(apps: Any = apps, using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Add the values of `LAW` that are missing; runs after each migration (and each flush of a test)."""
    try:
        model = apps.get_model("core", "DatedParameter")
    except LookupError:  # migrated back to before the table
        return
    model.objects.using(using).bulk_create(
        [
            model(
                key=rule.key,
                valid_from=rule.valid_from,
                amount=rule.amount,
                value=rule.value,
                source=rule.source,
            )
            for rule in LAW
        ],
        ignore_conflicts=True,
    )
