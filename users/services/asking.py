"""Asking for access, and how a request ends without an answer: taken back, given otherwise, lapsed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from core.live import knock
from permissions import grants, reach
from permissions.audit import record
from permissions.policy import can, explain, require, visible_to
from permissions.vocabulary import GRANTABLE, ONLY_BY, STAFF_PRESETS, VIEW_OF_MODEL
from users import tasks
from users.models import AccessRequest, User

State = AccessRequest.State
TOPIC = "access_requests"
# Whoever tries numbers one after the other reaches nobody any more.
MOST_OPEN = 20
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,19}")


def who_can_grant(action: str, company: Model, *, to: Any = None) -> list[User]:
    """Whom to ask for `action` at a company: its own managers of users, else the contract manager.

    `action` may be one that only the contract manager gives (`users.manage`). `to` cannot grant to himself.
    """
    ways = explain(ONLY_BY.get(action, "users.manage"), company)
    own = {way.user_id for way in ways if way.preset not in STAFF_PRESETS}
    staff = {way.user_id for way in ways if way.preset in STAFF_PRESETS}
    asked = own - {getattr(to, "pk", None)} or staff
    return list(User.objects.filter(pk__in=asked, is_active=True).order_by("sort_key"))


def knows_claims(user: User, company_id: Any) -> bool:
    """Whether somebody sees the claim files of a whole company, or at least their numbers."""
    reach_there = reach.reach_of(user)
    scopes = [reach_there.scopes(action) for action in VIEW_OF_MODEL["claims_files.ClaimFile"]]
    return any(each.everywhere or company_id in each.company for each in scopes)


def who_can_answer(asked: AccessRequest) -> list[User]:
    """Whom to tell of a request. Of a single claim file: who manages users and sees numbers, whether it exists or not."""
    if not asked.claim_number:
        return who_can_grant(asked.action, asked.company, to=asked.user)
    managers = {way.user_id for way in explain("users.manage", asked.company)} - {asked.user_id}
    people = User.objects.filter(pk__in=managers, is_active=True).order_by("sort_key")
    return [user for user in people if knows_claims(user, asked.company_id)]


@transaction.atomic
def request_access(user: User, company: Any, action: str, *, claim_number: str = "") -> AccessRequest:
    """Ask for a right at a company; asking again while it is open changes nothing.

    With `claim_number`, `claim.view` on that single claim file: whether there is one nobody learns by asking.
    Raises OutOfReach for a company the person does not belong to, ValidationError for a right that is not
    given to customers and for what is no number, NotNow if he has it or is of the insurer.
    """
    User.objects.select_for_update().get(pk=user.pk)
    require(user, "company.view", company)
    claim_number = _number(claim_number)
    if action not in GRANTABLE or (claim_number and action != "claim.view"):
        raise ValidationError({"action": _("This right is not given to customers.")})
    if grants.is_staff(user):
        raise NotNow(_("People of the insurer receive their role from the insurer."))
    if holds(user, company.pk, action, claim_number):
        raise NotNow(_("You have this right already."))
    open_ones = AccessRequest.unrestricted.filter(user=user, state=State.OPEN)
    found = open_ones.filter(company=company, action=action, claim_number=claim_number).first()
    if found is None:
        if open_ones.count() >= MOST_OPEN:
            raise NotNow(_("Many of your requests are still open. Wait for an answer, or take one back."))
        found = AccessRequest.unrestricted.create(
            user=user, company=company, action=action, claim_number=claim_number
        )
        tasks.tell_of_request.defer(request_id=str(found.pk))
        knock([each.pk for each in who_can_answer(found)], TOPIC, found.pk)
        record(user, "access.requested", found, action=action, **({"single": True} if claim_number else {}))
    return found


def _number(text: str) -> str:
    number = "".join(text.split()).upper()
    if number and not NUMBER.fullmatch(number):
        raise ValidationError({"claim_number": _("Enter the claim number as it was told to you.")})
    return number


def holds(user: User, company_id: Any, action: str, claim_number: str = "") -> bool:
    """Whether somebody has what was asked for, or would be: the right on the company, or the single claim file."""
    if not claim_number:
        return company_id in reach.reach_of(user).scopes(action).company
    return visible_to(user, action).filter(company=company_id, number=claim_number).exists()


@transaction.atomic
def withdraw_request(request_id: Any, *, by: User) -> AccessRequest:
    """Take back what one asked for oneself. Raises OutOfReach for requests of others, NotNow once it has ended."""
    rows = AccessRequest.unrestricted.select_for_update(of=("self",)).select_related("user", "company")
    asked = rows.filter(pk=request_id, user=by.pk).first()
    if asked is None:
        raise OutOfReach
    if asked.state != State.OPEN:
        raise NotNow(_("This request was answered already."), code="answered")
    _end(asked, State.WITHDRAWN)
    record(by, "access.withdrawn", asked, action=asked.action)
    return asked


def settle_requests(user_id: Any) -> None:
    """Somebody's rights have changed: end his requests for what he has now, and where he no longer belongs.

    Within the caller's transaction.
    """
    reach.forget()
    for asked in _open_ones().filter(user=user_id):
        if holds(asked.user, asked.company_id, asked.action, asked.claim_number):
            _end(asked, State.GIVEN)
            record(None, "access.settled", asked, user=asked.user_id, action=asked.action)
        elif not can(asked.user, "company.view", asked.company):
            _lapse(asked)


def end_access_requests(user: User) -> None:
    """Within the caller's transaction: nothing that this account asked for waits any longer."""
    for asked in _open_ones().filter(user=user):
        _lapse(asked)


@transaction.atomic
def sweep_access_requests() -> None:
    """End what nobody answered within `ACCESS_REQUEST_DAYS`; the person is told. What a date has ended, too."""
    oldest = timezone.now() - timedelta(days=settings.ACCESS_REQUEST_DAYS)
    for asked in _open_ones().filter(created__lt=oldest):
        _lapse(asked)
        tasks.tell_of_answer.defer(request_id=str(asked.pk))
    for user_id in set(_open_ones().values_list("user", flat=True)):
        settle_requests(user_id)


def _open_ones() -> QuerySet[AccessRequest]:
    # One that is being answered at this moment is left to whoever answers it: he holds its row, and may be
    # waiting for one that the caller holds.
    rows = AccessRequest.unrestricted.select_for_update(of=("self",), skip_locked=True)
    return rows.filter(state=State.OPEN).select_related("user", "company").order_by("pk")


def _lapse(asked: AccessRequest) -> None:
    _end(asked, State.LAPSED)
    record(None, "access.lapsed", asked, user=asked.user_id, action=asked.action)


def _end(asked: AccessRequest, state: str) -> None:
    asked.state, asked.answered = state, timezone.now()
    asked.save(update_fields=["state", "answered"])
    knock([asked.user_id, *(each.pk for each in who_can_answer(asked))], TOPIC, asked.pk)
