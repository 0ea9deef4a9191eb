"""Calendars of whole days as a calendar program reads them (RFC 5545), written without a library.

An all-day event has a date and no hour: it lies on the same day in every time zone, and daylight saving does not
touch it. Nothing of what makes the format hard (zones, recurrence, alarms) is needed for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from unicodedata import category

# Octets of a line, without its end (RFC 5545, 3.1).
LONGEST = 75


@dataclass(frozen=True)
class DayEvent:
    """Something on one day; `key` is the same whenever the same thing is told again."""

    key: str
    day: date
    title: str


def calendar(name: str, events: Iterable[DayEvent], *, product: str, host: str, now: datetime) -> bytes:
    """The calendar with these events; programs are asked to fetch it twice a day."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_text(product)}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ]
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(event.key)}@{_text(host)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{_day(event.day)}",
            # The end is the first day after it.
            f"DTEND;VALUE=DATE:{_day(event.day + timedelta(days=1))}",
            f"SUMMARY:{_text(event.title)}",
            "CLASS:PRIVATE",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def _day(day: date) -> str:
    # Not strftime: it writes years before 1000 without their zeros.
    return day.isoformat().replace("-", "")


def _text(words: str) -> str:
    """A text value: backslash, semicolon, comma and line ends are escaped, other control characters left out."""
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(letter for letter in escaped if category(letter) != "Cc")


def _folded(line: str) -> Iterable[str]:
    """A line in pieces of at most 75 octets; a letter is never cut apart, each further piece begins with a blank."""
    piece, room = "", LONGEST
    for letter in line:
        size = len(letter.encode())
        if size > room:
            yield piece
            piece, room = " ", LONGEST - 1
        piece += letter
        room -= size
    yield piece
