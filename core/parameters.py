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
from django.utils.translation import gettext_noop as _

from core.dated import Dated, ParameterMissing, Values
from core.models import DatedParameter


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


def values_of(*chapters: str) -> Values:
    """All values of the parameters whose keys begin with these words (“uvg”, “eo”), in one query."""
    rows = DatedParameter.objects.filter(key__regex=rf"^({'|'.join(chapters)})\.")
    return Values(
        Dated(row.key, row.valid_from, row.value if row.amount is None else row.amount, row.source)
        for row in rows
    )


@dataclass(frozen=True)
class Rule:
    """A row to seed; exactly one of amount and value."""

    key: str
    valid_from: date
    source: str
    amount: Decimal | None = None
    value: Any = None

    def dated(self) -> Dated:
        """The same as the portal computes with."""
        return Dated(
            self.key, self.valid_from, self.value if self.amount is None else self.amount, self.source
        )


def _amount(key: str, valid_from: date, amount: str, source: str) -> Rule:
    return Rule(key, valid_from, source, amount=Decimal(amount))


# Days before the portal's time are no concern of it: rules that were valid by then start here.
KNOWN = date(2016, 1, 1)
# From this day on the other parent has a leave.
KNOWN_LEAVE = date(2021, 1, 1)
_CENTIME = {"step": "0.01", "way": "half_up"}
_HOUSE = _("House rule, to be checked against the contract terms")

LAW = (
    _amount("uvg.max_annual_salary", date(2016, 1, 1), "148200", _("UVV art. 22, paragraph 1")),
    _amount("uvg.max_daily_salary", date(2016, 1, 1), "406", _("UVV art. 22, paragraph 1")),
    _amount("uvg.benefit_percent", KNOWN, "80", _("UVG art. 17, paragraph 1")),
    # The day of the accident counts as day 0.
    _amount("uvg.first_paid_day", KNOWN, "3", _("UVG art. 16, paragraph 2")),
    _amount("uvg.days_in_year", KNOWN, "365", _("UVV art. 25, paragraph 1")),
    # The law names both limits; 365 times the one a day is a little less than the one a year. Or {"by": "day"}.
    Rule("uvg.cap", KNOWN, "UVV art. 22; house rule: the limit a year decides", value={"by": "year"}),
    # Where is rounded: the rate of a full day, the rate of a day at its degree, the amount of a line; and which way:
    # up, down, half_up.
    Rule(
        "uvg.rounding",
        KNOWN,
        "Suva, calculation of the daily allowance: the rate is rounded up to five centimes",
        value={"daily": {"step": "0.05", "way": "up"}, "day": _CENTIME, "line": None},
    ),
    _amount("uvg.trainee_minimum_percent", KNOWN, "20", _("UVV art. 23, paragraph 6")),
    _amount(
        "uvg.young_trainee_minimum_percent",
        KNOWN,
        "10",
        _("UVV art. 23, paragraph 6"),
    ),
    _amount("uvg.trainee_age", KNOWN, "20", _("UVV art. 23, paragraph 6")),
    _amount("uvg.hospital_percent_alone", KNOWN, "20", _("UVV art. 27, paragraph 1")),
    _amount("uvg.hospital_max_alone", KNOWN, "20", _("UVV art. 27, paragraph 1")),
    _amount("uvg.hospital_percent_supporting", KNOWN, "10", _("UVV art. 27, paragraph 1")),
    _amount("uvg.hospital_max_supporting", KNOWN, "10", _("UVV art. 27, paragraph 1")),
    _amount("uvg.unemployed_half_above_percent", KNOWN, "25", _("UVV art. 25, paragraph 3")),
    _amount("uvg.unemployed_full_above_percent", KNOWN, "50", _("UVV art. 25, paragraph 3")),
    Rule(
        "uvg.not_beside",
        KNOWN,
        _("UVG art. 16, paragraph 3"),
        value=["disability", "maternity", "other_parent", "care", "adoption"],
    ),
    _amount("uvg.minor_accident_days", KNOWN, "3", "Suva: minor accident, days including the accident day"),
    _amount("uvg.non_occupational_minimum_hours", KNOWN, "8", "Suva: hours a week at one employer"),
    _amount("eo.max_daily_allowance", KNOWN, "196", _("AHV/IV information office: highest daily allowance")),
    _amount(
        "eo.max_daily_allowance",
        date(2023, 1, 1),
        "220",
        _("AHV/IV information office: highest daily allowance"),
    ),
    _amount("eo.benefit_percent", KNOWN, "80", _("AHV/IV information office")),
    _amount("eo.days_in_month", KNOWN, "30", _("AHV/IV information office: monthly earnings divided by 30")),
    _amount("eo.maternity_days", KNOWN, "98", _("AHV/IV information office: 14 weeks from birth")),
    _amount("eo.other_parent_days", KNOWN_LEAVE, "14", _("AHV/IV information office: within six months")),
    _amount("eo.other_parent_months", KNOWN_LEAVE, "6", _("AHV/IV information office: within six months")),
    _amount("eo.other_parent_single_days", KNOWN_LEAVE, "5", _("EOG art. 16k")),
    _amount("eo.other_parent_extra_days", KNOWN_LEAVE, "2", _("EOG art. 16k")),
    _amount("eo.hospital_minimum_days", date(2021, 7, 1), "14", _("EOG art. 16c, paragraph 3")),
    _amount("eo.hospital_extension_days", date(2021, 7, 1), "56", _("EOG art. 16c, paragraph 3")),
    Rule(
        "eo.rounding",
        KNOWN,
        "House rule: five centimes",
        value={"daily": {"step": "0.05", "way": "half_up"}, "day": None, "line": None},
    ),
    _amount("ahv.pensioner_allowance_per_year", KNOWN, "16800", "Payroll rules of the accident insurers"),
    _amount("ktg.minimum_degree_percent", KNOWN, "25", _HOUSE),
    _amount("ktg.days_in_year", KNOWN, "365", _HOUSE),
    _amount("ktg.benefit_days", KNOWN, "730", _HOUSE),
    _amount("ktg.waiting_degree_percent", KNOWN, "25", _HOUSE),
    Rule(
        "ktg.rounding",
        KNOWN,
        "House rule: each day in centimes",
        value={"daily": None, "day": _CENTIME, "line": None},
    ),
    Rule(
        "ktg.not_beside",
        KNOWN,
        _HOUSE,
        value=["accident", "maternity", "other_parent", "care", "adoption"],
    ),
    _amount("kvg.benefit_days", KNOWN, "720", _("KVG art. 72, paragraph 3")),
    _amount("kvg.benefit_window_days", KNOWN, "900", _("KVG art. 72, paragraph 3")),
    _amount("ktg.certificate_backdating_days", KNOWN, "5", _HOUSE),
    _amount("ktg.short_waiting_days", KNOWN, "21", f"{_HOUSE} (longest waiting period that counts as short)"),
    _amount("ktg.notice_days_short_waiting", KNOWN, "5", _HOUSE),
    _amount("ktg.notice_days_long_waiting", KNOWN, "30", _HOUSE),
    _amount("ktg.individual_transfer_days", KNOWN, "90", _HOUSE),
    Rule(
        "payroll.declaration_deadline",
        KNOWN,
        "Payroll rules of the accident insurers",
        value={"month": 1, "day": 31},
    ),
    Rule(
        "payroll.wage_types",
        KNOWN,
        "House rule: wage types as many payroll programs number them",
        value={"laa": "2030", "ktg": "2035", "adjustment": "2040", "set_off": "2045"},
    ),
    Rule(
        "payroll.allowances_ahv_free",
        KNOWN,
        "AHVV art. 6, paragraph 2: daily allowances of accident and sickness insurance are no salary",
        value=["laa", "ktg"],
    ),
    _amount("invoice.payment_days", KNOWN, "30", "House rule: days between issue and due date"),
    _amount("invoice.rounding_step", KNOWN, "0.05", "House rule: premiums in multiples of five centimes"),
    _amount("claims.take_over_working_days", KNOWN, "3", "House rule: from the report to its taking over"),
    _amount("claims.decision_working_days", KNOWN, "10", "House rule: from the taking over to the decision"),
    _amount("claims.paper_due_days", KNOWN, "10", "House rule: time to send a requested document"),
    _amount(
        "claims.paper_reminder_days",
        KNOWN,
        "1",
        "House rule: days after the due date until the portal reminds",
    ),
    _amount(
        "claims.certificate_warning_days",
        KNOWN,
        "7",
        "House rule: days before the last certified day on which it is said",
    ),
    _amount("claims.answers_due_days", KNOWN, "10", "House rule: time to complete a report that was sent"),
    _amount("absences.least_group", KNOWN, "10", "House rule: sums of fewer people would name them"),
    _amount("claims.unclear_days", KNOWN, "30", "House rule: from a decision left open to the decision"),
    _amount(
        "claims.settlement_working_days",
        KNOWN,
        "20",
        "House rule: from the end of the incapacity to its settling",
    ),
    _amount("claims.objection_days", KNOWN, "30", _("ATSG art. 52, paragraph 1")),
    _amount("claims.contract_law_years", KNOWN, "5", _("VVG art. 46, paragraph 1")),
    _amount(
        "claims.quiet_days", KNOWN, "14", "House rule: so long without any contact is shown in the worklist"
    ),
    _amount(
        "claims.certificate_months",
        KNOWN,
        "1",
        _("Usual in sickness allowance contracts: a certificate every month"),
    ),
    # How long before a deadline it is reminded of, by its rule (`claims_files.deadlines`).
    Rule(
        "claims.deadline_reminder_days",
        KNOWN,
        "House rule",
        value={"certificate": 7, "expiry": 7, "disability": 30, "benefit_end": 60, "transfer": 30},
    ),
    _amount("iv.registration_months", KNOWN, "6", _("IVG art. 28 and 29")),
    _amount("iv.interruption_days", KNOWN, "30", _("IVV art. 29ter")),
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
