"""DRF's default permission; in a module of its own because DRF imports it while its views load."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission


class SignedIn(BasePermission):
    """Somebody fully signed in. What he sees and may do, the policy says row by row."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.is_active)


class InPerson(SignedIn):
    """Somebody with a session of his own: what belongs to his account is not done by a program in his name."""

    message = _("An API token does not open this. Sign in to the portal.")
    code = "not_by_token"

    def has_permission(self, request: Any, view: Any) -> bool:
        return super().has_permission(request, view) and request.auth is None


class ChangedInPerson(InPerson):
    """Read with a token too; changed with a session only."""

    def has_permission(self, request: Any, view: Any) -> bool:
        reading = request.method in SAFE_METHODS
        return (
            SignedIn.has_permission(self, request, view) if reading else super().has_permission(request, view)
        )
