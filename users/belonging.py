"""To which companies somebody belongs: by what he holds there, by being insured there, by being provisioned."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils import timezone

from permissions import grants
from users.scim.models import ProvisionedUser


def belongs(user: Any, company_id: Any) -> bool:
    """Whether somebody is of this company's people; never somebody of the insurer.

    Whom the company's directory has closed belongs to it no longer, unless he was given access there again.
    """
    if grants.is_staff(user):
        return False
    if company_id in companies_with_grant(user):
        return True
    row = ProvisionedUser.unrestricted.filter(company=company_id, user=user).first()
    if row is not None:
        return row.active
    insured = apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user, company=company_id)
    return insured.exists()


def holds_more(user: Any, company_id: Any) -> bool:
    """Whether somebody also holds what is not this company's: something at another one, or his own case.

    Whoever is insured sees medical papers about himself that his employer must never see.
    """
    if companies_with_grant(user) - {company_id}:
        return True
    return apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user).exists()


def companies_with_grant(user: Any) -> set[Any]:
    """The ids of the companies in which somebody holds a grant that is in force."""
    today = timezone.localdate()
    return {company_of(row) for row in grants.grants_of(user) if row.until is None or row.until >= today}


def company_of(row: Any) -> Any:
    """The id of the company in which a ledger row stands."""
    return row.content_object_id if row.SCOPE == "company" else row.content_object.company_id
