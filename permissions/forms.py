"""How the activity log is narrowed down."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import SwissDateField
from permissions.events import EVENTS
from permissions.log import KINDS, concerning, kinds_for


class ActivityForm(forms.Form):
    """By event, by a person's name, by the kind of thing, and by the first and last day."""

    event = forms.ChoiceField(label=_("Event"), required=False)
    person = forms.CharField(label=_("Person"), required=False, max_length=80)
    kind = forms.ChoiceField(label=_("What it concerns"), required=False)
    since = SwissDateField(label=_("From"), required=False)
    until = SwissDateField(label=_("Until"), required=False)

    def __init__(self, *args: Any, reader: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("Everything")), *kinds_for(reader)]
        choices = sorted(((name, str(words)) for name, words in EVENTS.items()), key=lambda pair: pair[1])
        event: Any = self.fields["event"]
        event.choices = [("", _("All events")), *choices]

    def narrow(self, lines: QuerySet) -> QuerySet:
        """The lines that match what was chosen; none while it cannot be read."""
        if not self.is_bound:
            return lines
        if not self.is_valid():
            return lines.none()
        chosen = self.cleaned_data
        if chosen["event"]:
            lines = lines.filter(event=chosen["event"])
        if chosen["person"]:
            lines = concerning(lines, chosen["person"])
        if chosen["kind"]:
            lines = lines.filter(target_type__in=KINDS[chosen["kind"]][1])
        if chosen["since"]:
            lines = lines.filter(at__gte=_begin(chosen["since"]))
        # There is no day after the calendar's last one.
        if chosen["until"] and chosen["until"] < date.max:
            lines = lines.filter(at__lt=_begin(chosen["until"] + timedelta(days=1)))
        return lines


def _begin(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
