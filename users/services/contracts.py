"""The contract confirmation of an insured person with an account."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import transaction

from core.errors import OutOfReach
from permissions.audit import record
from users import contract_paper
from users.models import User


@transaction.atomic
def confirm_contract(user: User, person_id: Any) -> bytes:
    """The contract confirmation of `user` as this insured person, as PDF. Raises OutOfReach for somebody else."""
    rows: Any = apps.get_model("companies.InsuredPerson").unrestricted
    person = rows.select_related("company").filter(pk=person_id, user=user).first()
    if person is None:
        raise OutOfReach
    paper = contract_paper.pdf_of(user, person)
    record(user, "person.contract_confirmed", person)
    return paper
