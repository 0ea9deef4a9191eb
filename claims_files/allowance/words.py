"""What figures, rules and outcomes are called, in the reader's language: for pages, papers and programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from claims_files.allowance.figures import Figure, Rounding, Unit, Way
from claims_files.allowance.sheet import NOT_PAID, Outcome
from core.text import NBSP, chf, number, percent, swiss_date

NAMES = {
    "accident_day": _("Day of the accident"),
    "annual_salary": _("Salary of a year"),
    "average_salary": _("Average salary of a month"),
    "backdating_days": _("Days for which a certificate may reach back"),
    "benefit_days": _("Duration of the benefit"),
    "benefit_days_allowed": _("Days paid at most"),
    "benefit_days_left": _("Days that are left"),
    "benefit_days_used": _("Days used"),
    "benefit_percent": _("Rate of benefit"),
    "benefit_window": _("Period within which the duration counts"),
    "beside_accident": _("Daily allowance of the accident insurance from"),
    "beside_adoption": _("Adoption allowance of the state from"),
    "beside_care": _("Care allowance of the state from"),
    "beside_disability": _("Daily allowance of the disability insurance from"),
    "beside_maternity": _("Maternity allowance of the state from"),
    "beside_other_parent": _("Allowance of the other parent from"),
    "birth": _("Day of the birth"),
    "bonus": _("Bonus of a year"),
    "child_allowance": _("Child allowance of a month"),
    "child_allowance_of_year": _("Child allowances of a year"),
    "child_in_hospital": _("Days of the child in hospital"),
    "counted_from": _("Day from which is counted"),
    "daily": _("Full daily allowance"),
    "daily_uncapped": _("Daily allowance before the limit"),
    "day_rate": _("Amount of a day"),
    "days": _("Daily allowances"),
    "days_after_accident": _("Days after the accident"),
    "days_in_month": _("Days of a month"),
    "days_in_year": _("Days of a year"),
    "degree": _("Degree of incapacity"),
    "earnings_of_day": _("Salary of a day"),
    "extension": _("Extension by the stay in hospital"),
    "extra_days": _("Additional daily allowances"),
    "first_paid_day": _("First day that is paid"),
    "full_above": _("Paid in full above"),
    "full_day": _("Whole day"),
    "half_above": _("Paid by half above"),
    "holiday_pay": _("Holiday pay"),
    "holiday_pay_percent": _("Holiday pay in percent"),
    "hospital_deduction": _("Deduction in hospital for a day"),
    "hospital_extension_days": _("Longest extension"),
    "hospital_max": _("Highest deduction for a day"),
    "hospital_minimum_days": _("Shortest stay that extends"),
    "hospital_percent": _("Deduction in percent"),
    "hourly_wage": _("Wage of an hour"),
    "insured_of_day": _("Insured salary of a day"),
    "insured_salary": _("Insured salary of a year"),
    "last_day": _("Last day of the entitlement"),
    "line": _("Amount"),
    "max_annual_salary": _("Highest insured salary of a year"),
    "max_daily_allowance": _("Highest daily allowance"),
    "max_daily_salary": _("Highest insured salary of a day"),
    "minimum_degree": _("Lowest degree that is paid"),
    "monthly_salary": _("Salary of a month"),
    "monthly_salary_of_year": _("Monthly salaries of a year"),
    "months": _("Months"),
    "months_counted": _("Months counted"),
    "notice_days": _("Days for reporting the case"),
    "notified": _("Day of the report"),
    "paid_share": _("Share that is paid"),
    "resumed": _("First day at work again"),
    "salaries_of_months": _("Salaries of these months"),
    "single_days": _("Days taken one by one"),
    "thirteenth_salary": _("13th salary"),
    "thirteenth_salary_percent": _("13th salary in percent"),
    "total": _("Total"),
    "trainee_minimum": _("Lowest insured salary of trainees for a day"),
    "trainee_percent": _("Lowest share for trainees"),
    "wages_of_year": _("Wages of a year"),
    "wages_so_far": _("Wages with holiday pay"),
    "waiting_days": _("Waiting period"),
    "waiting_degree": _("Lowest degree that counts for the waiting period"),
    "waiting_left": _("Waiting days that are left"),
    "waiting_used": _("Waiting days used"),
    "weekly_hours": _("Hours of a week"),
    "weeks": _("Weeks"),
}


@dataclass(frozen=True)
class Rule:
    """How a rule is said: its formula with the names of its inputs or their places, its source, a sentence if needed."""

    formula: str
    source: str
    sentence: str = ""


CONTRACT = _("Contract terms")
CORE = _("Core system of the insurer")
AS_IT_CAME = _("The insurer’s core system reckoned this amount. The portal prints it as it came.")
EARNINGS = _("UVV art. 22 and annex 2")
ENTITLED = _("EOG art. 16c and 16d")
FULL_RATE = _("UVG art. 17, paragraph 1, UVV annex 2")
IN_PROPORTION = _("In proportion to the degree of incapacity.")
EVERY_DAY = _("Every calendar day is paid, Sundays and holidays too.")
LOWER = _("The lower of both counts.")
RULES = {
    "by_average": Rule("%(salaries_of_months)s ÷ %(months_counted)s × %(months)s", CONTRACT),
    "by_hour": Rule("%(hourly_wage)s × %(weekly_hours)s × %(weeks)s", EARNINGS),
    "by_month": Rule("%(1)s × %(months)s", EARNINGS),
    "core_amount": Rule("", CORE, AS_IT_CAME),
    "core_line": Rule("%(days)s × %(day_rate)s", CORE, AS_IT_CAME),
    "day_before": Rule("%(resumed)s − 1", ENTITLED, _("Work resumed ends the entitlement the day before.")),
    "days_until": Rule("%(birth)s – %(last_day)s", ENTITLED),
    "duration_less_waiting": Rule(
        "%(benefit_days)s − %(waiting_days)s",
        CONTRACT,
        _("The waiting period is part of the duration of the benefit."),
    ),
    "earnings_of_day": Rule("%(annual_salary)s ÷ %(days_in_year)s", EARNINGS),
    "eo_daily": Rule("%(average_salary)s ÷ %(days_in_month)s × %(benefit_percent)s", _("EOG art. 16e")),
    "eo_day": Rule("%(daily)s × %(full_day)s", _("EOG art. 16e")),
    "eo_line": Rule("%(days)s × %(day_rate)s", ENTITLED, EVERY_DAY),
    "eo_lower": Rule("%(1)s %(sign)s %(2)s", _("EOG art. 16f"), LOWER),
    "every_fifth": Rule(
        "%(days)s + %(extra_days)s",
        _("EOG art. 16k"),
        _("Days that are taken one by one bring more daily allowances, like the weekend of a whole week."),
    ),
    "higher": Rule("%(1)s %(sign)s %(2)s", _("UVV art. 23, paragraph 6"), _("The higher of both counts.")),
    "hospital": Rule(
        "%(day_rate)s × %(hospital_percent)s",
        _("UVV art. 27, paragraph 1"),
        _("For board and lodging in hospital, at most %(hospital_max)s for a day."),
    ),
    "hospital_extension": Rule(
        "",
        _("EOG art. 16c, paragraph 3"),
        _("If the stay lasts at least %(hospital_minimum_days)s, at most by %(hospital_extension_days)s."),
    ),
    "ktg_daily": Rule("%(1)s ÷ %(days_in_year)s × %(benefit_percent)s", CONTRACT),
    "ktg_day": Rule("%(daily)s × %(degree)s", CONTRACT, IN_PROPORTION),
    "ktg_line": Rule("%(days)s × %(day_rate)s", CONTRACT, EVERY_DAY),
    "ktg_lower": Rule("%(1)s %(sign)s %(2)s", CONTRACT, LOWER),
    "last_of_days": Rule(
        "%(birth)s + %(2)s − 1", ENTITLED, _("The day of the birth is the first day that is paid.")
    ),
    "less": Rule("%(1)s − %(2)s", ""),
    "line_less": Rule(
        "%(days)s × (%(day_rate)s − %(hospital_deduction)s)", _("UVV art. 25 and 27"), EVERY_DAY
    ),
    "parent_day": Rule("%(daily)s × %(full_day)s", _("EOG art. 16e")),
    "parent_line": Rule("%(days)s × %(day_rate)s", _("EOG art. 16k")),
    "percent_of_highest": Rule("%(max_daily_salary)s × %(trainee_percent)s", _("UVV art. 23, paragraph 6")),
    "percent_of_wages": Rule("%(1)s × %(2)s", EARNINGS),
    "sum": Rule("%(all)s", ""),
    "unemployed": Rule(
        "",
        _("UVV art. 25, paragraph 3"),
        _("Unemployed people are paid by half above %(half_above)s, in full above %(full_above)s."),
    ),
    "unemployed_day": Rule("%(daily)s × %(paid_share)s", _("UVV art. 25, paragraph 3")),
    "uvg_daily": Rule("%(insured_salary)s ÷ %(days_in_year)s × %(benefit_percent)s", FULL_RATE),
    "uvg_daily_of_day": Rule("%(insured_of_day)s × %(benefit_percent)s", FULL_RATE),
    "uvg_day": Rule("%(daily)s × %(2)s", _("UVG art. 17, paragraph 1"), IN_PROPORTION),
    "uvg_first_day": Rule("%(accident_day)s + %(days_after_accident)s", _("UVG art. 16, paragraph 2")),
    "uvg_line": Rule("%(days)s × %(day_rate)s", _("UVV art. 25, paragraph 1"), EVERY_DAY),
    "uvg_lower": Rule("%(1)s %(sign)s %(2)s", _("UVV art. 22, paragraph 1"), LOWER),
}

# Why nothing is paid: the word for a line, and the sentence of its explanation.
OUTCOMES = {
    Outcome.PAID: (_("paid"), ""),
    Outcome.AT_WORK: (_("at work"), _("Fully able to work: nothing is paid.")),
    Outcome.BEFORE: (
        _("before the entitlement"),
        _(
            "The daily allowance begins on %(first_paid_day)s. Until then the employer pays at least 80 %% of the salary."
        ),
    ),
    Outcome.WAITING: (_("waiting period"), _("These days belong to the waiting period of the contract.")),
    Outcome.NOT_WAITING: (
        _("waiting period not over"),
        _("The waiting period is not over, and days of this degree do not count for it."),
    ),
    Outcome.BELOW: (_("degree too low"), _("A degree of incapacity this low is not paid.")),
    Outcome.BESIDE: (
        _("another benefit"),
        _("Another insurance pays for these days: nothing is paid beside it."),
    ),
    Outcome.LATE: (
        _("reported late"),
        _("The case was reported after the deadline of the contract: it is paid from the day of the report."),
    ),
    Outcome.NOT_CERTIFIED: (
        _("without certificate"),
        _("The medical certificate reaches back further than the contract allows: these days do not count."),
    ),
    Outcome.EXHAUSTED: (_("duration over"), _("The duration of the benefit is used up.")),
    Outcome.ENDED: (_("entitlement over"), _("The entitlement has ended.")),
}
WAYS = {
    Way.UP: _("%(exact)s, rounded up to a multiple of %(step)s"),
    Way.DOWN: _("%(exact)s, rounded down to a multiple of %(step)s"),
    Way.HALF_UP: _("%(exact)s, rounded to a multiple of %(step)s"),
}


@dataclass(frozen=True)
class Explanation:
    """A figure in words: what a page prints, and behind it those it was made from."""

    name: str
    value: str
    formula: str
    sentence: str
    source: str
    rounding: str
    inputs: tuple[Explanation, ...]


def explain(figure: Figure) -> Explanation:
    """The figure and everything behind it, in the language of the moment."""
    rule = _rule(figure)
    words = _words(figure)
    return Explanation(
        name=gettext(NAMES[figure.name]),
        value=shown(figure.value, figure.unit),
        formula=rule.formula % words,
        sentence=gettext(rule.sentence) % words if rule.sentence else "",
        source=gettext(rule.source) if rule.source else "",
        rounding=_rounded(figure.rounding, figure.exact, figure.value),
        inputs=tuple(explain(each) for each in figure.inputs),
    )


def outcome(kind: Outcome) -> str:
    """What became of the days of a line, in a word or two."""
    return gettext(OUTCOMES[kind][0])


def shown(value: Decimal | date, unit: Unit) -> str:
    """A number with its unit as Swiss papers write it; francs that are no whole centimes with four decimals."""
    if isinstance(value, date):
        return swiss_date(value)
    if unit is Unit.CHF:
        cents = value == round(value, 2)
        return chf(value) if cents else f"CHF{NBSP}{number(value, 4)}"
    plain = round(value, 2).normalize()
    if unit is Unit.PERCENT:
        return percent(plain)
    words = {"days": number(plain), "value": number(plain)}
    many = ceil(abs(value))
    if unit is Unit.DAYS:
        return ngettext("%(days)s day", "%(days)s days", many) % words
    if unit is Unit.HOURS:
        return ngettext("%(value)s hour", "%(value)s hours", many) % words
    if unit is Unit.MONTHS:
        return ngettext("%(value)s month", "%(value)s months", many) % words
    return ngettext("%(value)s week", "%(value)s weeks", many) % words


def _rule(figure: Figure) -> Rule:
    if figure.rule.startswith(NOT_PAID):
        return Rule("", "", OUTCOMES[Outcome(figure.rule.removeprefix(NOT_PAID))][1])
    return RULES[figure.rule] if figure.rule else Rule("", figure.source)


def _words(figure: Figure) -> dict[str, str]:
    """What a formula is filled with: its inputs by their names and by their places, and how the first two compare."""
    values = [shown(each.value, each.unit) for each in figure.inputs]
    words = dict(zip((each.name for each in figure.inputs), values, strict=True))
    words |= {str(place): value for place, value in enumerate(values, start=1)}
    words["all"] = " + ".join(values)
    if len(figure.inputs) == 2:
        one, other = (each.value for each in figure.inputs)
        if isinstance(one, Decimal) and isinstance(other, Decimal):
            words["sign"] = "≤" if one <= other else ">"
    return words


def _rounded(rounding: Rounding | None, exact: Decimal | None, value: Decimal | date) -> str:
    """What was rounded, where it made a difference."""
    if rounding is None or exact is None or exact == value:
        return ""
    words = {"exact": shown(exact, Unit.CHF), "step": chf(rounding.step)}
    return gettext(WAYS[rounding.way]) % words
