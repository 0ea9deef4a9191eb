"""What was declared: a claim file opens with it; it is frozen and hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from claims_files.models import ClaimFile, Report, TimelineEntry
from claims_files.services.acting import Audience, knock_at
from claims_files.services.incapacity import keep
from core.numbers import formatted
from documents import services as papers
from documents.models import Stage

PART_AUDIENCES = {"all", "person"}


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
    by: Any,
) -> ClaimFile:
    """Open a claim file from what was reported; part of the act that submits, which records it.

    `content` is frozen as version 1 of the report; its form stands at `claims_files.models.Report`.
    `incapacity` has `begin`, `end` (None: open) and `degree` (1–100). The folder follows the claim file.
    Raises RuntimeError outside a transaction, ValidationError for a content of another form.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A claim file was opened outside a transaction.")
    _check_content(content, language)
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
    )
    Report.unrestricted.create(
        claim_file=claim,
        version=1,
        content=content,
        language=language,
        sha256=hashlib.sha256(canonical(content)).hexdigest(),
    )
    keep(claim, incapacity, version=1, change="reported", by=by)
    TimelineEntry.unrestricted.create(
        claim_file=claim,
        at=now,
        actor=by,
        code=TimelineEntry.Code.OPENED,
        audience=TimelineEntry.Audience.ALL,
    )
    papers.follow_case(folder.pk, claim_file=claim, contract=contract, stage=Stage.SENT)
    knock_at(claim, Audience.ALL)
    return claim


def _check_content(content: dict[str, Any], language: str) -> None:
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
