"""Mailed links for a new password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class PasswordLinkGenerator(PasswordResetTokenGenerator):
    """A link dies with its use and with another address of the account, as Django has it, and with the account."""

    def check_token(self, user: Any, token: str | None) -> bool:
        return bool(user and user.is_active) and super().check_token(user, token)
