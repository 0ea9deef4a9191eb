"""A statement in sentences: from the insured salary to what is paid and what is left, in the reader's language.

Made from a `copies.Copy` and the explanations of its figures: what a copy does not hold, no sentence tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from claims_files.allowance.figures import Unit
from claims_files.allowance.words import Explanation, shown
from claims_files.statements import copies
from claims_files.statements.models import Statement
from core.text import chf, percent, swiss_date


@dataclass(frozen=True)
class Sentence:
    """A sentence; `line` is the number of the line of the statement that it explains, from 1 on."""

    text: str
    line: int | None = None


@dataclass(frozen=True)
class Chapter:
    """A part of the walk under a title; `anchor` is its place in the page."""

    anchor: str
    title: str
    sentences: list[Sentence]


def walk(copy: copies.Copy) -> list[Chapter]:
    """The whole statement in sentences: what it covers, the rate of a full day, each line, the sum, what is left."""
    parts = [
        ("about", _("What this statement covers"), _about(copy)),
        ("daily", _("How much a full day is"), _daily(copy)),
        ("lines", _("What is paid for which days"), _lines(copy)),
        ("total", _("What it comes to, and who is paid"), _total(copy)),
        ("left", _("What is left"), _left(copy)),
        ("remedy", _("If you do not agree"), _remedy(copy)),
    ]
    return [Chapter(anchor, title, found) for anchor, title, told in parts if (found := list(told))]


def _about(copy: copies.Copy) -> Iterator[Sentence]:
    statement = copy.statement
    yield Sentence(
        _("It covers the days from %(begin)s to %(end)s of the claim %(claim)s.")
        % {
            "begin": swiss_date(statement.begin),
            "end": swiss_date(statement.end),
            "claim": statement.parties.get("claim") or statement.claim_file.number,
        }
    )
    if statement.phase == Statement.State.DRAFT:
        yield Sentence(_("It is a draft: nothing is paid before it is issued."))
    if copy.corrects and all(line.taken_back for line in copy.lines):
        yield Sentence(
            _("It takes %(number)s back: its lines have the opposite sign, and nothing takes their place.")
            % {"number": copy.corrects}
        )
    elif copy.corrects:
        yield Sentence(
            _(
                "It corrects %(number)s: the lines of that statement are taken back with the opposite sign, and the right "
                "ones stand beside them."
            )
            % {"number": copy.corrects}
        )
    if copy.corrected_by:
        yield Sentence(_("%(number)s has corrected it since.") % {"number": copy.corrected_by})
    if statement.from_core:
        yield Sentence(_("The insurer’s core system reckoned it; the portal shows its figures as they came."))


def _daily(copy: copies.Copy) -> Iterator[Sentence]:
    yield Sentence(
        _("The insured salary of a year is %(salary)s.") % {"salary": chf(copy.statement.annual_salary)}
    )
    yield from (Sentence(text) for text in _of_figure(copy.daily_explained))


def _of_figure(figure: Explanation) -> Iterator[str]:
    """What is behind a figure first, then the figure itself; what was merely handed in is named in its formula."""
    for behind in figure.inputs:
        if behind.formula or behind.sentence:
            yield from _of_figure(behind)
    said = {"name": figure.name, "value": figure.value, "formula": figure.formula}
    if figure.formula:
        yield _("%(name)s: %(formula)s, that is %(value)s.") % said + _aside(figure)
    else:
        yield _("%(name)s: %(value)s.") % said + _aside(figure)


def _aside(figure: Explanation) -> str:
    """Rounding, the rule in a sentence, and where the rule stands, as far as there is any of it."""
    rounding = _("Rounding: %(words)s.") % {"words": figure.rounding} if figure.rounding else ""
    source = _("Source: %(words)s.") % {"words": figure.source} if figure.source else ""
    return "".join(f" {each}" for each in (rounding, figure.sentence, source) if each)


def _lines(copy: copies.Copy) -> Iterator[Sentence]:
    for number, line in enumerate(copy.lines, start=1):
        yield Sentence(_line(line), number)


def _line(line: copies.CopyLine) -> str:
    said = {
        "begin": swiss_date(line.begin),
        "end": swiss_date(line.end),
        "days": line.days,
        "amount": chf(line.amount),
        "label": line.label,
        "degree": "" if line.degree is None else percent(line.degree),
        "rate": "" if line.rate is None else shown(line.rate, Unit.CHF),
        "reason": line.reason,
    }
    if line.taken_back:
        if line.begin:
            return _("Taken back: %(label)s from %(begin)s to %(end)s, %(amount)s.") % said
        return _("Taken back: %(label)s, %(amount)s.") % said
    text = _("%(label)s: %(amount)s.") % said if line.kind != "allowance" else _of_days(line, said)
    # Not within the braces of an f-string: there the catalogs do not find it.
    reason = _("Reason: %(reason)s") % said
    return f"{text} {reason}" if line.reason else text


def _of_days(line: copies.CopyLine, said: dict[str, Any]) -> str:
    figure = line.explained
    if not line.amount:
        if line.label == _("not paid"):
            # This side is not told why.
            return _("From %(begin)s to %(end)s (days: %(days)s) nothing is paid.") % said
        why = figure.sentence if figure and figure.sentence else f"{line.label}."
        said = {**said, "why": why}
        return _("From %(begin)s to %(end)s (days: %(days)s) nothing is paid: %(why)s") % said
    text = (
        _(
            "From %(begin)s to %(end)s, unable to work at %(degree)s: %(days)s daily allowances of %(rate)s, together "
            "%(amount)s."
        )
        % said
    )
    return text + (_aside(figure) + _of_rate(figure) if figure else "")


def _of_rate(figure: Explanation) -> str:
    """Where the amount of a day of a line comes from."""
    rate = next((each for each in figure.inputs if each.formula), None)
    if rate is None:
        return ""
    said = {"name": rate.name, "value": rate.value, "formula": rate.formula}
    return " " + _("%(name)s: %(formula)s, that is %(value)s.") % said + _aside(rate)


def _total(copy: copies.Copy) -> Iterator[Sentence]:
    statement = copy.statement
    amount = {"amount": chf(abs(statement.total)), "payee": copy.payee}
    if statement.total < 0:
        yield Sentence(_("Together, %(amount)s too much was paid before.") % amount)
        return
    yield Sentence(_("Together it comes to %(amount)s.") % amount)
    if not statement.total:
        return
    if copy.account_end:
        yield Sentence(
            _("Paid to: %(payee)s, account ending in %(digits)s.") % {**amount, "digits": copy.account_end}
        )
    else:
        yield Sentence(_("Paid to: %(payee)s.") % amount)


def _left(copy: copies.Copy) -> Iterator[Sentence]:
    for fact in copy.facts_explained:
        yield from (Sentence(text) for text in _of_figure(fact))


def _remedy(copy: copies.Copy) -> Iterator[Sentence]:
    if copy.remedy:
        yield Sentence(_("Legal remedy: %(words)s.") % {"words": copy.remedy})
