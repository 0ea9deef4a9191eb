"""What must never stand in a log: links that open something, and rows that the database repeats in its errors."""

from __future__ import annotations

import logging
import re

# Whoever reads the log must not be able to follow the link.
SECRET_PATHS = re.compile(
    r"(/users/invitation/|/register/(?:link/)?|/calendar/|/activate/|/account/(?:password/reset/key|company/finish|unlock|e-mail/(?:confirm|deny))/)"
    r"[^/\s\"']+"
)
# PostgreSQL adds the row, or the key, that a constraint refused; psycopg repeats it with the error, as many lines
# as the row has. What follows is the next part of a chained traceback, or nothing.
ROWS = re.compile(
    r"^(DETAIL|CONTEXT|LINE \d+):.*?(?=\n\nThe above exception|\n\nDuring handling|\Z)", re.M | re.S
)


class DiscreetFormatter(logging.Formatter):
    """Log lines without secrets: links lose their token, errors of the database the data they speak of."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


def discreet(text: str) -> str:
    """`text` as it may stand in a log."""
    return ROWS.sub(r"\1: …", SECRET_PATHS.sub(r"\1…", text))
