"""How allauth behaves in this house."""

from __future__ import annotations

from io import BytesIO
from typing import Any, ClassVar

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage

from core import at_rest
from users import known_browsers, second_factor, services
from users.gates import gate_before
from users.models import User
from users.sso import signing_in

# In a session that waits for the code: what the password was when it was given.
PASSWORD_GIVEN = "password_given"
# In a session: the account that its company’s provider has proven.
BY_PROVIDER = "by_provider"

# Whose limits are in ACCOUNT_RATE_LIMITS.
LIMITS = "allauth.account"

_MISMATCH = _("These details do not match an account. Check the e-mail or user name and the password.")
_BY_PROVIDER = _("Your company asks for its own sign-in: choose “Sign in with your company”.")
_TOO_MANY = _("Too many attempts. Wait five minutes, then try again.")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by invitation or by letter; every step leaves its line in the audit trail."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _MISMATCH,
        "username_password_mismatch": _MISMATCH,
        "too_many_login_attempts": _TOO_MANY,
        "rate_limited": _TOO_MANY,
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your current password."),
        "invalid_password_reset": _("This link is no longer valid."),
    }
    # The few words said after an act; allauth's others are left out.
    words: ClassVar = {
        "account/messages/logged_out.txt": _("You are signed out."),
        "account/messages/password_changed.txt": _(
            "Your password was changed. Your other sessions were ended."
        ),
    }

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template in self.words:
            messages.add_message(request, level, self.words[message_template])

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the acts themselves (`users.services`) tell the person, in their transaction."""

    # --- Attempts -------------------------------------------------------------------------------

    def _count(
        self, request: HttpRequest, login: str = "", **credentials: Any
    ) -> ratelimit.RateLimitUsage | None:
        """Count an attempt by the name typed, and by the caller; None beyond the limits.

        Not by the account: two names that share a limit would tell that they are of one account, and that there is
        one. A browser known to the account has a limit of its own, whoever else guesses behind the same address.
        """
        if number := known_browsers.known_as(request, self._account(**credentials)):
            return ratelimit.consume(request, app=LIMITS, action="login_failed_known", key=number)
        typed = login or credentials.get("email") or credentials.get("username") or ""
        return ratelimit.consume(request, app=LIMITS, action="login_failed", key=f"login-{typed.lower()}")

    def _account(self, **credentials: Any) -> User | None:
        if email := credentials.get("email"):
            return User.objects.filter(email=email.lower()).first()
        return User.objects.filter(identifier__iexact=credentials.get("username", "")).first()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._login_failed_rl_usage = self._count(request, **credentials)
        if not self._login_failed_rl_usage:
            credentials.pop("login", None)
            services.sign_in_failed(self._account(**credentials), stage="limit")
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, login: str = "", **credentials: Any) -> User | None:
        """Check a password. A deactivated account is answered like a wrong password. `login` is the name as typed."""
        self.pre_authenticate(request, login=login, **credentials)
        user = authenticate(request, **credentials)
        AuthenticationBackend.unstash_authenticated_user()
        if user is not None and signing_in.must_use_provider(user):
            user = None
        named = self._account(**credentials)
        if user is not None and not self.may_come_in(request, user):
            services.sign_in_failed(named, stage="locked" if services.is_locked(user) else "expired")
            return None
        if user is None:
            known_browsers.failed(request, named)
            services.sign_in_failed(named, stage="password")
        else:
            self._rollback_login_failed_rl_usage()
            request.session[PASSWORD_GIVEN] = user.get_session_auth_hash()
        if user is None and signing_in.is_required_for(login):
            # The same for every address of the domain, whether it has an account or not.
            raise ValidationError(_BY_PROVIDER, code="by_provider")
        return user

    def may_come_in(self, request: HttpRequest, user: User) -> bool:
        """Whether a right password, or a passkey in its place, counts.

        Not on a locked account, nor when an initial password has died.
        """
        until = user.initial_password_until
        if until is not None and until < timezone.now():
            return False
        return not services.is_locked(user) or bool(known_browsers.known_as(request, user))

    def _still_good(self, request: HttpRequest, user: User, given: str) -> bool:
        """Whether the password given in this session is still the one, and still counts."""
        return constant_time_compare(given, user.get_session_auth_hash()) and self.may_come_in(request, user)

    # --- In and out -----------------------------------------------------------------------------

    def login(self, request: HttpRequest, user: User) -> None:
        now = User.objects.filter(pk=user.pk, is_active=True).first()
        given = request.session.get(PASSWORD_GIVEN)
        # Only who holds the letter has its password: no other proof opens an account that waits for it.
        waits = now is not None and now.initial_password_until is not None and not given
        if now is None or waits or (given and not self._still_good(request, now, given)):
            # Closed or locked between the password and the code, or the password given is no longer the one: nothing of
            # this sign-in may wait for another code.
            request.session.flush()
            raise ImmediateHttpResponse(redirect("account_login"))
        if signing_in.must_use_provider(now) and request.session.get(BY_PROVIDER) != str(user.pk):
            request.session.flush()
            raise ImmediateHttpResponse(redirect("sso:start"))
        super().login(request, user)
        request.session.pop(PASSWORD_GIVEN, None)
        if not second_factor.is_missing(user):
            services.signed_in(user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        if gate_before(user) is None:
            known_browsers.remember(request, response, user)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        return redirect("account_login")

    def logout(self, request: HttpRequest) -> None:
        services.signed_out(request.user)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        own = self.request.user.is_authenticated and self.request.user.pk == user.pk
        keep = self.request.session.session_key or "" if own else ""
        services.set_password(user, password, keep=keep, way="changed" if own else "reset")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("users:sign_in_and_account")

    def get_login_stages(self) -> list[str]:
        """One stage for second factors of all types, in place of allauth's, which knows no codes by SMS."""
        return ["users.stages.SecondFactorStage"]


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are encrypted at rest; passkeys carry the insurer's name."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "This code is wrong, or it was used already. Wait for the next one in your app and enter that."
        ),
    }

    def encrypt(self, text: str) -> str:
        return at_rest.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return at_rest.decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.BRAND["name"]}

    def build_totp_svg(self, url: str) -> str:
        # On white: a camera does not read black on a dark page.
        out = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(out)
        return out.getvalue().decode()
