"""Who opened a claim file: the line that an opening leaves, and the insured person's view of these lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from claims_files.models import ClaimFile
from documents import services as papers
from documents.models import Document
from permissions import readings
from permissions.audit import record
from permissions.log import names_of
from permissions.policy import require, visible_to
from permissions.trail import AuditLine
from permissions.vocabulary import PRESET_NAMES, STAFF_PRESETS


def note_opening(claim: ClaimFile, *, by: Any, right: tuple[str, Any] | None = None) -> None:
    """Leave the line that `by`, who may see it, opened the claim file: once in 15 minutes.

    `right`: the action and the object by which he reads, if not the claim file itself. The insured person's own
    looking leaves no line. Part of reading: asks for no right.
    """
    if claim.person.user_id == by.pk and readings.is_himself():
        return
    if readings.read_lately(by, "claim.opened", claim):
        return
    with transaction.atomic():
        readings.alone(by, claim)
        if not readings.read_lately(by, "claim.opened", claim):
            record(by, "claim.opened", claim, **readings.way_of(by, *(right or ("claim.view", claim))))


# --- Reading it -----------------------------------------------------------------------------------


def openings_of(user: Any, claim: ClaimFile) -> QuerySet[AuditLine]:
    """The openings of one claim file and of the documents in it, the newest first.

    Raises NotAllowed for whoever sees the claim file but is not its insured person, OutOfReach for the others.
    """
    require(user, "claim.view_readers", claim)
    return _openings(user, [claim])


def own_openings(user: Any, **narrowed: Any) -> QuerySet[AuditLine]:
    """The openings of all claim files that are `user`’s own, and of the documents in them, the newest first.

    `narrowed`: lookups of claim files, for those of some of them only.
    """
    return _openings(user, visible_to(user, "claim.view_readers").filter(**narrowed))


def _openings(user: Any, claims: Iterable[ClaimFile]) -> QuerySet[AuditLine]:
    keys = [claim.pk for claim in claims]
    # Those that came with the report, too, from before it was sent: they are the person's papers now (decision 0020).
    # Ids, not a subquery: few, and found along the index of what was done on them.
    keys += Document.unrestricted.filter(claim_file__in=keys).values_list("pk", flat=True)
    rows = AuditLine.unrestricted.filter(target__in=keys, event__in=readings.READINGS)
    return rows.exclude(actor=user.pk).order_by("-id")


@dataclass(frozen=True)
class Opening:
    """One opening in words."""

    number: int
    at: datetime
    who: str
    role: str
    house: str
    what: str
    claim: ClaimFile | None
    why: str


def told(user: Any, lines: list[AuditLine]) -> list[Opening]:
    """The openings in words; three queries whatever their number."""
    names = names_of(
        each
        for line in lines
        for each in (line.actor, line.facts.get(readings.VIEWED), line.facts.get("deputy_for"))
    )
    claims = visible_to(user, "claim.view_readers", ClaimFile.unrestricted.select_related("company"))
    documents = {
        document.pk: document
        for document in papers.readable(user).filter(pk__in=[line.target for line in lines])
    }
    of_line = {
        line.pk: documents[line.target].claim_file_id if line.target in documents else line.target
        for line in lines
    }
    found = {claim.pk: claim for claim in claims.filter(pk__in=set(of_line.values()))}
    return [_told(line, names, found.get(of_line[line.pk]), documents.get(line.target)) for line in lines]


def _told(
    line: AuditLine, names: dict[str, str], claim: ClaimFile | None, document: Document | None
) -> Opening:
    preset, scope = line.facts.get("way", ""), line.facts.get("scope", "")
    insurer = preset in STAFF_PRESETS
    if line.event == "claim.opened":
        what = _("Claim file opened")
    else:
        kind = document.get_kind_display() if document is not None else _("Document")
        what = _("Document opened: %(kind)s") % {"kind": kind}
    role, why = str(PRESET_NAMES.get(preset, "")), _why(preset, scope)
    if principal := names.get(str(line.facts.get("deputy_for", ""))):
        why = _("Stands in for %(name)s.") % {"name": principal}
    if viewed := names.get(str(line.facts.get(readings.VIEWED, ""))):
        # The right is the other one's.
        role, why = "", _("Looked at the portal as %(name)s sees it.") % {"name": viewed}
    return Opening(
        number=line.pk,
        at=line.at,
        who=names.get(str(line.actor), ""),
        role=role,
        house=settings.BRAND["insurer"] if insurer else claim.company.name if claim is not None else "",
        what=what,
        claim=claim,
        why=why,
    )


def _why(preset: str, scope: str) -> str:
    """By which right somebody reads, in a sentence; empty for lines from before rights were noted."""
    if scope == "claim_file":
        return _("Was given access to this one claim file.")
    return {
        "hr": _("Handles the cases of your company."),
        "hr_site": _("Handles the cases of your site."),
        "fiduciary": _("Handles cases on behalf of your employer."),
        "health_manager": _("Handles your case at the insurer."),
    }.get(preset) or (_("Was given the right to see claim files at your company.") if preset else "")
