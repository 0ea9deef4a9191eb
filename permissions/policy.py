"""Who may do what on what: the one page an auditor reads.

A **grant** lets a person do an **action** on a **scope**: a company, a site, a contract, one claim file,
or the insured person that he is himself. Pages, API, lists, counts, searches, sockets and jobs all ask here,
and all answers come from one expression (`permissions.reach.condition`): what a list shows is what a detail
page opens.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Manager, Model, QuerySet

from core.errors import NotAllowed, OutOfReach
from permissions.vocabulary import (
    LOCKS,
    MODELS_OF_NOUN,
    PRESETS,
    VIEW_OF_MODEL,
    check_action,
)

ASKED = "asked_of_the_policy"
Row = TypeVar("Row", bound=Model)

# ---------------------------------------------------------------------------------------------------
# Asking
# ---------------------------------------------------------------------------------------------------


def visible_to(user: Any, action: str, queryset: QuerySet | None = None) -> QuerySet:
    """The rows on which `user` may do `action`.

    Without `queryset`, all rows of the action's noun (`claim.view` → claim files). Raises LookupError
    for an unknown action or a model that the action does not speak of.
    """
    from permissions.reach import condition, reach_of

    check_action(action)
    labels = MODELS_OF_NOUN[action.split(".", maxsplit=1)[0]]
    if queryset is None:
        queryset = apps.get_model(labels[0])._base_manager.all()
    if queryset.model._meta.label not in labels:
        raise LookupError(f"{action} does not speak of {queryset.model._meta.label}.")
    rows: Any = queryset.filter(condition(reach_of(user), action, queryset.model))
    # What was added to the filters, for `permissions.newest`: it asks the same in a cheaper way.
    added = rows.query.where.children[len(queryset.query.where.children) :]
    rows._hints = {**rows._hints, ASKED: (getattr(user, "pk", None), action, added)}
    return rows


def can(user: Any, action: str, obj: Model) -> bool:
    """Whether `user` may do `action` on this very object: the list's question, asked for one row."""
    return visible_to(user, action, type(obj)._base_manager.all()).filter(pk=obj.pk).exists()


def can_each(user: Any, action: str, objs: Iterable[Model]) -> set[Any]:
    """Of these objects (of one model), the keys of those on which `user` may do `action`; one query."""
    objs = list(objs)
    if not objs:
        return set()
    rows = visible_to(user, action, type(objs[0])._base_manager.all())
    return set(rows.filter(pk__in=[obj.pk for obj in objs]).values_list("pk", flat=True))


def can_somewhere(user: Any, action: str) -> bool:
    """Whether there is any scope on which `user` holds `action`: what menus ask."""
    from permissions.reach import reach_of

    check_action(action)
    reach = reach_of(user)
    return any(reach.holds(part) for part in parts_of(action))


def find(user: Any, rows: QuerySet[Row] | Manager[Row], key: Any, *actions: str) -> Row:
    """The row with this key, for whoever may do all of `actions` on it, the first one to see it.

    Raises OutOfReach, and NotAllowed without the right to a further one.
    """
    found = rows.filter(pk=key).first()
    if found is None:
        raise OutOfReach
    for action in actions:
        require(user, action, found)
    return found


def require(user: Any, action: str, obj: Model) -> None:
    """Raise OutOfReach (404) if `user` may not even see `obj`, NotAllowed (403) if he may not do `action` on it.

    Asked anew each time: whoever waited for a lock, or for a file to arrive, may have lost his right meanwhile.
    """
    from permissions.reach import forget

    forget()
    if can(user, action, obj):
        return
    seen_by = VIEW_OF_MODEL[type(obj)._meta.label]
    if any(can(user, view, obj) for view in seen_by if view != action):
        raise NotAllowed(action, obj)
    raise OutOfReach


def require_somewhere(user: Any, action: str) -> None:
    """Raise NotAllowed (403, with a way to ask) if `user` holds `action` nowhere: for the page of a whole section."""
    if not can_somewhere(user, action):
        raise NotAllowed(action)


def parts_of(action: str) -> list[str]:
    """The actions behind a derived one (`document.view` → the reading of each class), else itself."""
    if action in LOCKS:
        return list(LOCKS[action].actions.values())
    return [action]


# ---------------------------------------------------------------------------------------------------
# Asking backwards
# ---------------------------------------------------------------------------------------------------


def explain(action: str, obj: Model, user: Any = None) -> list[Any]:
    """Every way by which somebody may do `action` on `obj` (`permissions.explain.Way`), of one user or of all."""
    from permissions.explain import ways

    return ways(action, obj, user)


def users_who_can(action: str, obj: Model) -> set[Any]:
    """Ids of the active users who may do `action` on `obj`: whom to tell."""
    return {way.user_id for way in explain(action, obj)}


__all__ = [
    "PRESETS",
    "can",
    "can_each",
    "can_somewhere",
    "explain",
    "require",
    "require_somewhere",
    "users_who_can",
    "visible_to",
]
