"""Jobs of claim files. They carry ids only."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from claims_files import services
from claims_files.guarantees import services as guarantees
from claims_files.models import OpenAnswers
from claims_files.plans import services as plans
from core.errors import OutOfReach


@app.periodic(cron="11 5 * * *")
@app.task(name="claims_files.due_answers", queueing_lock="claims_files.due_answers")
def due_answers(timestamp: int) -> None:
    """Every morning: the answers whose day has come."""
    rows = OpenAnswers.unrestricted.filter(told=None, due__lte=timezone.localdate())
    for row in rows.values_list("pk", flat=True):
        tell_of_due_answers.defer(row_id=str(row))


@app.task(name="claims_files.tell_of_due_answers", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def tell_of_due_answers(row_id: str) -> None:
    """Tell those who still owe answers to a report."""
    try:
        services.tell_of_due_answers(UUID(row_id))
    except OutOfReach:
        # Answered since the job was made.
        return


@app.periodic(cron="23 5 * * *")
@app.task(name="claims_files.overdue_papers", queueing_lock="claims_files.overdue_papers")
def overdue_papers(timestamp: int) -> None:
    """Every morning: the requested papers whose due date is over."""
    for row in services.unreminded(timezone.localdate()).values_list("pk", flat=True):
        tell_of_overdue_paper.defer(paper_id=str(row))


@app.task(name="claims_files.tell_of_overdue_paper", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def tell_of_overdue_paper(paper_id: str) -> None:
    """Remind once of a requested paper."""
    try:
        services.tell_of_overdue(UUID(paper_id))
    except OutOfReach:
        # Sent, or no longer needed, since the job was made.
        return


@app.periodic(cron="31 5 * * *")
@app.task(name="claims_files.ending_certificates", queueing_lock="claims_files.ending_certificates")
def ending_certificates(timestamp: int) -> None:
    """Every morning: the cases whose last certificate ends soon."""
    for row in services.ending(timezone.localdate()).values_list("pk", flat=True):
        tell_of_ending_certificate.defer(claim_id=str(row))


@app.task(
    name="claims_files.tell_of_ending_certificate", retry=RetryStrategy(max_attempts=8, exponential_wait=4)
)
def tell_of_ending_certificate(claim_id: str) -> None:
    """Tell once that a certificate ends soon."""
    try:
        services.tell_of_ending(UUID(claim_id))
    except OutOfReach:
        # Another certificate came since the job was made.
        return


@app.task(name="claims_files.file_letter", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def file_letter(decision_id: str) -> None:
    """After a decision: make its letter and lay it into the folder of the case."""
    services.file_letter(UUID(decision_id))


@app.periodic(cron="37 5 * * *")
@app.task(name="claims_files.plan_reviews", queueing_lock="claims_files.plan_reviews")
def plan_reviews(timestamp: int) -> None:
    """Every morning: the return-to-work plans that are to be looked at again."""
    for row in plans.due_for_review(timezone.localdate()).values_list("pk", flat=True):
        remind_of_plan.defer(plan_id=str(row))


@app.task(name="claims_files.remind_of_plan", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def remind_of_plan(plan_id: str) -> None:
    """Remind of one plan."""
    try:
        plans.remind_of_review(UUID(plan_id))
    except OutOfReach:
        # Changed, or the claim closed, since the job was made.
        return


@app.task(name="claims_files.file_guarantee_letter", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def file_guarantee_letter(answer_id: str) -> None:
    """After an answer to a request for a cost guarantee: the same with its letter."""
    guarantees.file_letter(UUID(answer_id))


@app.periodic(cron="23 5 * * *")
@app.task(name="claims_files.near_deadlines", queueing_lock="claims_files.near_deadlines")
def near_deadlines(timestamp: int) -> None:
    """Every morning: the deadlines that are near, and those that matter no more."""
    today = timezone.localdate()
    services.forget_lapsed(today)
    for row in services.deadlines_to_tell(today).values_list("pk", flat=True):
        remind_of_deadline.defer(deadline_id=str(row))


@app.task(name="claims_files.remind_of_deadline", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def remind_of_deadline(deadline_id: str) -> None:
    """Remind of one deadline."""
    try:
        services.remind_of_deadline(UUID(deadline_id))
    except OutOfReach:
        # Done, or no longer there, since the job was made.
        return


@app.task(
    name="claims_files.keep_deadlines_of_contract", retry=RetryStrategy(max_attempts=8, exponential_wait=4)
)
def keep_deadlines_of_contract(contract_id: str) -> None:
    """Reckon the deadlines of a contract's claim files anew."""
    services.keep_deadlines_of_contract(UUID(contract_id))
