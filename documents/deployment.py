"""What `manage.py check --deploy` asks of the store of papers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from documents import scan


def check_scanner(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The virus scanner answers; nothing without one."""
    if not settings.CLAMD_SOCKET or scan.answers():
        return []
    hint = "Files are held, and nobody opens them, until it does. `manage.py check_documents` says how many."
    return [Warning("The virus scanner at CLAMD_SOCKET does not answer.", hint=hint, id="documents.W001")]
