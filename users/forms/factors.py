"""Forms of the second factor: proving it, setting it up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import PhoneField, phone_countries
from users import codes, known_browsers, passkeys, second_factor, services, trusted_browsers
from users.forms.sign_in import password_field
from users.models import CodeFactor, FactorKind, SecurityCode

_CODE_REFUSED = _(
    "This code is wrong, or it is no longer valid. Look into the newest message, or ask for another code."
)
_KEY_REFUSED = _("This passkey was not accepted. Try again, or prove yourself in another way.")


def code_field(label: Any = None) -> forms.CharField:
    """A field for a code of digits; spaces are read over."""
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "none"}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label or _("Security code"), max_length=30, widget=widget)


def credential_field() -> forms.JSONField:
    """A hidden field into which the page's script writes the answer of a passkey."""
    missing = _("Your passkey was not asked yet. Choose the button above; it needs JavaScript.")
    return forms.JSONField(
        widget=forms.HiddenInput, error_messages={"required": missing, "invalid": _KEY_REFUSED}
    )


def within_limit(user: Any) -> ratelimit.RateLimitUsage:
    """Count one attempt at a code of this account; raises ValidationError beyond the limit."""
    usage = ratelimit.consume(
        context.request, app="allauth.account", action="code_failed", key=f"second-factor-{user.pk}"
    )
    if not usage:
        services.sign_in_failed(user, stage="limit")
        raise get_adapter().validation_error("too_many_login_attempts")
    return usage


class SecondFactorForm(forms.Form):
    """One's own second factor, of the type chosen on the page: a code, or the answer of a passkey. Good once."""

    def __init__(
        self, *args: Any, request: HttpRequest, user: Any, kind: str, purpose: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user, self.kind, self.purpose = request, user, kind, purpose
        if kind == FactorKind.PASSKEY:
            self.fields["credential"] = credential_field()
        else:
            self.fields["code"] = code_field(_("Recovery code") if kind == FactorKind.RECOVERY else None)
        if purpose == SecurityCode.Purpose.SIGN_IN and trusted_browsers.are_offered():
            self.fields["trust"] = forms.BooleanField(
                label=_("Do not ask for a code in this browser for %(days)s days")
                % {"days": settings.TRUSTED_BROWSER_DAYS},
                required=False,
                help_text=_("Only on a device that nobody else uses."),
            )

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        if self.kind in CodeFactor.Kind.values:
            check = codes.check
            self._count(lambda: check(self.request, self.user, self.purpose, self.kind, typed), _CODE_REFUSED)
        else:
            kinds = ("recovery_codes",) if self.kind == FactorKind.RECOVERY else ("totp", "recovery_codes")
            refused = get_mfa_adapter().error_messages["incorrect_code"]
            self._count(lambda: second_factor.check(self.user, typed, kinds), refused)
        return typed

    def clean_credential(self) -> Any:
        def proven() -> Any:
            try:
                return passkeys.finish_proof(self.user, self.cleaned_data["credential"])
            except passkeys.Refused:
                return None

        self._count(proven, _KEY_REFUSED)
        return self.cleaned_data["credential"]

    def _count(self, check: Any, refused: Any) -> None:
        """Look at one attempt; only failures count towards the limit."""
        usage = within_limit(self.user)
        self.proven = check()
        if self.proven is None:
            stage = "second_factor" if self.purpose == SecurityCode.Purpose.SIGN_IN else "code_again"
            known_browsers.failed(self.request, self.user)
            services.sign_in_failed(self.user, stage=stage)
            raise ValidationError(refused)
        usage.rollback()

    def save(self) -> None:
        """Note what was proven, with the session and with the factor: the type used last is offered first."""
        again = self.purpose == SecurityCode.Purpose.PROOF
        if isinstance(self.proven, SecurityCode):
            CodeFactor.objects.filter(user=self.user, kind=self.kind).update(last_used=timezone.now())
            kind = self.kind
        else:
            self.proven.record_usage()
            kind = self.proven.type
        record_authentication(
            self.request, self.user, "mfa", type=str(kind), reauthenticated=True if again else None
        )


class PasswordAgainForm(forms.Form):
    """The password once more, before something important."""

    password = password_field(_("Password"), "current-password")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        user, password = self.request.user, self.cleaned_data["password"]
        usage = within_limit(user)
        if not user.check_password(password):
            known_browsers.failed(self.request, user)
            services.sign_in_failed(user, stage="password_again")
            raise get_adapter().validation_error("incorrect_password")
        usage.rollback()
        return password


class ActivateAuthenticatorForm(forms.Form):
    """The first code of a new authenticator app."""

    code = code_field()

    def __init__(self, *args: Any, user: Any, secret: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.secret = user, secret

    def clean_code(self) -> str:
        usage = within_limit(self.user)
        self.step = second_factor.matching_step(self.secret, self.cleaned_data["code"])
        if self.step is None:
            raise get_mfa_adapter().validation_error("incorrect_code")
        usage.rollback()
        return self.cleaned_data["code"]


class SmsNumberForm(forms.Form):
    """The mobile number that is to receive codes."""

    phone = PhoneField(label=_("Mobile number"), mobile=True, countries=phone_countries)


class ConfirmCodeForm(forms.Form):
    """The code just sent to a new number or address."""

    code = code_field()

    def __init__(self, *args: Any, request: HttpRequest, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.kind = request, kind

    def clean_code(self) -> str:
        user, typed = self.request.user, self.cleaned_data["code"]
        usage = within_limit(user)
        self.proven = codes.check(self.request, user, SecurityCode.Purpose.SET_UP, self.kind, typed)
        if self.proven is None:
            raise ValidationError(_CODE_REFUSED)
        usage.rollback()
        return typed


class PasskeyNameForm(forms.Form):
    """What the person calls a passkey."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("For example “Work laptop” or “Blue security key”.")
    )


class AddPasskeyForm(PasskeyNameForm):
    """A new passkey: its name, and what the browser made."""

    credential = credential_field()

    def clean_credential(self) -> dict[str, Any]:
        try:
            return passkeys.finish_adding(self.cleaned_data["credential"])
        except passkeys.Refused as error:
            raise ValidationError(_KEY_REFUSED) from error


class PasskeyAloneForm(forms.Form):
    """Signing in with a passkey alone: who it is follows from the key."""

    credential = credential_field()

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        user = passkeys.owner_of(credential)
        try:
            # Where the password has died, what stands for it has died too.
            if user is None or not user.has_usable_password():
                raise passkeys.Refused
            self.proven = passkeys.finish_proof(user, credential, alone=True)
        except passkeys.Refused as error:
            services.sign_in_failed(user, stage="passkey")
            raise ValidationError(_KEY_REFUSED) from error
        if not get_adapter().may_come_in(context.request, user):
            services.sign_in_failed(user, stage="locked" if services.is_locked(user) else "expired")
            raise ValidationError(_KEY_REFUSED)
        return credential
