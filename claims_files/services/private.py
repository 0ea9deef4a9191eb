"""What the insured person sends the insurer alone: his own part arrives in the claim file, a release ends."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import PrivateReport, Release
from claims_files.services.acting import Audience, Code, arrive, locked, move
from claims_files.services.reports import check_content, freeze
from claims_files.states import Move
from core.errors import NotNow


@transaction.atomic
def add_private_report(
    claim_id: Any, *, content: dict[str, Any], language: str, release: Release | None, by: Any
) -> PrivateReport:
    """Freeze the insured person's own part as its next version; part of the act that records it.

    Raises NotNow once the claim is declined or closed, ValidationError for a content of another form, or one that
    somebody else than he and the insurer might read.
    """
    claim = locked(claim_id)
    move(claim, Move.CHANGE)
    check_content(content, language)
    if any(part["audience"] != "person" for part in content["parts"]):
        raise ValidationError("The insured person's own part is for himself and the insurer.")
    version = PrivateReport.unrestricted.filter(claim_file=claim).count() + 1
    report = freeze(PrivateReport, claim, version, content, language, by)
    if release is not None and release.claim_file_id is None:
        release.claim_file = claim
        release.save(update_fields=["claim_file"])
    arrive(claim, Code.PRIVATE_PART, by=by, audience=Audience.PERSON)
    return report


def sign_release(*, person: Any, text: str, informers: list[str], language: str, by: Any) -> Release:
    """Keep a release as it was read and signed; part of the act that records it and asked for the rights."""
    return Release.unrestricted.create(
        person=person,
        text=text,
        language=language,
        informers=informers,
        sha256=hash_of(text),
        signed_by=by,
    )


def hash_of(text: str) -> str:
    """The SHA-256 of a text as it is shown."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def end_release(release_id: Any, *, by: Any) -> Release:
    """Note that a release is taken back, and tell the insurer if it has reached him; part of the act that records it.

    Raises NotNow if it was taken back before.
    """
    release = Release.unrestricted.select_for_update().get(pk=release_id)
    if release.withdrawn_at is not None:
        raise NotNow(_("This release was taken back already."), code="release_withdrawn")
    release.withdrawn_at = timezone.now()
    release.save(update_fields=["withdrawn_at"])
    if release.claim_file_id is not None:
        # Also once the case is closed: from now on nobody may be asked.
        arrive(locked(release.claim_file_id), Code.RELEASE_WITHDRAWN, by=by, audience=Audience.PERSON)
    return release
