"""What somebody is told, in words: made while he reads, from what he may see now.

A notification about something that is out of reach by now does not exist: not in the list, not in the count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from correspondence.models import Notification
from permissions.policy import visible_to

COUNT_LIMIT = 100

# By which right a thing is seen of which somebody is told.
SEEN_BY = {
    "claims_files.Bill": "bill.view",
    "claims_files.ClaimFile": "claim.view",
    "claims_files.Guarantee": "guarantee.view",
    "claims_files.Statement": "statement.view",
    "companies.Company": "company.view",
    "declarations.Declaration": "declaration.view",
    "declarations.PrivatePart": "declaration.add_own",
    "documents.Document": "document.view",
    "documents.Folder": "document.upload",
    "finance.PremiumInvoice": "invoice.view",
    "users.AccessRequest": "users.manage",
    "users.AccessReview": "users.manage",
    "users.BankDetails": "bank.approve",
    "users.CorrectionRequest": "correction.answer",
    "users.ManagementRequest": "users.confirm_management",
    "permissions.Deputy": "users.manage",
}

# Event → icon and words, without a word on what the case is about.
WORDS = {
    "access.approved": ("key-round", _("Your request for access was approved")),
    "access.declined": ("key-round", _("Your request for access was declined")),
    "access.granted": ("key-round", _("You were given an access right")),
    "access.lapsed": ("key-round", _("Your request for access has lapsed")),
    "access.requested": ("key-round", _("Somebody asks for access")),
    "access.revoked": ("key-round", _("An access right of yours has ended")),
    "bank.approved": ("circle-check", _("Your bank details were approved")),
    "bank.declined": ("circle-alert", _("Your bank details were declined")),
    "bank.requested": ("id-card", _("Bank details are waiting for your approval")),
    "bill.asked": ("file-plus", _("A document is requested")),
    "bill.corrected": ("receipt", _("The result of your bill was corrected")),
    "bill.processed": ("receipt", _("Your bill was processed")),
    "claim.accepted": ("circle-check", _("The claim was accepted")),
    "claim.answers_due": ("file-plus", _("Answers to a report are due")),
    "claim.answers_reminded": ("file-plus", _("Answers to a report are still open")),
    "claim.certificate_ending": ("calendar-days", _("The last certificate ends soon")),
    "claim.closed": ("folder-open", _("The claim file was closed")),
    "claim.duplicate": ("folder-open", _("The claim file was closed")),
    "claim.deadline_near": ("calendar-days", _("A deadline of a claim file is near")),
    "claim.declined": ("circle-alert", _("A decision on the claim was made")),
    "claim.incapacity_changed": ("calendar-days", _("The incapacity for work was changed")),
    "claim.paper_overdue": ("file-plus", _("A requested document is overdue")),
    "claim.paper_reminded": ("file-plus", _("A requested document is still missing")),
    "claim.paper_reopened": ("file-plus", _("A document is asked for again")),
    "claim.paper_requested": ("file-plus", _("A document is requested")),
    "claim.relapsed": ("folder-open", _("A case was reopened as a relapse")),
    "claim.revised": ("circle-alert", _("A decision on the claim was made")),
    "claim.reassigned": ("folder-open", _("A claim file was handed over to you")),
    "claim.taken_over": ("folder-open", _("The claim file was taken over")),
    "claim.transferred": ("folder-open", _("The claim file was closed")),
    "claim.unclear": ("circle-alert", _("The decision on the claim is still open")),
    "correction.answered": ("id-card", _("Your request for a correction was answered")),
    "correction.requested": ("id-card", _("Somebody asks for a correction")),
    "declaration.amended": ("file-text", _("A report was amended")),
    "declaration.discarded": ("file-text", _("A draft about you was deleted, and your own part with it")),
    "declaration.handed_back": ("file-text", _("Your company gives a report back to you")),
    "declaration.handed_over": ("file-text", _("An employee hands a report over to you")),
    "declaration.own_asked": ("file-lock", _("Your employer asks you for your own part of a report")),
    "declaration.own_sent": ("file-lock", _("The insured person has sent the own part")),
    "declaration.release_withdrawn": ("file-lock", _("A release from secrecy was taken back")),
    "declaration.submitted": ("file-text", _("A case was reported")),
    "declaration.withdrawn": ("file-text", _("A report was taken back")),
    "deputy.confirmed": ("users", _("A deputy was confirmed")),
    "deputy.ended": ("users", _("A deputising has ended")),
    "deputy.named": ("users", _("A deputy was named")),
    "deputy.proposed": ("users", _("A deputy waits for your confirmation")),
    "document.quarantined": (
        "triangle-alert",
        _("The virus check stopped a document that you sent: please send it again"),
    ),
    "document.received": ("file-text", _("A document has arrived")),
    "guarantee.answered": ("file-check", _("Your request for a cost guarantee was answered")),
    "guarantee.asked": ("file-plus", _("A document is requested")),
    "guarantee.completed": ("file-text", _("A document for a cost guarantee has arrived")),
    "guarantee.requested": ("file-check", _("A cost guarantee was requested")),
    "guarantee.withdrawn": ("file-check", _("Request for a cost guarantee taken back")),
    "invitation.accepted": ("user-plus", _("Your invitation was accepted")),
    "invoice.issued": ("receipt", _("A premium invoice is ready")),
    "management.confirmed": ("key-round", _("User management was confirmed")),
    "management.declined": ("key-round", _("User management was declined")),
    "management.requested": ("key-round", _("User management waits for your confirmation")),
    "plan.agreed": ("calendar-days", _("A return-to-work plan was agreed to")),
    "plan.proposed": ("calendar-days", _("A return-to-work plan was proposed")),
    "plan.review_due": ("calendar-days", _("A return-to-work plan is to be looked at again")),
    "review.completed": ("file-check", _("An access review is completed, its report is signed")),
    "review.handed_on": ("list-checks", _("A right in an access review is left to you")),
    "review.opened": ("list-checks", _("Please review who has access")),
    "statement.issued": ("receipt", _("A benefit statement is ready")),
    "viewing.started": ("eye", _("Somebody looked at the portal as you see it")),
}

# Where a notification leads that is not about a case, a company or an invoice: by its event, else by its noun.
PAGES = {
    "access.approved": "further_areas",
    "access.declined": "further_areas",
    "access.lapsed": "further_areas",
    "bank.approved": "users:account",
    "bank.declined": "users:account",
    "correction.answered": "users:account",
    "declaration.discarded": "declarations:own_parts",
    "declaration.handed_back": "declarations:drafts",
    "declaration.handed_over": "declarations:drafts",
    "declaration.own_asked": "declarations:own_parts",
    "deputy.confirmed": "users:deputies",
    "deputy.ended": "users:deputies",
    "deputy.named": "users:deputies",
    "deputy.proposed": "users:management",
    "invitation.accepted": "users:management",
    "management.confirmed": "users:management",
    "management.declined": "users:management",
    "management.requested": "users:management",
    "viewing.started": "users:viewings",
}
# Things that have a number and a page of their own.
NUMBERED = {
    "claims_files.Bill": "claims_files:bill",
    "claims_files.Guarantee": "claims_files:guarantee",
    "claims_files.Statement": "claims_files:statement",
    "finance.PremiumInvoice": "finance:invoice",
}
PAGES_OF_TARGET = {
    "bank": "users:decide_bank_details",
    "correction": "users:answer_correction",
    "review": "users:review",
}

# By the noun of an event: the kind of news it is, of which somebody may want no mail.
NEWS = {
    "access": "access",
    "bank": "access",
    "bill": "claims",
    "claim": "claims",
    "correction": "access",
    "declaration": "claims",
    "deputy": "access",
    "document": "documents",
    "guarantee": "claims",
    "invitation": "access",
    "invoice": "invoices",
    "management": "access",
    "plan": "claims",
    "review": "access",
    "statement": "claims",
    "viewing": "access",
}


def events_mailed_to(user: Any) -> list[str]:
    """The events of which somebody wants to be told by mail."""
    return [event for event in WORDS if NEWS[event.split(".", maxsplit=1)[0]] not in user.unmailed]


@dataclass(frozen=True)
class Notice:
    """A notification ready to be shown."""

    notification: Notification
    title: Any
    icon: str
    number: str
    about: str
    url: str


def for_user(user: Any) -> QuerySet[Notification]:
    """The notifications of `user` whose thing he can see now."""
    reachable = Q(target=None)
    for label, action in SEEN_BY.items():
        # Asked for each row by its key: a list of all that somebody may see would be read to its end.
        seen = visible_to(user, action, apps.get_model(label)._base_manager.filter(pk=OuterRef("target")))
        reachable |= Q(Exists(seen), target_type=label)
    return Notification.objects.filter(reachable, user=user.pk, event__in=WORDS)


_UNREAD = """
select target_type, target from correspondence_notification
where user_id = %(user)s and read is null and event = any(%(events)s) limit %(limit)s
"""


def unread_count(user: Any) -> int:
    """How many of them he has not read, counted to 100 at most."""
    # Every page asks, therefore in plain SQL: composing the query would cost more than the answer.
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, {"user": user.pk, "events": list(WORDS), "limit": COUNT_LIMIT + 1})
        found = cursor.fetchall()
    if len(found) > COUNT_LIMIT:
        return for_user(user).filter(read=None)[:COUNT_LIMIT].count()
    # Mostly there are few or none, and these few are asked about by their keys.
    keys: dict[str, set[Any]] = defaultdict(set)
    for label, target in found:
        keys[label].add(target)
    seen = {
        (label, key)
        for label in SEEN_BY.keys() & keys.keys()
        for key in _visible(user, label, keys).values_list("pk", flat=True)
    }
    return sum(target is None or (label, target) in seen for label, target in found)


def notices(user: Any, notifications: Iterable[Notification]) -> list[Notice]:
    """These notifications in words; the same few queries for any number of them."""
    notifications = list(notifications)
    keys: dict[str, set[Any]] = defaultdict(set)
    for notification in notifications:
        keys[notification.target_type].add(notification.target)
    documents = _found(user, "documents.Document", keys)
    keys["claims_files.ClaimFile"] |= {document.claim_file_id for document in documents.values()}
    claims = _found(user, "claims_files.ClaimFile", keys)
    companies = _found(user, "companies.Company", keys)
    numbered = {label: _found(user, label, keys) for label in NUMBERED}
    folders = _found(user, "documents.Folder", keys)
    shown = []
    for notification in notifications:
        icon, title = WORDS[notification.event]
        number = about = ""
        url = reverse("home")
        document = documents.get(notification.target)
        claim = claims.get(document.claim_file_id if document else notification.target)
        thing = numbered.get(notification.target_type, {}).get(notification.target)
        if document and claim:
            number, url = claim.number, reverse("claims_files:documents", args=[claim.pk])
        elif document:
            url = reverse("documents:folder", args=[document.folder_id])
        elif claim:
            number, url = claim.number, reverse("claims_files:detail", args=[claim.pk])
        elif thing:
            number, url = thing.number, reverse(NUMBERED[notification.target_type], args=[thing.pk])
        elif notification.target in folders:
            url = reverse("documents:folder", args=[notification.target])
        elif notification.target in companies:
            about = companies[notification.target].name
        if notification.event == "access.requested":
            url = reverse("users:answer_request", args=[notification.target])
        elif page := PAGES.get(notification.event):
            url = reverse(page)
        elif page := PAGES_OF_TARGET.get(notification.event.split(".", maxsplit=1)[0]):
            url = reverse(page, args=[notification.target])
        shown.append(Notice(notification, title, icon, number, about, url))
    return shown


def _visible(user: Any, label: str, keys: dict[str, set[Any]]) -> QuerySet:
    """Those of the wanted things of one kind that somebody sees now; asks nothing where none is wanted."""
    rows, wanted = apps.get_model(label)._base_manager, keys.get(label, set()) - {None}
    return visible_to(user, SEEN_BY[label], rows.filter(pk__in=wanted)) if wanted else rows.none()


def _found(user: Any, label: str, keys: dict[str, set[Any]]) -> dict[Any, Any]:
    return {row.pk: row for row in _visible(user, label, keys)}
