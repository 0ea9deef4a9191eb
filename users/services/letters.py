"""Letters to one person: initial password and PUK. What is printed is made in the job and kept as hash only.

No letter goes to an address that the company has just written: it waits until somebody at the insurer has asked the
person, or until the address has settled (decision 0012).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from companies import services as companies
from core import letters
from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants, reach
from permissions.audit import record
from permissions.policy import can, require
from users import paper, tasks
from users.models import PersonalLetter, Puk, User, new_code, new_puk, read_code
from users.services.address import is_settling, moved_since, unchecked_since

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
    """Order a letter with a new PUK: for oneself, or by whoever looks after the person (`check_puk_order`).

    Without a whole address it waits for one, and the contract manager is told. Raises NotNow besides after three letters
    in a week.
    """
    user = check_puk_order(user_id, by=by)
    if (letter := _waiting_one(PersonalLetter.Kind.PUK, user)) is not None:
        return letter
    if PersonalLetter.objects.filter(user=user, created__gt=timezone.now() - PERIOD).count() >= MOST:
        raise NotNow(_("Several letters are on their way already. Order again in a week."), code="enough")
    return _order(PersonalLetter.Kind.PUK, user, _insured(user), by=by)


@transaction.atomic
def check_puk_order(user_id: Any, *, by: User) -> User:
    """Whom a letter with a new PUK can be ordered for, locked: `by` himself, or somebody he looks after.

    He grants user management where the person belongs; or he manages the portal's settings and the person is of the
    insurer or manages users at a customer. Raises OutOfReach/NotAllowed, NotNow for an account that is closed or still
    waits for its first letter, in the days after the person has changed the address himself (the insurer may then),
    and where nobody could be asked for a missing address (`no_address`).
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
    if not address_of(user) and _company_of(user, _insured(user)) is None:
        raise NotNow(_("We have no postal address to send the letter to. Call us."), code="no_address")
    return user


def _order(kind: str, user: User, person: Any, *, by: User | None) -> PersonalLetter:
    if (letter := _waiting_one(kind, user)) is not None:
        return letter
    letter = PersonalLetter.objects.create(kind=kind, user=user, person=person)
    record(by, "user.letter_ordered", user, kind=str(kind))
    if _may_go(letter):
        tasks.print_letter.defer(letter_id=str(letter.pk))
    else:
        _let_wait(letter)
    return letter


# --- Letters that wait ------------------------------------------------------------------------------


def _waiting_one(kind: str, user: User) -> PersonalLetter | None:
    """The letter of this kind that waits already: it is not ordered twice."""
    rows = PersonalLetter.objects.filter(user=user, kind=kind, printed=None)
    return rows.exclude(waiting=None).first()


def _may_go(letter: PersonalLetter) -> bool:
    """Whether there is an address, and not one that the company has just written."""
    home = letter.person
    return bool(address_of(letter.user, home)) and (home is None or unchecked_since(home) is None)


def held_since(letter: PersonalLetter) -> datetime | None:
    """When the company wrote the whole address for whose check a waiting letter waits; None if it waits for an address."""
    return (
        unchecked_since(letter.person) if letter.person and address_of(letter.user, letter.person) else None
    )


def _let_wait(letter: PersonalLetter) -> None:
    letter.waiting, letter.company = timezone.now(), _company_of(letter.user, letter.person)
    letter.save(update_fields=["waiting", "company", "person"])
    if held_since(letter):
        record(None, "user.letter_held", letter.user, kind=letter.kind)
    else:
        record(None, "user.letter_waits", letter.user, kind=letter.kind)


@transaction.atomic
def release_letter(letter_id: Any, *, entered: datetime | None, by: User) -> PersonalLetter:
    """Post a letter that waits because the company wrote the address: the insurer has asked the person.

    The address counts as checked, so whatever else waits for it goes out too. `entered` is when the address was
    written that `by` has looked at. Raises OutOfReach; NotAllowed for whoever wrote the address or is the person; NotNow
    with the code `posted`, `no_address`, or `changed` where the company has written another one meanwhile.
    """
    found = PersonalLetter.objects.exclude(person=None).filter(pk=letter_id).first()
    if found is None:
        raise OutOfReach
    # The person before the letter, as whoever changes the address does.
    people: Any = apps.get_model("companies.InsuredPerson").unrestricted
    person = people.select_for_update(of=("self",)).select_related("company").get(pk=found.person_id)
    require(by, "users.grant_management", person.company)
    if not grants.is_staff(by) or by.pk in {person.address_entered_by_id, person.user_id, found.user_id}:
        raise NotAllowed("users.grant_management", person.company)
    rows = PersonalLetter.objects.select_for_update(of=("self",)).select_related("user")
    letter = rows.get(pk=found.pk)
    if letter.waiting is None or not letter.user.is_active:
        raise NotNow(_("This letter no longer waits."), code="posted")
    if not address_of(letter.user, person):
        raise NotNow(_("The address is not whole: the letter goes out once it is."), code="no_address")
    if person.address_by_company != entered:
        raise NotNow(_("The address was changed meanwhile. Look at the new one first."), code="changed")
    record(by, "user.letter_released", letter.user, kind=letter.kind, person=person.pk)
    companies.settle_address(person.pk)
    post_waiting(person=person)
    return letter


def _company_of(user: User, person: Any) -> Any:
    """The company whose contract manager sees to a missing address; None for somebody who belongs to none."""
    if person is not None:
        return person.company
    scopes = [grant.content_object for grant in grants.grants_of(user)]
    return getattr(scopes[0], "company", scopes[0]) if scopes else None


@transaction.atomic
def post_waiting(*, person: Any = None, company: Any = None) -> int:
    """Have letters printed that waited, where the address is whole and has settled or was checked; returns how many.

    Of one insured person, of the people whose letters go to one company, or all of them.
    """
    rows = PersonalLetter.objects.select_for_update(of=("self",)).select_related("user", "person")
    rows = rows.filter(printed=None, user__is_active=True).exclude(waiting=None)
    if person is not None:
        rows = rows.filter(person=person)
    if company is not None:
        rows = rows.filter(person=None, company=company)
    ready = [letter for letter in rows if _may_go(letter)]
    for letter in ready:
        letter.waiting = None
        letter.save(update_fields=["waiting"])
        tasks.print_letter.defer(letter_id=str(letter.pk))
    return len(ready)


# --- Who, and where to ------------------------------------------------------------------------------


def may_order_puk(user_id: Any, *, by: User) -> bool:
    """Whether `by` looks after somebody (`check_puk_order`), whatever the state of the account is."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return False
    try:
        _check_looks_after(by, user)
    except (NotAllowed, OutOfReach):
        return False
    return True


def manages_users(rows: Any) -> bool:
    """Whether these grants make somebody an administrator at a customer, today."""
    today = timezone.localdate()
    return any(
        (row.until is None or row.until >= today)
        and (row.preset == "administrator" or "users.manage" in row.extra_actions)
        for row in rows
    )


def looks_after_managers(by: User) -> bool:
    """Whether somebody sees to the insurer's people and the customers' administrators: who manages the settings."""
    return reach.reach_of(by).scopes("settings.manage").everywhere


def _check_looks_after(by: User, user: User) -> None:
    """Raise OutOfReach for somebody not seen, NotAllowed where `by` does not look after him."""
    reach.forget()
    if looks_after_managers(by) and (grants.is_staff(user) or manages_users(grants.grants_of(user))):
        return
    places = {grant.content_object for grant in grants.grants_of(user) if grant.SCOPE == "company"}
    person = _insured(user)
    places |= {person.company} if person is not None else set()
    if any(can(by, "users.grant_management", company) for company in places):
        return
    seen = next((company for company in places if can(by, "users.view", company)), None)
    if seen is None:
        raise OutOfReach
    raise NotAllowed("users.grant_management", seen)


def _insured(user: User) -> Any:
    rows: Any = apps.get_model("companies.InsuredPerson").unrestricted
    return rows.select_related("company").filter(user=user).order_by("-employment_begin").first()


def address_of(user: User, person: Any = None) -> list[str]:
    """Where a letter to somebody goes: his own address on record, else his company's or the insurer's; else empty."""
    home = person or _insured(user)
    if home is not None:
        return [home.name, *home.address_lines] if home.street and home.postcode and home.town else []
    for grant in grants.grants_of(user):
        company = getattr(grant.content_object, "company", grant.content_object)
        if company.postcode and company.town:
            return [company.name, user.name, *company.address_lines]
    brand = settings.BRAND
    if grants.is_staff(user):
        street = f"{brand['street']} {brand['house_number']}".strip()
        return [brand["insurer"], user.name, street, f"{brand['postcode']} {brand['town']}"]
    return []


def print_letter(letter_id: Any) -> None:
    """Make what is printed, keep its hashes, and hand the letter over; nothing once that was done.

    The hashes are kept first: a letter that is on its way always opens. Interrupted in between, it is made anew.
    """
    row = PersonalLetter.objects.select_related("user", "person").filter(pk=letter_id).first()
    if row is None or row.printed or not row.user.is_active:
        return
    row.person = row.person or _insured(row.user)
    recipient = address_of(row.user, row.person)
    # A letter goes where it was ordered to.
    if moved_since(row.user, row.created):
        return
    if not _may_go(row):
        with transaction.atomic():
            _let_wait(row)
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
