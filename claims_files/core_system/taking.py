"""Taking over what the insurer's core system sends: once for each id, in one transaction each.

The row of the id is inserted, or locked, first: of two same requests at once the second one waits and then finds what the
first one did. What is refused is rolled back and noted afterwards, so that the journal tells it and nothing else does.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from claims_files.core_system import acts
from claims_files.core_system.models import CoreArrival
from claims_files.models import ClaimFile
from core.errors import NotNow
from permissions import scoped
from permissions.audit import by_means_of
from permissions.policy import require, visible_to

Kind, Refusal = CoreArrival.Kind, CoreArrival.Refusal
RIGHT = "core.import"
ACTS = {Kind.NUMBER: acts.note_number, Kind.DECISION: acts.decide, Kind.STATEMENT: acts.issue}
# What the journal says of a refusal, by its code; of everything else that the claim file is not ready for it.
REFUSALS = {
    "claim_missing": Refusal.MISSING,
    "earlier_missing": Refusal.MISSING,
    "differs": Refusal.DIFFERS,
    "already_replaced": Refusal.TAKEN,
    "days_paid": Refusal.TAKEN,
    "has_number": Refusal.TAKEN,
    "number_taken": Refusal.TAKEN,
}
MOST_FIELDS = 20


class Differs(NotNow):
    """An id came in again with other content; `fields` are the names of what differs."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(
            _(
                "This id came in earlier with other content. What differs: %(fields)s. A correction has an id of its own "
                "and names this one in “replaces”."
            )
            % {"fields": ", ".join(fields)},
            code="differs",
        )
        self.fields = fields


def take(
    kind: str, source: str, external_id: str, values: dict[str, Any], *, by: Any
) -> tuple[CoreArrival, bool]:
    """Take one thing over; returns its row, and whether it is new. The same again writes nothing.

    `values` are checked by the serializer of the kind. Raises ValidationError by field, NotNow where something has to
    come first or the id came with other content (`Differs`).
    """
    try:
        with transaction.atomic():
            return _take(kind, source, external_id, values, by)
    except NotNow as refusal:
        said = REFUSALS.get(refusal.code, Refusal.NOT_NOW)
        note_refusal(kind, source, external_id, said, getattr(refusal, "fields", []), by=by)
        raise
    except ValidationError as refusal:
        named = list(refusal.error_dict) if hasattr(refusal, "error_dict") else []
        note_refusal(kind, source, external_id, Refusal.INVALID, named, by=by)
        raise


def _take(
    kind: str, source: str, external_id: str, values: dict[str, Any], by: Any
) -> tuple[CoreArrival, bool]:
    arrival = _row(kind, source, external_id, by)
    digests = digests_of(values)
    if arrival.taken is not None:
        require(by, RIGHT, arrival.claim_file)
        names = {*digests, *arrival.digests}
        different = sorted(name for name in names if digests.get(name) != arrival.digests.get(name))
        if different:
            raise Differs(different[:MOST_FIELDS])
        return arrival, False
    earlier = _earlier(kind, source, external_id, values.get("replaces", ""))
    claim = _claim(kind, source, values, by)
    # In one order, whichever of two claim files the number moves to.
    keys = {claim.pk, earlier.claim_file_id} if earlier and kind == Kind.NUMBER else {claim.pk}
    held = {key: scoped.locked(ClaimFile, key) for key in sorted(keys)}
    # Asked once more under the lock: the number may have moved to another claim file meanwhile.
    claim = held[_claim(kind, source, values, by).pk]
    for each in held.values():
        require(by, RIGHT, each)
    if earlier and CoreArrival.unrestricted.filter(replaces=earlier).exists():
        raise NotNow(_("The earlier one was replaced already. Name the last one."), code="already_replaced")
    if earlier and kind != Kind.NUMBER and earlier.claim_file_id != claim.pk:
        raise ValidationError({"replaces": _("The earlier one belongs to another claim file.")})
    unseen = claim.arrived_at
    with by_means_of(core_arrival=arrival.pk):
        made = ACTS[Kind(kind)](claim, values, earlier, source=source, external_id=external_id, by=by)
    if unseen:
        # A program has looked at nothing: what arrived still waits for somebody.
        ClaimFile.unrestricted.filter(pk=claim.pk).update(arrived_at=unseen)
    arrival.claim_file, arrival.company_id, arrival.by = claim, claim.company_id, by
    arrival.replaces, arrival.digests, arrival.taken = earlier, digests, timezone.now()
    for name, value in made.items():
        setattr(arrival, name, value)
    arrival.save()
    return arrival, True


def _row(kind: str, source: str, external_id: str, by: Any) -> CoreArrival:
    """The row of this id, locked; a twin that inserts it at the same moment is waited for."""
    one = {"source": source, "kind": kind, "external_id": external_id}
    CoreArrival.unrestricted.bulk_create([CoreArrival(**one, by=by)], ignore_conflicts=True)
    return CoreArrival.unrestricted.select_for_update(of=["self"]).get(**one)


def _earlier(kind: str, source: str, external_id: str, replaced: str) -> CoreArrival | None:
    if not replaced:
        return None
    if replaced == external_id:
        raise ValidationError({"replaces": _("Nothing replaces itself: a correction has an id of its own.")})
    rows = CoreArrival.unrestricted.filter(source=source, kind=kind, external_id=replaced)
    earlier = rows.exclude(taken=None).first()
    if earlier is None:
        raise NotNow(
            _("What this replaces (%(id)s) has not come in yet. Send that first, then this again.")
            % {"id": replaced},
            code="earlier_missing",
        )
    return earlier


def _claim(kind: str, source: str, values: dict[str, Any], by: Any) -> ClaimFile:
    """The claim file: of a claim number by ours, of everything else by the id under which its number came in."""
    if kind == Kind.NUMBER:
        found = visible_to(by, RIGHT, ClaimFile.unrestricted.filter(number=values["claim_number"])).first()
        if found is None:
            raise ValidationError({"claim_number": _("No claim file has this number.")})
        return found
    rows = CoreArrival.unrestricted.filter(source=source, kind=Kind.NUMBER, external_id=values["claim"])
    link = rows.exclude(taken=None).select_related("claim_file", "replaced_by").first()
    if link is None:
        raise NotNow(
            _("The claim number of %(id)s has not come in yet. Send it first, then this again.")
            % {"id": values["claim"]},
            code="claim_missing",
        )
    if later := getattr(link, "replaced_by", None):
        raise NotNow(
            _("%(id)s was replaced by %(later)s. Name that one.")
            % {"id": values["claim"], "later": later.external_id},
            code="already_replaced",
        )
    return link.claim_file


def note_refusal(
    kind: str, source: str, external_id: str, refusal: str, fields: list[str], *, by: Any
) -> None:
    """Note that something was refused, in a transaction of its own; the names of values at most, never the values."""
    with transaction.atomic():
        arrival = _row(kind, source, external_id, by)
        arrival.refused, arrival.refusal = timezone.now(), refusal
        arrival.fields = [name[:40] for name in fields[:MOST_FIELDS]]
        arrival.times_refused = F("times_refused") + 1
        arrival.save(update_fields=["refused", "refusal", "fields", "times_refused"])


def digests_of(values: dict[str, Any]) -> dict[str, str]:
    """A keyed hash of each value by its name (`lines.2.amount`): tells the same from something else, and nothing more."""
    return {
        name: salted_hmac("core_arrival", f"{name} {value}", algorithm="sha256").hexdigest()[:32]
        for name, value in _leaves("", values)
    }


def _leaves(name: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        parts: Any = value.items()
    elif isinstance(value, list):
        parts = enumerate(value, start=1)
    else:
        return [] if value in ("", None) else [(name, value)]
    return [leaf for key, each in parts for leaf in _leaves(f"{name}.{key}" if name else str(key), each)]
