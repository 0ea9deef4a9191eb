"""What a health manager types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from claims_files.models import REQUESTABLE, ClaimFile, PaperRequest
from claims_files.states import paper_due
from companies.models import Contract
from core.fields import SwissDateField
from documents.models import Kind


class PaperForm(forms.Form):
    """Ask for a paper."""

    kind = forms.ChoiceField(
        label=_("Which document is missing?"),
        choices=[("", "—"), *((value, Kind(value).label) for value in REQUESTABLE)],
        error_messages={"required": _("Choose the type of document.")},
    )
    addressee = forms.ChoiceField(
        label=_("Whom do you ask?"),
        choices=PaperRequest.Addressee.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whom you ask.")},
    )
    due = SwissDateField(label=_("Due date"), required=False)
    note = forms.ChoiceField(label=_("Note"), choices=PaperRequest.Note.choices, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due"].initial = paper_due()


class DeclineForm(forms.Form):
    """Say no: why, and what the insured person can do about it."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        help_text=_("The insured person reads it. The employer learns only that the claim was declined."),
        error_messages={"required": _("Write why the claim is declined.")},
    )
    legal_remedy = forms.ChoiceField(
        label=_("Legal remedy"),
        choices=ClaimFile.Remedy.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the legal remedy.")},
    )

    def __init__(self, *args: Any, branch: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accident = branch == Contract.Branch.LAA
        remedy = ClaimFile.Remedy.OBJECTION if accident else ClaimFile.Remedy.CIVIL_ACTION
        self.fields["legal_remedy"].initial = remedy.value


class CloseForm(forms.Form):
    """Say how an accepted case ended."""

    outcome = forms.ChoiceField(
        label=_("How did the case end?"),
        choices=[choice for choice in ClaimFile.Outcome.choices if choice[0] != ClaimFile.Outcome.DECLINED],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the case ended.")},
    )
