"""What was left for later: who is to answer it, and who may."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from claims_files.models import OpenAnswers
from declarations.models import Declaration
from permissions.policy import users_who_can, visible_to
from permissions.reach import reach_of

Addressee = OpenAnswers.Addressee


def waiting_for(user: Any) -> QuerySet[OpenAnswers]:
    """What reports left for later that `user` can answer: as the insured person, or for the company."""
    reach = reach_of(user)
    asked = Q(addressee=Addressee.PERSON, person__in=reach.own_persons)
    if reach.staff_preset is None:
        # The companies first, along their index; then each report by its key.
        companies = reach.scopes("company.view").member | reach.scopes("company.view").company
        of_company = Q(addressee=Addressee.EMPLOYER, company__in=companies)
        asked |= of_company & ~Q(person__in=reach.own_persons)
    report = Declaration.unrestricted.filter(claim_file=OuterRef("claim_file"))
    rows = OpenAnswers.unrestricted.filter(asked, Exists(visible_to(user, "declaration.submit", report)))
    return rows.select_related("claim_file__person").order_by("due", "created")


def who_answers(row: OpenAnswers) -> set[Any]:
    """The ids of those who can answer: the insured person, or who may send the report for the company."""
    own = row.person.user_id
    if row.addressee == Addressee.PERSON:
        return {own}
    report = Declaration.unrestricted.get(claim_file=row.claim_file_id)
    return set(users_who_can("declaration.submit", report)) - {own}
