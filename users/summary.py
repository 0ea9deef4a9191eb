"""Rights in plain words: what a role means, what a grant amounts to, what somebody may see and whom to ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import swiss_date
from permissions import grants
from permissions.holders import in_force
from permissions.policy import visible_to
from permissions.reach import reach_of
from permissions.vocabulary import ACTIONS, CUSTOMER_PRESETS, PRESET_NAMES
from users.models import User
from users.rights import FILE_LEVELS, MEANT_ON

# Each role as what its holder does; stands after “can”.
DEEDS = {
    "administrator": gettext_lazy("see the company, its contracts, its employees and who has access"),
    "hr": gettext_lazy("report cases, transfer documents, follow claim files and edit employees"),
    "hr_site": gettext_lazy("report cases, transfer documents and follow claim files"),
    "finance": gettext_lazy("see contracts and premium invoices"),
    "payroll": gettext_lazy("see contracts and employees"),
    "fiduciary": gettext_lazy(
        "report cases, transfer documents, follow claim files and see contracts and premium invoices"
    ),
    "employee": gettext_lazy("report own cases, send papers and follow the own claim files"),
    "former_employee": gettext_lazy("follow the own claim files and send papers that are still missing"),
    "contract_manager": gettext_lazy("look after contracts, premium invoices and user management"),
    "health_manager": gettext_lazy("look after claims and read medical documents"),
    "superuser": gettext_lazy("manage the portal’s settings and see who has access"),
    "core_system": gettext_lazy("send what was settled in the insurer’s core system"),
}

# On a single claim file a role comes to less.
FILE_ROLE = gettext_lazy("Single claim file")
FILE_DEEDS = {
    True: gettext_lazy("read this claim file and send documents to it"),
    False: gettext_lazy("read this claim file"),
}

# Which roles make sense on which scope.
PRESETS_OF_SCOPE = {
    "company": ["administrator", "hr", "finance", "payroll", "fiduciary"],
    "site": ["hr_site"],
    "contract": ["hr", "finance", "fiduciary"],
    "claim_file": ["hr"],
}


@dataclass(frozen=True)
class Right:
    """One thing somebody holds: the role, where, until when, and the sentence about it."""

    role: str
    where: str
    sentence: str
    until: date | None = None
    since: Any = None
    granted_by: str = ""


def scope_name(scope: Model) -> str:
    """A scope in words: “Atelier Rochat SA”, “Morges (Atelier Rochat SA)”, “contract KTG-000123 (…)”."""
    label = scope._meta.label
    if label == "companies.Company":
        return str(scope)
    if getattr(scope, "unnamed", False):
        return _("one claim file, %(company)s") % {"company": scope.company}  # type: ignore[attr-defined]
    values = {"name": str(scope), "company": str(scope.company)}  # type: ignore[attr-defined]
    if label == "companies.Site":
        return _("site of %(name)s, %(company)s") % values
    if label == "companies.Contract":
        return _("contract %(name)s, %(company)s") % values
    return _("claim file %(name)s, %(company)s") % values


def role_name(preset: str, kind: str = "company") -> Any:
    """What somebody is on a scope of this kind, in the language of whoever reads it; a single claim file makes nobody HR."""
    return FILE_ROLE if kind == "claim_file" else PRESET_NAMES[preset]


def joined(words: Iterable[str]) -> str:
    """“a, b and c”."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def deeds(
    preset: str, extra: Iterable[str] = (), withheld: Iterable[str] = (), *, kind: str = "company"
) -> str:
    """What a role with its deviations lets somebody do, after “can”; `kind` is the kind of the scope."""
    own = CUSTOMER_PRESETS.get(preset, set())
    extra, withheld = set(extra) - own, set(withheld) & own
    words = str(DEEDS[preset])
    if kind == "claim_file" and "claim.view" in own - withheld:
        words, acts = str(FILE_DEEDS["document.upload" not in withheld]), FILE_LEVELS["read"][1]
        if "document.upload" in withheld:
            # Reading is without any of the acts: one that was left is said.
            extra |= acts - withheld
        withheld = (withheld & MEANT_ON[kind]) - acts
    more = [str(ACTIONS[action]) for action in sorted(extra)]
    less = [str(ACTIONS[action]) for action in sorted(withheld)]
    if more:
        words = _("%(words)s, and also %(more)s") % {"words": words, "more": joined(more)}
    if less:
        words = _("%(words)s, but not %(less)s") % {"words": words, "less": joined(less)}
    return words


def sentence(
    name: str,
    preset: str,
    where: str,
    *,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
    kind: str = "company",
) -> str:
    """“Sara can see contracts and premium invoices (Atelier Rochat SA), until 31.12.2026.”"""
    values = {"name": name, "deeds": deeds(preset, extra, withheld, kind=kind), "where": where}
    if until:
        return _("%(name)s can %(deeds)s (%(where)s), until %(until)s.") % {
            **values,
            "until": swiss_date(until),
        }
    return _("%(name)s can %(deeds)s (%(where)s).") % values


def right_of(row: Any, name: str) -> Right:
    """A ledger row in words; `name` is the person it is said of."""
    where = scope_name(row.content_object)
    return Right(
        role=str(role_name(row.preset, row.SCOPE)),
        where=where,
        sentence=sentence(
            name,
            row.preset,
            where,
            extra=row.extra_actions,
            withheld=row.withheld_actions,
            until=row.until,
            kind=row.SCOPE,
        ),
        until=row.until,
        since=row.granted,
        granted_by=row.granted_by.name if row.granted_by else "",
    )


def rights_of(user: User) -> list[Right]:
    """Everything somebody holds, of any kind, for himself to read."""
    rows = in_force(grants.grants_of(user))
    _load_companies(rows)
    found = [right_of(row, user.first_name) for row in rows]
    reach = reach_of(user)
    if reach.own_persons:
        where = _("yourself")
        # Only who is still employed reports cases.
        preset = "employee" if reach.scopes("declaration.create").own else "former_employee"
        words = sentence(user.first_name, preset, where)
        found.append(Right(str(PRESET_NAMES[preset]), where, words))
    if reach.staff_preset:
        everywhere = any(scopes.everywhere for scopes in reach.by_action.values())
        where = _("all companies") if everywhere else _("the companies in your care")
        words = sentence(user.first_name, reach.staff_preset, where)
        found.append(Right(str(PRESET_NAMES[reach.staff_preset]), where, words))
    return found


def _load_companies(rows: Iterable[Any]) -> None:
    """Fetch the companies of narrower scopes at once, instead of one by one."""
    scopes = [row.content_object for row in rows if row.SCOPE != "company"]
    companies = apps.get_model("companies.Company").unrestricted.in_bulk(
        {scope.company_id for scope in scopes}
    )
    for scope in scopes:
        scope.company = companies[scope.company_id]


def load_scopes(rows: Iterable[Any]) -> None:
    """Prepare ledger rows for `scope_name` and `right_of`: a constant number of queries."""
    _load_companies(list(rows))


def contacts_of(user: User) -> list[dict[str, Any]]:
    """The named people at the insurer for this person's companies: contract manager and health manager."""
    companies = visible_to(user, "company.view").select_related("contract_manager", "health_manager")
    if reach_of(user).staff_preset:
        return []
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    for company in companies.order_by("sort_key")[:20]:
        for person, role in (
            (company.contract_manager, _("Contract manager: platform, contract, rights")),
            (company.health_manager, _("Health manager: content of claims and statements")),
        ):
            if person is not None:
                entry = {"name": person.name, "role": role, "phone": person.phone, "email": person.email}
                found.setdefault((person.pk, role), entry)
    return list(found.values())
