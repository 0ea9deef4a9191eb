"""Mails and letters of this room, sent after the commit. Jobs carry ids only; links are made when the mail is made."""

from __future__ import annotations

from datetime import datetime, timedelta
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
from permissions.audit import record
from permissions.policy import users_who_can
from permissions.vocabulary import ACTIONS
from users import summary
from users.models import (
    AccessRequest,
    ApiToken,
    BankDetails,
    CodeFactor,
    CorrectionRequest,
    EmailChange,
    EmailChangeLink,
    Farewell,
    FreshProof,
    Invitation,
    InvitationLink,
    Registration,
    RegistrationLink,
    SecurityCode,
    TermsVersion,
    TrustedBrowser,
    User,
    digest,
    new_token,
)
from users.sso import signing_in

RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)
# How long a change of address can be denied from the former mailbox.
DENIAL = timedelta(days=7)
# How long it is kept which address an account had.
FORGOTTEN = timedelta(days=30)
# Announcements of new terms are enqueued this many at a time.
BATCH = 500


def address(name: str, **kwargs: str) -> str:
    """The full address of a page, for a mail."""
    return settings.SITE_URL.rstrip("/") + reverse(name, kwargs=kwargs)


def _mail(name: str, user: User, link: str, label: Any, **context: Any) -> None:
    mail.send(name, user.email, user.language, {"button_url": link, "button_text": label, **context})


@app.task(name="users.send_password_link", retry=RETRY)
def send_password_link(user_id: str, new: bool = False, suspicion: bool = False) -> None:
    """Mail a link for a new password, the first one (`new`), or after a stranger was there (`suspicion`); nothing for an
    account that is closed or not there.

    Nor for one that waits for its letter: whoever has the mailbox has not shown yet that he is the insured person.
    """
    user = User.objects.filter(pk=user_id, is_active=True, initial_password_until=None).first()
    if user is None:
        return
    link = address(
        "account_reset_password_from_key",
        uidb36=user_pk_to_url_str(user),
        key=default_token_generator.make_token(user),
    )
    label = _("Choose a password") if new else _("Choose a new password")
    _mail("password_link", user, link, label, new=new, suspicion=suspicion)


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
    else:
        _text(row, code, minutes)
    with transaction.atomic():
        record(None, "user.code_sent", row.user, kind=row.kind, purpose=row.purpose)


def _text(row: SecurityCode, code: str, minutes: int) -> None:
    with translation.override(row.user.language):
        text = gettext(
            "%(code)s is your security code for %(brand)s, valid for %(minutes)s minutes. Nobody will ask you for it."
        ) % {"code": code, "brand": settings.BRAND["name"], "minutes": minutes}
    sms.send(row.to, text)


@app.task(name="users.tell_of_change", retry=RETRY)
def tell_of_change(user_id: str, what: str) -> None:
    """Mail that something was changed: `password`, `phone`, `address`, `address_by_company`, `bank`, `recovery_codes`, or a factor was set up or removed."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or user.erased:
        return
    context = {"what": what, "at": timezone.now()}
    if what == "address_by_company":
        _mail("security_notice", user, address("users:account"), _("Account settings"), **context)
    else:
        _mail(
            "security_notice", user, address("account_reset_password"), _("Choose a new password"), **context
        )


@app.task(name="users.send_farewell", retry=RETRY)
def send_farewell(farewell_id: str) -> None:
    """Mail somebody whose account was deleted that it is; then nobody here knows the address any more."""
    with transaction.atomic():
        farewell = Farewell.objects.select_for_update().filter(pk=farewell_id).first()
        if farewell is None:
            return
        mail.send(
            "farewell", farewell.email, farewell.language, {"way": farewell.way, "at": farewell.created}
        )
        farewell.delete()


@app.task(name="users.tell_insurer_of_suspicion", retry=RETRY)
def tell_insurer_of_suspicion(user_id: str) -> None:
    """Mail the insurer's service that somebody suspects a stranger in his account."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        context = {"identifier": user.identifier, "at": timezone.now()}
        mail.send("suspicion", settings.BRAND["email"], settings.LANGUAGE_CODE, context)


@app.task(name="users.tell_of_token", retry=RETRY)
def tell_of_token(token_id: str) -> None:
    """Mail the holder that an API token was made in his name."""
    token = ApiToken.objects.select_related("user").filter(pk=token_id).first()
    if token is None:
        return
    context = {"at": token.created, "expires": token.expires}
    _mail("api_token", token.user, address("users:api_access"), _("Look at my tokens"), **context)


# --- Changing the address ----------------------------------------------------------------------------


@app.task(name="users.send_email_change", retry=RETRY)
def send_email_change(change_id: str) -> None:
    """Mail the new address a link that confirms it; if it belongs to somebody, tell him that nothing happened."""
    change = EmailChange.objects.select_related("user").filter(pk=change_id).first()
    if change is None or not change.is_open or not change.user.is_active:
        return
    owner = User.objects.filter(email=change.email).exclude(pk=change.user_id).first()
    if owner is not None:
        _mail("email_taken", owner, address("account_reset_password"), _("Forgotten password"))
        return
    context = {
        "expires": change.expires,
        "button_url": address("users:confirm_email", token=_link_of(change, "confirm", change.expires)),
        "button_text": _("Confirm this address"),
    }
    mail.send("email_confirm", change.email, change.user.language, context)


@app.task(name="users.tell_former_address", retry=RETRY)
def tell_former_address(change_id: str, done: bool) -> None:
    """Mail the former address that a new one was asked for, or took its place (`done`); with a link to deny it."""
    change = EmailChange.objects.select_related("user").filter(pk=change_id).first()
    if change is None or change.denied or not change.user.is_active:
        return
    context = {
        "done": done,
        "at": change.confirmed if done else change.created,
        "button_url": address("users:deny_email", token=_link_of(change, "deny", timezone.now() + DENIAL)),
        "button_text": _("This was not me"),
    }
    mail.send("email_notice", change.former, change.user.language, context)


def _link_of(change: EmailChange, purpose: str, expires: datetime) -> str:
    token = new_token()
    EmailChangeLink.objects.create(change=change, purpose=purpose, digest=digest(token), expires=expires)
    return token


# --- Terms and corrections ---------------------------------------------------------------------------


@app.task(name="users.announce_terms", retry=RETRY)
def announce_terms(version_id: str, after: str = "") -> None:
    """Enqueue a mail about a new version for everybody with an account, some hundred at a time."""
    people = User.objects.filter(is_active=True).order_by("pk")
    if after:
        people = people.filter(pk__gt=after)
    keys = [str(key) for key in people.values_list("pk", flat=True)[:BATCH]]
    with transaction.atomic():
        for key in keys:
            tell_of_terms.defer(user_id=key, version_id=version_id)
        if len(keys) == BATCH:
            announce_terms.defer(version_id=version_id, after=keys[-1])


@app.task(name="users.tell_of_terms", retry=RETRY)
def tell_of_terms(user_id: str, version_id: str) -> None:
    """Mail somebody that a new version of terms or of the privacy notice will be valid."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    version = TermsVersion.objects.filter(pk=version_id).first()
    if user is None or version is None:
        return
    link = address("terms_version", pk=str(version.pk))
    context = {"document": TermsVersion.Document(version.document).label, "version": version}
    _mail("terms_announced", user, link, _("Read the new version"), **context)


@app.task(name="users.tell_of_correction", retry=RETRY)
def tell_of_correction(request_id: str) -> None:
    """While it is open: tell the contract manager that somebody asks for a correction. Then the person: the answer."""
    asked = CorrectionRequest.unrestricted.select_related("company", "user").filter(pk=request_id).first()
    if asked is None:
        return
    if asked.state == CorrectionRequest.State.ANSWERED:
        if not asked.user.is_active or User.News.ACCESS in asked.user.unmailed:
            return
        context = {"number": asked.number}
        _mail("correction_answered", asked.user, address("users:account"), _("Read the answer"), **context)
    elif asked.state == CorrectionRequest.State.OPEN:
        people = User.objects.filter(pk__in=users_who_can("correction.answer", asked), is_active=True)
        for user in people.exclude(unmailed__contains=[User.News.ACCESS]):
            context = {"number": asked.number, "company": asked.company.name}
            page = address("users:answer_correction", pk=str(asked.pk))
            _mail("correction_requested", user, page, _("Answer the request"), **context)


# --- Bank details -----------------------------------------------------------------------------------


@app.task(name="users.tell_of_bank_details", retry=RETRY)
def tell_of_bank_details(details_id: str) -> None:
    """While they wait: tell whoever approves them. Then the person: the outcome, without account and reason."""
    row = BankDetails.unrestricted.select_related("company", "user").filter(pk=details_id).first()
    if row is None:
        return
    if row.is_waiting:
        people = User.objects.filter(pk__in=users_who_can("bank.approve", row), is_active=True)
        for user in people.exclude(unmailed__contains=[User.News.ACCESS]):
            page = address("users:decide_bank_details", pk=str(row.pk))
            _mail("bank_requested", user, page, _("Look at the request"), company=row.company.name)
    elif row.state in {row.State.VALID, row.State.DECLINED} and row.user is not None and row.user.is_active:
        approved = row.state == row.State.VALID
        _mail("bank_decided", row.user, address("users:account"), _("Account settings"), approved=approved)


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
        "role": summary.role_name(invitation.preset, invitation.scope_kind),
        "expires": invitation.expires,
        "button_url": address("users:accept", token=token),
        "button_text": _("Set up your access"),
    }
    mail.send("invitation", invitation.email, invitation.language, context)


@app.task(name="users.send_list", retry=RETRY)
def send_list(list_id: str) -> None:
    """Send the invitations of a long list, all of them or none."""
    from users import services

    services.finish_list(list_id)


@app.task(name="users.tell_of_request", retry=RETRY)
def tell_of_request(request_id: str) -> None:
    """Tell those who can answer that somebody asks for access; while it is open. The link leads to the answer."""
    from users.services import who_can_answer

    asked = AccessRequest.unrestricted.select_related("company", "user").filter(pk=request_id).first()
    if asked is None or asked.state != AccessRequest.State.OPEN:
        return
    page = address("users:answer_request", pk=str(asked.pk))
    for user in who_can_answer(asked):
        if User.News.ACCESS in user.unmailed:
            continue
        _mail("access_requested", user, page, _("Answer the request"), **_asked(asked))


@app.task(name="users.tell_of_answer", retry=RETRY)
def tell_of_answer(request_id: str) -> None:
    """Tell the person how his request was answered, or that nobody did; a reason stands in the portal alone."""
    asked = AccessRequest.unrestricted.select_related("company", "user").filter(pk=request_id).first()
    if asked is None or not asked.user.is_active or User.News.ACCESS in asked.user.unmailed:
        return
    states = AccessRequest.State
    if asked.state in {states.APPROVED, states.DECLINED, states.LAPSED}:
        context = {"outcome": asked.state, "reason": bool(asked.reason), **_asked(asked)}
        page = address("further_areas")
        _mail("access_answered", asked.user, page, _("Open the portal"), **context)


def _asked(asked: AccessRequest) -> dict[str, Any]:
    """What is asked for, for a mail: the company, the right; of a claim file no number."""
    right = ACTIONS[asked.action]
    return {"company": asked.company.name, "right": right, "single": bool(asked.claim_number)}


# --- Registration and letters -----------------------------------------------------------------------


@app.task(name="users.send_registration", retry=RETRY)
def send_registration(registration_id: str) -> None:
    """Mail the link that confirms an e-mail address, or, where it has an account, that it has one."""
    registration = Registration.objects.filter(pk=registration_id, confirmed=None).first()
    if registration is None:
        return
    known = User.objects.filter(email=registration.email)
    if known.exclude(is_active=True, initial_password_until__isnull=False).exists():
        context = {"button_url": address("account_login"), "button_text": _("Sign in"), "again": True}
        mail.send("registration_known", registration.email, registration.language, context)
        return
    token = new_token()
    Registration.objects.filter(pk=registration.pk).update(digest=digest(token), sent=timezone.now())
    context = {
        "hours": settings.CONFIRMATION_HOURS,
        "button_url": address("users:confirm_registration", token=token),
        "button_text": _("Confirm the e-mail address"),
    }
    mail.send("registration", registration.email, registration.language, context)


@app.task(name="users.send_registration_link", retry=RETRY)
def send_registration_link(link_id: str) -> None:
    """Make the token of a registration link that is open and mail it; an address with an account hears that it has one."""
    link = RegistrationLink.unrestricted.select_related("person").filter(pk=link_id).first()
    if link is None or link.state != RegistrationLink.State.OPEN:
        return
    language = link.person.language
    token = new_token()
    RegistrationLink.unrestricted.filter(pk=link.pk).update(digest=digest(token), sent=timezone.now())
    known = User.objects.filter(email=link.email)
    if known.exclude(is_active=True, initial_password_until__isnull=False).exists():
        context = {"button_url": address("account_login"), "button_text": _("Sign in"), "again": True}
        mail.send("registration_known", link.email, language, context)
        return
    context = {
        "days": settings.REGISTRATION_LINK_DAYS,
        "button_url": address("users:register_by_link", token=token),
        "button_text": _("Register"),
    }
    mail.send("registration_link", link.email, language, context)


@app.task(name="users.complete_registration", retry=RETRY)
def complete_registration(registration_id: str) -> None:
    """Compare what was typed, and order the letter where it is right."""
    from users import services

    services.complete_registration(registration_id)


@app.task(name="users.tell_of_registration", retry=RETRY)
def tell_of_registration(user_id: str) -> None:
    """Tell somebody with an account that it was tried to register him once more."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        _mail("registration_known", user, address("account_login"), _("Sign in"), again=False)


@app.task(name="users.print_activation", retry=RETRY)
def print_activation(activation_id: str) -> None:
    """Make the letter with an activation code."""
    from users import services

    services.print_activation(activation_id)


@app.task(name="users.print_letter", retry=RETRY)
def print_letter(letter_id: str) -> None:
    """Make a letter with initial password or PUK."""
    from users import services

    services.print_letter(letter_id)


# --- Locked accounts --------------------------------------------------------------------------------


@app.task(name="users.count_failure", retry=RETRY)
def count_failure(user_id: str) -> None:
    """Count a wrong password or code; nothing for an account that is not there."""
    from users import services

    services.count_failure(user_id)


@app.task(name="users.tell_of_lock", retry=RETRY)
def tell_of_lock(user_id: str) -> None:
    """Mail that the account is locked, with the link that opens it."""
    from users import services

    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.locked_at is None:
        return
    link = address("users:unlock", token=services.unlock_token(user))
    _mail("locked", user, link, _("Unlock the account"), until=services.lock_end(user.locked_at))


@app.task(name="users.tell_of_puk", retry=RETRY)
def tell_of_puk(user_id: str, lost_factor: bool) -> None:
    """Tell the person and the insurer's service that the PUK was used."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    context = {"at": timezone.now(), "lost_factor": lost_factor, "identifier": user.identifier}
    _mail("puk_used", user, address("account_login"), _("Sign in"), **context)
    mail.send("puk_used_insurer", settings.BRAND["email"], settings.LANGUAGE_CODE, context)


@app.task(name="users.end_viewing", retry=RETRY)
def end_viewing(viewing_id: str) -> None:
    """Write down that a view as somebody else is over, where nobody ended it."""
    from users import services

    services.end_when_over(viewing_id)


# --- Housekeeping -----------------------------------------------------------------------------------


@app.periodic(cron="23 3 * * *")
@app.task(name="users.sweep", queueing_lock="users.sweep")
def sweep(timestamp: int) -> None:
    """Every night: forget ended sessions, codes, proofs and trust that are over, addresses changed long ago, ways to
    providers, registrations without end, last mails that could not be sent. End requests for access that nobody
    answers. Post what waited for an address that has come another way, or that has settled."""
    from users import services

    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    EmailChange.objects.filter(created__lt=timezone.now() - FORGOTTEN).delete()
    signing_in.forget_old(timezone.now() - timedelta(days=1))
    services.sweep_registrations()
    services.sweep_access_requests()
    services.post_waiting()
    for model in (SecurityCode, TrustedBrowser):
        model.objects.filter(expires__lt=timezone.now()).delete()
    for model in (FreshProof, Farewell):
        model.objects.filter(created__lt=timezone.now() - timedelta(days=1)).delete()


@app.periodic(cron="*/10 * * * *")
@app.task(name="users.forget_kept_input", queueing_lock="users.forget_kept_input")
def forget_kept_input(timestamp: int) -> None:
    """Every ten minutes: forget what was sent after the end of a session and nobody came back for, and lists of people to
    invite that are over."""
    from users import kept_input, services

    kept_input.forget_old()
    services.forget_lists()
