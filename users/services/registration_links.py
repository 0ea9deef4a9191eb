"""Registration links: the insurer lets somebody newly insured register, from the mailbox he named to it.

The link stands for insured number and e-mail address. The date of birth is typed and, as in any registration, compared
in a job: nothing that is answered tells whether it was right.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from permissions.audit import record
from permissions.policy import require
from users import tasks
from users.models import Registration, RegistrationLink, User, digest
from users.services.email import read_address

# The same link is mailed to the same address at most this often: a second click sends no second mail.
AGAIN = timedelta(minutes=5)
# Details sent with one link, right or wrong: whoever reads somebody's mail does not try out birthdays.
MOST_TRIES = 5
# Of age under Swiss law (ZGB 14).
ADULT = 18

_STATES = {
    RegistrationLink.State.REPLACED: _("A newer link was sent. Use the one in that e-mail."),
    RegistrationLink.State.ENDED: _("This link no longer works."),
    RegistrationLink.State.EXPIRED: _("This link has expired."),
}


def is_adult(birth_date: date) -> bool:
    """Whether somebody is of age today."""
    today = timezone.localdate()
    years = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    return years >= ADULT


@transaction.atomic
def send_registration_link(person_id: Any, *, email: str, by: User) -> RegistrationLink:
    """Mail somebody insured, who has no account, a link to register; a former link is dead.

    `by` grants user management at the company. Again to the same address within minutes gives the same link. Raises
    OutOfReach/NotAllowed, ValidationError at `email`, NotNow with the code `account`, `left` or `minor`.
    """
    person = _person(person_id)
    require(by, "users.grant_management", person.company)
    email = read_address(email)
    check_linkable(person)
    former = RegistrationLink.unrestricted.filter(person=person, replaced=None).first()
    if former is not None and former.email == email and former.created > timezone.now() - AGAIN:
        return former
    link = _send(person, email, sent_by=by)
    record(by, "registration.link_sent", link)
    return link


def check_linkable(person: Any) -> None:
    """Raise NotNow if no registration link can be sent to an insured person now."""
    if person.user_id is not None:
        raise NotNow(_("This person has an account already."), code="account")
    if not person.is_employed:
        raise NotNow(_("This person no longer works for the company."), code="left")
    if not is_adult(person.birth_date):
        raise NotNow(_("This person is under 18: the legal representative calls us."), code="minor")


def _send(person: Any, email: str, *, sent_by: User | None) -> RegistrationLink:
    RegistrationLink.unrestricted.filter(person=person, replaced=None).update(replaced=timezone.now())
    link = RegistrationLink.unrestricted.create(
        company_id=person.company_id, person=person, email=email, sent_by=sent_by
    )
    tasks.send_registration_link.defer(link_id=str(link.pk))
    return link


def find_registration_link(token: str) -> RegistrationLink:
    """The link with this token, with its person. Raises OutOfReach for one that was never sent."""
    rows = RegistrationLink.unrestricted.select_related("person")
    found = rows.filter(digest=digest(token)).first()
    if found is None:
        raise OutOfReach
    return found


@transaction.atomic
def renew_registration_link(token: str) -> RegistrationLink:
    """Mail a new link in place of an expired one, to the same address, whoever asks.

    Raises OutOfReach for a token that was never sent, NotNow (`replaced`, `ended`, `open`) where there is nothing to renew.
    """
    link = _locked(token)
    if link.state != RegistrationLink.State.EXPIRED:
        if link.state in _STATES:
            raise NotNow(_STATES[link.state], code=str(link.state))
        raise NotNow(_("This link is still valid."), code="open")
    newer = _send(link.person, link.email, sent_by=link.sent_by)
    record(None, "registration.link_renewed", newer)
    return newer


@transaction.atomic
def use_registration_link(
    token: str, *, birth_date: date, phone: str, language: str, again: bool = False
) -> Registration:
    """Register by a link: the e-mail address counts as confirmed, terms and privacy notice as accepted, now.

    The same work whatever the date of birth is. A second time only where it is said (`again`: something was mistyped).
    Raises OutOfReach, NotNow with the code `answered`, `enough`, `expired`, `replaced` or `ended`.
    """
    link = _locked(token)
    if link.state in _STATES:
        raise NotNow(_STATES[link.state], code=str(link.state))
    if link.answered and not again:
        raise NotNow(_("You have sent your details already."), code="answered")
    if link.tries >= MOST_TRIES:
        raise NotNow(_("Details were sent too often with this link. Call us."), code="enough")
    link.tries += 1
    link.answered = timezone.now()
    link.save(update_fields=["tries", "answered"])
    registration = Registration.objects.create(
        link=link,
        birth_date=birth_date,
        email=link.email,
        phone=phone,
        language=language,
        confirmed=link.answered,
    )
    tasks.complete_registration.defer(registration_id=str(registration.pk))
    record(None, "registration.link_used", link)
    return registration


def person_of_link(registration: Registration) -> Any:
    """Whom a registration by a link is of, locked: if the date of birth is right, and the link has led to nothing yet."""
    link = registration.link
    if link is None:
        return None
    person = _person(link.person_id)
    right = person.birth_date == registration.birth_date and person.is_employed and not link.ended
    return person if right and not link.registrations.exclude(user=None).exists() else None


def end_registration_links(person: Any) -> None:
    """End the links of an insured person, who has an account now; within the caller's transaction."""
    RegistrationLink.unrestricted.filter(person=person, ended=None).update(ended=timezone.now())


def _person(person_id: Any) -> Any:
    rows: Any = apps.get_model("companies.InsuredPerson").unrestricted
    found = rows.select_for_update(of=("self",)).select_related("company").filter(pk=person_id).first()
    if found is None:
        raise OutOfReach
    return found


def _locked(token: str) -> RegistrationLink:
    """The link with this token and its person, both locked; the person first, as whoever sends a new one does."""
    person = _person(find_registration_link(token).person_id)
    link = RegistrationLink.unrestricted.select_for_update(of=("self",)).get(digest=digest(token))
    link.person = person
    return link
