"""Sessions in the database, for keys that can be sessions' keys only."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


def may_be_key(text: str) -> bool:
    """Whether a cookie can name a session: letters and digits alone. The database refuses some of the rest (NUL)."""
    return text.isascii() and text.isalnum()


class SessionStore(DatabaseStore):
    """A cookie that cannot name a session names none."""

    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and may_be_key(key)
