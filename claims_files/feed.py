"""What somebody's calendar fetches: days, claim numbers, one sentence for all of them, and nothing else.

Calendars lie on phones and at providers, and others are let into them: no name, no kind of deadline goes there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from claims_files import reading
from core.ical import DayEvent, calendar
from permissions.reach import reach_of

# Further back and ahead a calendar shows nothing of use.
BACK, AHEAD = timedelta(days=31), timedelta(days=400)
MOST = 500


def feed_of(user: Any, host: str) -> bytes:
    """The calendar of somebody, from what he may see now; at the insurer of the claim files that he looks after, or his own."""
    today = timezone.localdate()
    near = (today - BACK, today + AHEAD)
    with override(user.language):
        deadlines = reading.deadlines(user, today).filter(day__range=near)
        reach = reach_of(user)
        if reach.staff_preset:
            # Whoever works at the insurer may be insured himself.
            own = Q(person__in=reach.own_persons)
            deadlines = deadlines.filter(Q(claim_file__health_manager=user.pk) | own)
        found = [
            (f"deadline-{key}", day, number)
            for key, day, number in deadlines.values_list("pk", "day", "claim_file__number")[:MOST]
        ]
        papers = reading.asked_of(user).filter(due__range=near).order_by("due", "id")
        found += [
            (f"paper-{key}", day, number)
            for key, day, number in papers.values_list("pk", F("due"), "claim_file__number")[:MOST]
        ]
        events = [
            DayEvent(key, day, _("%(number)s: a deadline ends today") % {"number": number})
            for key, day, number in sorted(found, key=lambda each: (each[1], each[0]))
        ]
        name = _("Deadlines – %(portal)s") % {"portal": settings.BRAND["name"]}
        return calendar(name, events, product=settings.BRAND["name"], host=host, now=timezone.now())
