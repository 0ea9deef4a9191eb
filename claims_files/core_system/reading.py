"""The journal of the core system as it is read: by whom, and what of the claim files in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from claims_files.core_system.models import CoreArrival
from claims_files.models import ClaimFile
from permissions.policy import visible_to

RIGHT = "core.view"


def everything() -> QuerySet[CoreArrival]:
    """All arrivals, for lists that ask the policy themselves (`permissions.paging.newest_page`)."""
    return CoreArrival.unrestricted.select_related("company", "claim_file")


def numbers_for(user: Any, arrivals: Iterable[CoreArrival]) -> dict[Any, str]:
    """The numbers of their claim files, by key, as far as `user` may know claim numbers; one query."""
    keys = {each.claim_file_id for each in arrivals if each.claim_file_id}
    rows = visible_to(user, "claim.number", ClaimFile.unrestricted.filter(pk__in=keys))
    return dict(rows.values_list("pk", "number")) if keys else {}
