"""What the page and the API show of directories: their tokens, and where they speak to us."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from permissions.policy import visible_to
from users.scim.models import ScimToken


def base_address() -> str:
    """The address that a directory is given."""
    return settings.SITE_URL.rstrip("/") + reverse("scim:root")


def tokens(user: Any) -> QuerySet[ScimToken]:
    """The tokens that somebody sees, newest first."""
    rows = ScimToken.unrestricted.select_related("made_by", "company")
    return visible_to(user, "users.view", rows).order_by("-created", "-id")


def tokens_of(user: Any, company: Any) -> list[ScimToken]:
    """The tokens of a company that open something, newest first."""
    return list(tokens(user).filter(company=company, revoked=None, expires__gt=timezone.now()))
