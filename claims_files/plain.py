"""Plain words: what codes on bills, statements and decisions mean, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from claims_files.models import Term

Kind = Term.Kind
LANGUAGES = ("de", "fr", "it", "en")
CODE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,29}")
MOST_CODES = 60
FOUND = 50
# One code may stand in several parts of the dictionary: each paper means its own first.
OF_BILLS = (Kind.TARIFF, Kind.REASON, Kind.DECISION)
OF_STATEMENTS = (Kind.REASON, Kind.DECISION, Kind.TARIFF)
OF_DECISIONS = (Kind.DECISION, Kind.REASON, Kind.TARIFF)


@dataclass(frozen=True)
class Plain:
    """A code with its meaning; without one, nobody has explained it yet (`text` is empty)."""

    code: str
    kind: str = ""
    kind_label: str = ""
    text: str = ""


def explain(codes: Iterable[str], on: date, *, kinds: Sequence[str] = OF_BILLS) -> list[Plain]:
    """What each of these codes means on a day, in their order; one query. The first of the `kinds` that knows it counts."""
    codes = list(dict.fromkeys(codes))
    if not codes:
        return []
    found: dict[tuple[str, str], Term] = {}
    rows = Term.objects.filter(code__in=codes, kind__in=kinds, valid_from__lte=on)
    for term in rows.order_by("valid_from"):
        found[term.code, term.kind] = term
    return [
        next((plain_of(found[code, kind]) for kind in kinds if (code, kind) in found), Plain(code))
        for code in codes
    ]


def plain_of(term: Term) -> Plain:
    """A row of the dictionary for the reader."""
    return Plain(term.code, term.kind, term.get_kind_display(), getattr(term, _column()))


def search(words: str, kind: str, on: date) -> list[Plain]:
    """What holds on a day of the codes that begin with `words`, or whose meaning has them in it; the first fifty."""
    newest = Term.objects.filter(valid_from__lte=on).order_by("kind", "code", "-valid_from")
    # What a code meant before is not looked for: first which row of each code holds, then the words in it.
    rows = Term.objects.filter(pk__in=newest.distinct("kind", "code").values("pk"))
    if kind in Kind.values:
        rows = rows.filter(kind=kind)
    if words:
        rows = rows.filter(Q(code__istartswith=words) | Q(**{f"{_column()}__icontains": words}))
    return [plain_of(term) for term in rows.order_by("kind", "code")[:FOUND]]


def read_codes(written: str) -> list[str]:
    """The codes that somebody typed, separated by commas or blanks. Raises ValidationError."""
    return check_codes(each for each in re.split(r"[,;\s]+", written) if each)


def check_codes(codes: Iterable[Any]) -> list[str]:
    """The codes as they are kept: in capitals, each once. Raises ValidationError for what is no code."""
    found = list(dict.fromkeys(str(code).strip().upper() for code in codes))
    for code in found:
        if not CODE.fullmatch(code):
            raise ValidationError(
                _("“%(code)s” is no code: letters, digits, dots and hyphens, at most 30 characters."),
                params={"code": code[:40]},
            )
    if len(found) > MOST_CODES:
        raise ValidationError(_("At most %(most)d codes."), params={"most": MOST_CODES})
    return found


def _column() -> str:
    language = (get_language() or "")[:2]
    return f"text_{language if language in LANGUAGES else 'en'}"
