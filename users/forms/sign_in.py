"""Forms of signing in with a password. allauth's views use them (`ACCOUNT_FORMS`)."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from django import forms
from django.contrib.auth import password_validation
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from users import services
from users.models import User, read_identifier

PASSWORD_HINT = _("At least 8 characters. A few words in a row are easy to remember and hard to guess.")


def password_field(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    """A field for a password: pasting is welcome, nothing is stripped."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, help_text=help_text, max_length=512)


class LoginForm(account.LoginForm):
    """E-mail address or user name, and password. Unknown, wrong and deactivated are answered alike."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("E-mail or user name"),
            help_text=_("Your user name stands in our letter. Your insured number works as well."),
            max_length=254,
            initial=self._named(),
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password"] = password_field(_("Password"), "current-password")
        self.order_fields(["login", "password"])

    def _named(self) -> str:
        """The user name in the address, where the QR code of a letter led here."""
        return read_identifier(self.request.GET.get("login", "")) if self.request is not None else ""

    def clean_login(self) -> str:
        return self.cleaned_data["login"].strip()

    def user_credentials(self) -> dict[str, Any]:
        """One way to look the account up: each further one would hash once more for accounts that exist."""
        login = self.cleaned_data["login"]
        typed = read_identifier(login) or "".join(login.split()).lower()
        return {**services.credentials_of(login), "login": typed, "password": self.cleaned_data["password"]}


class ForgottenPasswordForm(account.ResetPasswordForm):
    """The address to which a link is sent, if it has an account. The answer is the same if not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = forms.EmailField(
            label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
        )

    def clean_email(self) -> str:
        # One question for every address: allauth asks once more for one that is unknown.
        email = self.cleaned_data["email"].lower()
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        services.send_password_link([user.pk for user in self.users])
        return self.cleaned_data["email"]


class NewPasswordForm(account.ResetPasswordKeyForm):
    """The new password, typed once and shown on demand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["password1"] = password_field(_("New password"), "new-password", PASSWORD_HINT)

    def clean_password1(self) -> str:
        password_validation.validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]


class ChangePasswordForm(account.ChangePasswordForm):
    """The current password and the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["oldpassword"] = password_field(_("Current password"), "current-password")
        self.fields["password1"] = password_field(_("New password"), "new-password", PASSWORD_HINT)

    def clean_password1(self) -> str:
        password_validation.validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]
