"""Return-to-work plans of the demo: one at Keller that is agreed, one of Nadia that waits for her."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from claims_files.models import ClaimFile
from claims_files.plans import services
from claims_files.plans.services import Step
from enterprise_portal.demo.guarantees import OPEN


def make_plans(users: dict[str, Any], pauline: Any) -> None:
    """Proposed by the health manager, for Elena at Keller agreed by both sides."""
    for name, other, note in (
        ("elena", "fiona", "Wiedereinstieg in der Spätschicht erst ab der dritten Woche."),
        ("nadia", "", ""),
    ):
        claim = _claim(users[name])
        if claim is None:
            continue
        today = timezone.localdate()
        services.propose(
            claim.pk,
            steps=[Step(today + timedelta(days=7), 50, 21), Step(today + timedelta(days=28), 80)],
            adaptations=["shorter_days", "no_lifting"],
            note=note,
            review_on=today + timedelta(days=21),
            by=pauline,
        )
        if other:
            services.agree(claim.pk, version=1, by=users[other])
            services.agree(claim.pk, version=1, by=users[name])


def _claim(user: Any) -> ClaimFile | None:
    """The last open case of somebody who cannot work."""
    rows = ClaimFile.unrestricted.filter(person__user=user, state__in=OPEN, incapacity_periods__isnull=False)
    return rows.order_by("-created").first()
