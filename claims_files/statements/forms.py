"""What people type about statements: the health manager who draws one up, the company that books."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from claims_files.statements.models import Statement, StatementLine, WageType
from claims_files.statements.services import CODE_WORDS
from core.fields import MoneyField, SwissDateField

ADJUSTMENTS = [(kind.value, kind.label) for kind in StatementLine.Kind if kind.is_adjustment]
SALARY = _("Enter the annual salary in francs, for example 78’000.00.")
AMOUNT = _("Enter an amount above zero, for example 480.50.")


class DraftForm(forms.Form):
    """Which days, reckoned with which salary, paid to whom."""

    begin = SwissDateField(label=_("From"))
    end = SwissDateField(label=_("To"))
    annual_salary = MoneyField(
        label=_("Salary of a year"),
        minimum=1,
        error_messages={"required": SALARY, "minimum": SALARY, "invalid": SALARY},
    )
    payee = forms.ChoiceField(
        label=_("Paid to"),
        choices=Statement.Payee.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who is paid.")},
    )
    account_end = forms.CharField(
        label=_("Last four digits of the company’s account"),
        required=False,
        max_length=4,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The account of the insured person is known to the portal."),
    )
    take_back = forms.BooleanField(
        label=_("Only take the earlier statement back"),
        required=False,
        help_text=_("Of days that were paid already: nothing takes the place of what was paid."),
    )


class IssueForm(forms.Form):
    """When and how it is paid, if that is known; `seen`: the total that its page showed."""

    seen = forms.DecimalField(required=False, widget=forms.HiddenInput)
    payment_date = SwissDateField(label=_("Payment date"), required=False)
    payment_reference = forms.CharField(
        label=_("Reference of the payment"),
        required=False,
        max_length=42,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("The number of the bank transfer, if it is known. Whoever is paid reads it."),
    )


class AdjustForm(forms.Form):
    """A line added by hand."""

    # Not required: without it the same form sent twice makes two lines.
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(
        label=_("Adjustment"),
        choices=[("", "—"), *ADJUSTMENTS],
        error_messages={"required": _("Choose what the adjustment is.")},
    )
    amount = MoneyField(label=_("Amount"), error_messages={"required": AMOUNT, "invalid": AMOUNT})
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The insured person reads it, the employer does not."),
        error_messages={"required": _("Write in a sentence why the amount is adjusted.")},
    )
    begin = SwissDateField(label=_("From"), required=False)
    end = SwissDateField(label=_("To"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].initial = uuid4


class AdvanceForm(forms.Form):
    """What the company went on paying."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    begin = SwissDateField(label=_("From"))
    end = SwissDateField(label=_("To"))
    amount = MoneyField(
        label=_("Salary paid for these days"),
        minimum=None,
        help_text=_("To put an earlier entry right, enter the difference, with a minus if it was too much."),
        error_messages={"required": AMOUNT, "invalid": AMOUNT},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].initial = uuid4


class WageTypesForm(forms.Form):
    """The codes under which a company's payroll books each kind of line; empty: the insurer's."""

    def __init__(self, *args: Any, house: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in WageType.Kind:
            self.fields[kind.value] = forms.RegexField(
                r"^[0-9A-Za-z.]{1,12}$",
                label=kind.label,
                required=False,
                help_text=_("Empty: %(code)s, as the insurer proposes.")
                % {"code": house.get(kind.value, "")},
                error_messages={"invalid": CODE_WORDS},
            )
