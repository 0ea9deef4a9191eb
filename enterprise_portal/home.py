"""What the home page shows, by what somebody may do: what is to do, recent cases, contacts, the next invoice.

Every block asks the policy; the number of queries does not grow with the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims_files import listing, reading
from claims_files.bills import reading as bills
from claims_files.bills.views import saved_view as bill_view
from claims_files.guarantees import reading as guarantees
from claims_files.guarantees.views import waiting_view as guarantee_view
from claims_files.plans import reading as plans
from companies import services as companies
from companies.chosen import chosen, within_chosen
from core.text import swiss_date
from declarations import services
from declarations.content import progress
from declarations.models import Declaration
from declarations.pages import way_on
from declarations.private import services as own_parts
from finance.models import PremiumInvoice
from permissions.holders import people_within
from permissions.newest import newest
from permissions.policy import can_somewhere, visible_to
from permissions.reach import reach_of
from permissions.vocabulary import CONFIRMED_BY
from users import bank, corrections, deputies, management_requests, people, reviews, summary
from users.services import held_since

OF_EACH = 5
# Of the requests for access, those that somebody else has to answer are left out.
LOOKED_AT = 25
RECENT = 5
CONTACTS = 4
EXPIRING = timedelta(days=3)


@dataclass(frozen=True)
class Todo:
    """One thing that waits for the reader; the first ones are those with the earliest due date."""

    url: str
    icon: str
    title: str
    text: str = ""
    number: str = ""
    due: str = ""
    due_date: date | None = None
    tone: str = ""
    late: bool = False
    # Where one click answers it, with yes or no.
    answer_url: str = ""


def context(request: HttpRequest) -> dict[str, Any]:
    """Everything on the home page of the signed-in person."""
    user = request.user
    insurer = bool(reach_of(user).staff_preset)
    todo = sorted(
        [
            *_papers(request),
            *_answers(request),
            *_deadlines(request),
            *_better_papers(request),
            *_plans(request),
            *_drafts(request),
            *_own_parts(request),
            *_access_requests(request),
            *_deputies(request),
            *_corrections(request),
            *_bank_details(request),
            *_reviews(request),
            *_invitations(request),
            *_waiting_letters(request),
        ],
        key=lambda each: (each.due_date is None, each.due_date or date.max),
    )
    worklist = listing.saved_views(request)[1:] if can_somewhere(user, "claim.take_over") else []
    return {
        "todo": todo,
        "lede": _lede(len(todo), any(view["state"] != "0" for view in worklist)),
        "own_cases": _own_cases(user),
        "report_url": reverse("declarations:start") if can_somewhere(user, "declaration.create") else "",
        "bill_url": reverse("claims_files:new_bill") if can_somewhere(user, "bill.submit") else "",
        "bill_views": [bill_view(request, "new")] if can_somewhere(user, "bill.process") else [],
        "guarantee_views": [guarantee_view(request)] if can_somewhere(user, "guarantee.answer") else [],
        "worklist": worklist,
        "recent": _recent(request),
        "contacts": summary.contacts_of(user)[:CONTACTS],
        "invoice": _next_invoice(request),
        "access": None if insurer else _access(request),
        "portfolio": _portfolio(user) if insurer and can_somewhere(user, "company.edit") else None,
        "today": timezone.localdate(),
        "insurer": insurer,
    }


def _lede(number: int, worklist: bool) -> str:
    if not number and worklist:
        return _("Your worklist shows what waits for you.")
    if not number:
        return _("Nothing is waiting for you. Everything is being dealt with.")
    return ngettext(
        "%(n)d thing is waiting for you. Everything else is being dealt with.",
        "%(n)d things are waiting for you. Everything else is being dealt with.",
        number,
    ) % {"n": number}


# --- To do --------------------------------------------------------------------------------------


def _papers(request: HttpRequest) -> list[Todo]:
    """Requested papers that the reader can send."""
    today = timezone.localdate()
    rows = reading.asked_of(request.user).order_by("due", "created")
    if company := chosen(request):
        # By the claim file's company: what is asked of a person himself stands on none.
        rows = rows.filter(claim_file__company=company)
    return [
        Todo(
            url=f"{reverse('claims_files:documents', args=[paper.claim_file_id])}?kind={paper.kind}#send-documents",
            icon="paperclip",
            tone="warn",
            title=_("Send: %(document)s") % {"document": paper.title},
            text=paper.claim_file.person.name,
            number=paper.claim_file.number,
            due=_("Due on %(day)s") % {"day": swiss_date(paper.due)},
            due_date=paper.due,
            late=paper.due < today,
        )
        for paper in rows[:OF_EACH]
    ]


def _answers(request: HttpRequest) -> list[Todo]:
    """Answers that a report left for later and the reader can give."""
    rows = services.waiting_for(request.user)
    if company := chosen(request):
        rows = rows.filter(claim_file__company=company)
    return [
        Todo(
            url=reverse("declarations:of_claim", args=[row.claim_file_id]) + "?open",
            icon="file-text",
            tone="warn",
            title=ngettext("Answer %(n)d open question", "Answer %(n)d open questions", row.count)
            % {"n": row.count},
            text=row.claim_file.person.name,
            number=row.claim_file.number,
            due=_("Due on %(day)s") % {"day": swiss_date(row.due)},
            due_date=row.due,
            late=row.overdue,
        )
        for row in rows[:OF_EACH]
    ]


def _deadlines(request: HttpRequest) -> list[Todo]:
    """Deadlines of the reader's own cases that are near."""
    own, today = reach_of(request.user).own_persons, timezone.localdate()
    if not own:
        return []
    rows = reading.deadlines(request.user, today).filter(owner="person", person__in=own, remind_on__lte=today)
    return [
        Todo(
            url=f"{reverse('claims_files:detail', args=[row.claim_file_id])}#deadlines",
            icon="calendar-days",
            tone="warn",
            title=row.get_rule_display(),
            text=row.claim_file.get_kind_display(),
            number=row.claim_file.number,
            due=_("By %(day)s") % {"day": swiss_date(row.day)},
            due_date=row.day,
            late=row.day < today,
        )
        for row in within_chosen(request, rows)[:OF_EACH]
    ]


def _better_papers(request: HttpRequest) -> list[Todo]:
    """Bills and requests for a cost guarantee for which the reader has to send a better paper."""
    today = timezone.localdate()
    return [
        Todo(
            url=reverse(page, args=[row.pk]),
            icon=icon,
            tone="warn",
            title=title,
            text=row.provider,
            number=row.number,
            due=_("Due on %(day)s") % {"day": swiss_date(row.asked_due)},
            due_date=row.asked_due,
            late=row.asked_due < today,
        )
        for rows, page, icon, title in (
            (bills.asked_of, "claims_files:bill", "receipt", _("Send a better document for a bill")),
            (
                guarantees.asked_of,
                "claims_files:guarantee",
                "file-check",
                _("Send a document for a cost guarantee"),
            ),
        )
        for row in within_chosen(request, rows(request.user))[:OF_EACH]
    ]


def _plans(request: HttpRequest) -> list[Todo]:
    """Return-to-work plans to which the reader is asked to agree."""
    rows = plans.to_agree(request.user)
    if company := chosen(request):
        rows = rows.filter(claim_file__company=company)
    return [
        Todo(
            url=f"{reverse('claims_files:incapacity', args=[plan.claim_file_id])}#plan",
            icon="calendar-days",
            title=_("Look at a return-to-work plan and agree to it"),
            text=plan.claim_file.person.name,
            number=plan.claim_file.number,
        )
        for plan in rows[:OF_EACH]
    ]


def _drafts(request: HttpRequest) -> list[Todo]:
    """Drafts to finish, the last touched first."""
    rows = visible_to(request.user, "declaration.edit").filter(state=Declaration.State.DRAFT)
    rows = within_chosen(request, rows).select_related("person").order_by("-saved")
    found = []
    for draft in rows[:OF_EACH]:
        parts = progress(draft)
        done = sum(not each.unfinished for each in parts)
        found.append(
            Todo(
                url=way_on(draft, parts),
                icon="file-text",
                title=_("Finish the report: %(kind)s") % {"kind": draft.get_kind_display()},
                text=_("%(name)s · %(done)d of %(all)d parts")
                % {"name": draft.person.name, "done": done, "all": len(parts)},
                due=_("Draft"),
            )
        )
    return found


def _own_parts(request: HttpRequest) -> list[Todo]:
    """One's own part of reports about oneself that is still to be sent."""
    rows = within_chosen(request, own_parts.waiting(request.user)).order_by("-created", "-id")
    return [
        Todo(
            url=reverse("declarations:own_part", args=[part.pk]),
            icon="file-lock",
            tone="warn" if part.asked_at else "",
            title=_("Add your own part: %(kind)s") % {"kind": part.declaration.get_kind_display()},
            text=_("For the insurer alone"),
            number=part.declaration.number,
            due=_("Asked on %(day)s") % {"day": swiss_date(part.asked_at)} if part.asked_at else "",
        )
        for part in rows[:OF_EACH]
    ]


def _access_requests(request: HttpRequest) -> list[Todo]:
    """Requests for access that the reader can answer."""
    if not can_somewhere(request.user, "users.manage"):
        return []
    rows = visible_to(request.user, "users.manage", people.access_requests(request.user).filter(state="open"))
    asked = list(within_chosen(request, rows).order_by("created", "id")[:LOOKED_AT])
    mine = people.answerable_requests(request.user, asked)
    shown = people.requests_in_words(request.user, [each for each in asked if each.pk in mine][:OF_EACH])
    return [
        Todo(
            url=reverse("users:answer_request", args=[each["request"].pk]),
            icon="key-round",
            title=_("Decide on an access request"),
            text=_("%(name)s asks for: %(right)s")
            % {"name": each["request"].user.name, "right": f"{each['right']} ({each['where']})"},
            due=swiss_date(timezone.localdate(each["request"].created)),
            due_date=timezone.localdate(each["request"].created),
            answer_url=reverse("users:answer_request", args=[each["request"].pk]),
        )
        for each in shown
    ]


def _deputies(request: HttpRequest) -> list[Todo]:
    """Proposed deputies that the reader confirms, and user management that waits for him as the second person."""
    if not (can_somewhere(request.user, "users.manage") or can_somewhere(request.user, CONFIRMED_BY)):
        return []
    company = chosen(request)
    found = [
        Todo(
            url=reverse("users:management") + "#deputies",
            icon="users",
            title=_("Confirm a deputy"),
            text=_("%(name)s for %(other)s") % {"name": row.deputy.name, "other": row.principal.name},
            due=swiss_date(row.begin),
            due_date=row.begin,
            answer_url=reverse("users:confirm_deputy", args=[row.pk]),
        )
        for row in deputies.waiting_for(request.user)
        if company is None or row.company_id == company.pk
    ]
    found += [
        Todo(
            url=reverse("users:management") + "#management-requests",
            icon="key-round",
            tone="warn",
            title=_("Confirm user management"),
            text=f"{each['request'].name} · {each['where']}",
            due=swiss_date(timezone.localdate(each["request"].created)),
            due_date=timezone.localdate(each["request"].created),
            answer_url=reverse("users:answer_management", args=[each["request"].pk]),
        )
        for each in management_requests.waiting_for(request.user)
        if company is None or each["request"].company_id == company.pk
    ]
    return found[: 2 * OF_EACH]


def _corrections(request: HttpRequest) -> list[Todo]:
    """Requests for corrections that the reader answers."""
    if not can_somewhere(request.user, "correction.answer"):
        return []
    rows = corrections.requests_to_answer(request.user).filter(state="open").order_by("created", "id")
    return [
        Todo(
            url=reverse("users:answer_correction", args=[asked.pk]),
            icon="id-card",
            title=_("Answer a request for a correction"),
            text=f"{asked.user.name} · {asked.get_subject_display()}",
            number=asked.number,
            due=swiss_date(timezone.localdate(asked.created)),
            due_date=timezone.localdate(asked.created),
        )
        for asked in within_chosen(request, rows)[:OF_EACH]
    ]


def _bank_details(request: HttpRequest) -> list[Todo]:
    """Bank details that the reader approves; on their page, for nobody approves an account that he has not seen."""
    if not can_somewhere(request.user, "bank.approve"):
        return []
    rows = bank.requests_to_approve(request.user)
    return [
        Todo(
            url=reverse("users:decide_bank_details", args=[row.pk]),
            icon="id-card",
            tone="warn",
            title=_("Approve bank details"),
            text=row.person.name,
            due=swiss_date(timezone.localdate(row.created)),
            due_date=timezone.localdate(row.created),
        )
        for row in within_chosen(request, rows)[:OF_EACH]
    ]


def _reviews(request: HttpRequest) -> list[Todo]:
    """Access reviews in which the reader has something to decide; at the insurer what was left to it, or is overdue."""
    if not can_somewhere(request.user, "users.manage"):
        return []
    today = timezone.localdate()
    return [
        Todo(
            url=reverse("users:review", args=[review.pk]),
            icon="list-checks",
            tone="warn" if review.due < today else "",
            title=_("Access review overdue") if review.due < today else _("Review who has access"),
            text=f"{review.company.name} · {reviews.period_in_words(review)}",
            due=_("By %(day)s") % {"day": swiss_date(review.due)},
            due_date=review.due,
            late=review.due < today,
        )
        for review in within_chosen(request, reviews.waiting_reviews(request.user))[:OF_EACH]
    ]


def _invitations(request: HttpRequest) -> list[Todo]:
    """Invitations that nobody took up and that end soon, or ended in the last days."""
    if not can_somewhere(request.user, "users.manage"):
        return []
    now = timezone.now()
    open_ones = people.invitations(request.user).filter(accepted=None, withdrawn=None)
    soon = open_ones.filter(expires__range=(now - 2 * EXPIRING, now + EXPIRING))
    rows = within_chosen(request, visible_to(request.user, "users.manage", soon)).order_by("expires")
    return [
        Todo(
            url=reverse("users:management"),
            icon="mail",
            title=_("An invitation has expired") if each.expires < now else _("An invitation expires soon"),
            text=f"{each.first_name} {each.last_name}",
            due=swiss_date(timezone.localdate(each.expires)),
            due_date=timezone.localdate(each.expires),
            late=each.expires < now,
        )
        for each in rows[:OF_EACH]
    ]


def _waiting_letters(request: HttpRequest) -> list[Todo]:
    """Letters that wait for an address or until it is checked, at companies that the reader looks after."""
    if not can_somewhere(request.user, "users.grant_management"):
        return []
    rows = people.waiting_letters(request.user)
    if company := chosen(request):
        rows = rows.filter(company=company)
    return [
        Todo(
            url=reverse("companies:person", args=[letter.person_id]) + "#account"
            if letter.person_id
            else reverse("companies:edit_company", args=[letter.company_id]),
            icon="mail",
            tone="warn",
            title=_("A letter waits until the address is checked")
            if held_since(letter)
            else _("A letter waits for an address"),
            text=f"{letter.person.name if letter.person_id else letter.user.name} · {letter.company.name}",
            due=swiss_date(timezone.localdate(letter.waiting)),
            due_date=timezone.localdate(letter.waiting),
        )
        for letter in rows[:OF_EACH]
    ]


# --- The rest -----------------------------------------------------------------------------------


def _own_cases(user: Any) -> list[dict[str, Any]]:
    """The reader's own cases as an insured person, the newest first: where each stands, what comes next."""
    own = reach_of(user).own_persons
    if not own:
        return []
    claims = newest(reading.everything().filter(person__in=own), user, "claim.view", limit=2)
    answers = reading.answers_of(user, claims)
    standings, periods = reading.standing_of(user, claims), reading.periods_of(claims)
    return [
        {
            "claim": claim,
            "standing": standings[claim.pk],
            "may_answer": any(row.addressee == reading.PERSON for row in answers[claim.pk]),
            "periods": periods[claim.pk],
        }
        for claim in claims
    ]


def _recent(request: HttpRequest) -> list[Any]:
    """The newest cases of others that the reader sees."""
    user = request.user
    rows = within_chosen(request, reading.everything()).exclude(person__in=reach_of(user).own_persons)
    return listing.rows_of(newest(rows, user, "claim.view", limit=RECENT), user)


def _access(request: HttpRequest) -> dict[str, Any] | None:
    """How many people have access to the same information, and how many were invited to it."""
    user = request.user
    if not can_somewhere(user, "users.view"):
        return None
    company = chosen(request)
    invited = people.invitations(user, company=company).filter(accepted=None, withdrawn=None)
    return {
        "people": people_within(user, company=company).filter(is_active=True).order_by().count(),
        "invited": invited.order_by().count(),
        "invite_url": reverse("users:invite") if can_somewhere(user, "users.manage") else "",
    }


def _next_invoice(request: HttpRequest) -> PremiumInvoice | None:
    """The unpaid invoice that is due first."""
    if not can_somewhere(request.user, "invoice.view"):
        return None
    rows = within_chosen(request, visible_to(request.user, "invoice.view").unpaid())
    return rows.select_related("company").order_by("due", "number").first()


def _portfolio(user: Any) -> dict[str, Any]:
    """The companies that a contract manager looks after, those with something to do first."""
    asking = people.access_requests(user).filter(state="open", company=OuterRef("pk"))
    owing = visible_to(user, "invoice.view").filter(company=OuterRef("pk"), state="open")
    rows = companies.companies(user).annotate(
        asks=Exists(asking), owes=Exists(owing.filter(due__lt=timezone.localdate()))
    )
    found = list(rows.order_by("-asks", "-owes", "sort_key")[: OF_EACH + 1])
    return {"companies": found[:OF_EACH], "more": len(found) > OF_EACH}
