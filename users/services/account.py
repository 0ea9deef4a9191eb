"""What a person changes on his own account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from permissions.audit import record
from users import tasks
from users.models import PersonalChoice, User
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


@transaction.atomic
def set_news(user: User, mailed: Iterable[str]) -> None:
    """Set of which kinds of news (`User.News`) the person is told by mail; in the portal he reads all of them.

    Raises ValidationError for an unknown kind.
    """
    wanted = set(mailed)
    if wanted - set(User.News.values):
        raise ValidationError({"mailed": _("Choose among the kinds in the list.")})
    locked = User.objects.select_for_update().get(pk=user.pk)
    unmailed = [kind for kind in User.News.values if kind not in wanted]
    if unmailed == locked.unmailed:
        return
    locked.unmailed = user.unmailed = unmailed
    locked.save(update_fields=["unmailed"])
    record(user, "user.news_set", user, unmailed=unmailed)


# --- Consents and delivery --------------------------------------------------------------------------


def choices_of(user: User) -> dict[str, dict[str, Any]]:
    """What holds for each subject of `PersonalChoice`: `{"value", "since"}`; `since` is None for the default."""
    found: dict[str, dict[str, Any]] = {
        subject: {"value": values[0], "since": None} for subject, values in PersonalChoice.VALUES.items()
    }
    newest = PersonalChoice.objects.filter(user=user).order_by("subject", "-created", "-id")
    for row in newest.distinct("subject"):
        found[row.subject] = {"value": row.value, "since": row.created}
    return found


@transaction.atomic
def set_choices(user: User, **values: str) -> dict[str, dict[str, Any]]:
    """Choose a value for subjects of `PersonalChoice`, by the person alone; each change is dated and recorded.

    Choosing what holds already changes nothing. Returns what holds now. Raises ValidationError by subject.
    """
    for subject, value in values.items():
        if value not in PersonalChoice.VALUES.get(subject, ()):
            raise ValidationError({subject: _("Choose one of the answers in the list.")})
    User.objects.select_for_update().get(pk=user.pk)
    now = choices_of(user)
    for subject, value in values.items():
        if now[subject]["value"] == value:
            continue
        PersonalChoice.objects.create(user=user, subject=subject, value=value)
        if subject == PersonalChoice.Subject.DELIVERY:
            record(user, "user.delivery_chosen", user, value=value)
        else:
            record(user, "user.consent_changed", user, subject=subject, value=value)
    return choices_of(user)
