"""Changing the e-mail address: confirmed from the new mailbox, denied from the former one.

Whether the new address belongs to somebody is never said to the one who asks: its owner is told by mail.
"""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from permissions.audit import record
from users import tasks
from users.models import CodeFactor, EmailChange, EmailChangeLink, User, digest
from users.services.factors import end_codes, end_trusted_browsers
from users.services.links import end_links
from users.services.sign_in import end_sessions, raise_suspicion
from users.sso import signing_in


def read_address(typed: str) -> str:
    """An e-mail address as it is kept, in small letters. Raises ValidationError at `email`."""
    email = typed.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError(
            {"email": _("Enter an e-mail address, for example sara@company.example.")}
        ) from error
    return email


@transaction.atomic
def ask_email_change(user: User, email: str) -> EmailChange:
    """Ask for a new address: a link goes to it, a notice to the present one. An earlier open change ends.

    Nothing in the answer depends on whether the address belongs to somebody. Raises ValidationError by field.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    email = read_address(email)
    if email == locked.email:
        raise ValidationError({"email": _("This is your address already.")})
    if not signing_in.may_move_to(locked, email):
        raise ValidationError(
            {"email": _("Your company asks for its own sign-in: enter an address of the company.")}
        )
    end_links(locked)
    change = EmailChange.objects.create(user=locked, email=email, former=locked.email)
    tasks.send_email_change.defer(change_id=str(change.pk))
    tasks.tell_former_address.defer(change_id=str(change.pk), done=False)
    record(user, "user.email_change_asked", user)
    return change


@transaction.atomic
def cancel_email_change(user: User) -> bool:
    """Take back the open change of address; whether there was one."""
    User.objects.select_for_update().get(pk=user.pk)
    if not end_links(user):
        return False
    record(user, "user.email_change_cancelled", user)
    return True


def open_email_change(user: User) -> EmailChange | None:
    """The change that waits for its confirmation; None if there is none."""
    waiting = EmailChange.objects.filter(user=user, confirmed=None, ended=None, expires__gt=timezone.now())
    return waiting.first()


def find_email_change(token: str, purpose: str) -> tuple[EmailChange, EmailChangeLink]:
    """The change that a mailed link belongs to, and the link. Raises OutOfReach for an unknown token."""
    link = EmailChangeLink.objects.filter(digest=digest(token), purpose=purpose).first()
    if link is None:
        raise OutOfReach
    return EmailChange.objects.select_related("user").get(pk=link.change_id), link


@transaction.atomic
def confirm_email_change(token: str, *, by: User, keep: str = "") -> EmailChange:
    """Make the new address the account's own, once; the other sessions end (`keep` is the key of the present one).

    Raises OutOfReach for an unknown token, NotNow with the code `other_account`, `confirmed`, `ended`,
    `expired` or `taken`.
    """
    found, _confirm = find_email_change(token, EmailChangeLink.Purpose.CONFIRM)
    user, change = _locked(found)
    if by.pk != user.pk:
        raise NotNow(_("This link is for another account."), code="other_account")
    if change.confirmed:
        raise NotNow(_("This address was confirmed already."), code="confirmed")
    if change.ended or not user.is_active:
        raise NotNow(_("This link is no longer valid."), code="ended")
    if change.expires < timezone.now():
        raise NotNow(_("This link has expired."), code="expired")
    if not (signing_in.may_move_to(user, change.email) and _give_address(user, change.email)):
        raise NotNow(_("This address cannot be used any more. Choose another one."), code="taken")
    change.confirmed = timezone.now()
    change.save(update_fields=["confirmed"])
    by.email = user.email
    end_sessions(user, keep=keep)
    record(by, "user.email_changed", user)
    tasks.tell_former_address.defer(change_id=str(change.pk), done=True)
    return change


@transaction.atomic
def deny_email_change(token: str) -> EmailChange:
    """“This was not me”, from the former mailbox: the former address is back, and the account is closed to everybody.

    As `raise_suspicion`: sessions end, the password dies, the insurer is told. Raises OutOfReach for an unknown
    token, NotNow with the code `denied`, `ended` or `expired`.
    """
    found, link = find_email_change(token, EmailChangeLink.Purpose.DENY)
    user, change = _locked(found)
    if change.denied:
        raise NotNow(_("You have told us already. The account is closed to everybody."), code="denied")
    if not user.is_active:
        raise NotNow(_("This link is no longer valid."), code="ended")
    if link.expires < timezone.now():
        raise NotNow(_("This link has expired."), code="expired")
    now = timezone.now()
    change.denied = now
    change.save(update_fields=["denied"])
    # Who changed it since was the same stranger: his mailbox has no say about the address.
    EmailChange.objects.filter(user=user, created__gt=change.created, denied=None).update(denied=now)
    returned = user.email == change.former or (bool(change.confirmed) and _give_address(user, change.former))
    if not returned:
        # The mailbox is not known to be the person's: nothing is proven there.
        CodeFactor.objects.filter(user=user, kind=CodeFactor.Kind.EMAIL).delete()
    record(None, "user.email_change_denied", user, returned=returned)
    # A link for a new password goes to the one who denied, or to nobody.
    raise_suspicion(user, send_link=returned)
    return change


def _locked(change: EmailChange) -> tuple[User, EmailChange]:
    user = User.objects.select_for_update().get(pk=change.user_id)
    return user, EmailChange.objects.select_for_update().get(pk=change.pk)


def _give_address(user: User, email: str) -> bool:
    """Write the address; False if it belongs to another account by now."""
    try:
        with transaction.atomic():
            user.email = email
            user.save(update_fields=["email"])
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    except IntegrityError:
        user.refresh_from_db(fields=["email"])
        return False
    # Codes go to the account's own address; what went to the former one proves nothing any more.
    CodeFactor.objects.filter(user=user, kind=CodeFactor.Kind.EMAIL).update(to=email)
    end_codes(user, kind=CodeFactor.Kind.EMAIL)
    end_trusted_browsers(user)
    return True
