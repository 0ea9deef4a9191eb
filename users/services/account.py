"""What a person changes on his own account."""

from __future__ import annotations

from django.db import transaction

from permissions.audit import record
from users import tasks
from users.models import User
from users.services.factors import end_trusted_browsers
from users.services.sign_in import end_sessions


@transaction.atomic
def set_preferences(user: User, *, language: str, theme: str) -> None:
    """Set the language (of pages, mails and letters) and the appearance."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if (locked.language, locked.theme) == (language, theme):
        return
    locked.language, locked.theme = language, theme
    locked.full_clean(exclude=["password"], validate_unique=False, validate_constraints=False)
    locked.save(update_fields=["language", "theme"])
    user.language, user.theme = language, theme
    record(user, "user.preferences_set", user, language=language, theme=theme)


@transaction.atomic
def set_phone(user: User, number: str, *, keep: str = "") -> None:
    """Set the own phone number (E.164, empty to remove it); other sessions and the trust in browsers end, it is told.

    The number for codes is a second factor of its own, proven by a code (`users.services.factors`).
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.phone == number:
        return
    locked.phone = number
    locked.save(update_fields=["phone"])
    user.phone = number
    end_sessions(user, keep=keep)
    end_trusted_browsers(user)
    record(user, "user.phone_changed", user)
    tasks.tell_of_change.defer(user_id=str(user.pk), what="phone")
