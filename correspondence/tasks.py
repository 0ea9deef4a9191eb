"""The mail “something new”: that there is something, never what."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core import mail
from correspondence import notices
from correspondence.models import Notification

RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="correspondence.send_news", retry=RETRY)
def send_news(user_ids: list[str]) -> None:
    """Mail these people that something new waits; one mail for all that is new to somebody, none once he read it."""
    for user_id in user_ids:
        _mail_to(user_id)


@transaction.atomic
def _mail_to(user_id: str) -> None:
    # The lock keeps a second job from sending the same mail again; what was sent stays noted if a later one fails.
    user = get_user_model().objects.select_for_update().filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    news = notices.for_user(user).filter(read=None, mailed=None, event__in=notices.events_mailed_to(user))
    keys = list(news.values_list("pk", flat=True))
    if not keys:
        return
    context = {
        "button_url": settings.SITE_URL.rstrip("/") + reverse("correspondence:notifications"),
        "button_text": _("Open the portal"),
    }
    mail.send("news", user.email, user.language, context)
    Notification.objects.filter(pk__in=keys).update(mailed=timezone.now())
