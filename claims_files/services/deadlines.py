"""What is done about deadlines: said to be done, reminded of, ruled otherwise for a contract."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.certificates import last_certified
from claims_files.deadlines import BY_HAND, OF_CONTRACT, Owner, Rule
from claims_files.models import ContractRule, Deadline
from claims_files.services.acting import Audience, Code, finish, locked
from claims_files.services.assigning import who_looks_after
from claims_files.services.keeping import keep_deadlines
from companies.models import Contract
from core.errors import NotNow, OutOfReach
from permissions.audit import record
from permissions.policy import can, require, users_who_can
from permissions.scoped import locked as locked_row

# What a contract may say at most: about ten years.
MOST = 3660


@transaction.atomic
def finish_deadline(deadline_id: Any, *, by: Any) -> Deadline:
    """Say that what had to happen by a day has happened.

    Raises OutOfReach, NotAllowed, NotNow when it is done already, or is nothing that somebody does.
    """
    row = Deadline.unrestricted.filter(pk=deadline_id).first()
    if row is None:
        raise OutOfReach
    claim = locked(row.claim_file_id)
    require(by, "claim.request_paper", claim)
    row = Deadline.unrestricted.select_for_update().filter(pk=deadline_id).first()
    if row is None:
        raise NotNow(_("This deadline does not exist any more."), code="deadline_gone")
    if row.done is not None:
        raise NotNow(_("This deadline is done already."), code="deadline_done")
    if row.rule not in BY_HAND:
        raise NotNow(_("This day comes by itself: nobody can do it."), code="deadline_comes")
    row.done, row.done_by = timezone.localdate(), by
    row.save(update_fields=["done", "done_by"])
    audience = Audience.ALL if row.audience == Deadline.Audience.ALL else Audience.PERSON
    finish(claim, Code.DEADLINE_DONE, by=by, audience=audience)
    # Not which one: the name of a deadline may say how somebody is.
    record(by, "claim.deadline_done", claim, sealed=audience != Audience.ALL, deadline=row.pk)
    row.refresh_from_db()
    return row


def deadlines_to_tell(day: date) -> QuerySet[Deadline]:
    """The deadlines whose reminder goes out on `day` at the latest and has not yet."""
    return Deadline.unrestricted.filter(done=None, told=None, remind_on__lte=day)


def forget_lapsed(day: date) -> int:
    """Drop the deadlines that matter no more on `day`; returns how many."""
    return Deadline.unrestricted.filter(done=None, lapses__lt=day).delete()[0]


@transaction.atomic
def remind_of_deadline(deadline_id: Any) -> None:
    """Tell those who keep a deadline that it is near, once; reckoned anew before, for nothing to be told in vain.

    Of the end of the last certificate `services.tell_of_ending` tells, and once is enough. Raises OutOfReach where it does not exist (any more).
    """
    row = Deadline.unrestricted.filter(pk=deadline_id).first()
    if row is None:
        raise OutOfReach
    claim = locked(row.claim_file_id)
    keep_deadlines(claim)
    row = deadlines_to_tell(timezone.localdate()).select_for_update().filter(pk=deadline_id).first()
    if row is None:
        return
    row.told = timezone.now()
    row.save(update_fields=["told"])
    if row.rule == Rule.CERTIFICATE and row.day == last_certified(claim):
        return
    sealed = row.audience != Deadline.Audience.ALL
    record(None, "claim.deadline_near", row, sealed=sealed, claim_file=claim.pk)


def who_keeps(row: Deadline) -> set[Any]:
    """The ids of those who are reminded: whose deadline it is, or the insurer where that one has no account."""
    claim, user = row.claim_file, row.person.user
    if row.owner == Owner.PERSON and user is not None and can(user, "deadline.view", row):
        return {user.pk}
    if row.owner == Owner.EMPLOYER:
        return users_who_can("claim.view", claim) - users_who_can("claim.view_sealed", claim)
    return who_looks_after(claim)


@transaction.atomic
def set_contract_rule(
    contract_id: Any, *, key: str, valid_from: date, number: int, source: str, by: Any
) -> ContractRule:
    """Rule a deadline of a contract otherwise than everybody's, from a day on.

    By whoever edits the company. Open claim files of the contract are reckoned anew by a job. Raises OutOfReach,
    NotAllowed, ValidationError by field, NotNow where a value from that day on stands already.
    """
    from claims_files.tasks import keep_deadlines_of_contract

    # Locked: of two at once the slower one finds the value of the first.
    contract = locked_row(Contract, contract_id)
    if not can(by, "contract.view", contract):
        raise OutOfReach
    require(by, "company.edit", contract.company)
    problems: dict[str, Any] = {}
    if key not in OF_CONTRACT:
        problems["key"] = _("Choose the deadline from the list.")
    if not 1 <= number <= MOST:
        problems["number"] = _("Enter a whole number from 1 to %(most)d.") % {"most": MOST}
    if not source.strip():
        problems["source"] = _("Write where it stands, for example the article of the contract.")
    if problems:
        raise ValidationError(problems)
    same = ContractRule.unrestricted.filter(contract=contract, key=key, valid_from=valid_from)
    if same.exists():
        raise NotNow(
            _("A value from this day on stands already. Enter the new one from another day on."),
            code="rule_stands",
        )
    rule = ContractRule(
        contract=contract,
        company_id=contract.company_id,
        key=key,
        valid_from=valid_from,
        number=number,
        source=source.strip(),
        set_by=by,
    )
    rule.clean_fields()
    rule.save(force_insert=True)
    record(by, "contract.rule_set", contract, key=key, valid_from=valid_from, number=number)
    keep_deadlines_of_contract.defer(contract_id=str(contract.pk))
    return rule
