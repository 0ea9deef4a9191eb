"""The demo's access reviews: one completed with its signed report, one under way, one overdue."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from companies.models import Company
from enterprise_portal.demo.people import KELLER, ROCHAT
from permissions.grants import GRANT_TABLES
from users import services
from users.models import AccessReview, ReviewedRight, User
from users.services import Choice
from users.services.reviews import period_of

KEEP = ReviewedRight.Decision.CONFIRMED


def make_reviews(companies: dict[str, Company], users: dict[str, User], reto: User) -> None:
    """Claire has reviewed the last period of Rochat and begun with this one; Keller's is overdue."""
    today = timezone.localdate()
    before = period_of(today, 3)[0] - timedelta(days=1)
    done = _open(companies[ROCHAT], period_of(before, 3)[0])
    _keep(done, users["claire"])
    _keep(done, reto)
    _moved(done, users["claire"].pk, done.begin + timedelta(days=17))
    services.make_review_report(done.pk)
    _due(_open(companies[ROCHAT], today), today + timedelta(days=16))
    _due(_open(companies[KELLER], today), today - timedelta(days=6))


def _open(company: Company, day: date) -> AccessReview:
    review = services.open_review(company.pk, today=day)
    assert review is not None
    return review


def _due(review: AccessReview, day: date) -> None:
    """Under way for a while: begun a month before it is due."""
    began = timezone.make_aware(datetime.combine(day - timedelta(days=30), time(6)))
    AccessReview.unrestricted.filter(pk=review.pk).update(created=began, due=day)
    given, rights = began - timedelta(days=200), ReviewedRight.unrestricted.filter(review=review)
    rights.update(granted=given)
    # What is still to decide is shown as the ledger has it.
    for table in GRANT_TABLES:
        table.objects.filter(uuid__in=rights.values("grant")).update(granted=given)


def _keep(review: AccessReview, by: User) -> None:
    rights = ReviewedRight.unrestricted.filter(review=review, decision="open").exclude(user=by)
    services.decide_rights(review.pk, {right.pk: Choice(KEEP, right.version) for right in rights}, by=by)


def _moved(review: AccessReview, claire: object, day: date) -> None:
    """What was done just now happened then."""
    began = timezone.make_aware(datetime.combine(review.begin, time(6)))
    ended = began + (day - review.begin) + timedelta(hours=4, minutes=12)
    AccessReview.unrestricted.filter(pk=review.pk).update(created=began, ended=ended)
    rights = ReviewedRight.unrestricted.filter(review=review)
    rights.update(granted=began - timedelta(days=200))
    rights.exclude(user=claire).update(decided=ended - timedelta(days=2, hours=1))
    rights.filter(user=claire).update(decided=ended)
