"""What people type from letters and cards: registering, activation code, PUK, first password."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import PhoneField, SwissDateField, phone_countries
from users.forms.sign_in import PASSWORD_HINT, password_field


def _text(label: Any, length: int, autocomplete: str, **given: Any) -> forms.CharField:
    attrs = {"autocomplete": autocomplete, **given.pop("attrs", {})}
    return forms.CharField(label=label, max_length=length, widget=forms.TextInput(attrs=attrs), **given)


def _email(label: Any, autocomplete: str = "email") -> forms.EmailField:
    return forms.EmailField(
        label=label,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": autocomplete, "autocapitalize": "none"}),
        error_messages={"invalid": _("Enter an e-mail address, for example sara@company.example.")},
    )


def _accepted(label: Any, sentence: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, error_messages={"required": sentence})


def _birth_date() -> SwissDateField:
    return SwissDateField(
        label=_("Date of birth"),
        years_ahead=0,
        earliest=date(1900, 1, 1),
        latest=timezone.localdate,
        help_text=_("For example 31.12.1985. You register yourself from the age of 18."),
    )


class _MobileForm(forms.Form):
    """A mobile number of a country that the insurer allows."""

    phone = PhoneField(label=_("Mobile phone"), mobile=True, countries=phone_countries)


class AcceptanceForm(forms.Form):
    """The acceptance of terms and privacy notice."""

    terms = _accepted(_("I accept the terms of use."), _("Accept the terms of use to go on."))
    privacy = _accepted(
        _("I have read the privacy notice."), _("Confirm that you have read the privacy notice to go on.")
    )


class RegistrationLinkForm(forms.Form):
    """Where a registration link goes: an e-mail address typed twice."""

    email = _email(_("E-mail"), "off")
    email_again = _email(_("E-mail once more"), "off")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean_email_again(self) -> str:
        typed = self.cleaned_data["email_again"].lower()
        if "email" in self.cleaned_data and typed != self.cleaned_data["email"]:
            raise forms.ValidationError(_("The two e-mail addresses differ. Compare them."))
        return typed


class EmailTwiceForm(AcceptanceForm, RegistrationLinkForm):
    """One's own e-mail address typed twice, and the acceptance of terms and privacy notice."""

    email = _email(_("E-mail"))
    email_again = _email(_("E-mail once more"))


class RegistrationForm(_MobileForm, EmailTwiceForm):
    """An insured person registers. Nothing here is compared with anything that is known."""

    number = _text(
        _("Insured number or policy number"),
        30,
        "off",
        help_text=_("The insured number stands on your insurance card and on our letters."),
    )
    birth_date = _birth_date()
    field_order = ("number", "birth_date", "email", "email_again", "phone", "terms", "privacy")


class LinkedRegistrationForm(_MobileForm, AcceptanceForm):
    """An insured person registers by the insurer's link, which stands for number and e-mail address."""

    birth_date = _birth_date()
    field_order = ("birth_date", "phone", "terms", "privacy")


class CodeForm(forms.Form):
    """The activation code of a letter."""

    code = _text(
        _("Activation code"),
        40,
        "off",
        attrs={"autocapitalize": "characters", "spellcheck": "false"},
        help_text=_("Sixteen letters and digits in groups of four, as in the letter."),
    )


class ActivationForm(EmailTwiceForm):
    """Who becomes the company's administrator."""

    first_name = _text(_("First name"), 60, "given-name")
    last_name = _text(_("Last name"), 60, "family-name")
    field_order = ("first_name", "last_name", "email", "email_again", "terms", "privacy")


class PukForm(forms.Form):
    """A PUK, and what it is needed for."""

    LOCKED, LOST = "locked", "lost"

    login = _text(
        _("E-mail or user name"),
        254,
        "username",
        attrs={"autocapitalize": "none"},
        help_text=_("Your user name stands in our letter. Your insured number works as well."),
    )
    puk = _text(
        _("PUK"),
        40,
        "off",
        attrs={"inputmode": "numeric"},
        help_text=_("Twelve digits, as in the letter."),
    )
    reason = forms.ChoiceField(
        label=_("What happened?"),
        choices=[
            (LOCKED, _("My account is locked")),
            (LOST, _("I no longer have my second factor")),
        ],
        widget=forms.RadioSelect,
    )


class FirstPasswordForm(forms.Form):
    """The password that replaces the one in the letter, typed once and shown on demand; whose address the account has."""

    password = password_field(_("Choose a password"), "new-password", PASSWORD_HINT)
    mine = _accepted(
        _("The e-mail address and the phone number shown here are mine."),
        _("Confirm that they are yours. If they are not, choose “This is not my address”."),
    )

    def __init__(self, *args: Any, phone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not phone:
            self.fields["mine"].label = _("The e-mail address shown here is mine.")
