"""Forms of the own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.fields import PhoneField, phone_countries
from core.text import swiss_date
from users.models import CorrectionRequest, PersonalChoice, TermsVersion, User

Subject = CorrectionRequest.Subject

COUNTRY_REFUSED = _(
    "Numbers of this country are not accepted. Enter a number of another country, for example of Switzerland."
)


class PreferencesForm(forms.Form):
    """Language and appearance."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        help_text=_("For the pages, for e-mails and for documents we make for you."),
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme, widget=forms.RadioSelect)


class PhoneForm(forms.Form):
    """The own phone number."""

    phone = PhoneField(
        label=_("Phone"),
        required=False,
        countries=phone_countries,
        error_messages={"country": COUNTRY_REFUSED},
    )


class EmailForm(forms.Form):
    """The new e-mail address, typed twice."""

    email = forms.EmailField(
        label=_("New e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    again = forms.EmailField(
        label=_("New e-mail address once more"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"email", "again"} <= set(cleaned) and cleaned["email"].lower() != cleaned["again"].lower():
            self.add_error("again", _("The two addresses differ. Type the new one once more."))
        return cleaned


class NewsForm(forms.Form):
    """News by mail, consents to product information, delivery by post or digital."""

    mailed = forms.MultipleChoiceField(
        label=_("Tell me by e-mail about"),
        choices=User.News,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("In the portal you find all of it in any case. Mails never say what it is about."),
    )
    news_by_email = forms.BooleanField(
        label=_("You may send me information on products by e-mail"), required=False
    )
    news_by_phone = forms.BooleanField(label=_("You may call me to tell me about products"), required=False)
    delivery = forms.ChoiceField(
        label=_("How you receive letters, invoices and statements"),
        choices=[("digital", _("Digital, in the portal")), ("post", _("On paper, by post"))],
        widget=forms.RadioSelect,
        help_text=_("You find everything in the portal in both cases. Only you can change this."),
    )

    def __init__(self, *args: Any, user: User, choices: dict[str, dict[str, Any]], **kwargs: Any) -> None:
        initial = {
            "mailed": [kind for kind in User.News.values if kind not in user.unmailed],
            "delivery": choices["delivery"]["value"],
            "news_by_email": choices["news_by_email"]["value"] == "yes",
            "news_by_phone": choices["news_by_phone"]["value"] == "yes",
        }
        super().__init__(*args, initial=initial, **kwargs)
        for subject, choice in choices.items():
            if choice["since"]:
                hint = gettext("Chosen on %(day)s.") % {"day": swiss_date(choice["since"])}
                field = self.fields[subject]
                field.help_text = f"{field.help_text} {hint}".strip()

    def choices(self) -> dict[str, str]:
        """The values by subject of `PersonalChoice`."""
        values = self.cleaned_data
        return {
            PersonalChoice.Subject.NEWS_BY_EMAIL.value: "yes" if values["news_by_email"] else "no",
            PersonalChoice.Subject.NEWS_BY_PHONE.value: "yes" if values["news_by_phone"] else "no",
            PersonalChoice.Subject.DELIVERY.value: values["delivery"],
        }


_MISSING = _("To go on, tick the box for the %(document)s, or sign out.")


class TermsForm(forms.Form):
    """One box to tick for each document that has to be accepted."""

    def __init__(self, *args: Any, versions: list[TermsVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = versions
        for version in versions:
            read = version.document == TermsVersion.Document.PRIVACY
            label = (
                _("I have read the %(document)s.") if read else _("I have read and accept the %(document)s.")
            )
            self.fields[version.document] = forms.BooleanField(
                label=label % {"document": NAMES[version.document]},
                error_messages={"required": _MISSING % {"document": NAMES[version.document]}},
            )

    def accepted(self) -> list[Any]:
        """The keys of the versions."""
        return [version.pk for version in self.versions]


# In a sentence; the titles of the texts are the insurer's.
NAMES = {
    "portal_terms": _("terms of use of the portal"),
    "mailbox_terms": _("terms of use of the mailbox"),
    "privacy_notice": _("privacy notice"),
}


class CorrectionForm(forms.Form):
    """What should be corrected, and what it should be."""

    company = forms.ChoiceField(label=_("Company"))
    subject = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=[(value, label) for value, label in Subject.choices if value != Subject.DELETION],
        widget=forms.RadioSelect,
    )
    wanted = forms.CharField(
        label=_("What should it be?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Write it as on your identity card or your residence permit."),
    )

    def __init__(self, *args: Any, companies: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.companies = {str(each.pk): each for each in companies}
        self.fields["company"].choices = [(key, str(each)) for key, each in self.companies.items()]
        if len(companies) == 1:
            # One company: nothing to choose.
            del self.fields["company"]

    @property
    def place(self) -> Any:
        """The company whose contract manager is asked."""
        key = self.cleaned_data.get("company")
        return self.companies[key] if key else next(iter(self.companies.values()))


class AnswerForm(forms.Form):
    """The contract manager's answer."""

    answer = forms.CharField(label=_("Your answer"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class WithdrawalForm(forms.Form):
    """The own user name, typed, so that nobody withdraws by mistake."""

    confirmation = forms.CharField(
        label=_("Type your user name to confirm"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def put(form: forms.Form, error: ValidationError) -> None:
    """Show the sentences of a refused act at their fields; those of no field above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)
