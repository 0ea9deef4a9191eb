"""Deputies, as they are read: one's own, those at one's companies, and whom a name or an address means."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.text import fold
from permissions.holders import holders_of_role, holds_at, people_within, role_of
from permissions.ledger import Deputy
from permissions.policy import can, can_each, visible_to
from permissions.reach import own_companies
from users.models import User
from users.services.deputies import MANAGE, NOBODY, manages_staff

# How many are shown at once; the others stand in the API.
SHOWN = 50
State = Deputy.State
TONES = {State.WAITING: "wait", State.PLANNED: "info", State.IN_FORCE: "ok", State.OVER: "mute"}


def _rows() -> QuerySet[Deputy]:
    return Deputy.unrestricted.select_related("principal", "deputy", "company", "named_by")


def own(user: User) -> QuerySet[Deputy]:
    """Who stands in for somebody, and for whom he does, the newest first; what is over, too."""
    return _rows().filter(Q(principal=user) | Q(deputy=user)).order_by("-created", "-id")


def within(reader: User, *, company: Any = None) -> QuerySet[Deputy]:
    """The deputies that the reader sees in user management, newest first; at the insurer, for who manages its settings."""
    rows = _rows() if company is None else _rows().filter(company=company)
    return visible_to(reader, "users.view", rows).order_by("-created", "-id")


def known_to(reader: User) -> QuerySet[Deputy]:
    """All that concern the reader: his own, and those he sees in user management; newest first."""
    seen = within(reader).order_by().values("pk")
    rows = _rows().filter(Q(principal=reader) | Q(deputy=reader) | Q(pk__in=seen))
    return rows.order_by("-created", "-id")


def standing(reader: User, rows: QuerySet[Deputy]) -> list[dict[str, Any]]:
    """Of these deputies those that are not over, with what the reader may do; constant queries."""
    found = list(rows.filter(ended=None, until__gte=timezone.localdate())[:SHOWN])
    managed = can_each(reader, MANAGE, found)
    of_staff = manages_staff(reader)
    return [
        {
            "row": row,
            "state": row.state,
            "tone": TONES[row.state],
            "confirmable": row.state == State.WAITING
            and row.pk in managed
            and reader.pk not in {row.deputy_id, row.named_by_id},
            "endable": reader.pk in {row.principal_id, row.deputy_id}
            or row.pk in managed
            or (row.company_id is None and of_staff),
        }
        for row in found
    ]


def waiting_for(reader: User) -> list[Deputy]:
    """The proposals that wait for this very person, the oldest first."""
    rows = within(reader).filter(confirmed=None, ended=None, until__gte=timezone.localdate())
    rows = visible_to(reader, MANAGE, rows.exclude(Q(deputy=reader) | Q(named_by=reader)))
    return list(rows.order_by("created", "id")[:SHOWN])


# --- Whom a name or an address means ----------------------------------------------------------------


def own_places(user: User) -> list[Any]:
    """The companies at which somebody can have a deputy, by name."""
    rows = visible_to(user, "company.view", apps.get_model("companies.Company").unrestricted.all())
    return list(rows.filter(pk__in=own_companies(user)).order_by("sort_key"))


def places_of(principal: User, reader: User) -> list[Any]:
    """The companies at which the reader can name a deputy for somebody, by name."""
    rows = visible_to(reader, MANAGE, apps.get_model("companies.Company").unrestricted.all())
    return list(rows.filter(pk__in=own_companies(principal)).order_by("sort_key"))


def of_same_role(user: User) -> QuerySet[User]:
    """Who can stand in for somebody at the insurer, by name."""
    role = role_of(user)
    return holders_of_role(role).exclude(pk=user.pk) if role else User.objects.none()


def colleague(text: str, company: Any, *, reader: User) -> User:
    """The person with access at a company whom a name or an e-mail address means.

    Names are searched only for who sees there who has access. Raises ValidationError, with the same words for somebody
    who has no access there and for somebody who does not exist.
    """
    text = text.strip()
    found = User.objects.filter(email=text.lower(), is_active=True).first()
    if found is not None and holds_at(found, company):
        return found
    if not can(reader, "users.view", company):
        raise ValidationError(NOBODY)
    return _named(text, people_within(reader, company=company.pk))


def of_insurer(reader: User, key: Any) -> User | None:
    """The person of the insurer with this id, for whoever manages the portal's settings."""
    if not manages_staff(reader):
        return None
    return User.objects.filter(pk=key, staff_role__isnull=False).first()


def somebody_managed(text: str, *, reader: User) -> User:
    """Somebody with access where the reader manages users, or, for who manages the settings, of the insurer.

    Raises as `colleague`.
    """
    rows = people_within(reader, MANAGE)
    if manages_staff(reader):
        rows = User.objects.filter(Q(pk__in=rows.order_by().values("pk")) | Q(staff_role__isnull=False))
    return rows.filter(email=text.strip().lower()).first() or _named(text, rows)


def _named(text: str, rows: QuerySet[User]) -> User:
    words = fold(text).split()
    for word in words:
        rows = rows.filter(sort_key__contains=word)
    found = list(rows.filter(is_active=True)[:2]) if words else []
    if len(found) > 1:
        raise ValidationError(_("Several people have this name. Enter the e-mail address."))
    if not found:
        raise ValidationError(NOBODY)
    return found[0]
