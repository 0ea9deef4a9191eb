"""Forms of inviting many people at once."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.fields import TableFileField
from core.tables import MOST_ROWS

# Of a row number: no file has longer ones.
_DIGITS = 7


class ListForm(forms.Form):
    """The file with the people to invite."""

    file = TableFileField(help_text=_("CSV or Excel (.xlsx), at most 1’000 rows and 2 MB."))


class SendForm(forms.Form):
    """The rows that were looked at and are to be invited: “2,3,5”."""

    rows = forms.CharField(widget=forms.HiddenInput, required=False, max_length=MOST_ROWS * (_DIGITS + 1))

    def clean_rows(self) -> list[int]:
        words = [word for word in self.cleaned_data["rows"].split(",") if word]
        if not all(word.isascii() and word.isdigit() and len(word) <= _DIGITS for word in words):
            raise ValidationError(_("Look at the rows again."))
        return [int(word) for word in words]
