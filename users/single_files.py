"""A single claim file opened to a named person: who may do it, who has got it, and who could."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q

from core.errors import OutOfReach
from core.text import fold
from permissions import grants
from permissions.holders import ended, people_within
from permissions.policy import can, can_somewhere, require, users_who_can
from users import people, summary
from users.models import User
from users.rights import MANAGE

FOUND = 10


def find(reader: User, claim_id: Any) -> Any:
    """The claim file, for whoever sees it and manages users on it. Raises OutOfReach, NotAllowed."""
    rows = apps.get_model("claims_files.ClaimFile").unrestricted.select_related("company", "person")
    claim = rows.filter(pk=claim_id).first()
    if claim is None:
        raise OutOfReach
    for action in ("claim.view", MANAGE, "users.view"):
        require(reader, action, claim)
    return claim


def may_open(user: Any, claim: Model) -> bool:
    """Whether somebody who sees this claim file manages users on it, and sees who they are."""
    return can_somewhere(user, MANAGE) and can(user, MANAGE, claim) and can(user, "users.view", claim)


def holders(reader: User, claim: Any) -> list[dict[str, Any]]:
    """Those to whom this file alone was opened: the ledger `row`, the `person`, the right in `words`, whether it has `ended`."""
    rows = grants.grants_on({"claim_file": [claim.pk]})
    people.prepare(reader, rows)
    over = ended(rows)
    return [
        {
            "row": row,
            "person": row.user,
            "words": summary.right_of(row, row.user.first_name),
            "ended": row.uuid in over,
        }
        for row in rows
    ]


def invited(reader: User, claim: Any) -> list[Any]:
    """The pending invitations to this file alone, the newest first."""
    return list(people.invitations(reader).filter(claim_file=claim, accepted=None, withdrawn=None))


def candidates(reader: User, claim: Any, words: str) -> list[dict[str, Any]]:
    """The first colleagues with all these words in name or address: `person`, and whether he `sees` the file already.

    Not the reader, and not the insured person: it is his own case.
    """
    rows = people_within(reader, company=claim.company_id).filter(is_active=True).exclude(pk=reader.pk)
    if claim.person.user_id:
        rows = rows.exclude(pk=claim.person.user_id)
    for word in fold(words).split():
        rows = rows.filter(Q(sort_key__contains=word) | Q(email__icontains=word))
    found = list(rows[:FOUND])
    seeing = users_who_can("claim.view", claim) if found else set()
    return [{"person": person, "sees": person.pk in seeing} for person in found]


def candidate(reader: User, claim: Any, key: Any) -> User | None:
    """The colleague with this id, if the file can be opened to him."""
    try:
        key = UUID(str(key))
    except ValueError:
        return None
    rows = people_within(reader, company=claim.company_id).filter(is_active=True, pk=key)
    own = {reader.pk, claim.person.user_id}
    return next((person for person in rows if person.pk not in own), None)
