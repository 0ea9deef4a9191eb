"""What somebody may type about invoices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Contract
from core.fields import MoneyField, RateField, SwissDateField
from finance.services import LineData
from permissions.policy import visible_to


class MarkPaidForm(forms.Form):
    """The day on which a payment arrived."""

    paid_on = SwissDateField(
        label=_("Payment received on"), initial=timezone.localdate, latest=timezone.localdate, years_ahead=0
    )


class IssueForm(forms.Form):
    """An invoice to issue: the contract by its policy number, the period, the due date."""

    policy_number = forms.CharField(label=_("Policy number"), max_length=30)
    period_begin = SwissDateField(label=_("Period from"))
    period_end = SwissDateField(label=_("Period to"))
    due = SwissDateField(
        label=_("Due date"),
        required=False,
        help_text=_("Left empty, it follows from the usual payment period."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_policy_number(self) -> str:
        """Find the contract among those that this person may invoice; all others do not exist."""
        companies = visible_to(self.user, "invoice.issue", Company._base_manager.all())
        contract = (
            visible_to(self.user, "contract.view")
            .filter(company__in=companies, policy_number__iexact=self.cleaned_data["policy_number"].strip())
            .first()
        )
        if contract is None:
            raise ValidationError(_("There is no such policy number. Check it on the contract."))
        self.contract: Contract = contract
        return contract.policy_number


class LineForm(forms.Form):
    """One group of persons; rows left empty are ignored."""

    persons_group = forms.CharField(label=_("Group of persons"), max_length=80)
    payroll = MoneyField(label=_("Payroll total"))
    rate_percent = RateField(label=_("Rate"))


class _Lines(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(self.errors) and not self.lines():
            raise ValidationError(_("Fill in at least one line."))

    def lines(self) -> list[LineData]:
        """The rows that were filled in."""
        return [LineData(**form.cleaned_data) for form in self.forms if form.cleaned_data]


LineFormSet = forms.formset_factory(LineForm, formset=_Lines, extra=4, max_num=40)
