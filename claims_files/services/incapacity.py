"""The course of the incapacity for work: versions that carry the whole of it, none of them ever changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from claims_files import course
from claims_files.course import Days
from claims_files.models import ClaimFile, IncapacityCourse, IncapacityPeriod
from claims_files.reading import course_untold
from claims_files.services.acting import Code, arrive, finish, locked, move
from claims_files.services.answers import note_open
from claims_files.services.keeping import keep_deadlines
from claims_files.states import Move
from core.errors import NotNow
from core.parameters import value_on
from core.text import swiss_date
from permissions.audit import record
from permissions.policy import can, require

Change = IncapacityCourse.Change
MOST_ROWS = 60


class Unusual(NotNow):
    """Possible, but seldom right: `reasons` are the sentences to confirm."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons), code="unusual")
        self.reasons = reasons


def keep(
    claim: ClaimFile, periods: Iterable[dict[str, Any]], *, version: int, change: str, by: Any
) -> IncapacityCourse:
    """Keep one version of the course: `begin`, `end` (None: open) and `degree` (1–100) of each period."""
    IncapacityPeriod.unrestricted.bulk_create(
        IncapacityPeriod(claim_file=claim, version=version, **period) for period in periods
    )
    return IncapacityCourse.unrestricted.create(claim_file=claim, version=version, change=change, by=by)


def tell_course(claim_id: Any, periods: list[dict[str, Any]], *, by: Any) -> None:
    """Keep the course that a report left for later; part of the act that amends it. No periods: nothing to keep.

    Raises NotNow when somebody told it in the meantime.
    """
    if not periods:
        return
    claim = locked(claim_id)
    if not course_untold(claim):
        raise NotNow(
            _("Somebody else has changed the incapacity in the meantime. Look at it again before you save."),
            code="changed_by_another",
        )
    keep(claim, periods, version=2, change=Change.EXTENSION, by=by)
    keep_deadlines(claim)


@transaction.atomic
def change_incapacity(
    claim_id: Any, rows: list[Days], *, by: Any, version: int | None = None, confirmed: bool = False
) -> IncapacityCourse:
    """Extend or correct the course: `rows` are all of it, without a gap, 0 percent for days at work.

    What changes no day spoken of before is an extension, all else a correction. `version` is the one the rows
    were made from. Raises ValidationError by `periods.<row>.<field>`, Unusual unless `confirmed`, NotNow when
    somebody changed it in the meantime or the claim is declined or closed.
    """
    claim = locked(claim_id)
    require(by, "claim.edit_incapacity", claim)
    move(claim, Move.CHANGE)
    last = IncapacityCourse.unrestricted.filter(claim_file=claim).order_by("-version").first()
    current = last.version if last else 1
    if version is not None and version != current:
        raise NotNow(
            _("Somebody else has changed the incapacity in the meantime. Look at it again before you save."),
            code="changed_by_another",
        )
    _check(claim, rows)
    after = course.merged(rows)
    kept = IncapacityPeriod.unrestricted.filter(claim_file=claim, version=current)
    before = course.merged(course.gapless(kept))
    if after == before:
        raise ValidationError(_("Nothing is different from what is known already."))
    if not confirmed and (reasons := _unusual(before, after)):
        raise Unusual(reasons)
    spoken = timezone.localdate(last.at) if last else timezone.localdate(claim.opened)
    extends = course.extends(before, after, spoken=spoken)
    made = keep(
        claim,
        [asdict(days) for days in after if days.degree],
        version=current + 1,
        change=Change.EXTENSION if extends else Change.CORRECTION,
        by=by,
    )
    facts: dict[str, Any] = {"change": made.change, "version": made.version}
    tell = finish if can(by, "claim.take_over", claim) else arrive
    tell(claim, Code.INCAPACITY, by=by, facts=facts)
    note_open(claim)
    record(by, "claim.incapacity_changed", claim, **facts)
    return made


def _check(claim: ClaimFile, rows: list[Days]) -> None:
    if len(rows) > MOST_ROWS:
        raise ValidationError({"periods": [_("Send at most %(count)d rows.") % {"count": MOST_ROWS}]})
    problems: dict[str, list[str]] = {}
    found = course.faults(rows, earliest=claim.event_date, today=timezone.localdate())
    for number, field, sentence in found:
        problems.setdefault(f"periods.{number}.{field}", []).append(sentence)
    if not any(days.degree for days in rows):
        problems["periods"] = [gettext("Enter at least one period of incapacity.")]
    if problems:
        raise ValidationError(problems)


def _unusual(before: list[Days], after: list[Days]) -> list[str]:
    """What is possible and seldom right, in sentences: years of full incapacity, days long past."""
    today = timezone.localdate()
    reasons = []
    longest = course.longest_full(after, today=today)
    known = course.longest_full(before, today=today)
    limit = int(value_on("claims.long_full_days", today))
    if longest and longest.end and longest != known and (longest.end - longest.begin).days >= limit:
        reasons.append(
            gettext("100 %% incapacity for work from %(begin)s to %(end)s: that is more than 18 months.")
            % {"begin": swiss_date(longest.begin), "end": swiss_date(longest.end)}
        )
    back = int(value_on("claims.backdated_days", today))
    rise = course.earliest_rise(before, after)
    if rise and (today - rise).days > back:
        reasons.append(
            gettext(
                "The change reaches back to %(day)s, more than %(back)d days. The insurer mostly recognises a "
                "certificate for that long only with a reason from the doctor."
            )
            % {"day": swiss_date(rise), "back": back}
        )
    return reasons
