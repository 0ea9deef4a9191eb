"""Terms of use and the privacy notice, as they are read: what is in force, what somebody has not accepted yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

from users.models import Acceptance, TermsText, TermsVersion


@dataclass(frozen=True)
class Block:
    """A piece of a text: `kind` is `heading`, `list` or `paragraph`; lists have several lines."""

    kind: str
    lines: list[str]


def blocks(body: str) -> list[Block]:
    """The pieces of a text, parted by empty lines: “## ” begins a heading, “- ” each line of a list."""
    found = []
    for piece in body.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in piece.strip().splitlines()]
        if not lines:
            continue
        if lines[0].startswith("## "):
            found.append(Block("heading", [lines[0][3:].strip()]))
            lines = lines[1:]
        if lines and all(line.startswith("- ") for line in lines):
            found.append(Block("list", [line[2:].strip() for line in lines]))
        elif lines:
            found.append(Block("paragraph", [" ".join(lines)]))
    return found


def text_of(version: TermsVersion) -> TermsText:
    """A version in the reader's language, else in the portal's own."""
    texts = {text.language: text for text in version.texts.all()}
    return texts.get(get_language() or "") or texts.get(settings.LANGUAGE_CODE) or next(iter(texts.values()))


def in_force(document: str = "", day: date | None = None) -> list[TermsVersion]:
    """The version of each document that is valid on a day (today), by document; of one document alone, if named."""
    rows = TermsVersion.objects.filter(valid_from__lte=day or timezone.localdate())
    if document:
        rows = rows.filter(document=document)
    newest = rows.order_by("document", "-number").distinct("document").prefetch_related("texts")
    return sorted(newest, key=lambda version: TermsVersion.Document.values.index(version.document))


# Plain SQL: every request asks, and composing the query costs more than the answer.
_DEMANDED = """
select distinct asked.document from users_termsversion asked
where asked.must_accept and asked.valid_from <= %(today)s and not exists (
  select from users_acceptance given join users_termsversion read on read.id = given.version_id
  where given.user_id = %(user)s and read.document = asked.document and read.number >= asked.number)
"""


def _demanded(user: Any) -> set[str]:
    """The documents of which a version has to be accepted that somebody has not: neither it nor a later one."""
    with connection.cursor() as cursor:
        cursor.execute(_DEMANDED, {"user": user.pk, "today": timezone.localdate()})
        return {document for (document,) in cursor.fetchall()}


def is_asked(user: Any) -> bool:
    """Whether somebody has to accept something first; one query."""
    return bool(_demanded(user))


def to_accept(user: Any) -> list[TermsVersion]:
    """What somebody has to accept first: of each document concerned the version in force."""
    documents = _demanded(user)
    return [version for version in in_force() if version.document in documents] if documents else []


def accepted_by(user: Any) -> dict[Any, Acceptance]:
    """What somebody accepted, by the version's key."""
    rows = Acceptance.objects.filter(user=user.pk).select_related("version")
    return {row.version_id: row for row in rows}


def withdrawal_until(user: Any) -> datetime | None:
    """Until when somebody may withdraw from the terms he accepted last; None if he accepted none."""
    accepted = Acceptance.objects.filter(user=user.pk).exclude(
        version__document=TermsVersion.Document.PRIVACY
    )
    last = accepted.order_by("-created").first()
    return last.created + timedelta(days=settings.WITHDRAWAL_DAYS) if last else None


def versions_of(documents: Iterable[str]) -> list[TermsVersion]:
    """Every version of these documents that is or was or will be valid, the newest first."""
    return list(TermsVersion.objects.filter(document__in=list(documents)).prefetch_related("texts"))
