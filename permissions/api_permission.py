"""DRF's default permission; in a module of its own because DRF imports it while its views load."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission


class SignedIn(BasePermission):
    """Somebody fully signed in. What he sees and may do, the policy says row by row."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.is_active)
