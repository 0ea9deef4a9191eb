"""Correcting what only the insurer can correct: asked with one click, answered by the contract manager."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow
from core.live import knock
from core.numbers import formatted
from permissions import grants
from permissions.audit import record
from permissions.policy import find, require, users_who_can
from users import tasks
from users.models import CorrectionRequest, User

TOPIC = "corrections"


@transaction.atomic
def request_correction(user: User, company: Any, subject: str, wanted: str = "") -> CorrectionRequest:
    """Ask the contract manager of a company to correct something; asking again while it is open changes nothing.

    Raises OutOfReach for a company the person does not belong to, ValidationError by field, NotNow for people
    of the insurer.
    """
    User.objects.select_for_update().get(pk=user.pk)
    require(user, "company.view", company)
    if grants.is_staff(user):
        raise NotNow(_("People of the insurer ask their own administration."))
    if subject not in CorrectionRequest.Subject.values:
        raise ValidationError({"subject": _("Choose one of the answers in the list.")})
    wanted = wanted.strip()
    if not wanted and subject != CorrectionRequest.Subject.DELETION:
        raise ValidationError({"wanted": _("Say what it should be, so that it can be corrected.")})
    asked = CorrectionRequest.unrestricted.filter(
        user=user, subject=subject, state=CorrectionRequest.State.OPEN
    ).first()
    if asked is not None:
        return asked
    asked = CorrectionRequest(user=user, company=company, subject=subject, wanted=wanted)
    asked.number = formatted("K", timezone.localdate().year)
    asked.clean_fields(exclude=["user", "company", "answered_by"])
    asked.save(force_insert=True)
    tasks.tell_of_correction.defer(request_id=str(asked.pk))
    knock(sorted(users_who_can("correction.answer", asked)), TOPIC, asked.pk)
    record(user, "correction.requested", asked, subject=subject, number=asked.number)
    return asked


@transaction.atomic
def answer_correction(request_id: Any, answer: str, *, by: User) -> CorrectionRequest:
    """Answer a request, once. Raises OutOfReach/NotAllowed, ValidationError by field, NotNow once answered."""
    rows = CorrectionRequest.unrestricted.select_for_update(of=("self",))
    asked = find(by, rows.select_related("user", "company"), request_id, "correction.answer")
    if asked.user_id == by.pk:
        raise NotAllowed("correction.answer", asked)
    if asked.state != CorrectionRequest.State.OPEN:
        raise NotNow(_("This request was answered already."), code="answered")
    asked.answer = answer.strip()
    if not asked.answer:
        raise ValidationError({"answer": _("Write a short answer.")})
    asked.state, asked.answered_by = CorrectionRequest.State.ANSWERED, by
    asked.answered = timezone.now()
    asked.clean_fields(exclude=["user", "company", "answered_by"])
    asked.save(update_fields=["answer", "state", "answered_by", "answered"])
    tasks.tell_of_correction.defer(request_id=str(asked.pk))
    knock([asked.user_id], TOPIC, asked.pk)
    record(by, "correction.answered", asked, user=asked.user_id, number=asked.number)
    return asked
