"""The stage of signing in between the password and the portal: a second factor, of whatever type."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from allauth.account.stages import LoginStage
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django.http import HttpResponse
from django.shortcuts import redirect

from users import codes, second_factor, trusted_browsers
from users.models import CodeFactor, SecurityCode


class SecondFactorStage(LoginStage):
    """Stops everybody who has set up a factor, but for a passkey that stood for both and for a trusted browser."""

    key = "second_factor"
    urlname = "mfa_authenticate"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user: Any = self.login.user
        if user is None or not second_factor.registered(user):
            return None, True
        if did_use_passwordless_login(self.request, user) or trusted_browsers.trusts(self.request, user):
            return None, True
        first = next(iter(second_factor.ways_of(user)), None)
        if first in CodeFactor.Kind.values:
            # Beyond the limit the page says that no code is under way, and offers the other ways.
            with suppress(codes.TooMany):
                codes.send(self.request, user, first, SecurityCode.Purpose.SIGN_IN)
        return redirect("mfa_authenticate"), True
