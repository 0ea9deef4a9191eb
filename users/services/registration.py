"""An insured person registers: nothing that is answered tells whether a number, a date of birth or an address exists.

The request only keeps what was typed and makes one job. The e-mail address is confirmed whoever typed it; then a job
compares, and what was right shows in a letter to the address on record and nowhere else (decision 0012).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from permissions import reach
from permissions.audit import record
from users import tasks
from users.models import PersonalLetter, Registration, RegistrationLink, User, confirmation_expiry, digest
from users.services.closing import close_account
from users.services.letters import may_write, order_access_letter
from users.services.registration_links import end_registration_links, is_adult, person_of_link
from users.services.sign_in import end_sessions
from users.services.terms import accept_as_read

# A new link is mailed at most this often, whoever asks.
RENEWAL = timedelta(minutes=5)
# What was typed and led to nothing is kept for so long.
KEPT = timedelta(days=30)


@transaction.atomic
def register(*, number: str, birth_date: date, email: str, phone: str, language: str) -> Registration:
    """Keep what somebody typed to register and mail the address a link; the same work whatever was typed.

    `number` is an insured number or a policy number. Terms and privacy notice count as accepted now.
    """
    registration = Registration.objects.create(
        number="".join(number.split()),
        birth_date=birth_date,
        email=email.strip().lower(),
        phone=phone,
        language=language,
    )
    tasks.send_registration.defer(registration_id=str(registration.pk))
    record(None, "registration.started", registration)
    return registration


def find_registration(token: str) -> Registration:
    """The registration a mailed link belongs to. Raises OutOfReach for a token that was never sent."""
    found = Registration.objects.filter(digest=digest(token)).first()
    if found is None:
        raise OutOfReach
    return found


def is_over(registration: Registration) -> bool:
    """Whether the link of a registration has expired."""
    return registration.expires < timezone.now()


@transaction.atomic
def renew_registration(token: str) -> Registration:
    """Mail a new link in place of an expired one, to the same address, whoever asks.

    Raises OutOfReach for a token that was never sent, NotNow once confirmed. Again within minutes does nothing more.
    """
    registration = _locked(token)
    if registration.confirmed:
        raise NotNow(_CONFIRMED, code="confirmed")
    if registration.sent is None or registration.sent < timezone.now() - RENEWAL:
        registration.sent, registration.expires = timezone.now(), confirmation_expiry()
        registration.save(update_fields=["sent", "expires"])
        tasks.send_registration.defer(registration_id=str(registration.pk))
    return registration


_CONFIRMED = _("You have confirmed your e-mail address already.")


@transaction.atomic
def confirm_registration(token: str) -> Registration:
    """Confirm the e-mail address, once. Raises OutOfReach for an unknown token, NotNow (`confirmed`, `expired`)."""
    registration = _locked(token)
    if registration.confirmed:
        raise NotNow(_CONFIRMED, code="confirmed")
    if is_over(registration):
        raise NotNow(_("This link has expired."), code="expired")
    registration.confirmed = timezone.now()
    registration.save(update_fields=["confirmed"])
    tasks.complete_registration.defer(registration_id=str(registration.pk))
    record(None, "registration.confirmed", registration)
    return registration


def _locked(token: str) -> Registration:
    found = Registration.objects.select_for_update(of=("self",)).filter(digest=digest(token)).first()
    if found is None:
        raise OutOfReach
    return found


# --- Behind the answer: in a job --------------------------------------------------------------------


@transaction.atomic
def complete_registration(registration_id: Any) -> User | None:
    """Compare what was typed with the insured persons; order the letter where it is right. Forgets what was typed.

    Whoever is insured and has an account already hears of it by mail. Returns the account made, or None.
    """
    rows = Registration.objects.select_for_update(of=("self",))
    registration = rows.filter(pk=registration_id).exclude(confirmed=None).first()
    if registration is None or registration.birth_date is None:
        return None
    person = person_of_link(registration) if registration.link_id else _match(registration)
    registration.number, registration.birth_date = "", None
    registration.save(update_fields=["number", "birth_date"])
    if person is None or not is_adult(person.birth_date):
        return None
    if person.user_id is not None:
        tasks.tell_of_registration.defer(user_id=str(person.user_id))
        return None
    # Without a whole address the letter waits, and the contract manager sees it.
    user = _account(registration, person) if may_write(person) else None
    if user is None:
        return None
    order_access_letter(user, person)
    registration.user = user
    registration.save(update_fields=["user"])
    record(None, "user.registered", user)
    accept_as_read(user, registration.accepted, language=registration.language)
    return user


def _match(registration: Registration) -> Any:
    """The one insured person with this number, or with a policy of this number, born on this day; locked."""
    number, birth_date = registration.number, registration.birth_date
    model: Any = apps.get_model("companies.InsuredPerson")
    contracts: Any = apps.get_model("companies.Contract").unrestricted.filter(policy_number__iexact=number)
    rows = model.unrestricted.select_for_update(of=("self",)).filter(
        Q(insured_number__iexact=number) | Q(company__in=contracts.values("company")), birth_date=birth_date
    )
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def _account(registration: Registration, person: Any) -> User | None:
    """The account that waits for its letter; None if the address belongs to somebody's account."""
    known = User.objects.select_for_update().filter(email=registration.email).first()
    if known is not None:
        waits = known.is_active and known.initial_password_until is not None
        asked = PersonalLetter.objects.filter(user=known, person=person)
        return known if waits and asked.exists() else None
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                registration.email,
                first_name=person.first_name,
                last_name=person.last_name,
                phone=registration.phone,
                language=registration.language,
                initial_password_until=timezone.now() + timedelta(days=settings.INITIAL_PASSWORD_DAYS),
            )
    except IntegrityError:
        # Somebody took the address in this very moment.
        return None
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


# --- The first sign-in ------------------------------------------------------------------------------


@transaction.atomic
def replace_initial_password(user: User, password: str, *, keep: str = "") -> None:
    """Choose a password in place of the one in the letter; only now the account is the insured person's.

    Other accounts that wait for a letter to the same person disappear. Raises ValidationError for a weak password
    or the initial one, NotNow if it was replaced already or somebody else has become this person's account.
    """
    # The person before the account, as in `complete_registration`: of several accounts that wait for the same person
    # one goes after the other.
    person = _waited_for(user)
    locked = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None:
        raise NotNow(_BOUND, code="bound")
    if locked.initial_password_until is None:
        raise NotNow(_("Your initial password was replaced already."), code="replaced")
    try:
        validate_password(password, locked)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    if locked.check_password(password):
        raise ValidationError({"password": _("Choose another password than the one in the letter.")})
    if person is not None:
        _bind(locked, person)
    locked.set_password(password)
    locked.initial_password_until = None
    locked.save(update_fields=["password", "initial_password_until"])
    user.password, user.initial_password_until = locked.password, None
    end_sessions(user, keep=keep)
    reach.forget()
    record(user, "user.password_changed", user, way="initial")
    tasks.tell_of_change.defer(user_id=str(user.pk), what="password")


@transaction.atomic
def disown_account(user: User) -> None:
    """“This is not my address”: whoever has the letter says that a stranger registered; the account is closed.

    The person stays without an account, and registers again. Raises NotNow once a password was chosen, or when closed.
    """
    locked = User.objects.select_for_update().filter(pk=user.pk, is_active=True).first()
    if locked is None or locked.initial_password_until is None:
        raise NotNow(_("Your initial password was replaced already."), code="replaced")
    close_account(locked)
    record(user, "user.disowned", user)


_BOUND = _("There is another account for this insured person. Call us.")


def _waited_for(user: User) -> Any:
    """The insured person whose letter this account waits for, locked; None without one."""
    letters = PersonalLetter.objects.filter(user=user, kind=PersonalLetter.Kind.ACCESS)
    letter = letters.order_by("-created").first()
    if letter is None:
        return None
    rows: Any = apps.get_model("companies.InsuredPerson").unrestricted
    return rows.select_for_update(of=("self",)).get(pk=letter.person_id)


def _bind(user: User, person: Any) -> None:
    if person.user_id not in {None, user.pk}:
        raise NotNow(_BOUND, code="bound")
    person.user = user
    person.save(update_fields=["user"])
    end_registration_links(person)
    others = User.objects.filter(letters__person=person, last_login=None).exclude(pk=user.pk)
    others.exclude(initial_password_until=None).delete()


@transaction.atomic
def sweep_registrations() -> None:
    """Forget registrations that led to nothing, and accounts whose letter nobody used."""
    old = timezone.now() - KEPT
    Registration.objects.filter(created__lt=old, user=None).delete()
    RegistrationLink.unrestricted.filter(expires__lt=old).delete()
    waiting = User.objects.filter(initial_password_until__lt=old)
    waiting.filter(Q(last_login=None) | Q(is_active=False)).delete()
