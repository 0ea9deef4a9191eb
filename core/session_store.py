"""Sessions in the database, for keys that can be sessions' keys only."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone

# Plain SQL: every request asks, and composing the query costs more than the answer.
_STANDING = """
select session_data from django_session where session_key = %(key)s and expire_date > %(now)s
"""


def may_be_key(text: str) -> bool:
    """Whether a cookie can name a session: letters and digits alone. The database refuses some of the rest (NUL)."""
    return text.isascii() and text.isalnum()


class SessionStore(DatabaseStore):
    """A cookie that cannot name a session names none."""

    def load(self) -> dict[str, Any]:
        """What stands in the session; empty, and without its key, when there is none that still stands."""
        with connection.cursor() as cursor:
            cursor.execute(_STANDING, {"key": self.session_key, "now": timezone.now()})
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])

    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and may_be_key(key)
