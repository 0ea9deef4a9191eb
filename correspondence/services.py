"""Telling people that something happened, and taking note that they read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model
from django.utils import timezone

from core.errors import OutOfReach
from core.live import knock
from correspondence import notices
from correspondence.models import Notification

TOPIC = "notifications"
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quietly() -> Iterator[None]:
    """Within this block nobody is told of anything: for seeding and imports of what everybody knows."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def is_quiet() -> bool:
    """Whether nobody is told of anything just now."""
    return _quiet.get()


def notify(line: Any, obj: Model | None, user_ids: Iterable[Any], *, mail: bool = True) -> None:
    """Tell these people of an event, except the one who did it; in the transaction of the act.

    `obj` is what the notification leads to (None: nothing). `mail`: also by mail, after the commit.
    """
    from correspondence.tasks import send_news

    people = sorted({user_id for user_id in user_ids if user_id is not None and user_id != line.actor})
    if not people or is_quiet():
        return
    Notification.objects.bulk_create(
        Notification(
            user_id=user_id,
            event=line.event,
            target_type=obj._meta.label if obj is not None else "",
            target=obj.pk if obj is not None else None,
            company=line.company,
            # What is not to be mailed counts as mailed.
            mailed=None if mail else line.at,
        )
        for user_id in people
    )
    knock(people, TOPIC)
    if mail:
        send_news.defer(user_ids=[str(user_id) for user_id in people])


def mark_read(notification_id: Any, *, by: Any) -> Notification:
    """Note that `by` read one of his notifications. Raises OutOfReach for one that is not his."""
    notification = notices.for_user(by).filter(pk=notification_id).first()
    if notification is None:
        raise OutOfReach
    if notification.read is None:
        notification.read = timezone.now()
        notification.save(update_fields=["read"])
        knock([by.pk], TOPIC)
    return notification


def mark_all_read(*, by: Any) -> int:
    """Note that `by` read all of his notifications; returns how many were new."""
    number = Notification.objects.filter(user=by.pk, read=None).update(read=timezone.now())
    if number:
        knock([by.pk], TOPIC)
    return number


def forget_notifications(user: Any) -> None:
    """Remove everything somebody was told; part of the act that records it."""
    Notification.objects.filter(user=user.pk).delete()
