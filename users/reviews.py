"""Access reviews as they are read: which there are, how far they are, and each right in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.utils import timezone

from core.text import swiss_date
from permissions.holders import ended, grants_named
from permissions.policy import can, can_each, visible_to
from permissions.reach import reach_of
from permissions.vocabulary import ONLY_BY
from users import people, summary
from users.models import AccessReview, ReviewedRight, User
from users.models.reviews import SINGLE_FILES
from users.namesakes import namesakes_left
from users.services import is_unchanged, limited, waiting_for

MANAGE = "users.manage"
Decision = ReviewedRight.Decision


def reviews_for(reader: User, *, company: Any = None) -> QuerySet[AccessReview]:
    """The reviews the reader sees, those under way first, with `total` and `left` of what he sees in them."""
    rows = AccessReview.unrestricted.select_related("company", "report").defer("report__pdf")
    if company is not None:
        rows = rows.filter(company=company)
    found = visible_to(reader, "users.view", rows)
    found = found.annotate(total=_number(reader), left=_number(reader, decision=Decision.OPEN))
    return found.order_by("-created", "-id")


def _number(reader: User, **narrowed: Any) -> Any:
    rights = ReviewedRight.unrestricted.filter(review=OuterRef("pk"), **narrowed)
    counted = (
        visible_to(reader, "users.view", rights).order_by().values("review").annotate(number=Count("pk"))
    )
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), 0)


def waiting_reviews(reader: User) -> QuerySet[AccessReview]:
    """The open reviews in which the reader has something to decide, the most urgent first."""
    rows = AccessReview.unrestricted.select_related("company").filter(ended=None)
    managed = visible_to(reader, MANAGE, rows)
    return waiting_for(reader, managed, insurer=bool(reach_of(reader).staff_preset)).order_by("due", "id")


def open_review_of(reader: User, company: Any) -> AccessReview | None:
    """The review under way at a company, if the reader sees it."""
    return reviews_for(reader, company=company.pk).filter(ended=None).first()


def last_review_of(reader: User, company: Any) -> AccessReview | None:
    """The last review at a company that has its report."""
    return reviews_for(reader, company=company.pk).exclude(report=None).first()


def all_rights(reader: User) -> QuerySet[ReviewedRight]:
    """The rights in all reviews that the reader sees, the newest review first, then by role and name; single claim files last."""
    rows = ReviewedRight.unrestricted.select_related(
        "review", "user", "company", "site", "contract", "claim_file", "granted_by", "decided_by"
    )
    found = visible_to(reader, "users.view", rows)
    return found.order_by(
        "-review__created", "review", IsNull(F("claim_file"), False), "preset", "user__sort_key", "id"
    )


def rights_in(reader: User, review: AccessReview) -> QuerySet[ReviewedRight]:
    """The rights of one review that the reader sees, by role and name."""
    return all_rights(reader).filter(review=review)


def period_in_words(review: AccessReview) -> str:
    """“01.10.2026 – 31.12.2026”."""
    return f"{swiss_date(review.begin)} – {swiss_date(review.end)}"


def tone_of(review: AccessReview) -> str:
    """The colour of a review's state."""
    states = AccessReview.State
    tones = {states.OPEN: "info", states.OVERDUE: "warn", states.COMPLETED: "ok", states.UNFINISHED: "err"}
    return tones.get(review.state, "wait")


@dataclass
class Shown:
    """One right of a review, ready to be shown."""

    right: ReviewedRight
    role: str
    where: str
    sentence: str
    # Not as it was when the review began.
    changed: bool = False
    gone: bool = False
    decidable: bool = False
    droppable: bool = False
    own: bool = False
    # The last day of the person's employment here, if nothing followed.
    left_on: Any = None
    # The same of somebody insured there who may be this person, by the name alone.
    namesake_left: Any = None
    # Whether the right counts no longer: the person has left since it was given.
    ended: bool = False


def shown(reader: User, rights: Iterable[ReviewedRight]) -> list[Shown]:
    """These rights in words; what is still to decide as the ledger has it now. Constant queries."""
    rights = list(rights)
    waiting = [right for right in rights if right.is_open and right.review.ended is None]
    ledger = {row.uuid: row for row in grants_named([right.grant for right in waiting])}
    over = ended(ledger.values())
    allowed = can_each(reader, MANAGE, waiting)
    places = {right.company_id: right.company for right in rights}
    special = {action: can_each(reader, needed, places.values()) for action, needed in ONLY_BY.items()}
    left = _left_on(reader, places, [right.user_id for right in rights])
    perhaps = namesakes_left(reader, [(right.user, right.company_id) for right in rights])
    people.hide_numbers(reader, [right.claim_file for right in rights if right.claim_file])
    found = []
    for right in rights:
        row, changed = ledger.get(right.grant), False
        if row is not None:
            changed = not is_unchanged(right, row)
            right.take(row)
        if right.scope is not right.company:
            right.scope.company = right.company
        where = summary.scope_name(right.scope)
        own = right.user_id == reader.pk
        gone = right in waiting and (row is None or _over(row))
        found.append(
            Shown(
                right=right,
                role=str(summary.role_name(right.preset, right.scope_kind)),
                where=where,
                sentence=_sentence(right, where),
                changed=changed,
                gone=gone,
                decidable=right.pk in allowed and not own and not gone,
                droppable=all(right.company_id in special[action] for action in limited(right)),
                own=own,
                left_on=left.get((right.company_id, right.user_id)),
                ended=right.grant in over,
                namesake_left=perhaps.get((right.user_id, right.company_id)),
            )
        )
    return found


def _sentence(right: ReviewedRight, where: str) -> str:
    return summary.sentence(
        right.user.first_name,
        right.preset,
        where,
        extra=right.extra_actions,
        withheld=right.withheld_actions,
        until=right.until,
        kind=right.scope_kind,
    )


def _over(row: Any) -> bool:
    return row.until is not None and row.until < timezone.localdate()


def _left_on(reader: User, companies: Iterable[Any], users: list[Any]) -> dict[tuple[Any, Any], Any]:
    """By company and user: whose employment there has ended and when, as far as the reader sees employees."""
    rows = apps.get_model("companies.InsuredPerson").unrestricted.filter(
        company__in=list(companies), user__in=users
    )
    today = timezone.localdate()
    ends: dict[tuple[Any, Any], Any] = {}
    seen = visible_to(reader, "person.view", rows).order_by(F("employment_end").asc(nulls_last=True))
    for company, user, end in seen.values_list("company", "user", "employment_end"):
        ends[company, user] = end
    return {place: end for place, end in ends.items() if end is not None and end < today}


def roles_to_confirm(reader: User, review: AccessReview) -> dict[str, int]:
    """By heading: how many rights the reader may decide on, where there are several."""
    if review.ended is not None or not can(reader, MANAGE, review):
        return {}
    rights = ReviewedRight.unrestricted.filter(review=review, decision=Decision.OPEN).exclude(user=reader)
    seen = visible_to(reader, MANAGE, rights).order_by().values_list("preset", IsNull(F("claim_file"), False))
    numbers: Counter[str] = Counter()
    for preset, single, number in seen.annotate(number=Count("pk")):
        numbers[SINGLE_FILES if single else preset] += number
    return {heading: number for heading, number in numbers.items() if number > 1}
