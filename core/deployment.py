"""What `manage.py check --deploy` asks of an installation besides Django's own questions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from core import signing


def check_signing_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The key that reports are signed with can be used, and for `signing.WARNING_DAYS` still; nothing without one."""
    if not settings.SIGNING_KEY_FILE:
        return []
    try:
        days = signing.days_left()
    except signing.NoKey as problem:
        hint = "Reports of access reviews wait, and are made by themselves once there is a key (docs/reviews.md)."
        return [Error(str(problem), hint=hint, id="core.E001")]
    if days < signing.WARNING_DAYS:
        words = (
            f"The certificate of SIGNING_KEY_FILE ends in {days} days: nothing is signed with it afterwards."
        )
        return [Warning(words, hint="Replace it in time (docs/reviews.md).", id="core.W001")]
    return []
