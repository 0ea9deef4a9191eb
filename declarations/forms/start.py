"""Who and what a report is about: a few plain questions find the kind."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from declarations.forms import codes
from declarations.forms.questions import CHOOSE, choice
from declarations.kinds import WORDS
from declarations.models import Declaration

Kind = Declaration.Kind
KIND_HINTS = {kind.value: words.reason for kind, words in WORDS.items()}


class About(models.TextChoices):
    """What happened, in a word."""

    ILLNESS = "illness", _("An illness")
    ACCIDENT = "accident", _("An accident, or the consequences of one")
    BIRTH = "birth", _("The birth of a child")


class Case(models.TextChoices):
    """What kind of case an accident is."""

    NEW = "new", _("An accident that has not been reported yet")
    RELAPSE = "relapse", _("Consequences of an earlier accident have come back")
    DENTAL = "dental", _("An accident that damaged nothing but teeth")
    SEVERE = "severe_accident", _("Somebody died, or is in danger of life, or is very badly hurt")


class Parent(models.TextChoices):
    """Whose leave after a birth it is."""

    MOTHER = "maternity", _("Of the mother")
    OTHER = "other_parent", _("Of the other parent")


ABOUT_HINTS = {
    About.ILLNESS.value: _("A complaint during pregnancy belongs here, too."),
    About.ACCIDENT.value: _("Something sudden from outside: at work, on the way, at home or in sport."),
    About.BIRTH.value: _("The leave of the mother, or of the other parent."),
}


class Way(models.TextChoices):
    """How the questions are put."""

    QUESTIONS = "questions", _("Question by question")
    PAGES = "pages", _("All on one page")


WAY_HINTS = {
    Way.QUESTIONS.value: _("One question a page, easy on a phone."),
    Way.PAGES.value: _("Quick if you have everything at hand."),
}


class KindForm(forms.Form):
    """What is reported, chosen from the list of all kinds."""

    kind = forms.ChoiceField(
        label=_("What do you want to report?"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what you want to report."),
            "invalid_choice": _("Choose what you want to report."),
        },
    )


class StartForm(forms.Form):
    """What happened; the person was chosen before. `request_id` makes a second click harmless.

    Each question after the first makes sense with one answer to another only; the page hides it until then where
    the browser can. `kind` is the way past the questions.
    """

    about = choice(_("What do you want to report?"), About)
    work = choice(_("May the illness come from the work?"), codes.YesNo)
    case = choice(_("What is it about?"), Case)
    longer = choice(
        _("Is the person off work for longer than three calendar days?"),
        codes.YesNoUnknown,
        hint=_("The day of the accident counts as the first one, weekends count, too."),
    )
    parent = choice(_("Whose leave is it?"), Parent)
    kind = forms.ChoiceField(
        label=_("Choose the kind of report"),
        choices=Kind.choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": CHOOSE},
    )
    way = choice(_("How do you want to answer?"), Way)
    request_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *given: Any, own: bool = False, **more: Any) -> None:
        super().__init__(*given, **more)
        # Hardly ever: nobody is asked to say so each time.
        self.fields["work"].initial = codes.YesNo.NO
        # Whoever reports for himself mostly holds a phone.
        self.fields["way"].initial = Way.QUESTIONS if own else Way.PAGES
        if own:
            self.fields["longer"].label = _("Are you off work for longer than three calendar days?")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["guided"] = cleaned["way"] == Way.QUESTIONS if cleaned.get("way") else None
        if not cleaned.get("kind") and not self.errors:
            cleaned["kind"] = self._found(cleaned)
        return cleaned

    def _found(self, cleaned: dict[str, Any]) -> str:
        """The kind that the answers lead to; what is missing is asked for."""
        about, case = cleaned.get("about"), cleaned.get("case")
        if about == About.ILLNESS:
            return (Kind.OCCUPATIONAL_DISEASE if cleaned.get("work") == "yes" else Kind.ILLNESS).value
        if about == About.BIRTH:
            return self._asked("parent", _("Say whose leave it is."))
        if about != About.ACCIDENT:
            return self._asked("about", _("Choose what you want to report."))
        if case != Case.NEW:
            return self._asked("case", _("Say what kind of case it is."))
        longer = self._asked(
            "longer", _("Say whether it is longer than three days. “I do not know” is an answer, too.")
        )
        # Who does not know yet takes the fuller form: it is never wrong.
        return (Kind.MINOR_ACCIDENT if longer == "no" else Kind.ACCIDENT).value

    def _asked(self, name: str, sentence: Any) -> str:
        given = self.cleaned_data.get(name) or ""
        if not given:
            self.add_error(name, sentence)
        return given


class PersonSearchForm(forms.Form):
    """Finds the person a report is about."""

    q = forms.CharField(
        label=_("Search by name or insured number"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )
