"""Letters to one person: initial password and PUK. What is printed is made in the job and kept as hash only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core import letters
from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.audit import record
from permissions.policy import can
from users import paper, tasks
from users.models import PersonalLetter, Puk, User, new_code, new_puk, read_code
from users.services.address import is_settling, moved_since

# Whoever knows somebody's number and birthday can have letters sent to him: few.
MOST, PERIOD = 3, timedelta(days=7)


def may_write(person: Any) -> bool:
    """Whether another letter may go to an insured person, who is locked."""
    since = timezone.now() - PERIOD
    return PersonalLetter.objects.filter(person=person, created__gt=since).count() < MOST


def order_access_letter(user: User, person: Any) -> PersonalLetter:
    """Order initial password and PUK for an account that waits for them; within the caller's transaction."""
    return _order(PersonalLetter.Kind.ACCESS, user, person, by=None)


@transaction.atomic
def order_puk(user_id: Any, *, by: User) -> PersonalLetter:
    """Order a letter with a new PUK: for oneself, or by whoever grants user management where the person belongs.

    Raises OutOfReach/NotAllowed, NotNow without an address, in the days after the person has changed it himself
    (the insurer may then), for an account that is closed or still waits for its first letter, and after three
    letters in a week.
    """
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise OutOfReach
    if user.pk != by.pk:
        _check_looks_after(by, user)
    if not user.is_active or user.initial_password_until is not None:
        raise NotNow(_("This account is closed, or waits for its first letter."))
    if user.pk == by.pk and is_settling(user):
        raise NotNow(
            _(
                "You changed your address a few days ago. Until it has settled, only we can order this letter: call us."
            ),
            code="just_moved",
        )
    if not address_of(user):
        raise NotNow(_("We have no postal address to send the letter to. Call us."), code="no_address")
    if PersonalLetter.objects.filter(user=user, created__gt=timezone.now() - PERIOD).count() >= MOST:
        raise NotNow(_("Several letters are on their way already. Order again in a week."), code="enough")
    return _order(PersonalLetter.Kind.PUK, user, _insured(user), by=by)


def _order(kind: str, user: User, person: Any, *, by: User | None) -> PersonalLetter:
    letter = PersonalLetter.objects.create(kind=kind, user=user, person=person)
    tasks.print_letter.defer(letter_id=str(letter.pk))
    record(by, "user.letter_ordered", user, kind=str(kind))
    return letter


def _check_looks_after(by: User, user: User) -> None:
    """Raise OutOfReach for somebody not seen, NotAllowed where `by` does not grant user management."""
    companies = {grant.content_object for grant in grants.grants_of(user) if grant.SCOPE == "company"}
    person = _insured(user)
    companies |= {person.company} if person is not None else set()
    if any(can(by, "users.grant_management", company) for company in companies):
        return
    seen = next((company for company in companies if can(by, "users.view", company)), None)
    if seen is None:
        raise OutOfReach
    raise NotAllowed("users.grant_management", seen)


def _insured(user: User) -> Any:
    rows: Any = apps.get_model("companies.InsuredPerson").unrestricted
    return rows.select_related("company").filter(user=user).order_by("-employment_begin").first()


def address_of(user: User, person: Any = None) -> list[str]:
    """Where a letter to somebody goes: his own address on record, else his company's; empty without any."""
    home = person or _insured(user)
    if home is not None:
        return [home.name, *home.address_lines] if home.street and home.postcode and home.town else []
    for grant in grants.grants_of(user):
        company = getattr(grant.content_object, "company", grant.content_object)
        if company.postcode and company.town:
            return [company.name, user.name, *company.address_lines]
    return []


def print_letter(letter_id: Any) -> None:
    """Make what is printed, keep its hashes, and hand the letter over; nothing once that was done.

    The hashes are kept first: a letter that is on its way always opens. Interrupted in between, it is made anew.
    """
    row = PersonalLetter.objects.select_related("user", "person").filter(pk=letter_id).first()
    if row is None or row.printed or not row.user.is_active:
        return
    recipient = address_of(row.user, row.person)
    # A letter goes where it was ordered to.
    if not recipient or moved_since(row.user, row.created):
        return
    puk = new_puk()
    # Slow on purpose: nobody waits for a lock meanwhile.
    puk_hash = make_password(read_code(puk))
    if row.kind == PersonalLetter.Kind.ACCESS:
        letter = _access_letter(row, recipient, puk, puk_hash)
    else:
        letter = _puk_letter(row, recipient, puk, puk_hash)
    if letter is None:
        return
    letters.deliver(letter)
    with transaction.atomic():
        PersonalLetter.objects.filter(pk=row.pk).update(printed=timezone.now())
        record(None, "user.letter_printed", row.user, kind=row.kind, sha256=letter.sha256, pages=letter.pages)


def _access_letter(
    row: PersonalLetter, recipient: list[str], puk: str, puk_hash: str
) -> letters.Letter | None:
    user, password = row.user, new_code(3)
    until = timezone.now() + timedelta(days=settings.INITIAL_PASSWORD_DAYS)
    hashed = make_password(password)
    with translation.override(user.language):
        content = paper.access(user.email, user.identifier, password, puk, until)
    letter = letters.compose(row.pk, row.kind, user.language, recipient, content)
    with transaction.atomic():
        # Whoever has chosen a password meanwhile keeps it.
        waiting = User.objects.filter(pk=user.pk, is_active=True).exclude(initial_password_until=None)
        if not waiting.update(password=hashed, initial_password_until=until):
            return None
        _keep_puk(user, puk_hash)
    return letter


def _puk_letter(row: PersonalLetter, recipient: list[str], puk: str, puk_hash: str) -> letters.Letter:
    user = row.user
    with translation.override(user.language):
        content = paper.puk(user.identifier, puk)
    letter = letters.compose(row.pk, row.kind, user.language, recipient, content)
    _keep_puk(user, puk_hash)
    return letter


def _keep_puk(user: User, puk_hash: str) -> None:
    Puk.objects.update_or_create(user=user, defaults={"hash": puk_hash, "used": None})
