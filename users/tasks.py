"""Mails of this room, sent after the commit. Jobs carry ids only; links are made when the mail is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core import mail, sms
from permissions.vocabulary import ACTIONS, PRESET_NAMES
from users.models import (
    AccessRequest,
    CodeFactor,
    FreshProof,
    Invitation,
    InvitationLink,
    SecurityCode,
    TrustedBrowser,
    User,
    digest,
    new_token,
)

RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


def address(name: str, **kwargs: str) -> str:
    """The full address of a page, for a mail."""
    return settings.SITE_URL.rstrip("/") + reverse(name, kwargs=kwargs)


def _mail(name: str, user: User, link: str, label: Any, **context: Any) -> None:
    mail.send(name, user.email, user.language, {"button_url": link, "button_text": label, **context})


@app.task(name="users.send_password_link", retry=RETRY)
def send_password_link(user_id: str, new: bool = False) -> None:
    """Mail a link for a new password, or the first one (`new`); nothing for an account that is closed or not there."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    link = address(
        "account_reset_password_from_key",
        uidb36=user_pk_to_url_str(user),
        key=default_token_generator.make_token(user),
    )
    _mail("password_link", user, link, _("Choose a password") if new else _("Choose a new password"), new=new)


@app.task(name="users.send_security_code", retry=RETRY, priority=10)
def send_security_code(code_id: str) -> None:
    """Make the six digits of a code that is waited for and send them by SMS or e-mail; nothing once it is too late."""
    from users import codes

    with transaction.atomic():
        rows = SecurityCode.objects.select_for_update(of=("self",)).select_related("user")
        row = rows.filter(pk=code_id, used=None, expires__gt=timezone.now()).first()
        if row is None or not row.user.is_active:
            return
        code = codes.make(row)
    minutes = int(codes.LIFE.total_seconds() // 60)
    if row.kind == CodeFactor.Kind.EMAIL:
        mail.send("security_code", row.to, row.user.language, {"code": code, "minutes": minutes})
        return
    with translation.override(row.user.language):
        text = gettext(
            "%(code)s is your security code for %(brand)s, valid for %(minutes)s minutes. Nobody will ask you for it."
        ) % {"code": code, "brand": settings.BRAND["name"], "minutes": minutes}
    sms.send(row.to, text)


@app.task(name="users.tell_of_change", retry=RETRY)
def tell_of_change(user_id: str, what: str) -> None:
    """Mail that something was changed: `password`, `phone`, `recovery_codes`, or a factor was set up or removed."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    context = {"what": what, "at": timezone.now()}
    _mail("security_notice", user, address("account_reset_password"), _("Choose a new password"), **context)


@app.task(name="users.tell_insurer_of_suspicion", retry=RETRY)
def tell_insurer_of_suspicion(user_id: str) -> None:
    """Mail the insurer's service that somebody suspects a stranger in his account."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        context = {"identifier": user.identifier, "at": timezone.now()}
        mail.send("suspicion", settings.BRAND["email"], settings.LANGUAGE_CODE, context)


# --- Invitations and requests -----------------------------------------------------------------------


@app.task(name="users.send_invitation", retry=RETRY)
def send_invitation(invitation_id: str) -> None:
    """Make a link of an invitation that is still open and mail it; only its digest is kept."""
    invitation = Invitation.unrestricted.select_related("company").filter(pk=invitation_id).first()
    if invitation is None or invitation.withdrawn or invitation.accepted:
        return
    token = new_token()
    InvitationLink.objects.create(invitation=invitation, digest=digest(token), expires=invitation.expires)
    Invitation.unrestricted.filter(pk=invitation.pk).update(sent=timezone.now())
    context = {
        "company": invitation.company.name,
        "role": PRESET_NAMES[invitation.preset],
        "expires": invitation.expires,
        "button_url": address("users:accept", token=token),
        "button_text": _("Set up your access"),
    }
    mail.send("invitation", invitation.email, invitation.language, context)


@app.task(name="users.tell_of_request", retry=RETRY)
def tell_of_request(request_id: str) -> None:
    """Tell those who can answer that somebody asks for access; while it is open."""
    from users.services import who_can_grant

    asked = AccessRequest.unrestricted.select_related("company", "user").filter(pk=request_id).first()
    if asked is None or asked.state != AccessRequest.State.OPEN:
        return
    for user in who_can_grant(asked.action, asked.company, to=asked.user):
        context = {"company": asked.company.name, "right": ACTIONS[asked.action]}
        _mail("access_requested", user, address("users:management"), _("Answer the request"), **context)


@app.task(name="users.tell_of_answer", retry=RETRY)
def tell_of_answer(request_id: str) -> None:
    """Tell the person how his request was answered."""
    asked = AccessRequest.unrestricted.select_related("company", "user").filter(pk=request_id).first()
    if asked is None or asked.state == AccessRequest.State.OPEN or not asked.user.is_active:
        return
    context = {
        "company": asked.company.name,
        "right": ACTIONS[asked.action],
        "approved": asked.state == AccessRequest.State.APPROVED,
    }
    _mail("access_answered", asked.user, address("home"), _("Open the portal"), **context)


# --- Housekeeping -----------------------------------------------------------------------------------


@app.periodic(cron="23 3 * * *")
@app.task(name="users.sweep", queueing_lock="users.sweep")
def sweep(timestamp: int) -> None:
    """Every night: forget sessions that have ended and where they came from, codes, proofs and trust that are over."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    for model in (SecurityCode, TrustedBrowser):
        model.objects.filter(expires__lt=timezone.now()).delete()
    FreshProof.objects.filter(created__lt=timezone.now() - timedelta(days=1)).delete()
