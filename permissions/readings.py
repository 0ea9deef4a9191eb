"""Readings: who looked at what, and by which right. The lines that “who opened my file” shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from permissions.audit import means
from permissions.policy import explain
from permissions.trail import AuditLine

# The events that say of something about an insured person that it was read.
READINGS = ("claim.opened", "document.read")
# Of whoever looks at the portal as somebody else sees it: the fact that names the other one beside the actor.
VIEWED = "viewed"
# The facts by which a line says with which right.
RIGHT = ("way", "scope", "deputy_for")
# The facts that say what the thing read is.
WHAT = ("visibility",)
# Reading on within this time is the same reading.
PAUSE = timedelta(minutes=15)


def way_of(user: Any, action: str, obj: Model) -> dict[str, Any]:
    """The facts that say by which right `user` does `action` on `obj`: role, kind of scope, in whose stead; empty without one."""
    way = next(iter(explain(action, obj, user)), None)
    if way is None:
        return {}
    facts = {"way": way.preset, "scope": way.scope_kind}
    principal = way.deputy_for_id
    return facts if principal is None else {**facts, "deputy_for": principal}


def is_himself() -> bool:
    """Whether somebody acts as himself here and now: nobody looks at the portal as he sees it."""
    return VIEWED not in means()


def read_lately(user: Any, event: str, obj: Model) -> bool:
    """Whether `user` was noted as a reader of `obj` within `PAUSE`, by the same means."""
    rows = AuditLine.unrestricted.filter(target=obj.pk, event=event, at__gt=timezone.now() - PAUSE)
    now = {key: str(value) for key, value in means().items()}
    if is_himself():
        rows = rows.filter(actor=user.pk)
    return any(
        {key: str(value) for key, value in facts.items() if key not in RIGHT + WHAT} == now
        for facts in rows.values_list("facts", flat=True)
    )


def alone(user: Any, obj: Model) -> None:
    """Until the end of the transaction nobody else notes a reading of `obj` by `user`. Needs a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Readings are noted inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{user.pk} {obj.pk}"])
