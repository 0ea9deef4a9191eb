"""The list of deadlines, ready to be shown: filters and rows, for pages and API alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from claims_files.deadlines import BY_HAND, FOR_ALL, OTHERWISE, Rule
from claims_files.models import ContractRule, Deadline
from permissions.policy import can_somewhere

WHEN = [
    ("overdue", _("Overdue")),
    ("7", _("Within 7 days")),
    ("30", _("Within 30 days")),
    ("90", _("Within 90 days")),
]


class DeadlineFilter(django_filters.FilterSet):
    """By when, by what, by claim file; at the insurer one's own claim files only."""

    when = django_filters.ChoiceFilter(label=_("When"), choices=WHEN, method="by_day", empty_label=_("All"))
    rule = django_filters.ChoiceFilter(
        label=_("Deadline"), choices=Deadline.Rule.choices, empty_label=_("All")
    )
    mine = django_filters.BooleanFilter(
        label=_("Claim files"),
        method="of_mine",
        widget=forms.Select(choices=[("", _("All")), ("true", _("My claim files"))]),
    )
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id", widget=forms.HiddenInput())
    company = django_filters.UUIDFilter(field_name="company_id", widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not can_somewhere(self.request.user, "claim.view_sealed"):
            # What does not exist for somebody is not offered to him, either; not the field that was made for all.
            rule = self.filters["rule"]
            rule.extra["choices"] = [each for each in Rule.choices if each[0] in FOR_ALL]
            rule.__dict__.pop("_field", None)
        if not can_somewhere(self.request.user, "claim.take_over"):
            mine = self.filters["mine"]
            mine.extra["widget"] = forms.HiddenInput()
            mine.__dict__.pop("_field", None)

    class Meta:
        model = Deadline
        fields: list[str] = []

    def by_day(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Days before today, or from today on so many days ahead, that day included."""
        today = timezone.localdate()
        if value == "overdue":
            return queryset.filter(day__lt=today)
        return queryset.filter(day__range=(today, today + timedelta(days=int(value))))

    def of_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(claim_file__health_manager=self.request.user.pk) if value else queryset


class ContractRuleFilter(django_filters.FilterSet):
    """Rules of contracts by company and by contract; ids are compared, never looked up."""

    company = django_filters.UUIDFilter(field_name="company_id")
    contract = django_filters.UUIDFilter(field_name="contract_id")

    class Meta:
        model = ContractRule
        fields: list[str] = []


@dataclass(frozen=True)
class Row:
    """One deadline in words. `overdue`: its day is over, for it is kept on the day itself."""

    deadline: Deadline
    title: str
    owner: str
    otherwise: str
    source: str
    overdue: bool
    by_hand: bool


def rows_of(deadlines: Iterable[Deadline], today: date) -> list[Row]:
    """These deadlines in words; no queries."""
    return [_row(deadline, today) for deadline in deadlines]


def _row(deadline: Deadline, today: date) -> Row:
    rule: Any = Rule(deadline.rule)
    return Row(
        deadline=deadline,
        title=str(rule.label),
        owner=deadline.get_owner_display(),
        otherwise=str(OTHERWISE[rule]),
        source=gettext(deadline.source),
        overdue=deadline.done is None and deadline.day < today,
        by_hand=deadline.done is None and rule in BY_HAND,
    )
