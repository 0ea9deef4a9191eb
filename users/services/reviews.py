"""Access reviews: opened at regular times, every right confirmed or dropped, ended with a signed report (decision 0019).

Who manages users at the company decides, never on his own rights. Dropping is taking access away, by its rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core import signing
from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from permissions import grants
from permissions.audit import by_means_of, record
from permissions.holders import grants_named
from permissions.ledger import Grant
from permissions.policy import can, can_each, can_somewhere, explain, require
from permissions.vocabulary import ONLY_BY, STAFF_PRESETS, effective
from users import review_tasks as tasks
from users.models import AccessReview, ReviewedRight, ReviewReport, ReviewSettings, User
from users.models.reviews import SINGLE_FILES
from users.services.access import remove_access

TOPIC = "access_reviews"
MANAGE = "users.manage"
Decision = ReviewedRight.Decision
# Beside confirming and dropping: for a right that only the contract manager takes away.
HAND_ON = "hand_on"


@dataclass(frozen=True)
class Choice:
    """What somebody decided on a right, and which version of it he saw."""

    decision: str
    version: str


# --- Settings ---------------------------------------------------------------------------------------


def review_settings() -> ReviewSettings:
    """How often access is reviewed; the portal's own values until somebody has set them."""
    return ReviewSettings.objects.first() or ReviewSettings()


@transaction.atomic
def set_review_settings(values: ReviewSettings, *, by: User) -> ReviewSettings:
    """Set how often access is reviewed and when it is reminded; reviews under way stay as they are.

    By a holder of `settings.manage`. Raises NotAllowed, ValidationError by field.
    """
    if not can_somewhere(by, "settings.manage"):
        raise NotAllowed("settings.manage")
    values.full_clean(validate_unique=False, validate_constraints=False)
    values.save()
    facts: dict[str, Any] = {"months": values.months, "days": values.days, "reminders": values.reminders}
    record(by, "settings.review_changed", **facts, overdue_every=values.overdue_every)
    return values


def period_of(day: date, months: int) -> tuple[date, date]:
    """First and last day of the period of so many months (1, 3, 6 or 12) in which a day lies."""
    first = (day.month - 1) // months * months + 1
    begin = date(day.year, first, 1)
    after = date(day.year + 1, 1, 1) if first + months > 12 else date(day.year, first + months, 1)
    return begin, after - timedelta(days=1)


# --- Opening ----------------------------------------------------------------------------------------


def companies_to_review(today: date) -> list[Any]:
    """The companies (ids) that have no review of this period yet, and rights that were given before it began.

    A day that was missed is made up for; a company that is new waits for its first whole period.
    """
    begin, _end = period_of(today, review_settings().months)
    return [
        key
        for key in grants.companies_with_grants(before=begin)
        if not AccessReview.unrestricted.filter(company=key, begin__gte=begin).exists()
    ]


@transaction.atomic
def open_review(company_id: Any, *, today: date | None = None) -> AccessReview | None:
    """Open the review of the present period with every right in force; one that is still open ends unfinished.

    None where there is one already, or nothing to review. Those who decide are told.
    """
    today = today or timezone.localdate()
    rules = review_settings()
    begin, end = period_of(today, rules.months)
    # The review first, then what it speaks of: in the order of whoever decides.
    former_rows = AccessReview.unrestricted.select_for_update(of=("self",)).filter(
        company=company_id, ended=None
    )
    formers = list(former_rows.select_related("company"))
    company = Company.unrestricted.filter(pk=company_id).first()
    rows = grants.grants_at(company_id)
    known = AccessReview.unrestricted.filter(company=company, begin__gte=begin)
    if company is None or not rows or known.exists():
        return None
    for former in formers:
        _end(former, None, unfinished=bool(_settle_gone(former)))
    try:
        with transaction.atomic():
            review = AccessReview.unrestricted.create(
                company=company, begin=begin, end=end, due=today + timedelta(days=rules.days)
            )
    except IntegrityError:
        # Somebody was faster.
        return None
    managers = reviewers_at(company)
    ReviewedRight.unrestricted.bulk_create(_right(review, row, managers) for row in rows)
    record(None, "review.opened", review, rights=len(rows), due=review.due)
    tasks.remind_of_review.defer(review_id=str(review.pk))
    return review


def reviewers_at(company: Any) -> set[Any]:
    """The ids of the company's own people who manage users there: they decide."""
    return {way.user_id for way in explain(MANAGE, company) if way.preset not in STAFF_PRESETS}


def _right(review: AccessReview, row: Grant, managers: set[Any]) -> ReviewedRight:
    kind, scope = row.SCOPE, row.content_object
    right = ReviewedRight(
        review=review,
        company_id=review.company_id,
        user_id=row.user_id,
        grant=row.uuid,
        for_insurer=not managers - {row.user_id},
        person_id=scope.person_id if kind == "claim_file" else None,
    )
    if kind != "company":
        setattr(right, kind, scope)
    right.take(row)
    return right


# --- Deciding ---------------------------------------------------------------------------------------


@transaction.atomic
def decide_rights(
    review_id: Any, choices: Mapping[Any, Choice], *, by: User, keep_role: str = "", number: int = 0
) -> int:
    """Decide on rights of a review, all or none of them; returns on how many.

    With `keep_role`, all others under that heading (a role, or `SINGLE_FILES`) are confirmed, too, as far as they are as
    when the review began; what was changed since is looked at singly. `number` is how many of them the decider saw.
    What ended meanwhile needs no decision. Raises OutOfReach/NotAllowed, also for own rights and for user management,
    which only the contract manager drops; NotNow if the review has ended, if somebody was faster, if a right is
    another one than the decider saw, or if the company's last administrator would go.
    """
    review = _locked(review_id, by)
    rights = _rights_to_decide(review, choices, by)
    others = _others_of_role(review, keep_role, number, by) if keep_role else {}
    ledger = {row.uuid: row for row in grants_named([right.grant for right in rights])}
    done = 0
    for right in rights:
        choice, row = choices[right.pk], ledger.get(right.grant)
        if row is None or _over(row):
            continue
        right.take(row)
        if right.version != choice.version:
            raise NotNow(
                _("The access of %(name)s was changed meanwhile. Look at it again.")
                % {"name": right.user.name},
                code="changed",
            )
        _decide(review, right, choice.decision, by)
        done += 1
    done += _keep(review, [right for key, right in others.items() if key not in choices], by)
    _go_on(review, by)
    return done


def _others_of_role(review: AccessReview, heading: str, number: int, by: User) -> dict[Any, ReviewedRight]:
    rights = list(_open_rights(review).filter(ReviewedRight.under(heading)).exclude(user=by))
    allowed = can_each(by, MANAGE, rights)
    shown = {right.pk: right for right in rights if right.pk in allowed}
    if len(shown) != number:
        raise NotNow(_("The list has changed meanwhile. Look at it again."), code="changed")
    return shown


def _keep(review: AccessReview, rights: list[ReviewedRight], by: User) -> int:
    known = {right.grant: right for right in rights}
    rows = [row for row in grants_named(list(known)) if not _over(row)]
    same = [known[row.uuid] for row in rows if is_unchanged(known[row.uuid], row)]
    if same:
        ReviewedRight.unrestricted.filter(pk__in=[right.pk for right in same]).update(
            decision=Decision.CONFIRMED, decided=timezone.now(), decided_by=by
        )
        heading = same[0].heading
        what: dict[str, Any] = {"scope": heading} if heading == SINGLE_FILES else {"preset": heading}
        record(by, "review.confirmed", review, **what, rights=len(same))
    return len(same)


def is_unchanged(right: ReviewedRight, row: Grant) -> bool:
    """Whether a ledger row still amounts to what it did when the review began."""
    before = right.version
    now = ReviewedRight(
        preset=row.preset,
        extra_actions=row.extra_actions,
        withheld_actions=row.withheld_actions,
        until=row.until,
    )
    return before == now.version


def limited(right: ReviewedRight) -> set[str]:
    """The rights in it that not everybody who manages users may take away."""
    return effective(right.preset, right.extra_actions, right.withheld_actions) & set(ONLY_BY)


def _locked(review_id: Any, by: User) -> AccessReview:
    rows = AccessReview.unrestricted.select_for_update(of=("self",)).select_related("company")
    review = rows.filter(pk=review_id).first()
    if review is None or not can(by, "users.view", review):
        raise OutOfReach
    require(by, MANAGE, review)
    if review.ended is not None:
        raise NotNow(_("This review has ended: its report says how."), code="ended")
    return review


def _open_rights(review: AccessReview) -> QuerySet[ReviewedRight]:
    return ReviewedRight.unrestricted.filter(review=review, decision=Decision.OPEN).select_related("user")


def _rights_to_decide(review: AccessReview, choices: Mapping[Any, Choice], by: User) -> list[ReviewedRight]:
    rows = ReviewedRight.unrestricted.filter(review=review, pk__in=list(choices)).select_related("user")
    rights = list(rows.order_by("preset", "user__sort_key", "pk"))
    if len(rights) < len(choices) or {right.pk for right in rights} - can_each(by, MANAGE, rights):
        raise OutOfReach
    if any(right.user_id == by.pk for right in rights):
        raise NotAllowed(MANAGE, review)
    if any(not right.is_open for right in rights):
        raise NotNow(_("Somebody has decided on this already."), code="decided")
    return rights


def _decide(review: AccessReview, right: ReviewedRight, decision: str, by: User) -> None:
    facts: dict[str, Any] = {"user": right.user_id, "preset": right.preset, "grant": right.grant}
    if decision == HAND_ON:
        right.for_insurer = True
        right.save(update_fields=["for_insurer"])
        record(by, "review.handed_on", review, **facts)
        return
    right.decision, right.decided, right.decided_by = decision, timezone.now(), by
    if decision == Decision.DROPPED:
        with by_means_of(review=review.pk):
            remove_access(right.grant, by=by)
    else:
        record(by, "review.confirmed", review, **facts)
    right.save()


def _over(row: Grant) -> bool:
    return row.until is not None and row.until < timezone.localdate()


# --- Ending -----------------------------------------------------------------------------------------


@transaction.atomic
def look_after(review_id: Any, *, today: date | None = None) -> None:
    """For the daily job: end a review in which nothing is left to decide, else remind of it on its days."""
    today = today or timezone.localdate()
    rows = AccessReview.unrestricted.select_for_update(of=("self",)).filter(pk=review_id, ended=None)
    review = rows.select_related("company").first()
    if review is None:
        return
    _go_on(review, None)
    if review.ended is None and review.reminded != today and _is_day_to_remind(review, today):
        review.reminded = today
        review.save(update_fields=["reminded"])
        tasks.remind_of_review.defer(review_id=str(review.pk))


def _is_day_to_remind(review: AccessReview, today: date) -> bool:
    rules, left = review_settings(), (review.due - today).days
    return left in {0, *rules.reminders} or (left < 0 and (-left - 1) % rules.overdue_every == 0)


def _go_on(review: AccessReview, by: User | None) -> None:
    """After something was decided: with nothing left the review ends."""
    if not _settle_gone(review):
        _end(review, by)
    knock(sorted(reviewers_at(review.company)), TOPIC, review.pk)


def _settle_gone(review: AccessReview) -> int:
    """Note which rights ended otherwise; returns on how many somebody has still to decide."""
    left = list(_open_rights(review))
    there = {row.uuid for row in grants_named([right.grant for right in left]) if not _over(row)}
    gone = [right.pk for right in left if right.grant not in there]
    ReviewedRight.unrestricted.filter(pk__in=gone).update(decision=Decision.GONE, decided=timezone.now())
    return len(left) - len(gone)


def _end(review: AccessReview, by: User | None, *, unfinished: bool = False) -> None:
    review.ended, review.ended_by, review.unfinished = timezone.now(), by, unfinished
    review.save(update_fields=["ended", "ended_by", "unfinished"])
    tasks.make_review_report.defer(review_id=str(review.pk))


@transaction.atomic
def make_review_report(review_id: Any) -> ReviewReport | None:
    """Set, sign and keep the report of a review that has ended; its SHA-256 goes into the audit trail. Once."""
    # What the paper needs stands above this module.
    from users import review_paper

    rows = AccessReview.unrestricted.select_for_update(of=("self",)).select_related("company", "ended_by")
    review = rows.exclude(ended=None).filter(pk=review_id).first()
    if review is None or hasattr(review, "report"):
        return None
    pdf = signing.sign(review_paper.pdf_of(review), reason=review_paper.REASON)
    report = ReviewReport.objects.create(
        review=review,
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        certificate_sha256=signing.certificate_fingerprint(),
    )
    event_facts: dict[str, Any] = {"sha256": report.sha256, **review_paper.counts(review)}
    if review.unfinished:
        record(None, "review.unfinished", review, **event_facts)
    else:
        record(review.ended_by, "review.completed", review, **event_facts)
    knock(sorted(reviewers_at(review.company)), TOPIC, review.pk)
    return report


def find_report(review: AccessReview) -> ReviewReport:
    """The kept report, byte by byte as it was signed. Raises OutOfReach before there is one."""
    report = ReviewReport.objects.filter(review=review).first()
    if report is None:
        raise OutOfReach
    report.pdf = bytes(report.pdf)
    if hashlib.sha256(report.pdf).hexdigest() != report.sha256:
        raise RuntimeError(f"The report of review {review.pk} is not the one that was signed.")
    return report


# --- Who is told ------------------------------------------------------------------------------------


def waiting_for(user: Any, reviews: QuerySet[AccessReview], *, insurer: bool) -> QuerySet[AccessReview]:
    """Of these open reviews those in which somebody has something to decide.

    At the insurer: what nobody at the company can decide or was left to it, and what is overdue.
    """
    rights = ReviewedRight.unrestricted.filter(review=OuterRef("pk"), decision=Decision.OPEN)
    rights = rights.exclude(user=user)
    if not insurer:
        return reviews.filter(Exists(rights.filter(for_insurer=False)))
    late = reviews.filter(due__lt=timezone.localdate()).values("pk")
    left = reviews.filter(Exists(rights.filter(for_insurer=True))).values("pk")
    return reviews.filter(Exists(rights), pk__in=late.union(left))


def people_to_remind(review: AccessReview) -> list[User]:
    """Who at the company still has something to decide."""
    people = User.objects.filter(pk__in=reviewers_at(review.company), is_active=True).order_by("sort_key")
    theirs = _open_rights(review).filter(for_insurer=False)
    return [user for user in people if theirs.exclude(user=user).exists()]


def overdue_since(day: date) -> dict[Any, int]:
    """How many open reviews had this last day, by contract manager (id)."""
    rows = AccessReview.unrestricted.filter(ended=None, due=day, company__contract_manager__is_active=True)
    counted = rows.values_list("company__contract_manager").annotate(number=Count("pk")).order_by()
    return dict(counted)
