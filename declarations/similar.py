"""Is this case there already? Other open cases of the person near the date, without anything medical."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from claims_files.models import ClaimFile
from core.errors import OutOfReach
from declarations.models import Declaration
from permissions.policy import visible_to

# Reports of one and the same absence carry dates that lie close together.
NEAR = timedelta(days=30)
OVER = (ClaimFile.State.DECLINED, ClaimFile.State.CLOSED)


@dataclass(frozen=True)
class Similar:
    """Claim files and drafts that may be about the same case, as far as the reader sees them."""

    claims: list[ClaimFile]
    drafts: list[Declaration]

    def __bool__(self) -> bool:
        return bool(self.claims or self.drafts)


def similar_to(
    person: Any, user: Any, *, near: date | None = None, without: Declaration | None = None
) -> Similar:
    """Open claim files of `person` within 30 days of `near` (all open ones without it) and other drafts."""
    claims = visible_to(user, "claim.view").filter(person=person).exclude(state__in=OVER)
    if near is not None:
        # A draft keeps whatever date was typed, the first and the last of the calendar too.
        begin = max(near, date.min + NEAR) - NEAR
        claims = claims.filter(event_date__range=(begin, min(near, date.max - NEAR) + NEAR))
    drafts = visible_to(user, "declaration.view").filter(person=person, state=Declaration.State.DRAFT)
    if without is not None:
        drafts = drafts.exclude(pk=without.pk)
        claims = claims.exclude(pk=without.claim_file_id)
    return Similar(
        claims=list(claims.order_by("-event_date", "-id")[:5]),
        drafts=list(drafts.select_related("created_by").order_by("-created", "-id")[:5]),
    )


def earlier_cases(declaration: Declaration, user: Any) -> list[ClaimFile]:
    """The accidents of the person that `user` sees, for a report that goes back to one of them."""
    if declaration.kind != Declaration.Kind.RELAPSE:
        return []
    kinds = [kind.value for kind in ClaimFile.Kind if kind.is_accident]
    rows = visible_to(user, "claim.view").filter(person=declaration.person_id, kind__in=kinds)
    # What was taken back was no accident, and what was reported twice stands there once.
    rows = rows.exclude(outcome__in=[ClaimFile.Outcome.WITHDRAWN, ClaimFile.Outcome.DUPLICATE])
    return list(rows.select_related("company").order_by("-event_date", "-id")[:5])


def earlier_case(declaration: Declaration, user: Any, key: str) -> dict[str, Any]:
    """The answers about an earlier accident that stands in the portal. Raises OutOfReach for any other key."""
    found = next((claim for claim in earlier_cases(declaration, user) if str(claim.pk) == key), None)
    if found is None:
        raise OutOfReach
    return {"old_number": found.number, "old_date": found.event_date, "old_employer": found.company.name}
