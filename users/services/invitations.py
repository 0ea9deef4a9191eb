"""Inviting: a grant promised to an address, mailed as a link, accepted once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.audit import record
from permissions.policy import require
from permissions.vocabulary import ONLY_BY
from users import tasks
from users.belonging import held_today, left_by
from users.models import Activation, Invitation, InvitationLink, User, digest, invitation_expiry
from users.services.email import read_address
from users.services.management_requests import (
    apart,
    ask_for_invitation,
    ask_for_row,
    withdraw_for_invitation,
)
from users.services.terms import accept_as_read

# A new link is mailed at most this often, whoever asks.
RENEWAL = timedelta(minutes=5)


@transaction.atomic
def invite(
    scope: Any,
    *,
    email: str,
    first_name: str,
    last_name: str,
    preset: str,
    by: User,
    language: str = "fr",
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
    by_letter: bool = False,
) -> Invitation:
    """Promise `preset` on `scope` (company, site, contract or claim file) to an address and mail it a link.

    User management with it waits until a second person confirms it; with `by_letter` the company's management is the
    second one, which received the code by post. The limits are those of granting (`permissions.grants.check_limits`). Raises NotAllowed/OutOfReach, and
    ValidationError by field, also if the address has this access or an open invitation to it already.
    """
    rows = type(scope)._base_manager.select_for_update(of=("self",), no_key=True)
    locked = rows.filter(pk=scope.pk).first()
    if locked is None:
        raise OutOfReach
    extra, withheld = sorted(set(extra)), sorted(set(withheld))
    grants.check_limits(by, locked, preset, extra, withheld, until)
    email = read_address(email)
    if email == by.email:
        raise ValidationError({"email": _("You cannot give access to yourself.")})
    waits = False
    if not by_letter:
        extra, until, waits = apart(None, locked, preset, extra, withheld, until, by=by)
    kind = grants.TABLE_OF_MODEL[locked._meta.label].SCOPE
    place = {kind: locked}
    if kind != "company":
        place["company_id"] = locked.company_id
    if (email, locked.pk, preset) in held_today([email], [locked]):
        raise ValidationError({"email": _("This person has this access already.")})
    if (email, place.get("company_id", locked.pk)) in left_by([email]):
        raise ValidationError({"email": grants.HAS_LEFT})
    invitation = Invitation(
        email=email,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        language=language,
        preset=preset,
        extra_actions=extra,
        withheld_actions=withheld,
        until=until,
        invited_by=by,
        **place,
    )
    invitation.clean_fields(exclude=["company", "site", "contract", "claim_file", "invited_by"])
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError(
            {"email": _("This person was invited already. Send the link again instead.")}
        ) from error
    tasks.send_invitation.defer(invitation_id=str(invitation.pk))
    if waits:
        ask_for_invitation(invitation, by=by)
    record(by, "invitation.sent", invitation, preset=preset, extra=extra, withheld=withheld, until=until)
    return invitation


@transaction.atomic
def resend(invitation_id: Any, *, by: User) -> Invitation:
    """Mail a new link and let its days begin anew. Raises NotNow once accepted or withdrawn.

    Where its sender may no longer give this, the promise becomes that of `by`; raises as `invite` then.
    """
    invitation = _locked(invitation_id)
    require(by, "users.manage", invitation)
    _check_open(invitation)
    if not is_kept(invitation):
        _check_limits(invitation, by)
        invitation.invited_by = by
    _send_again(invitation)
    record(by, "invitation.resent", invitation)
    return invitation


@transaction.atomic
def renew(token: str) -> Invitation:
    """The invited person asks for a new link with an old one: it goes to the same address, whoever asks.

    Raises OutOfReach for a token that was never sent, NotNow once accepted or withdrawn, or if its sender may
    no longer give this. Asking again within minutes does nothing more.
    """
    invitation = _locked(_link(token).invitation_id)
    _check_open(invitation)
    _check_kept(invitation)
    if invitation.sent is None or invitation.sent < timezone.now() - RENEWAL:
        _send_again(invitation)
        record(None, "invitation.resent", invitation)
    return invitation


def _send_again(invitation: Invitation) -> None:
    invitation.expires = invitation_expiry()
    invitation.sent = timezone.now()
    invitation.save(update_fields=["expires", "sent", "invited_by"])
    tasks.send_invitation.defer(invitation_id=str(invitation.pk))


@transaction.atomic
def withdraw_invitation(invitation_id: Any, *, by: User) -> Invitation:
    """Take an invitation back: its links are dead. Raises NotNow once it was accepted or withdrawn."""
    invitation = _locked(invitation_id)
    require(by, "users.manage", invitation)
    _check_open(invitation)
    invitation.withdrawn = timezone.now()
    invitation.save(update_fields=["withdrawn"])
    withdraw_for_invitation(invitation)
    record(by, "invitation.withdrawn", invitation)
    return invitation


def find_invitation(token: str) -> tuple[Invitation, InvitationLink]:
    """The invitation a mailed link belongs to, and the link. Raises OutOfReach for an unknown token."""
    link = _link(token)
    places = ("company", "site", "contract", "claim_file", "accepted_by", "invited_by")
    return Invitation.unrestricted.select_related(*places).get(pk=link.invitation_id), link


@transaction.atomic
def accept_invitation(token: str, *, password: str = "", by: User | None = None) -> User:
    """Turn an invitation into access, once; returns the account.

    Without an account of this address one is made with `password`; with one, its holder accepts signed in
    (`by`). Raises OutOfReach for an unknown token, ValidationError for a weak password, and NotNow with the
    code `accepted`, `withdrawn`, `expired`, `lapsed`, `sign_in`, `other_account`, `own_invitation` or `left`.
    """
    link = _link(token)
    invitation = _locked(link.invitation_id)
    _check_open(invitation)
    if link.expires < timezone.now() or _is_over(invitation):
        raise NotNow(_("This invitation has expired."), code="expired")
    _check_kept(invitation)
    user = User.objects.select_for_update().filter(email=invitation.email).first()
    if user is None and by is not None:
        raise NotNow(_("This invitation is for somebody else."), code="other_account")
    if user is None:
        user = _new_account(invitation, password)
        _keep_terms(invitation, user)
    elif by is None:
        raise NotNow(_("You have an account already: sign in to accept."), code="sign_in")
    elif by.pk != user.pk or not user.is_active or grants.is_staff(user):
        raise NotNow(_("This invitation is for somebody else."), code="other_account")
    elif user.pk == invitation.invited_by_id:
        # His address was another one when he sent it.
        raise NotNow(_("You cannot give access to yourself."), code="own_invitation")
    grants.check_employed(user, invitation.scope)
    invitation.accepted = timezone.now()
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted", "accepted_by"])
    _give(invitation, user)
    return user


def _new_account(invitation: Invitation, password: str) -> User:
    fields = {
        "first_name": invitation.first_name,
        "last_name": invitation.last_name,
        "language": invitation.language,
    }
    try:
        validate_password(password, User(email=invitation.email, **fields))
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, **fields)
    except IntegrityError as error:
        # Another invitation to the same address was accepted in this very moment.
        raise NotNow(_("You have an account already: sign in to accept."), code="sign_in") from error
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _keep_terms(invitation: Invitation, user: User) -> None:
    """Whoever used an activation code has accepted the terms on that page."""
    activation = Activation.unrestricted.filter(invitation=invitation).first()
    if activation is not None and activation.accepted is not None:
        accept_as_read(user, activation.accepted, language=user.language)


def _give(invitation: Invitation, user: User) -> None:
    """Write the grant; what the person holds there already is widened, never narrowed.

    User management stays for as long as it was given; where it would last longer than promised, it waits again.
    """
    scope = invitation.scope
    extra, withheld = set(invitation.extra_actions), set(invitation.withheld_actions)
    until, waits = invitation.until, False
    rows = grants.TABLE_OF_MODEL[scope._meta.label].objects.select_for_update(of=("self",))
    held = rows.filter(user=user, content_object=scope, permission__codename=invitation.preset).first()
    if held is not None and grants.in_force(held):
        extra |= set(held.extra_actions)
        withheld &= set(held.withheld_actions)
        until = max(until, held.until) if until and held.until else None
        # Two people gave user management with its end: nobody alone lets it last longer than they said.
        promised = set(invitation.extra_actions) & set(ONLY_BY)
        if grants.limited(held) and not promised:
            until = held.until
        elif promised and not grants.limited(held) and until != invitation.until:
            extra, waits = extra - promised, True
    row = grants.write(
        scope,
        to=user,
        preset=invitation.preset,
        by=invitation.invited_by,
        extra=sorted(extra),
        withheld=sorted(withheld),
        until=until,
        invitation=invitation,
    )
    if waits and invitation.invited_by is not None:
        ask_for_row(row, None, by=invitation.invited_by)


def _link(token: str) -> InvitationLink:
    link = InvitationLink.objects.filter(digest=digest(token)).first()
    if link is None:
        raise OutOfReach
    return link


def _locked(invitation_id: Any) -> Invitation:
    rows = Invitation.unrestricted.select_for_update(of=("self",))
    places = ("company", "site", "contract", "claim_file", "invited_by")
    invitation = rows.select_related(*places).filter(pk=invitation_id).first()
    if invitation is None:
        raise OutOfReach
    return invitation


def _check_open(invitation: Invitation) -> None:
    if invitation.withdrawn:
        raise NotNow(_("This invitation was withdrawn."), code="withdrawn")
    if invitation.accepted:
        raise NotNow(_("This invitation was accepted already."), code="accepted")


def is_kept(invitation: Invitation) -> bool:
    """Whether its sender may still give what he promised; an invitation ends with the right of who sent it."""
    if invitation.invited_by is None:
        return False
    try:
        _check_limits(invitation, invitation.invited_by)
    except (NotAllowed, OutOfReach):
        return False
    return True


def _check_limits(invitation: Invitation, by: User) -> None:
    extra, withheld = invitation.extra_actions, invitation.withheld_actions
    grants.check_limits(by, invitation.scope, invitation.preset, extra, withheld)


def _check_kept(invitation: Invitation) -> None:
    if not is_kept(invitation):
        raise NotNow(_("Whoever invited you may no longer give this access."), code="lapsed")


def _is_over(invitation: Invitation) -> bool:
    return invitation.until is not None and invitation.until < timezone.localdate()
