"""Verifying the trail from the portal: started by a button, done by the worker, the result kept.

Whoever can change the database can change this result, too: what nobody can forge is
`manage.py verify_audit --anchor` with heads that were kept elsewhere.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from procrastinate.contrib.django.models import ProcrastinateJob

from permissions import policy, sealing, tasks, verification
from permissions.audit import record
from permissions.log import names_of
from permissions.trail import AuditBlock, AuditCheck

logger = logging.getLogger(__name__)

State = AuditCheck.State
# Findings that are kept; whoever rewrote the trail makes as many as it has lines.
KEPT = 200
# Seconds between two notes of how far it is.
PACE = 1.0
# Any number will do, as long as nothing else in the database locks it.
CHECK_LOCK = 7_225_002


@transaction.atomic
def start(*, by: Any) -> AuditCheck:
    """Let the worker verify the whole trail. One at a time: while one is under way, it is the answer, begun again if
    its job has failed.

    Raises NotAllowed for whoever may not.
    """
    policy.require_somewhere(by, "audit.verify")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [CHECK_LOCK])
    under_way = AuditCheck.objects.exclude(state=State.DONE).order_by("created").first()
    if under_way is not None:
        jobs = ProcrastinateJob.objects.filter(
            task_name=tasks.check.name, args__check_id=str(under_way.pk), status__in=("todo", "doing")
        )
        if not jobs.exists():
            tasks.check.defer(check_id=str(under_way.pk))
        return under_way
    check = AuditCheck.objects.create(by=by)
    record(by, "trail.check_started", check)
    tasks.check.defer(check_id=str(check.pk))
    return check


def run(check_id: UUID | str) -> None:
    """Verify, note the progress, keep the result; begun again after a crash. Nothing to do for a finished one."""
    check = AuditCheck.objects.exclude(state=State.DONE).filter(pk=check_id).first()
    if check is None:
        return
    file = Path(settings.AUDIT_ANCHOR_FILE)
    # Read before the blocks are: what is sealed meanwhile has its anchor later, never its block.
    anchors = list(sealing.read_anchors(file)) if file.is_file() else []
    progress = _Progress(check.pk)
    check.state, check.begun, check.anchors = State.RUNNING, timezone.now(), len(anchors)
    check.total, check.lines, check.blocks = sealing.sealed_lines(), 0, AuditBlock.unrestricted.count()
    check.findings, check.found = [], 0
    check.save()
    for finding in verification.verify(anchors, progress):
        check.found += 1
        if check.found <= KEPT:
            check.findings.append({"block": finding.block, "line": finding.line, "what": finding.what})
    with transaction.atomic():
        check.state, check.finished, check.lines = State.DONE, timezone.now(), progress.lines
        check.save()
        record(None, "trail.checked", check, lines=check.lines, found=check.found)
    if check.found:
        logger.critical("The audit trail was changed: %s findings in check %s.", check.found, check.pk)


class _Progress:
    """Counts the lines that were read and notes them now and then."""

    def __init__(self, check_id: UUID) -> None:
        self.check_id, self.lines, self.noted = check_id, 0, time.monotonic()

    def __call__(self, lines: int) -> None:
        self.lines += lines
        if time.monotonic() - self.noted > PACE:
            self.noted = time.monotonic()
            AuditCheck.objects.filter(pk=self.check_id).update(lines=self.lines)


# --- Reading it -----------------------------------------------------------------------------------


def visible_to(user: Any) -> QuerySet[AuditCheck]:
    """The checks that `user` may see, the newest first: all of them or none."""
    rows = (
        AuditCheck.objects.all() if policy.can_somewhere(user, "audit.verify") else AuditCheck.objects.none()
    )
    return rows.order_by("-created", "-id")


def names(found: list[AuditCheck]) -> dict[str, str]:
    """Who started them, by id of the account as text."""
    return names_of(check.by_id for check in found)


def findings_of(check: AuditCheck) -> list[dict[str, Any]]:
    """What a check found, in the language of the page."""
    found = []
    for each in check.findings:
        sentence = each["what"]
        found.append({**each, "words": gettext(sentence)})
    return found


@dataclass(frozen=True)
class Trail:
    """How the trail stands: its sealed lines, and when the last block was sealed."""

    lines: int
    sealed: datetime | None


def trail() -> Trail:
    """How the trail stands now."""
    return Trail(sealing.sealed_lines(), sealing.sealed_until())
