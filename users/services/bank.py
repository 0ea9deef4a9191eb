"""Bank details of insured persons: entered by the person, approved by somebody else at the insurer (decision 0016).

Account and holder stand in their row alone: never in a mail, an address, a job, a log or the audit trail.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies import services as companies
from core.errors import NotAllowed, NotNow, OutOfReach
from core.identifiers import BadIdentifier, check_iban, is_qr_iban
from core.live import knock
from permissions.audit import record
from permissions.policy import require, users_who_can
from users import tasks
from users.models import BankDetails, User
from users.models.bank import COUNTRIES, HOLDER_LENGTH

TOPIC = "bank_details"
State = BankDetails.State


@transaction.atomic
def enter_bank_details(user: User, *, holder: str, iban: str) -> list[BankDetails]:
    """Enter where benefits are paid to: a request for each insured row concerned, which waits for its approval.

    What is valid stays so until then. A newer request replaces one that waits, the same once more changes nothing;
    entering what is valid takes back what waits. The person and whoever approves are told. Raises ValidationError
    by field, also for what is valid already where nothing waits, OutOfReach for somebody who is not insured.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    holder, iban = _check(holder, iban)
    persons = _persons_of(locked)
    if not persons:
        raise OutOfReach
    waiting, asked, taken_back = [], 0, 0
    for person in persons:
        standing = {row.state: row for row in _standing(person)}
        same = {state for state, row in standing.items() if (row.iban, row.holder) == (iban, holder)}
        if State.WAITING in same:
            waiting.append(standing[State.WAITING])
            continue
        if State.WAITING in standing:
            _take_back(standing[State.WAITING], locked)
            taken_back += 1
        if State.VALID not in same:
            waiting.append(_ask(person, locked, holder, iban))
            asked += 1
    if not waiting and not taken_back:
        raise ValidationError({"iban": _("These bank details are valid already.")})
    if asked:
        tasks.tell_of_change.defer(user_id=str(locked.pk), what="bank")
    return waiting


def _ask(person: Any, by: User, holder: str, iban: str) -> BankDetails:
    row = BankDetails.unrestricted.create(
        person=person, company=person.company, user=by, holder=holder, iban=iban, last_four=iban[-4:]
    )
    tasks.tell_of_bank_details.defer(details_id=str(row.pk))
    knock(sorted(users_who_can("bank.approve", row)), TOPIC, row.pk)
    record(by, "bank.requested", row)
    return row


def _take_back(row: BankDetails, by: User | None) -> None:
    _settle(row, State.WITHDRAWN)
    record(by, "bank.withdrawn", row)


@transaction.atomic
def withdraw_bank_details(user: User) -> int:
    """Take back what waits for approval; returns how many requests there were. What is valid stays."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    return end_requests(locked, by=locked)


def end_requests(user: User, *, by: User | None = None) -> int:
    """Within the caller's transaction: nothing that was entered from this account waits any longer."""
    rows = BankDetails.unrestricted.filter(user=user, state=State.WAITING)
    _lock(rows.values_list("person", flat=True))
    found = list(rows.all())
    for row in found:
        _take_back(row, by)
    return len(found)


@transaction.atomic
def approve_bank_details(details_id: Any, *, by: User) -> BankDetails:
    """Approve a request: from now on benefits are paid there, the former details end.

    By somebody of the insurer who did not enter it himself. Raises OutOfReach/NotAllowed, NotNow once it is settled.
    """
    row = _to_decide(details_id, by)
    BankDetails.unrestricted.filter(person=row.person_id, state=State.VALID).update(state=State.FORMER)
    _decide(row, State.VALID, by)
    record(by, "bank.approved", row, user=row.user_id)
    return row


@transaction.atomic
def decline_bank_details(details_id: Any, reason: str, *, by: User) -> BankDetails:
    """Decline a request and say why; what was valid stays so. Raises as `approve_bank_details`, ValidationError."""
    row = _to_decide(details_id, by)
    row.reason = reason.strip()
    if not row.reason:
        raise ValidationError({"reason": _("Say why, so that it can be entered correctly.")})
    row.clean_fields(exclude=["person", "company", "user", "decided", "decided_by"])
    _decide(row, State.DECLINED, by)
    record(by, "bank.declined", row, user=row.user_id)
    return row


def _check(holder: str, iban: str) -> tuple[str, str]:
    """Holder and account in their stored form. Raises ValidationError by field."""
    holder = " ".join(holder.split())
    wrong: dict[str, Any] = {}
    if not holder or len(holder) > HOLDER_LENGTH:
        wrong["holder"] = _("Enter the name of the account holder, at most 70 characters.")
    try:
        iban = check_iban(iban, countries=COUNTRIES)
    except BadIdentifier:
        wrong["iban"] = _("This is no IBAN of a country to which we pay. Compare it with your bank card.")
    else:
        if is_qr_iban(iban):
            wrong["iban"] = _(
                "This is a QR-IBAN, to which only bills are paid. Enter the IBAN of the account."
            )
    if wrong:
        raise ValidationError(wrong)
    return holder, iban


def _persons_of(user: User) -> list[Any]:
    """The insured rows whose payments move: employments that go on, former ones already paid to, else the last one."""
    rows = apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user)
    known = BankDetails.unrestricted.filter(person__user=user, state__in=[State.WAITING, State.VALID])
    keys = {*companies.going_on(user).values_list("pk", flat=True), *known.values_list("person", flat=True)}
    ordered = list(rows.select_related("company").order_by("-employment_begin", "pk"))
    chosen = [row for row in ordered if row.pk in keys] or ordered[:1]
    _lock(row.pk for row in chosen)
    return chosen


def _lock(persons: Iterable[Any]) -> None:
    """Nobody enters, takes back or decides about these insured persons until the transaction ends."""
    rows = apps.get_model("companies.InsuredPerson").unrestricted.select_for_update(no_key=True)
    list(rows.filter(pk__in=list(persons)).order_by("pk").values_list("pk"))


def _standing(person: Any) -> QuerySet[BankDetails]:
    return BankDetails.unrestricted.filter(person=person, state__in=[State.WAITING, State.VALID])


def _to_decide(details_id: Any, by: User) -> BankDetails:
    rows = BankDetails.unrestricted.filter(pk=details_id)
    # The account first, then the insured person: in the order of whoever enters them.
    list(User.objects.select_for_update().filter(pk__in=rows.values("user")).values_list("pk"))
    _lock(rows.values_list("person", flat=True))
    row = rows.select_related("person", "company").first()
    if row is None:
        raise OutOfReach
    require(by, "bank.approve", row)
    # Also where he is not this insured person any more: four eyes are two people.
    if row.user_id == by.pk:
        raise NotAllowed("bank.approve", row)
    if row.state == State.WITHDRAWN:
        raise NotNow(_("This request was taken back or replaced by a newer one."), code="withdrawn")
    if not row.is_waiting:
        raise NotNow(_("Somebody has decided on this request already."), code="decided")
    return row


def _decide(row: BankDetails, state: str, by: User) -> None:
    row.decided, row.decided_by = timezone.now(), by
    _settle(row, state)
    tasks.tell_of_bank_details.defer(details_id=str(row.pk))
    knock([row.user_id], TOPIC, row.pk)


def _settle(row: BankDetails, state: str) -> None:
    row.state = state
    if state != State.VALID:
        row.iban = row.holder = ""
    row.save()
