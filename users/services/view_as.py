"""Looking at the portal as somebody else sees it: read only, with a reason, a quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from permissions import reach
from permissions.audit import record
from permissions.holders import grants_within, people_within
from permissions.policy import can, require, visible_to
from users import tasks
from users.models import User, Viewing

ACTION = "users.view_as"
# The same again within so short a time is one wish.
SECOND_CLICK = timedelta(seconds=10)
# Ends that the one who looks brings about himself.
BY_VIEWER = frozenset({"by_hand", "replaced", "sign_out"})


def companies_to_view(viewer: User, viewed: User) -> list[Any]:
    """The companies at which `viewer` may look at the portal as `viewed`, by name: where that one holds anything."""
    rows = grants_within(viewer, [viewed], ACTION)[viewed.pk]
    ids = {getattr(row.content_object, "company_id", row.content_object_id) for row in rows}
    companies = apps.get_model("companies.Company").unrestricted.filter(pk__in=ids)
    return list(visible_to(viewer, ACTION, companies).order_by("sort_key"))


@transaction.atomic
def start_viewing(viewed_id: Any, company: Any, *, reason: str, note: str = "", by: User) -> Viewing:
    """Begin to look at the portal as somebody with access at `company` sees it there.

    Ends another view that `by` has left open; a second click gives the one that has just begun. The person is told. Raises OutOfReach for a company or person that
    `by` does not see there, NotAllowed for himself or without the right, NotNow for a closed account or one without
    access today, ValidationError by field.
    """
    # Both rows, in one order: of two who look as each other neither waits for the other.
    list(User.objects.select_for_update(no_key=True).filter(pk__in=[viewed_id, by.pk]).order_by("pk"))
    require(by, ACTION, company)
    viewed = people_within(by, ACTION, company=company.pk).filter(pk=viewed_id).first()
    if viewed is None:
        raise OutOfReach
    if viewed.pk == by.pk:
        raise NotAllowed(ACTION, company)
    if not _has_access(viewed, company):
        raise NotNow(_("This person has no access to the portal at present."), code="no_access")
    if reason not in Viewing.Reason.values:
        raise ValidationError({"reason": _("Choose a reason.")})
    if reason == Viewing.Reason.OTHER and not note.strip():
        raise ValidationError({"note": _("Say in a few words what it is about.")})
    values = {"viewed": viewed, "company": company, "reason": reason, "note": note.strip()}
    open_ones = Viewing.unrestricted.filter(viewer=by, ended=None)
    if same := open_ones.filter(**values, created__gt=timezone.now() - SECOND_CLICK).first():
        return same
    for earlier in open_ones:
        _end(earlier, "replaced")
    viewing = Viewing.unrestricted.create(viewer=by, **values)
    tasks.end_viewing.configure(schedule_at=viewing.ends).defer(viewing_id=str(viewing.pk))
    record(by, "viewing.started", viewing, user=viewed.pk, reason=reason)
    # The sockets of the pages that are open now are told.
    knock([by.pk], "session", by.pk)
    return viewing


def viewing_in_force(viewing_id: Any, *, by: User) -> Viewing | None:
    """The view that `by` has begun, if it still holds; one that no longer does is ended here."""
    rows = Viewing.unrestricted.select_related("viewed", "company")
    viewing = rows.filter(pk=viewing_id, viewer=by.pk, ended=None).first()
    if viewing is None:
        return None
    way = _over(viewing, by)
    if way:
        end_viewing(viewing.pk, way=way)
        return None
    return viewing


def anybody_looks_as_another(user_ids: Iterable[Any]) -> bool:
    """Whether any of these people looks at the portal as somebody else now."""
    rows = Viewing.unrestricted.filter(viewer__in=set(user_ids), ended=None, ends__gt=timezone.now())
    return rows.exists()


def _over(viewing: Viewing, viewer: User) -> str:
    """Why a view no longer holds: its time, the right of the one who looks, the access of the one looked as; or empty."""
    if viewing.ends <= timezone.now():
        return "time"
    if not can(viewer, ACTION, viewing.company):
        return "right"
    within = people_within(viewer, ACTION, company=viewing.company_id).filter(pk=viewing.viewed_id)
    return "" if _has_access(viewing.viewed, viewing.company) and within.exists() else "access"


def _has_access(person: User, company: Any) -> bool:
    return person.is_active and can(person, "company.view", company)


@transaction.atomic
def end_viewing(viewing_id: Any, *, way: str = "by_hand") -> None:
    """End a view; one that has ended already stays as it is. `way` says why, for the trail."""
    viewing = Viewing.unrestricted.select_for_update().filter(pk=viewing_id, ended=None).first()
    if viewing is not None:
        _end(viewing, way)


@transaction.atomic
def end_when_over(viewing_id: Any) -> None:
    """End a view whose time is over; nothing before."""
    viewing = Viewing.unrestricted.select_for_update().filter(pk=viewing_id, ended=None).first()
    if viewing is not None and viewing.ends <= timezone.now():
        _end(viewing, "time")


def end_viewings(user: User) -> None:
    """End every view by somebody or as somebody: part of the end of his account."""
    for viewing in Viewing.unrestricted.filter(Q(viewer=user) | Q(viewed=user), ended=None):
        _end(viewing, "account")


def _end(viewing: Viewing, way: str) -> None:
    viewing.ended = min(timezone.now(), viewing.ends)
    viewing.save(update_fields=["ended"])
    reach.forget()
    by = viewing.viewer if way in BY_VIEWER else None
    record(by, "viewing.ended", viewing, user=viewing.viewed_id, way=way)


def viewings_for(reader: User) -> Any:
    """The views that the reader may know of, newest first: as himself, and at companies where he sees who has access."""
    rows = Viewing.unrestricted.select_related("viewer", "viewed", "company")
    seen = visible_to(reader, "users.view", Viewing.unrestricted.all()).order_by().values("pk")
    return rows.filter(Q(viewed=reader) | Q(viewer=reader) | Q(pk__in=seen)).order_by("-created", "-id")
