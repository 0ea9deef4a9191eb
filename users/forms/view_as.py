"""The form of looking at the portal as somebody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from users.models.viewings import NOTE_LENGTH, Viewing


class ViewAsForm(forms.Form):
    """Why, and at which of several companies."""

    company_id = forms.ChoiceField(label=_("Company"))
    reason = forms.ChoiceField(label=_("Reason"), choices=Viewing.Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What it is about"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "The person and the company’s administrators can read it. Say nothing about anybody’s health."
        ),
    )

    def __init__(self, *args: Any, companies: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.companies = {str(each.pk): each for each in companies}
        if len(self.companies) == 1:
            del self.fields["company_id"]
        else:
            choices = [(key, str(each)) for key, each in self.companies.items()]
            self.fields["company_id"].choices = choices  # type: ignore[attr-defined]

    @property
    def company(self) -> Any:
        """The company chosen, or the only one."""
        key = self.cleaned_data.get("company_id") or next(iter(self.companies))
        return self.companies[key]

    def clean(self) -> dict[str, Any]:
        """Another reason needs a word."""
        cleaned = super().clean() or {}
        if cleaned.get("reason") == Viewing.Reason.OTHER and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say in a few words what it is about."))
        return cleaned
