"""Jobs of access reviews: opening, reminding, the report. They carry ids only."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from core import mail
from users.models import AccessReview, User
from users.tasks import RETRY, address


@app.periodic(cron="41 4 * * *")
@app.task(name="users.run_reviews", queueing_lock="users.run_reviews")
def run_reviews(timestamp: int) -> None:
    """Every morning: open the reviews of a period that has begun, look after those under way, tell of overdue ones.

    A report that could not be made is tried again: a signing key that was missing is put right some day.
    """
    from users import services

    today = timezone.localdate()
    for company in services.companies_to_review(today):
        open_review.defer(company_id=str(company))
    for review in AccessReview.unrestricted.filter(ended=None).values_list("pk", flat=True):
        look_after_review.defer(review_id=str(review))
    for review in AccessReview.unrestricted.filter(report=None).exclude(ended=None):
        make_review_report.defer(review_id=str(review.pk))
    for user, number in services.overdue_since(today - timedelta(days=1)).items():
        tell_of_overdue_reviews.defer(user_id=str(user), number=number)


@app.task(name="users.open_review", retry=RETRY)
def open_review(company_id: str) -> None:
    """Open the review of one company."""
    from users import services

    services.open_review(company_id)


@app.task(name="users.look_after_review", retry=RETRY)
def look_after_review(review_id: str) -> None:
    """End one review where nothing is left to decide, else remind of it on its days."""
    from users import services

    services.look_after(review_id)


@app.task(name="users.make_review_report", retry=RETRY)
def make_review_report(review_id: str) -> None:
    """Make and sign the report of a review that has ended."""
    from users import services

    services.make_review_report(review_id)


@app.task(name="users.remind_of_review", retry=RETRY)
def remind_of_review(review_id: str) -> None:
    """Mail those at the company who have something to decide; while the review is open."""
    from users import services

    review = AccessReview.unrestricted.select_related("company").filter(pk=review_id, ended=None).first()
    if review is None:
        return
    for user in services.people_to_remind(review):
        if User.News.ACCESS in user.unmailed:
            continue
        context = {
            "company": review.company.name,
            "due": review.due,
            "late": review.due < timezone.localdate(),
        }
        page = address("users:review", pk=str(review.pk))
        context |= {"button_url": page, "button_text": _("Review the rights")}
        mail.send("access_review", user.email, user.language, context)


@app.task(name="users.tell_of_overdue_reviews", retry=RETRY)
def tell_of_overdue_reviews(user_id: str, number: int) -> None:
    """Mail a contract manager how many reviews of his companies were not ended in time."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None and User.News.ACCESS not in user.unmailed:
        page = {"button_url": address("users:reviews"), "button_text": _("Look at the reviews")}
        mail.send("access_reviews_overdue", user.email, user.language, {"number": number, **page})
