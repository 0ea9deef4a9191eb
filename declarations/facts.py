"""What the facts say about a report: whether it is still of the right kind, and by when it has to be sent."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims_files.course import Days, outlasts
from core.parameters import value_on
from core.text import swiss_date
from declarations.forms import event_date_of, form_of
from declarations.forms.questions import as_date
from declarations.models import Declaration

Kind = Declaration.Kind


@dataclass(frozen=True)
class Finding:
    """The answers of `part` do not go together with the kind.

    `to`: the kind that is meant, "" where none is. `must`: the report cannot be sent like this.
    """

    part: str
    sentence: str
    to: str = ""
    must: bool = False

    @property
    def button(self) -> str:
        """The words of the button that changes the kind."""
        return _("Change to “%(kind)s”") % {"kind": Kind(self.to).label}


def finding_of(declaration: Declaration) -> Finding | None:
    """What speaks against the kind of a draft, if anything does."""
    kind = Kind(declaration.kind)
    if kind == Kind.OTHER_PARENT:
        return _leave(declaration)
    if kind in {Kind.MINOR_ACCIDENT, Kind.DENTAL, Kind.ACCIDENT}:
        return _accident(declaration, kind)
    return None


def _accident(declaration: Declaration, kind: Kind) -> Finding | None:
    day = event_date_of(declaration.parts)
    unable = (declaration.parts.get("incapacity") or {}).get("unable")
    if day is None or unable not in {"yes", "no"}:
        return None
    most = int(value_on("uvg.minor_accident_days", day))
    longer = unable == "yes" and _lost(declaration, day, most)
    if kind == Kind.ACCIDENT:
        return _smaller(declaration, unable, most, longer=longer)
    if longer:
        return Finding("incapacity", _LONGER[kind]() % {"days": most}, Kind.ACCIDENT.value, must=True)
    if kind == Kind.DENTAL and unable == "yes":
        sentence = _("If teeth alone are damaged, hardly anybody is off work. Is something else hurt, too?")
        return Finding("incapacity", sentence, Kind.MINOR_ACCIDENT.value)
    return None


_LONGER = {
    Kind.MINOR_ACCIDENT: lambda: _(
        "The incapacity lasts longer than %(days)d days, the day of the accident included: this is no minor accident "
        "any more. What you entered stays; the salary is asked for in addition."
    ),
    Kind.DENTAL: lambda: _(
        "The incapacity lasts longer than %(days)d days, the day of the accident included: a daily allowance may be "
        "due. What you entered stays; the salary is asked for in addition."
    ),
}


def _smaller(declaration: Declaration, unable: str, most: int, *, longer: bool) -> Finding | None:
    """The fuller form is never wrong: it is said that there is a shorter one."""
    event = declaration.parts.get("event") or {}
    if unable == "no" and event.get("body_part") == "teeth":
        sentence = _("Only teeth are damaged, and nobody is off work: there is a shorter form for this.")
        return Finding("event", sentence, Kind.DENTAL.value)
    if longer or (unable == "yes" and not _closed(declaration)):
        return None
    sentence = _(
        "Nobody is off work for longer than %(days)d days, the day of the accident included: the short form for minor "
        "accidents is enough."
    )
    return Finding("incapacity", sentence % {"days": most}, Kind.MINOR_ACCIDENT.value)


def _periods(declaration: Declaration) -> list[dict[str, Any]]:
    form: Any = form_of(declaration, "incapacity")
    form.is_valid()
    return form.periods()


def _closed(declaration: Declaration) -> bool:
    """Whether the incapacity is over, as far as it was entered."""
    periods = _periods(declaration)
    return bool(periods) and periods[-1]["end"] is not None


def _lost(declaration: Declaration, day: date, most: int) -> bool:
    """Whether somebody is off work after the `most` first days."""
    found = [Days(each["begin"], each["end"], each["degree"]) for each in _periods(declaration)]
    return outlasts(found, day, most, today=timezone.localdate())


def _leave(declaration: Declaration) -> Finding | None:
    """What of the other parent’s leave no allowance is paid for."""
    event = declaration.parts.get("event") or {}
    born, until = as_date(event.get("born")), as_date(event.get("leave_until"))
    if born is None:
        return None
    months, most = (int(value_on(f"eo.other_parent_{name}", born)) for name in ("months", "days"))
    if until and until > (last := months_later(born, months)):
        sentence = _(
            "The leave must be taken within six months from the birth. After %(day)s nothing is paid."
        )
        return Finding("event", sentence % {"day": swiss_date(last)})
    taken = event.get("leave_days")
    if isinstance(taken, int) and taken > most:
        sentence = _("At most %(days)d days are paid. Check the number of days.")
        return Finding("event", sentence % {"days": most})
    return None


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# --- By when it has to be sent ---------------------------------------------------------------------


@dataclass(frozen=True)
class Deadline:
    """By when a report has to be sent: `rule` in words, the `day` where there is one, and what lateness means.

    `late`: it was or is sent after that day.
    """

    rule: str
    day: date | None = None
    late: bool = False
    meaning: str = ""


def deadline_for(declaration: Declaration) -> Deadline | None:
    """The deadline of a report: of a sent one by the terms of the day on which it was sent."""
    contract, sent = declaration.contract, declaration.sent
    waiting = contract.waiting_days if contract else None
    if sent:
        waiting = declaration.parts.get("cover", {}).get("waiting_days", waiting)
    day = event_date_of(declaration.parts)
    return deadline_of(declaration.kind, waiting, day, timezone.localdate(sent) if sent else None)


def deadline_of(
    kind: str, waiting_days: int | None, day: date | None, sent: date | None = None
) -> Deadline | None:
    """The deadline of a report of `kind` by the waiting period of the contract; `day`: on which the case began.

    Both may be unknown. None for a birth: no contract sets a day for it.
    """
    if Kind(kind).is_birth:
        return None
    today = sent or timezone.localdate()
    if Kind(kind).is_accident:
        return Deadline(
            _("Accidents are reported without delay."),
            meaning=_("If the insurer learns of an accident late without excuse, benefits may be reduced."),
        )
    if waiting_days is None:
        return None
    days = _notice_days(waiting_days, day or today)
    rule = ngettext(
        "An illness is reported within %(days)d day from the first day of incapacity.",
        "An illness is reported within %(days)d days from the first day of incapacity.",
        days,
    ) % {"days": days}
    if day is None:
        return Deadline(rule)
    last = day + timedelta(days=days)
    return Deadline(
        rule,
        last,
        late=today > last,
        meaning=_("If a report comes later, the daily allowance may begin only on the day on which it came."),
    )


def _notice_days(waiting_days: int, day: date) -> int:
    short = waiting_days <= value_on("ktg.short_waiting_days", day)
    return int(value_on("ktg.notice_days_short_waiting" if short else "ktg.notice_days_long_waiting", day))
