"""What the pages and the API show of single sign-on: the connections and domains that somebody sees."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from permissions.policy import visible_to
from users.sso.models import SsoConnection, SsoDomain

# Whoever sees who has access sees how they sign in.
VIEW = "users.view"


def connections(user: Any) -> QuerySet[SsoConnection]:
    """The connections that somebody sees, newest first."""
    return visible_to(user, VIEW, SsoConnection.unrestricted.all()).order_by("-created", "-id")


def connection_of(user: Any, company: Any) -> SsoConnection | None:
    """The connection of a company, if it has one that somebody sees."""
    return connections(user).filter(company=company).first()


def domains(user: Any) -> QuerySet[SsoDomain]:
    """The domains that somebody sees, newest first."""
    rows = SsoDomain.unrestricted.select_related("company")
    return visible_to(user, VIEW, rows).order_by("-created", "-id")
