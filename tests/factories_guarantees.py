"""Small makers of requests for cost guarantees for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from claims_files.guarantees import services
from claims_files.models import ClaimFile, Guarantee
from tests.factories_bills import examined


def ask_for(by: Any, claim: ClaimFile, **given: Any) -> Guarantee:
    """A rehabilitation of three weeks from next month on, at an estimated 8’500 francs."""
    begin = timezone.localdate() + timedelta(days=30)
    values = {
        "kind": "rehabilitation",
        "provider": "Clinique Valmont, Glion",
        "begin": begin,
        "end": begin + timedelta(days=20),
        **given,
    }
    with examined(*values.get("files", ())):
        return services.request(claim.pk, by=by, **values)
