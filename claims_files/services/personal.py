"""What somebody keeps for himself: views of the worklist, and the secret address of his calendar."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import CalendarFeed, WorklistView
from core.errors import NotNow, OutOfReach
from permissions.audit import record
from permissions.policy import can_somewhere, require_somewhere
from users.models import User, digest

# Of one person; more would be no help.
MOST_VIEWS = 20
# The last use is written down at most this often.
USE_PRECISION = timedelta(hours=1)


@transaction.atomic
def save_view(user: User, *, name: str, filters: dict[str, str]) -> WorklistView:
    """Keep filters of the worklist under a name; a name that exists already gets the new filters.

    Raises NotAllowed, ValidationError by field, NotNow where there are too many.
    """
    require_somewhere(user, "claim.take_over")
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Enter a name for the view.")})
    if not filters:
        raise ValidationError({"filters": _("Choose at least one filter first.")})
    WorklistView(user=user, name=name, filters=filters).clean_fields()
    # Of two at once the slower one waits for the other's, and counts it: only one is the twentieth.
    list(WorklistView.objects.select_for_update().filter(user=user).order_by("pk"))
    others = WorklistView.objects.filter(user=user).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        raise NotNow(_("You have many views. Remove one that is no longer needed."), code="too_many_views")
    view, _new = WorklistView.objects.update_or_create(user=user, name=name, defaults={"filters": filters})
    # Not its name, which somebody typed, nor its filters: they may name a person.
    record(user, "user.view_saved", view)
    return view


@transaction.atomic
def remove_view(view_id: Any, *, by: User) -> None:
    """Remove one of one's own views. Raises OutOfReach for any other."""
    view = WorklistView.objects.select_for_update().filter(pk=view_id, user=by).first()
    if view is None:
        raise OutOfReach
    record(by, "user.view_removed", view)
    view.delete()


@transaction.atomic
def make_feed(user: User) -> tuple[CalendarFeed, str]:
    """Make the address of somebody's calendar anew; returns it with its secret, which is shown once.

    An earlier address no longer works.
    """
    secret = secrets.token_urlsafe(32)
    made = {"digest": digest(secret), "created": timezone.now(), "last_used": None}
    feed, _new = CalendarFeed.objects.update_or_create(user=user, defaults=made)
    record(user, "user.calendar_made", feed)
    return feed, secret


@transaction.atomic
def end_feed(user: User) -> None:
    """Let the address of somebody's calendar work no longer. Raises NotNow where there is none."""
    feed = CalendarFeed.objects.select_for_update().filter(user=user).first()
    if feed is None:
        raise NotNow(_("Your calendar has no address."), code="no_feed")
    record(user, "user.calendar_ended", feed)
    feed.delete()


def find_feed(secret: str) -> CalendarFeed | None:
    """The calendar with this secret, with its holder; None unless he has an account and sees claim files today."""
    feed = CalendarFeed.objects.select_related("user").filter(digest=digest(secret)).first()
    if feed is None or not feed.user.is_active or not can_somewhere(feed.user, "claim.view"):
        return None
    now = timezone.now()
    if feed.last_used is None or now - feed.last_used >= USE_PRECISION:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used=now)
    return feed


def forget_personal(user: User) -> None:
    """Remove what somebody kept for himself; part of the act that records it."""
    WorklistView.objects.filter(user=user.pk).delete()
    forget_feed(user)


def forget_feed(user: User) -> None:
    """Let the address of somebody's calendar die with his account; part of the act that records it."""
    CalendarFeed.objects.filter(user=user.pk).delete()
