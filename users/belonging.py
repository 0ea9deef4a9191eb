"""To which companies somebody belongs: by what he holds there, by being insured there, by being provisioned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.utils import timezone

from permissions import grants
from permissions.holders import company_of, departed, in_force
from users.models import User
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


def held_today(emails: Iterable[str], scopes: Iterable[Any]) -> set[tuple[Any, ...]]:
    """Who of these addresses holds what on these scopes today: (address, id of the scope, role); constant queries."""
    emails, by_table = set(emails), defaultdict(set)
    for scope in scopes:
        by_table[grants.TABLE_OF_MODEL[scope._meta.label]].add(scope.pk)
    rows = [
        row
        for table, keys in by_table.items()
        for row in table.objects.filter(user__email__in=emails, content_object__in=keys).select_related(
            "user", "permission", "content_object"
        )
    ]
    return {(row.user.email, row.content_object_id, row.preset) for row in in_force(rows)}


def left_by(emails: Iterable[str]) -> set[tuple[str, Any]]:
    """Who of these addresses has left which company (its id): what he were given there would not count."""
    people = {user.pk: user.email for user in User.objects.filter(email__in=set(emails))}
    return {(people[user], company) for user, company in departed(people)}
