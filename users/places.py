"""The places on which somebody gives access: a short list to choose from, else a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.text import fold
from permissions.policy import visible_to
from users import summary
from users.rights import MANAGE

# Up to here they are listed; of more the reader searches his.
FEW = 40
FOUND = 10
MODELS = {"company": "companies.Company", "site": "companies.Site", "contract": "companies.Contract"}
_ORDER = {
    "company": ["sort_key", "pk"],
    "site": ["company__sort_key", "name", "pk"],
    "contract": ["company__sort_key", "policy_number", "pk"],
}


@dataclass(frozen=True)
class Place:
    """A company, a site, a contract or a claim file: as a form names it (`site:<id>`), and in words."""

    value: str
    words: str


def choices(user: Any, company: Any = None) -> list[tuple[str, Any]] | None:
    """All places for a list to choose from, by kind; None if there are more than a list holds.

    Only those of `company` where one is given.
    """
    rows = {kind: list(_manageable(user, kind, company)[: FEW + 1]) for kind in MODELS}
    if sum(map(len, rows.values())) > FEW:
        return None
    found: list[tuple[str, Any]] = [(each.value, each.words) for each in _places("company", rows["company"])]
    for kind, noun in (("site", _("Sites")), ("contract", _("Contracts"))):
        if rows[kind]:
            found.append((str(noun), [(each.value, each.words) for each in _places(kind, rows[kind])]))
    return found


def search(user: Any, words: str) -> list[Place]:
    """The first places of each kind with all these words: of a company its name, of the others also their own.

    A claim file is found by its whole number, by whoever sees it. Without words, the first companies.
    """
    found = []
    for kind in MODELS if words.strip() else ["company"]:
        rows = _manageable(user, kind)
        for word in fold(words).split():
            rows = rows.filter(_named(kind, word))
        found += _places(kind, list(rows[:FOUND]))
    return found + _places("claim_file", _claim_files(user, words))


def _manageable(user: Any, kind: str, company: Any = None) -> QuerySet:
    model = apps.get_model(MODELS[kind])
    rows = model.unrestricted.order_by(*_ORDER[kind])
    if kind != "company":
        rows = rows.select_related("company")
    if company is not None:
        rows = rows.filter(**{model.scope_fields["company"]: company})
    return visible_to(user, MANAGE, rows)


def _named(kind: str, word: str) -> Q:
    if kind == "company":
        return Q(sort_key__contains=word)
    own = {"site": "name__icontains", "contract": "policy_number__icontains"}[kind]
    return Q(company__sort_key__contains=word) | Q(**{own: word})


def _claim_files(user: Any, words: str) -> list[Any]:
    number = words.strip()
    if not number:
        return []
    rows = apps.get_model("claims_files.ClaimFile").unrestricted.select_related("company")
    rows = visible_to(user, MANAGE, rows.filter(number__iexact=number))
    # Nobody learns of a claim file by managing who sees it.
    return list(visible_to(user, "claim.view", rows))


def _places(kind: str, rows: list[Any]) -> list[Place]:
    return [Place(f"{kind}:{row.pk}", summary.scope_name(row)) for row in rows]
