"""What people type when they propose a return-to-work plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims_files.plans.models import Adaptation, ReturnPlan
from claims_files.plans.services import LONGEST_NOTE, MOST_STEPS, Step
from core.fields import PercentField, SwissDateField

PARTS = ("begin", "degree", "hours")


class PlanForm(forms.Form):
    """A plan: its steps in rows (`step-0-begin` …), of which one left blank does not count, and what goes with them."""

    adaptations = forms.MultipleChoiceField(
        label=gettext_lazy("Adaptations"),
        choices=Adaptation.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=gettext_lazy(
            "The company, the insured person and the insurer read it. Write no diagnosis and nothing of health."
        ),
    )
    review_on = SwissDateField(label=gettext_lazy("Look at it again on"), required=False, years_ahead=3)

    def __init__(self, data: Any = None, *, plan: ReturnPlan | None = None, more: bool = False) -> None:
        initial: dict[str, Any] = {}
        count = 2
        if data is not None:
            places = [int(found[1]) for key in data if (found := re.fullmatch(r"step-(\d{1,2})-begin", key))]
            count = min(max(places, default=0) + 1 + more, MOST_STEPS)
        elif plan is not None:
            steps = list(plan.steps.all())
            count = min(len(steps) + 1, MOST_STEPS)
            for number, step in enumerate(steps):
                initial |= {f"step-{number}-{name}": getattr(step, name) for name in PARTS}
            initial |= {name: getattr(plan, name) for name in ("adaptations", "note")}
            if plan.review_on and plan.review_on >= timezone.localdate():
                # A day that is over would be refused, and nobody has typed it.
                initial["review_on"] = plan.review_on
        super().__init__(data, initial=initial)
        self.count = count
        for number in range(count):
            self.fields[f"step-{number}-begin"] = SwissDateField(
                label=gettext_lazy("From"), required=False, years_ahead=3
            )
            self.fields[f"step-{number}-degree"] = PercentField(
                label=gettext_lazy("Work in percent"), minimum=0, required=False
            )
            self.fields[f"step-{number}-hours"] = forms.IntegerField(
                label=gettext_lazy("Hours a week, if known"), required=False, min_value=1, max_value=60
            )

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of each step."""
        return [[self[f"step-{number}-{name}"] for name in PARTS] for number in range(self.count)]

    @property
    def may_grow(self) -> bool:
        """Whether another step fits in."""
        return self.count < MOST_STEPS

    def clean(self) -> dict[str, Any]:
        """A row that is filled in has a day and a degree."""
        for number in range(self.count):
            begin, degree, hours = (self.cleaned_data.get(f"step-{number}-{name}") for name in PARTS)
            if begin is None and degree is None and hours is None:
                continue
            for name, value, words in (
                ("begin", begin, _("Enter the first day of this step.")),
                ("degree", degree, _("Enter how much is worked, for example 50.")),
            ):
                if value is None and f"step-{number}-{name}" not in self.errors:
                    self.add_error(f"step-{number}-{name}", words)
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """What was typed, as `services.propose` takes it."""
        names = ("adaptations", "note", "review_on")
        steps = [Step(*self._parts(number)) for number in self._filled()]
        return {"steps": steps, **{name: self.cleaned_data[name] for name in names}}

    def refuse(self, messages: Mapping[str, list[str]]) -> None:
        """Show what the service objects to at the rows it speaks of; it counts them in the order of their days."""
        filled = sorted(self._filled(), key=lambda number: self._parts(number)[0])
        for name, texts in messages.items():
            place = name.split(".")
            if len(place) == 3:
                self.add_error(f"step-{filled[int(place[1])]}-{place[2]}", texts)
            else:
                field = {"steps": "step-0-begin", "non_field_errors": None}.get(name, name)
                self.add_error(field, texts)

    def _filled(self) -> list[int]:
        return [number for number in range(self.count) if self._parts(number)[0] is not None]

    def _parts(self, number: int) -> list[Any]:
        return [self.cleaned_data.get(f"step-{number}-{name}") for name in PARTS]
