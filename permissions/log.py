"""Reading the audit trail: who sees which lines.

The right to the log (`audit.view`) does not open what the lines speak of. Of a claim file, a report, a paper or
an invoice a line is shown only to somebody who sees the thing's kind at that company; who holds the log over
all companies (the insurer's superuser) sees every line but the sealed ones: ids and words, no names.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from permissions.policy import visible_to
from permissions.reach import reach_of
from permissions.trail import AuditLine

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
}


def lines_for(user: Any) -> QuerySet[AuditLine]:
    """The lines that `user` may read, the newest first."""
    rows = visible_to(user, "audit.view", AuditLine.unrestricted.all()).order_by("-id")
    reach = reach_of(user)
    if reach.scopes("audit.view").everywhere:
        return rows
    shown = Q(pk__in=[])
    for label, action in BESIDES.items():
        scopes = reach.scopes(action)
        if scopes.everywhere:
            shown |= Q(target_type=label)
        elif scopes.company:
            shown |= Q(target_type=label, company__in=scopes.company)
    # Nor the own case of somebody in whose stead alone one reads the log.
    hidden = reach.own_persons.union(
        *(persons for persons, without in reach.principals if not without.scopes("audit.view").anything)
    )
    return rows.filter(shown).exclude(person__in=hidden)
