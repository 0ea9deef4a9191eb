"""What the health manager types when he decides, or when a case goes another way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile, Decision, Outcome
from claims_files.reading import Insurance
from claims_files.states import REASONS, UNDECIDED, decision_due
from core.fields import SwissDateField

YES, NO = "yes", "no"


def _reason(label: Any, required: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        help_text=_("The insured person reads it, in the letter and on the page. The employer does not."),
        error_messages={"required": required},
    )


def _reason_code(*outcomes: str) -> forms.ChoiceField:
    told = frozenset().union(*(REASONS[Outcome(each)] for each in outcomes or Outcome.values))
    choices = [(value, label) for value, label in Decision.Reason.choices if value in told]
    return forms.ChoiceField(label=_("What the employer is told"), choices=choices, required=False)


def _remedy() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Legal remedy"),
        choices=[("", _("The one that goes with the insurance")), *ClaimFile.Remedy.choices],
        widget=forms.RadioSelect,
        required=False,
    )


def _advances() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Are benefits paid in advance until then?"),
        choices=[(YES, _("Yes, benefits are advanced")), (NO, _("No, nothing is paid until then"))],
        coerce=lambda value: value == YES,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether benefits are advanced.")},
    )


class DecidingForm(forms.Form):
    """A decision on one contract of the case, or on all that wait; `known`: the last one that its page showed."""

    # Which contracts it can be about: those nobody has decided on, or the ones still open, too.
    waiting: frozenset[str] = frozenset(UNDECIDED)

    cover = forms.TypedChoiceField(
        label=_("Which insurance?"),
        coerce=UUID,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages={
            "invalid_choice": _(
                "Somebody else has decided in this claim file in the meantime. Look at it again."
            )
        },
    )
    known = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, insurances: list[Insurance], known: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["known"].initial = known
        self.open_ones = open_ones = [each.cover for each in insurances if each.cover.state in self.waiting]
        field: Any = self.fields["cover"]
        if not open_ones:
            del self.fields["cover"]
            return
        if len(open_ones) == 1:
            # Named, so that one that is added meanwhile is not decided on unseen.
            field.widget, field.initial = forms.HiddenInput(), open_ones[0].pk
        field.choices = [
            ("", _("All that are undecided")),
            *((str(each.pk), f"{each.contract.get_branch_display()}, {each.contract}") for each in open_ones),
        ]


class DeclineForm(DecidingForm):
    """Say no: why, and what the insured person can do about it."""

    reason = _reason(_("Reason"), _("Write why the claim is declined."))
    reason_code = _reason_code(Outcome.DECLINED)
    legal_remedy = _remedy()


class UnclearForm(DecidingForm):
    """Say that the decision is still open: why, whether benefits are advanced, and until when."""

    waiting = frozenset({"pending"})

    reason = _reason(_("What has to be clarified?"), _("Write what has to be clarified."))
    reason_code = _reason_code(Outcome.UNCLEAR)
    advances = _advances()
    expected = SwissDateField(label=_("Decision expected by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expected"].initial = decision_due()


class ReviseForm(forms.Form):
    """Replace a decision by another one."""

    outcome = forms.ChoiceField(
        label=_("New decision"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the decision.")},
    )
    reason = _reason(_("Reason"), "")
    reason_code = _reason_code()
    legal_remedy = _remedy()
    advances = _advances()
    expected = SwissDateField(label=_("Decision expected by"), required=False)
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("reason", "advances"):
            self.fields[name].required = False
        still_open = _("Only for a decision that is still open.")
        self.fields["advances"].help_text = self.fields["expected"].help_text = still_open


class DuplicateForm(forms.Form):
    """Where a case that was reported twice goes on."""

    original = forms.CharField(
        label=_("In which claim file does the case go on?"),
        max_length=20,
        help_text=_("Its claim number, for example S-2026-04817."),
        error_messages={"required": _("Enter the number of another claim file of the same person.")},
    )


class HandOverForm(forms.Form):
    """Which insurer is responsible."""

    insurer = forms.CharField(
        label=_("Which insurer is responsible?"),
        max_length=80,
        help_text=_("Its name only: the insured person and the employer read it."),
        error_messages={"required": _("Enter the name of the insurer, and nothing else.")},
    )


class RelapseForm(forms.Form):
    """Since when a closed case is back."""

    event_date = SwissDateField(
        label=_("Since when is the case back?"),
        error_messages={"required": _("Enter the day since when the case is back.")},
    )
