"""Forms of naming a deputy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import SwissDateField
from permissions.policy import can
from users import deputies
from users.models import User


class DeputyForm(forms.Form):
    """Who stands in for the reader, where, from when to when.

    At a company the colleague is named by his address, by whoever sees who has access by his name, too; at the insurer
    he is chosen among those of the same role.
    """

    company = forms.ChoiceField(label=_("Company"))
    deputy: Any = forms.CharField(label=_("Deputy"), max_length=254)
    begin = SwissDateField(label=_("First day"), earliest=timezone.localdate)
    until = SwissDateField(
        label=_("Last day"), help_text=_("At most half a year. It ends by itself in the evening of this day.")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.person: User | None = by
        self._settle()

    def _settle(self) -> None:
        """Ask only what is not clear already."""
        same_role = deputies.of_same_role(self.person) if self.person is not None else None
        places = self._places()
        if same_role is not None and not places:
            self.place = None
            del self.fields["company"]
            self.fields["deputy"] = forms.ModelChoiceField(
                label=_("Deputy"),
                queryset=same_role,
                help_text=_("Somebody with the same role."),
                empty_label=_("Choose somebody"),
            )
            self.order_fields(("principal", "deputy", "begin", "until"))
            return
        self.place = places[0] if len(places) == 1 else None
        if len(places) == 1:
            del self.fields["company"]
        else:
            self.places = {str(each.pk): each for each in places}
            self.fields["company"].choices = [
                ("", _("Choose a company")),
                *((key, str(each)) for key, each in self.places.items()),
            ]
        searched = all(can(self.by, "users.view", each) for each in places)
        self.fields["deputy"].help_text = (
            _("Name or e-mail address of a colleague who has access at this company.")
            if searched
            else _("The e-mail address of a colleague who has access at this company.")
        )

    def _places(self) -> list[Any]:
        return deputies.own_places(self.by)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "company" in self.fields:
            self.place = self.places.get(values.get("company", ""))
        typed = values.get("deputy")
        if isinstance(typed, str) and self.place is not None:
            try:
                values["deputy"] = deputies.colleague(typed, self.place, reader=self.by)
            except ValidationError as error:
                self.add_error("deputy", error)
        return values

    def rights(self) -> dict[str, Any]:
        """The cleaned values as the service takes them."""
        values = self.cleaned_data
        return {
            "deputy": values["deputy"],
            "company": self.place,
            "begin": values["begin"],
            "until": values["until"],
        }


class DeputyForAnotherForm(DeputyForm):
    """Who stands in for somebody else; by whoever manages users there, or the insurer's settings."""

    principal = forms.CharField(
        label=_("For whom"), max_length=254, help_text=_("Name or e-mail address of somebody with access.")
    )

    field_order = ("principal", "company", "deputy", "begin", "until")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        self.wrong: ValidationError | None = None
        super().__init__(*args, by=by, **kwargs)

    def _settle(self) -> None:
        text = (self.data if self.is_bound else self.initial).get("principal", "")
        try:
            typed = self.fields["principal"].clean(text) if text else ""
            self.person = deputies.somebody_managed(typed, reader=self.by) if typed else None
        except ValidationError as error:
            self.person, self.wrong = None, error
        if self.person is None or not (self._places() or deputies.of_same_role(self.person).exists()):
            # Where it is, is asked once it is clear for whom.
            self.place = None
            del self.fields["company"]
            self.fields["deputy"].help_text = _("Name or e-mail address of a colleague with access there.")
            return
        super()._settle()

    def _places(self) -> list[Any]:
        return deputies.places_of(self.person, self.by) if self.person is not None else []

    def clean_principal(self) -> str:
        if self.wrong is not None or self.person is None:
            raise self.wrong or ValidationError(deputies.NOBODY)
        return self.cleaned_data["principal"]
