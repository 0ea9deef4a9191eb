"""Reading the audit trail: who sees which lines.

The right to the log (`audit.view`) does not open what the lines speak of. Of a claim file, a report, a paper or
an invoice a line is shown only to somebody who sees the thing's kind at that company; who holds the log over
all companies (the insurer's superuser) sees every line but the sealed ones: ids and words, no names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.text import fold
from permissions.policy import visible_to
from permissions.reach import Reach, Scopes, reach_of
from permissions.readings import READINGS
from permissions.trail import AuditLine
from permissions.vocabulary import STAFF_PRESETS

# What a line speaks of → the right one needs besides `audit.view`, at the line's company. A type that is not
# here is shown over all companies only: drafts, sealed papers, accounts.
BESIDES = {
    "claims_files.ClaimFile": "claim.view",
    "companies.Company": "company.view",
    "companies.Contract": "contract.view",
    "companies.InsuredPerson": "person.view",
    "companies.Site": "company.view",
    "documents.Document": "document.read_certificate",
    "documents.Folder": "document.read_certificate",
    "finance.PremiumInvoice": "invoice.view",
    "permissions.Deputy": "users.view",
    "users.AccessRequest": "users.view",
    "users.AccessReview": "users.view",
    # Between the person and the contract manager: the company's log does not name it.
    "users.BankDetails": "bank.view",
    "users.CorrectionRequest": "correction.answer",
    "users.Invitation": "users.view",
    "users.ManagementRequest": "users.view",
    "users.Viewing": "users.view",
}

# The kinds of things that lines are narrowed down by, in the words of the pages.
KINDS = {
    "access": (
        _("Company and access"),
        (
            "companies.Company",
            "companies.Site",
            "users.AccessRequest",
            "users.Invitation",
            "users.ManagementRequest",
        ),
    ),
    "accounts": (_("Accounts"), ("users.User",)),
    "claims": (_("Claim files"), ("claims_files.ClaimFile",)),
    "contracts": (_("Contracts"), ("companies.Contract",)),
    "documents": (_("Documents"), ("documents.Document", "documents.Folder")),
    "employees": (_("Employees"), ("companies.InsuredPerson",)),
    "invoices": (_("Premium invoices"), ("finance.PremiumInvoice",)),
    "reports": (_("Claim reports"), ("declarations.Declaration",)),
}
# Of people with one name, so many are looked for.
NAMESAKES = 200


def lines_for(user: Any) -> QuerySet[AuditLine]:
    """The lines that `user` may read, the newest first."""
    rows = visible_to(user, "audit.view", AuditLine.unrestricted.all()).order_by("-id")
    reach = reach_of(user)
    if reach.scopes("audit.view").everywhere:
        return rows
    # When the insurer looks into a file is not the employer's to know: it may follow a paper that does not exist
    # for him.
    by_the_insurer = Q(event__in=READINGS, facts__way__in=sorted(STAFF_PRESETS))
    hidden = Q(person__in=reach.own_persons)
    # Nor the own case of somebody in whose stead alone one reads of it.
    for persons, without in reach.principals:
        hidden |= Q(person__in=persons) & ~(_shown(without) & _at_companies(without.scopes("audit.view")))
    return rows.filter(_shown(reach)).exclude(by_the_insurer).exclude(hidden)


def _shown(reach: Reach) -> Q:
    """Of the lines of the companies whose log one holds, those of what this reach sees there."""
    shown = Q(pk__in=[])
    for label, action in BESIDES.items():
        shown |= Q(target_type=label) & _at_companies(reach.scopes(action))
    return shown


def _at_companies(scopes: Scopes) -> Q:
    return Q() if scopes.everywhere else Q(company__in=scopes.company)


def sees_all(user: Any) -> bool:
    """Whether `user` holds the log over all companies."""
    return reach_of(user).scopes("audit.view").everywhere


def kinds_for(user: Any) -> list[tuple[str, Any]]:
    """The kinds of things of which `user` may be shown lines, for a choice: `(name, words)`."""
    reach, everywhere = reach_of(user), sees_all(user)
    return [
        (name, words)
        for name, (words, labels) in KINDS.items()
        if everywhere or any(label in BESIDES and reach.scopes(BESIDES[label]).anything for label in labels)
    ]


def concerning(lines: QuerySet[AuditLine], name: str) -> QuerySet[AuditLine]:
    """The lines of people of this name: who acted, or whom it was about."""
    words = fold(name).split()
    people = get_user_model().objects.all() if words else get_user_model().objects.none()
    for word in words:
        people = people.filter(sort_key__contains=word)
    keys = list(people.order_by("sort_key").values_list("pk", flat=True)[:NAMESAKES])
    return lines.filter(
        Q(actor__in=keys) | Q(target__in=keys) | Q(facts__user__in=[str(key) for key in keys])
    )


def names_of(keys: Iterable[Any]) -> dict[str, str]:
    """The names of these accounts, by id as text; what is no id is left out."""
    ids = {found for key in keys if (found := _uuid(key)) is not None}
    users = get_user_model().objects.filter(pk__in=ids)
    return {str(user.pk): user.get_full_name() for user in users}


def people_of(lines: Iterable[AuditLine]) -> dict[str, str]:
    """The names of those who acted and of those it was about, by account id. Looked up now: lines hold none."""
    keys: set[Any] = set()
    for line in lines:
        keys |= {line.actor, line.facts.get("user"), line.facts.get("viewed")}
        if line.target_type == "users.User":
            keys.add(line.target)
    return names_of(keys)


def facts_of(line: AuditLine) -> dict[str, Any]:
    """The facts of a line with the account it was done on among them."""
    if line.target_type == "users.User" and line.target != line.actor:
        return {"user": str(line.target), **line.facts}
    return line.facts


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
