"""The audit trail: one line per business act, written in its transaction; the line is the event.

Lines hold ids, words and numbers only: no name, no title, no health data. What follows from an event is
said on one page (`settings.REACTIONS`). Sealing and verification: `permissions.sealing`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils.module_loading import import_string

from permissions.trail import AuditLine

# By what means the acts of this moment are done, besides by whom: facts added to every line.
_means: ContextVar[dict[str, Any] | None] = ContextVar("means", default=None)
# Who looks on as somebody else: what happens then is his doing, whosever page it is.
_onlooker: ContextVar[Any] = ContextVar("onlooker", default=None)


@contextmanager
def by_means_of(**facts: Any) -> Iterator[None]:
    """Within this block every line says by what means it was done: `token=<id>`, `scim_token=<id>`, `review=<id>`, `request=<id>`,
    `core_arrival=<id>`.

    Means add up: somebody may decide in a review, through a token.
    """
    token = _means.set({**(_means.get() or {}), **facts})
    try:
        yield
    finally:
        _means.reset(token)


@contextmanager
def looking_as(viewed: Any, *, viewer: Any, **facts: Any) -> Iterator[None]:
    """Within this block every line names the one who looks on as the one who acted, and whom he looks as."""
    token = _onlooker.set(viewer)
    try:
        with by_means_of(viewed=viewed, **facts):
            yield
    finally:
        _onlooker.reset(token)


def means() -> dict[str, Any]:
    """By what means the acts of this moment are done, besides by whom; empty for somebody who simply acts."""
    return _means.get() or {}


def record(
    by: Any, event: str, obj: Model | None = None, *, sealed: bool | None = None, **facts: Any
) -> AuditLine:
    """Say that something was done: one line, then its reactions, all in the caller's transaction.

    `by` is the acting user (None for the portal itself), `event` is `noun.participle`. Facts are ids,
    words, numbers and hashes. `sealed`: the act is between the insured person and the insurer; unless said,
    it is if the object is. Raises RuntimeError outside a transaction: a line without its act is a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event} recorded outside a transaction.")
    if sealed is None:
        sealed = bool(getattr(obj, "sealed", False))
    line = AuditLine.unrestricted.create(
        event=event,
        actor=actor_of(by),
        target_type=obj._meta.label if obj is not None else "",
        target=obj.pk if obj is not None else None,
        # The trail of a company is read at the company: a sealed paper does not exist there.
        company=None if sealed else _scope(obj, "company"),
        person=_scope(obj, "person"),
        facts={key: _plain(value) for key, value in {**facts, **means()}.items()},
    )
    import_string(settings.REACTIONS)(line, obj)
    return line


def actor_of(by: Any) -> Any:
    """The id of the one who really acts as `by`: himself, or the one who looks at the portal as him; None for the portal."""
    actor = getattr(by, "pk", None)
    return actor and (_onlooker.get() or actor)


def record_refusal(by: Any, action: str, obj: Model | None = None) -> None:
    """Record that a right was refused, in a transaction of its own: the refused one is rolled back."""
    with transaction.atomic():
        record(by if getattr(by, "is_authenticated", False) else None, "access.refused", obj, action=action)


def record_miss(by: Any, route: str) -> None:
    """Record that somebody tried to act on what is out of his reach, or is not there at all: alike, and without its id."""
    with transaction.atomic():
        record(by, "access.refused", None, route=route)


def _scope(obj: Model | None, kind: str) -> Any:
    field = getattr(obj, "scope_fields", {}).get(kind)
    if obj is None or field is None:
        return None
    return obj.pk if field == "pk" else getattr(obj, field)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, uuid.UUID):
        return str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
