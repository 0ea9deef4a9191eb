"""What was declared: a claim file opens with it, it is frozen and hashed, amended in versions, taken back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import (
    ClaimFile,
    Cover,
    Decision,
    IncapacityPeriod,
    PrivateReport,
    Report,
    TimelineEntry,
)
from claims_files.reading import touched_too
from claims_files.services.acting import (
    Audience,
    Code,
    arrive,
    cancel_requests,
    enter,
    knock_at,
    locked,
    move,
)
from claims_files.services.answers import note_open
from claims_files.services.incapacity import keep
from claims_files.services.keeping import keep_deadlines
from claims_files.states import DECIDED_SENTENCE, Move
from core.errors import NotNow
from core.numbers import formatted
from core.text import swiss_date
from documents import services as papers
from documents.models import Stage

PART_AUDIENCES = {"all", "person"}
Frozen = TypeVar("Frozen", Report, PrivateReport)


def canonical(content: Any) -> bytes:
    """JSON in one form only (keys sorted, no spaces, UTF-8): what the hash of a report is taken of."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def open_from_report(
    *,
    kind: str,
    company: Any,
    site: Any,
    contract: Any,
    person: Any,
    event_date: date,
    content: dict[str, Any],
    language: str,
    folder: Any,
    incapacity: Iterable[dict[str, Any]],
    relapse_of: ClaimFile | None = None,
    by: Any,
) -> ClaimFile:
    """Open a claim file from what was reported; part of the act that submits, which records it.

    `content` is frozen as version 1 of the report; its form stands at `claims_files.models.Report`.
    `incapacity` has `begin`, `end` (None: open) and `degree` (1–100). The folder follows the claim file. `relapse_of`:
    the earlier case of the same person that has come back; both sides see the link.
    Raises RuntimeError outside a transaction, ValidationError for a content of another form.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A claim file was opened outside a transaction.")
    check_content(content, language)
    now = timezone.now()
    claim = ClaimFile.unrestricted.create(
        number=formatted("S", timezone.localdate(now).year),
        kind=ClaimFile.Kind(kind),
        company=company,
        site=site,
        contract=contract,
        person=person,
        person_sort_key=person.sort_key,
        event_date=event_date,
        opened=now,
        last_activity=now,
        relapse_of=relapse_of,
    )
    for each in [contract, *touched_too(claim)]:
        Cover.unrestricted.create(claim_file=claim, contract=each)
    freeze(Report, claim, 1, content, language, by)
    keep(claim, incapacity, version=1, change="reported", by=by)
    note_open(claim)
    TimelineEntry.unrestricted.create(
        claim_file=claim,
        at=now,
        actor=by,
        code=TimelineEntry.Code.OPENED,
        audience=TimelineEntry.Audience.ALL,
    )
    if relapse_of is not None:
        enter(relapse_of, Code.RELAPSE, by=by, audience=Audience.ALL, facts={"claim": str(claim.pk)})
        knock_at(relapse_of, Audience.ALL)
    papers.follow_case(folder.pk, claim_file=claim, contract=contract, stage=Stage.SENT)
    keep_deadlines(claim)
    knock_at(claim, Audience.ALL)
    return claim


@transaction.atomic
def add_version(
    claim_id: Any, *, content: dict[str, Any], language: str, event_date: date, by: Any
) -> Report:
    """Freeze an amendment as the next version of the report; part of the act that records it.

    `content` says in `changes` what is different. Raises NotNow once the claim is declined or closed,
    ValidationError for a content of another form, or an event after the incapacity has begun.
    """
    claim = locked(claim_id)
    move(claim, Move.CHANGE)
    check_content(content, language)
    if event_date != claim.event_date:
        periods = IncapacityPeriod.unrestricted.filter(claim_file=claim).order_by("-version", "begin")
        first = periods.values_list("begin", flat=True).first()
        if first is not None and event_date > first:
            raise ValidationError(
                _("The incapacity begins on %(day)s, before this day. Correct the incapacity first.")
                % {"day": swiss_date(first)}
            )
        claim.event_date = event_date
    last = Report.unrestricted.filter(claim_file=claim).latest("version")
    content = {**content, "replaces": last.sha256}
    report = freeze(Report, claim, last.version + 1, content, language, by)
    note_open(claim)
    arrive(claim, Code.AMENDED, by=by, audience=audience_of_version(report))
    return report


def audience_of_version(report: Report) -> str:
    """Who may know of this version: where nothing but sealed answers changed, it does not exist for the employer."""
    if report.version == 1 or any(each["audience"] == "all" for each in report.content["changes"]):
        return Audience.ALL
    return Audience.PERSON


@transaction.atomic
def withdraw(claim_id: Any, *, reason: str, by: Any) -> ClaimFile:
    """Close an undecided claim file because its report is taken back; part of the act that records it.

    Open requests fall away. Raises ValidationError for an unknown reason, NotNow once it is decided.
    """
    claim = locked(claim_id)
    move(claim, Move.WITHDRAW)
    if Decision.unrestricted.filter(claim_file=claim).exists():
        # On one of its contracts.
        raise NotNow(DECIDED_SENTENCE, code="decided")
    if reason not in ClaimFile.Withdrawal.values:
        raise ValidationError({"reason": _("Choose why you take the report back.")})
    cancel_requests(claim)
    claim.closed_at = timezone.now()
    claim.outcome = ClaimFile.Outcome.WITHDRAWN
    claim.withdrawal = reason
    arrive(claim, Code.WITHDRAWN, by=by, facts={"reason": reason})
    return claim


def freeze(
    model: type[Frozen], claim: ClaimFile, version: int, content: dict[str, Any], language: str, by: Any
) -> Frozen:
    """A version of a report or of an own part, as it was sent, with its hash."""
    return model.unrestricted.create(
        claim_file=claim,
        version=version,
        content=content,
        language=language,
        sha256=hashlib.sha256(canonical(content)).hexdigest(),
        by=by,
    )


def check_content(content: dict[str, Any], language: str) -> None:
    """Raise ValidationError unless every part says who may read it: an unmarked part must not slip through."""
    parts = content.get("parts") if isinstance(content, dict) else None
    good = isinstance(parts, list) and all(
        isinstance(part, dict)
        and part.get("audience") in PART_AUDIENCES
        and isinstance(part.get("title"), str)
        and isinstance(part.get("rows"), list)
        and all(isinstance(row, list | tuple) and len(row) == 2 for row in part["rows"])
        for part in parts
    )
    if not good or language not in dict(settings.LANGUAGES):
        raise ValidationError(
            "The content of a report has another form than claims_files.models.Report says."
        )
