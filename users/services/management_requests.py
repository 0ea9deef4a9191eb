"""Four eyes: user management comes into force through two people (decision 0017).

The insurer's contract manager never gives it alone: what he gives waits until somebody else confirms it, and
everything else of the act takes effect at once. What the customer's people ask for, he confirms himself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from permissions import grants, reach
from permissions.audit import record
from permissions.ledger import Grant
from permissions.policy import can, require, users_who_can
from permissions.vocabulary import CONFIRMED_BY, ONLY_BY
from users import rights_tasks
from users.models import Invitation, ManagementRequest, User

TOPIC = "access_requests"
MANAGE = "users.manage"
GRANT = ONLY_BY[MANAGE]
State = ManagementRequest.State


# --- What waits, and what does not ------------------------------------------------------------------


def apart(
    before: Grant | None,
    scope: Any,
    preset: str,
    extra: Iterable[str],
    withheld: Iterable[str],
    until: date | None,
    *,
    by: User,
) -> tuple[list[str], date | None, bool]:
    """What of a role takes effect at once: its further rights and its end; and whether user management has to wait.

    Whoever may not give user management at all is refused later, by the ledger itself.
    """
    extra = list(extra)
    if not grants.given_anew(before, preset, extra, withheld, until) or not can(by, GRANT, scope):
        return extra, until, False
    if before is not None and grants.limited(before):
        # Somebody who manages users already is to do so for longer: until that is confirmed, the end stays.
        return extra, before.until, True
    return [action for action in extra if action not in ONLY_BY], until, True


def ask_for_row(row: Grant, until: date | None, *, by: User) -> ManagementRequest:
    """Within the caller's transaction: let user management of a ledger row wait for a second person."""
    prolongs = bool(grants.limited(row))
    place = {row.SCOPE: row.content_object} | {"company_id": _company_of(row)}
    values = {"user": row.user, "grant": row.uuid, "prolongs": prolongs, "until": until if prolongs else None}
    return _ask(Q(grant=row.uuid), {**place, **values}, by=by)


def ask_for_invitation(invitation: Invitation, *, by: User) -> ManagementRequest:
    """Within the caller's transaction: let user management that was promised wait for a second person."""
    places = ("company", "site", "contract", "claim_file")
    place = {f"{kind}_id": getattr(invitation, f"{kind}_id") for kind in places}
    return _ask(Q(invitation=invitation), {**place, "invitation": invitation}, by=by)


def _ask(same: Q, values: dict[str, Any], *, by: User) -> ManagementRequest:
    terms = {"prolongs": values.get("prolongs", False), "until": values.get("until"), "asked_by": by}
    # A second click.
    if found := ManagementRequest.unrestricted.filter(same, state=State.OPEN, **terms).first():
        return found
    _withdraw(same)
    asked = ManagementRequest.unrestricted.create(**values, asked_by=by)
    rights_tasks.tell_of_management_request.defer(request_id=str(asked.pk))
    knock([user.pk for user in who_confirms(asked)], TOPIC, asked.pk)
    record(by, "management.requested", asked, user=asked.user_id)
    return asked


def _company_of(row: Grant) -> Any:
    return row.content_object_id if row.SCOPE == "company" else row.content_object.company_id


def withdraw_for_row(row: Grant) -> None:
    """Within the caller's transaction: the access goes, and with it what was asked for it, by invitation too."""
    place = {f"{kind}_id": None for kind in ("site", "contract", "claim_file")}
    place |= {"company_id": _company_of(row), f"{row.SCOPE}_id": row.content_object_id}
    promised = Q(invitation__accepted_by=row.user_id, invitation__preset=row.preset, **place)
    _withdraw(Q(grant=row.uuid) | promised)


def withdraw_for_invitation(invitation: Invitation) -> None:
    """Within the caller's transaction: the invitation goes, and with it what was asked for it."""
    _withdraw(Q(invitation=invitation))


def end_management_requests(user: User) -> None:
    """Within the caller's transaction: nothing that this person asked for, or was asked for him, waits any longer."""
    _withdraw(Q(user=user) | Q(asked_by=user))


def _withdraw(which: Q) -> None:
    rows = ManagementRequest.unrestricted.filter(which, state=State.OPEN)
    rows.update(state=State.WITHDRAWN, answered=timezone.now())


# --- Asking for somebody, and answering -------------------------------------------------------------


@transaction.atomic
def request_management(grant_uuid: Any, *, by: User) -> ManagementRequest:
    """Ask that a colleague may manage users where he has access; asking again while it is open changes nothing.

    By whoever manages users there. Raises OutOfReach/NotAllowed, for oneself too, NotNow if he manages users already
    or the access has ended.
    """
    row = grants.find(grant_uuid)
    if not can(by, "users.view", row.content_object):
        raise OutOfReach
    list(User.objects.select_for_update(no_key=True).filter(pk=row.user_id).values_list("pk"))
    _lock(row.content_object)
    # As it is now that nobody else changes it.
    row = grants.find(grant_uuid)
    require(by, MANAGE, row.content_object)
    if row.user_id == by.pk:
        raise NotAllowed(MANAGE, row.content_object)
    if grants.limited(row):
        raise NotNow(_("This person manages users already."))
    if not grants.in_force(row):
        raise NotNow(_("This access has ended. Give it anew first."))
    found = ManagementRequest.unrestricted.filter(grant=row.uuid, state=State.OPEN).first()
    return found or ask_for_row(row, None, by=by)


@transaction.atomic
def confirm_management(request_id: Any, *, by: User) -> ManagementRequest:
    """Confirm that somebody may manage users: from now on he does.

    By somebody else than who asked and who is to manage users; one of the two who decide may give user management
    himself. Raises OutOfReach/NotAllowed, NotNow once it was answered or whoever asked may no longer do so.
    """
    asked = _to_answer(request_id, by)
    first = _giver(asked, by)
    try:
        if asked.invitation is not None and asked.invitation.accepted is None:
            _widen_invitation(asked, first, by)
        else:
            _widen_row(asked, first, by)
    except ValidationError as error:
        raise NotNow(error.messages[0], code="lapsed") from error
    return _answer(asked, State.CONFIRMED, by)


@transaction.atomic
def decline_management(request_id: Any, *, by: User) -> ManagementRequest:
    """Decline it; whoever asked takes it back so. Raises OutOfReach/NotAllowed, NotNow once it was answered."""
    asked = _locked(request_id)
    if asked.asked_by_id == by.pk and can(by, "users.view", asked):
        _check_open(asked)
        record(by, "management.withdrawn", asked, user=asked.user_id)
        return _answer(asked, State.WITHDRAWN, by)
    asked = _to_answer(request_id, by)
    record(by, "management.declined", asked, user=asked.user_id)
    return _answer(asked, State.DECLINED, by)


def who_confirms(asked: ManagementRequest) -> list[User]:
    """Who may confirm or decline a request, by name."""
    able = users_who_can(CONFIRMED_BY, asked) - {asked.asked_by_id, asked.user_id}
    if asked.asked_by is None or not can(asked.asked_by, GRANT, asked.scope):
        able &= users_who_can(GRANT, asked.scope)
    return list(User.objects.filter(pk__in=able, is_active=True).order_by("sort_key"))


def may_confirm(asked: ManagementRequest, by: User) -> bool:
    """Whether somebody may confirm this open request."""
    return any(user.pk == by.pk for user in who_confirms(asked))


def _to_answer(request_id: Any, by: User) -> ManagementRequest:
    asked = _locked(request_id)
    require(by, CONFIRMED_BY, asked)
    # Four eyes are two people, and nobody grants to himself.
    own = asked.invitation is not None and asked.invitation.email == by.email
    if own or by.pk in {asked.asked_by_id, asked.user_id}:
        raise NotAllowed(CONFIRMED_BY, asked)
    _check_open(asked)
    return asked


def _giver(asked: ManagementRequest, by: User) -> User:
    """Of the two who decide, the one who may give user management."""
    first = asked.asked_by
    if first is None or not can(first, MANAGE, asked.scope):
        raise NotNow(_("Whoever asked for this may no longer do so. Decline it."), code="lapsed")
    for giver in (first, by):
        if can(giver, GRANT, asked.scope):
            return giver
    raise NotAllowed(GRANT, asked.scope)


def _widen_row(asked: ManagementRequest, giver: User, by: User) -> None:
    row = _row_of(asked)
    if row is None:
        raise NotNow(_("The person no longer has this access. Decline the request."), code="gone")
    if not grants.in_force(row):
        raise NotNow(_("This access has ended. Give it anew first."), code="gone")
    if asked.prolongs and not grants.limited(row):
        # Taken away meanwhile: what is no longer there does not last longer.
        raise NotNow(_("The person no longer has this access. Decline the request."), code="gone")
    grants.change(
        row,
        preset=row.preset,
        by=giver,
        extra={*row.extra_actions, MANAGE},
        withheld=set(row.withheld_actions) - {MANAGE},
        until=asked.until if asked.prolongs else row.until,
        second=_second(asked, giver, by),
        confirmation=(by, asked),
    )
    knock([row.user_id], "access", row.user_id)


def _second(asked: ManagementRequest, giver: User, by: User) -> Any:
    """Of the two who decide, the one beside the giver."""
    return by if giver != by else asked.asked_by


def _row_of(asked: ManagementRequest) -> Grant | None:
    """The ledger row to widen: the one asked about, or the one that the accepted invitation gave."""
    if asked.invitation is None:
        try:
            return grants.find(asked.grant)
        except OutOfReach:
            return None
    found = grants.TABLE_OF_MODEL[asked.scope._meta.label].objects.filter(
        user=asked.invitation.accepted_by,
        content_object=asked.scope,
        permission__codename=asked.invitation.preset,
    )
    return found.select_related("permission", "user", "content_object").first()


def _widen_invitation(asked: ManagementRequest, giver: User, by: User) -> None:
    """The promise is from now on that of whoever may give user management: it ends with his right."""
    invitation: Any = asked.invitation
    if invitation.withdrawn:
        raise NotNow(_("This invitation was withdrawn."), code="withdrawn")
    invitation.extra_actions = sorted({*invitation.extra_actions, MANAGE})
    invitation.invited_by = giver
    invitation.save(update_fields=["extra_actions", "invited_by"])
    facts = {
        "user": None,
        "preset": invitation.preset,
        "extra": invitation.extra_actions,
        "withheld": invitation.withheld_actions,
        "until": invitation.until,
        "second": _second(asked, giver, by).pk,
    }
    record(by, "management.confirmed", asked, giver=giver.pk, **facts)


def _answer(asked: ManagementRequest, state: str, by: User) -> ManagementRequest:
    asked.state, asked.answered_by, asked.answered = state, by, timezone.now()
    asked.save(update_fields=["state", "answered_by", "answered"])
    reach.forget()
    if state != State.WITHDRAWN:
        rights_tasks.tell_of_management_answer.defer(request_id=str(asked.pk))
    knock([asked.asked_by_id, *(user.pk for user in who_confirms(asked))], TOPIC, asked.pk)
    return asked


def _check_open(asked: ManagementRequest) -> None:
    if asked.state != State.OPEN:
        raise NotNow(_("This request was answered already."), code="answered")


def _locked(request_id: Any) -> ManagementRequest:
    """The request under a lock, after what it stands on: whoever takes that away holds it and waits for the request."""
    places = ("company", "site", "contract", "claim_file")
    asked = ManagementRequest.unrestricted.select_related(*places).filter(pk=request_id).first()
    if asked is None:
        raise OutOfReach
    _lock(asked.scope)
    if asked.invitation_id is not None:
        Invitation.unrestricted.select_for_update(of=("self",)).filter(pk=asked.invitation_id).first()
    rows = ManagementRequest.unrestricted.select_for_update(of=("self",))
    found = rows.select_related(*places, "user", "invitation__accepted_by", "asked_by").filter(pk=request_id)
    return found.get()


def _lock(scope: Any) -> None:
    """Acts on one scope come one after the other, whoever they are about."""
    type(scope)._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=scope.pk).first()
    reach.forget()
