"""What people type about cost guarantees: who asks for one, and the health manager who answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from claims_files.guarantees.models import Guarantee, GuaranteeAnswer, GuaranteeOutcome
from core.fields import MoneyField, SwissDateField
from documents.forms import SeveralFiles, SeveralFilesInput
from documents.intake import ACCEPT

ESTIMATE = _("Enter the estimated amount, for example 8’500.00.")
HIGHEST = _("Enter the highest amount, for example 8’500.00.")


class RequestForm(forms.Form):
    """A request for a cost guarantee: which treatment, where, when, its papers."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("Kind of treatment"),
        choices=[("", "—"), *Guarantee.Kind.choices],
        error_messages={"required": _("Choose what kind of treatment it is.")},
    )
    provider = forms.CharField(
        label=_("Who treats"),
        max_length=100,
        help_text=_("Hospital, clinic, shop or therapist, with the place."),
        error_messages={"required": _("Enter who treats: hospital, clinic, shop or therapist.")},
    )
    begin = SwissDateField(label=_("From"), years_ahead=1)
    end = SwissDateField(label=_("To"), required=False, years_ahead=3, help_text=_("If it is known."))
    estimate = MoneyField(
        label=_("Estimated amount"),
        minimum=Decimal("0.01"),
        required=False,
        help_text=_("As on the estimate of costs, if there is one."),
        error_messages={"invalid": ESTIMATE},
    )
    details = forms.CharField(
        label=_("What it is about"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        help_text=_("Only the insured person and the insurer read this."),
    )
    files = SeveralFiles(
        label=_("Photos or files"), required=False, widget=SeveralFilesInput(attrs={"accept": ACCEPT})
    )  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].initial = uuid4


class AnswerForm(forms.Form):
    """How the insurer answers; it starts from the answer that stands, if there is one."""

    # Of the answer that was looked at.
    known = forms.IntegerField(required=False, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("Answer"),
        choices=GuaranteeOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the answer."), "invalid_choice": _("Choose the answer.")},
    )
    amount = MoneyField(
        label=_("At most"),
        minimum=Decimal("0.01"),
        required=False,
        help_text=_("Leave a limit empty where there is none."),
        error_messages={"invalid": HIGHEST},
    )
    days = forms.IntegerField(label=_("Number of days"), required=False, min_value=1)
    until = SwissDateField(label=_("Valid until"), required=False, years_ahead=3)
    conditions = forms.CharField(
        label=_("Conditions"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        help_text=_(
            "The insured person reads it. Needed unless all is granted; the legal remedy is added by itself."
        ),
    )

    def __init__(self, *args: Any, standing: GuaranteeAnswer | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["known"].initial = standing.number if standing else 0
        if standing is not None:
            for name in ("outcome", "amount", "days", "until", "conditions", "reason"):
                self.fields[name].initial = getattr(standing, name)
