"""Inviting many people at once: a list is brought, looked at row by row, and sent as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from core.tables import read_table
from permissions.naming import names_remembered
from permissions.policy import require_somewhere
from users import bulk, tasks
from users.models import BulkInvitation, User
from users.services.invitations import invite

State = BulkInvitation.State
MANAGE = bulk.MANAGE
# Of one person at a time: the newest.
MOST_LISTS = 10
# More are sent by a job.
AT_ONCE = 50


@transaction.atomic
def bring_list(file: BinaryIO, *, by: User) -> BulkInvitation:
    """Keep the rows of a CSV or XLSX file for `by` to look at; nobody is invited.

    Raises NotAllowed for somebody who manages users nowhere, ValidationError at `file` for one that is no such table.
    """
    require_somewhere(by, MANAGE)
    try:
        kept = bulk.read_rows(read_table(file))
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    return _keep(kept, by)


@transaction.atomic
def bring_rows(rows: Iterable[Mapping[str, str]], *, by: User) -> BulkInvitation:
    """The same for rows that come as `{column: text}`; they are numbered from 1."""
    require_somewhere(by, MANAGE)
    return _keep(
        bulk.Kept(
            [(number, {**dict.fromkeys(bulk.COLUMNS, ""), **row}) for number, row in enumerate(rows, 1)]
        ),
        by,
    )


def _keep(kept: bulk.Kept, by: User) -> BulkInvitation:
    older = BulkInvitation.objects.filter(user=by).exclude(state=State.SENDING).order_by("-created")
    too_many = list(older.values_list("pk", flat=True)[MOST_LISTS - 1 :])
    BulkInvitation.objects.filter(pk__in=too_many).delete()
    return BulkInvitation.objects.create(user=by, sealed=bulk.seal(kept))


def find_list(key: Any, *, by: User) -> BulkInvitation:
    """A list that `by` brought. Raises NotAllowed for somebody who manages users nowhere, OutOfReach."""
    require_somewhere(by, MANAGE)
    row = BulkInvitation.objects.filter(pk=key, user=by, expires__gt=timezone.now()).first()
    if row is None:
        raise OutOfReach
    return row


@transaction.atomic
def send_list(key: Any, *, rows: Iterable[int], by: User) -> BulkInvitation:
    """Invite the people of these rows, all of them or nobody; many by a job. Clicking twice sends once.

    Raises as `find_list`, and NotNow (`list_changed`) if one of the rows cannot be invited any more: nothing is sent then.
    """
    require_somewhere(by, MANAGE)
    row = _locked(key, by.pk)
    if row is None:
        raise OutOfReach
    if row.state != State.CHECKED:
        return row
    kept = bulk.unseal(row)
    kept.chosen = sorted(set(rows))
    good = {line.number for line in bulk.check(kept, by) if line.good}
    if not kept.chosen or not good.issuperset(kept.chosen):
        raise _changed()
    if len(kept.chosen) > AT_ONCE:
        row.state, row.refused, row.sealed = State.SENDING, False, bulk.seal(kept)
        row.save(update_fields=["state", "refused", "sealed"])
        tasks.send_list.defer(list_id=str(row.pk))
    else:
        _send(row, kept, by)
    return row


def finish_list(key: Any) -> None:
    """Send a list that was left to a job; if it cannot be sent as it was looked at, it waits for its owner again."""
    row = BulkInvitation.objects.select_related("user").filter(pk=key).first()
    if row is None:
        return
    owner: User = row.user
    try:
        with transaction.atomic(), translation.override(owner.language), names_remembered():
            locked = _locked(key, owner.pk)
            if locked is None or locked.state != State.SENDING:
                return
            _send(locked, bulk.unseal(locked), owner)
    except NotNow:
        waiting = BulkInvitation.objects.filter(pk=key, state=State.SENDING)
        waiting.update(state=State.CHECKED, refused=True)
    knock([owner.pk], "bulk_invitations", key)


def discard_list(key: Any, *, by: User) -> None:
    """Forget a list at once; what was sent stays sent. Raises as `find_list`."""
    find_list(key, by=by).delete()


def forget_lists() -> None:
    """Forget the lists that are over."""
    BulkInvitation.objects.filter(expires__lte=timezone.now()).delete()


def _locked(key: Any, owner: Any) -> BulkInvitation | None:
    rows = BulkInvitation.objects.select_for_update(of=("self",))
    return rows.filter(pk=key, user=owner, expires__gt=timezone.now()).first()


def _changed() -> NotNow:
    return NotNow(
        _("Something has changed since the rows were checked. Nothing was sent: look at them again."),
        code="list_changed",
    )


def _send(row: BulkInvitation, kept: bulk.Kept, by: User) -> None:
    """Invite whom the chosen rows name, each by the rules of inviting one. Raises NotNow: then nothing is left of it."""
    lines = bulk.check(kept, by)
    chosen = [line for line in lines if line.number in set(kept.chosen)]
    if not all(line.good for line in chosen):
        raise _changed()
    _lock_in_order([line.scope for line in chosen])
    for line in chosen:
        try:
            made = invite(
                line.scope,
                email=line.email,
                first_name=line.cells["first_name"],
                last_name=line.cells["last_name"],
                language=line.language,
                preset=line.preset,
                until=line.until,
                by=by,
            )
        except (ValidationError, NotAllowed, OutOfReach) as error:
            raise _changed() from error
        kept.sent[str(line.number)] = {
            "preset": line.preset,
            "where": line.where,
            "invitation": str(made.pk),
        }
    kept.left_out = {
        str(line.number): [[each.column, each.code, list(each.facts)] for each in line.problems]
        for line in lines
        if str(line.number) not in kept.sent
    }
    row.state, row.refused, row.sealed = State.SENT, False, bulk.seal(kept)
    row.save(update_fields=["state", "refused", "sealed"])


def _lock_in_order(scopes: list[Any]) -> None:
    """Lock every scope in one order: two lists, or a list and whoever leaves several companies, never wait in a ring."""
    order = ("company", "site", "contract")
    for kind in order:
        found = {scope.pk: type(scope) for scope in scopes if bulk.kind_of(scope) == kind}
        if found:
            model: Any = next(iter(found.values()))
            rows = model._base_manager.select_for_update(of=("self",), no_key=True)
            list(rows.filter(pk__in=found).order_by("pk").values_list("pk"))
