"""Filters of user management, for page and API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from core.text import fold
from permissions.holders import SCOPE_KINDS, grant_keys_within, people_within
from permissions.ledger import Deputy
from permissions.policy import visible_to
from permissions.vocabulary import CUSTOMER_PRESETS, GRANTABLE, PRESET_NAMES
from users import second_factor
from users.models import (
    AccessRequest,
    AccessReview,
    Activation,
    BankDetails,
    CorrectionRequest,
    Invitation,
    ManagementRequest,
    PersonalLetter,
    RegistrationLink,
    ReviewedRight,
    User,
    Viewing,
)
from users.services.locking import locked_since

ROLES = [(name, PRESET_NAMES[name]) for name in CUSTOMER_PRESETS]
# For the API: its description names no role as one house calls it.
PRESETS = [(name, name) for name in CUSTOMER_PRESETS]


def _companies(request: Any) -> QuerySet:
    return visible_to(request.user, "users.view").order_by("sort_key")


STATES = [
    ("active", _("Active")),
    ("locked", _("Locked")),
    ("deactivated", _("Deactivated")),
    ("never", _("Never signed in")),
    ("unprotected", _("Without a second factor")),
]


class PeopleFilter(django_filters.FilterSet):
    """People with access, by name or e-mail, role, state and company; never beyond the reader's reach."""

    q = django_filters.CharFilter(label=_("Name or e-mail"))
    preset = extend_schema_field({"type": "string", "enum": [name for name, _same in PRESETS]})(
        django_filters.ChoiceFilter(label=_("Role"), choices=ROLES, empty_label=_("All roles"))
    )
    state = django_filters.ChoiceFilter(label=_("Status"), choices=STATES, empty_label=_("Everybody"))
    company = extend_schema_field(OpenApiTypes.UUID)(
        django_filters.ModelChoiceFilter(
            label=_("Company"), queryset=_companies, empty_label=_("All companies")
        )
    )

    class Meta:
        model = User
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        chosen = self.form.cleaned_data
        company = chosen.get("company")
        people = people_within(
            self.request.user, company=company.pk if company else None, preset=chosen.get("preset") or ""
        )
        if words := fold(chosen.get("q") or ""):
            for word in words.split():
                people = people.filter(Q(sort_key__contains=word) | Q(email__icontains=word))
        return _in_state(people, chosen.get("state") or "")


def _in_state(people: QuerySet, state: str) -> QuerySet:
    if state == "locked":
        return people.filter(is_active=True, locked_at__gt=locked_since())
    if state == "never":
        return people.filter(is_active=True, last_login=None)
    if state == "unprotected":
        return second_factor.unprotected(people.filter(is_active=True))
    return people.filter(is_active=state == "active") if state else people


class AccessReviewFilter(django_filters.FilterSet):
    """Access reviews by company and by state."""

    STATES = [
        ("open", _("Under way")),
        ("overdue", _("Overdue")),
        ("completed", _("Completed")),
        ("unfinished", _("Ended unfinished")),
    ]

    company = extend_schema_field(OpenApiTypes.UUID)(
        django_filters.ModelChoiceFilter(
            label=_("Company"), queryset=_companies, empty_label=_("All companies")
        )
    )
    state = django_filters.ChoiceFilter(
        label=_("Status"), choices=STATES, method="in_state", empty_label=_("All")
    )

    class Meta:
        model = AccessReview
        fields: list[str] = []

    def in_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        """Under way are the overdue ones, too."""
        if value == "open":
            return rows.filter(ended=None)
        if value == "overdue":
            return rows.filter(ended=None, due__lt=timezone.localdate())
        return rows.exclude(ended=None).filter(unfinished=value == "unfinished")


# --- For the API alone: ids are compared, never looked up -------------------------------------------------


class GrantFilter(django_filters.FilterSet):
    """Grants on a company and on what is within it, of a person, of a role, on one kind of scope."""

    company = django_filters.UUIDFilter()
    user = django_filters.UUIDFilter()
    preset = django_filters.ChoiceFilter(choices=PRESETS)
    scope_kind = django_filters.ChoiceFilter(choices=[(kind, kind) for kind in SCOPE_KINDS])

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        chosen = self.form.cleaned_data
        return grant_keys_within(
            self.request.user,
            company=chosen["company"],
            person=chosen["user"],
            preset=chosen["preset"],
            kind=chosen["scope_kind"],
        )


class InvitationFilter(django_filters.FilterSet):
    """Invitations by what they stand on, by role, address and state."""

    company = django_filters.UUIDFilter(field_name="company_id")
    site = django_filters.UUIDFilter(field_name="site_id")
    contract = django_filters.UUIDFilter(field_name="contract_id")
    claim_file = django_filters.UUIDFilter(field_name="claim_file_id")
    preset = django_filters.ChoiceFilter(choices=PRESETS)
    email = django_filters.CharFilter(lookup_expr="iexact")
    state = django_filters.ChoiceFilter(choices=Invitation.State.choices, method="in_state")

    class Meta:
        model = Invitation
        fields: list[str] = []

    def in_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        """As `Invitation.state` says it now."""
        if value == Invitation.State.WITHDRAWN:
            return rows.exclude(withdrawn=None)
        if value == Invitation.State.ACCEPTED:
            return rows.filter(withdrawn=None).exclude(accepted=None)
        over = Q(expires__lt=timezone.now())
        return rows.filter(~over if value == Invitation.State.OPEN else over, withdrawn=None, accepted=None)


class ActivationFilter(django_filters.FilterSet):
    """Activation letters by company."""

    company = django_filters.UUIDFilter(field_name="company_id")

    class Meta:
        model = Activation
        fields: list[str] = []


class RegistrationLinkFilter(django_filters.FilterSet):
    """Registration links by company and by insured person."""

    company = django_filters.UUIDFilter(field_name="company_id")
    person = django_filters.UUIDFilter(field_name="person_id")

    class Meta:
        model = RegistrationLink
        fields: list[str] = []


class WaitingLetterFilter(django_filters.FilterSet):
    """Letters without an address by company."""

    company = django_filters.UUIDFilter(field_name="company_id")

    class Meta:
        model = PersonalLetter
        fields: list[str] = []


class AccessRequestFilter(django_filters.FilterSet):
    """Requests for access by company, by who asks, by right and state."""

    company = django_filters.UUIDFilter(field_name="company_id")
    user = django_filters.UUIDFilter(field_name="user_id")
    action = django_filters.ChoiceFilter(choices=[(name, name) for name in sorted(GRANTABLE)])
    state = django_filters.ChoiceFilter(choices=AccessRequest.State.choices)

    class Meta:
        model = AccessRequest
        fields: list[str] = []


class DeputyFilter(django_filters.FilterSet):
    """Deputies by company, by who stands in and for whom, and by state."""

    company = django_filters.UUIDFilter(field_name="company_id")
    principal = django_filters.UUIDFilter(field_name="principal_id")
    deputy = django_filters.UUIDFilter(field_name="deputy_id")
    state = django_filters.ChoiceFilter(choices=Deputy.State.choices, method="in_state")

    class Meta:
        model = Deputy
        fields: list[str] = []

    def in_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        """As `Deputy.state` says it today."""
        today = timezone.localdate()
        over = Q(ended__isnull=False) | Q(until__lt=today)
        if value == Deputy.State.OVER:
            return rows.filter(over)
        if value == Deputy.State.WAITING:
            return rows.filter(~over, confirmed=None)
        begun = Q(begin__lte=today) if value == Deputy.State.IN_FORCE else Q(begin__gt=today)
        return rows.filter(~over, begun, confirmed__isnull=False)


class ManagementRequestFilter(django_filters.FilterSet):
    """User management that waits for a second person, by company, person and state."""

    company = django_filters.UUIDFilter(field_name="company_id")
    user = django_filters.UUIDFilter(field_name="user_id")
    state = django_filters.ChoiceFilter(choices=ManagementRequest.State.choices)

    class Meta:
        model = ManagementRequest
        fields: list[str] = []


class BankDetailsFilter(django_filters.FilterSet):
    """Bank details by company, by person and by state."""

    company = django_filters.UUIDFilter(field_name="company_id")
    person = django_filters.UUIDFilter(field_name="person_id")
    state = django_filters.ChoiceFilter(choices=BankDetails.State.choices)

    class Meta:
        model = BankDetails
        fields: list[str] = []


class ReviewedRightFilter(django_filters.FilterSet):
    """Rights in access reviews by review, company, person, role and decision."""

    review = django_filters.UUIDFilter(field_name="review_id")
    company = django_filters.UUIDFilter(field_name="company_id")
    user = django_filters.UUIDFilter(field_name="user_id")
    preset = django_filters.ChoiceFilter(choices=PRESETS)
    decision = django_filters.ChoiceFilter(choices=ReviewedRight.Decision.choices)

    class Meta:
        model = ReviewedRight
        fields: list[str] = []


class CorrectionRequestFilter(django_filters.FilterSet):
    """Requests for corrections by company, by who asks, by what and by state."""

    company = django_filters.UUIDFilter(field_name="company_id")
    user = django_filters.UUIDFilter(field_name="user_id")
    subject = django_filters.ChoiceFilter(choices=CorrectionRequest.Subject.choices)
    state = django_filters.ChoiceFilter(choices=CorrectionRequest.State.choices)

    class Meta:
        model = CorrectionRequest
        fields: list[str] = []


class ViewingFilter(django_filters.FilterSet):
    """Views as somebody else by company, by who looked and as whom."""

    company = django_filters.UUIDFilter(field_name="company_id")
    viewer = django_filters.UUIDFilter(field_name="viewer_id")
    viewed = django_filters.UUIDFilter(field_name="viewed_id")

    class Meta:
        model = Viewing
        fields: list[str] = []
