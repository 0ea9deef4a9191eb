"""Deputies: somebody stands in for somebody else for some days (decision 0017).

Customer side: the person himself proposes a colleague, whoever manages users at the company confirms, or names one at
once. Insurer side: the person himself names somebody of his role, or whoever manages the portal's settings does.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from permissions import reach
from permissions.audit import record
from permissions.holders import holds_at, role_of
from permissions.ledger import Deputy
from permissions.policy import can, require, users_who_can
from users import rights_tasks
from users.models import User

TOPIC = "deputies"
MANAGE = "users.manage"
# A deputy is for holidays and illness: whoever is to stay is given access of his own.
LONGEST = timedelta(days=184)


@transaction.atomic
def name_deputy(
    principal: User, deputy: User, *, company: Any = None, begin: date, until: date, by: User
) -> Deputy:
    """Let `deputy` stand in for `principal` at `company`, or at the insurer (None), from a day to a day.

    At a company: proposed by the person himself, it waits until somebody who manages users there confirms it; named
    by somebody who does, it is confirmed. At the insurer: by the person himself or by who manages the portal's settings.
    Nobody names himself. Raises NotAllowed/OutOfReach, ValidationError by field.
    """
    principal, deputy = _locked_people(principal, deputy)
    at_once = _check_right(principal, deputy, company, by)
    _check_days(begin, until)
    _check_people(principal, deputy, company)
    _check_free(principal, deputy, company, begin, until)
    now = timezone.now()
    row = Deputy.unrestricted.create(
        principal=principal,
        deputy=deputy,
        company=company,
        begin=begin,
        until=until,
        named_by=by,
        confirmed=now if at_once else None,
        confirmed_by=by if at_once else None,
    )
    facts = {**_facts(row), "begin": begin.isoformat(), "until": until.isoformat()}
    if at_once:
        record(by, "deputy.named", row, **facts)
    else:
        record(by, "deputy.proposed", row, **facts)
    _tell(row, "named" if at_once else "proposed", by)
    return row


@transaction.atomic
def confirm_deputy(deputy_id: Any, *, by: User) -> Deputy:
    """Confirm a proposal: from its first day on it counts.

    By somebody who manages users at the company, never by the deputy himself nor by who proposed it. Raises
    OutOfReach/NotAllowed, NotNow if it was confirmed or is over, or one of the two no longer has access there.
    """
    row = _locked(deputy_id)
    require(by, MANAGE, row)
    if by.pk in {row.deputy_id, row.named_by_id}:
        raise NotAllowed(MANAGE, row)
    if row.state == Deputy.State.OVER:
        raise NotNow(_("This deputising is over."), code="over")
    if row.confirmed is not None:
        raise NotNow(_("This deputy was confirmed already."), code="confirmed")
    try:
        _check_people(row.principal, row.deputy, row.company)
    except ValidationError as error:
        raise NotNow(error.message_dict.popitem()[1][0], code="lapsed") from error
    row.confirmed, row.confirmed_by = timezone.now(), by
    row.save(update_fields=["confirmed", "confirmed_by"])
    record(by, "deputy.confirmed", row, **_facts(row))
    _tell(row, "confirmed", by)
    return row


@transaction.atomic
def end_deputy(deputy_id: Any, *, by: User) -> Deputy:
    """End it at once, or decline a proposal: by either of the two, by who manages users there, at the insurer by who
    manages the portal's settings.

    Raises OutOfReach/NotAllowed, NotNow if it is over.
    """
    row = _locked(deputy_id)
    if by.pk not in {row.principal_id, row.deputy_id}:
        require(by, "users.view", row)
        if not may_end(row, by):
            raise NotAllowed(MANAGE, row)
    if row.state == Deputy.State.OVER:
        raise NotNow(_("This deputising is over."), code="over")
    _end(row, by)
    return row


def may_end(row: Deputy, by: User) -> bool:
    """Whether somebody may end this deputising or decline the proposal."""
    if by.pk in {row.principal_id, row.deputy_id}:
        return True
    return can(by, MANAGE, row) if row.company_id else manages_staff(by)


def may_confirm(row: Deputy, by: User) -> bool:
    """Whether a proposal waits for this very person."""
    own = {row.deputy_id, row.named_by_id}
    return row.state == Deputy.State.WAITING and by.pk not in own and can(by, MANAGE, row)


def manages_staff(user: User) -> bool:
    """Whether somebody manages the portal's settings, and with them who stands in for whom at the insurer."""
    return reach.reach_of(user).scopes("settings.manage").everywhere


def end_deputies(user: User, *, by: User | None = None) -> None:
    """Within the caller's transaction: nobody stands in for this person any more, nor he for anybody."""
    today = timezone.localdate()
    rows = Deputy.unrestricted.select_for_update(of=("self",)).filter(ended=None, until__gte=today)
    for row in rows.filter(Q(principal=user) | Q(deputy=user)).select_related("principal", "deputy"):
        _end(row, by)


def end_deputies_at(company: Any, user: User, *, by: User) -> None:
    """Within the caller's transaction: who holds nothing at the company any more has no deputy there and is none, and
    does not become one again with the first right he is given later."""
    if holds_at(user, company):
        return
    rows = Deputy.unrestricted.select_for_update(of=("self",)).filter(company=company, ended=None)
    rows = rows.filter(Q(principal=user) | Q(deputy=user), until__gte=timezone.localdate())
    for row in rows.select_related("principal", "deputy"):
        _end(row, by)


def who_confirms(row: Deputy) -> list[User]:
    """Who may confirm a proposal: the company's own managers of users, else the insurer's; by name."""
    able = users_who_can(MANAGE, row) - {row.deputy_id, row.named_by_id}
    own = User.objects.filter(pk__in=able, is_active=True, staff_role=None)
    return list((own if own.exists() else User.objects.filter(pk__in=able)).order_by("sort_key"))


def _end(row: Deputy, by: User | None) -> None:
    row.ended, row.ended_by = timezone.now(), by
    row.save(update_fields=["ended", "ended_by"])
    record(by, "deputy.ended", row, **_facts(row))
    _tell(row, "ended", by)


def _facts(row: Deputy) -> dict[str, Any]:
    return {"user": row.principal_id, "deputy": row.deputy_id}


def _tell(row: Deputy, what: str, by: User | None) -> None:
    reach.forget()
    rights_tasks.tell_of_deputy.defer(deputy_id=str(row.pk), what=what, by=str(by.pk) if by else "")
    # The deputy's open pages may have to close.
    knock([row.deputy_id], "session" if what == "ended" else "access", row.deputy_id)
    knock(
        [row.principal_id, *(user.pk for user in who_confirms(row))] if row.company_id else [], TOPIC, row.pk
    )


# --- The rules --------------------------------------------------------------------------------------


def _check_right(principal: User, deputy: User, company: Any, by: User) -> bool:
    """Whether what `by` says counts at once; raises for somebody who has nothing to say here."""
    own = by.pk == principal.pk
    if company is None:
        if by.pk == deputy.pk or not (own or manages_staff(by)):
            raise NotAllowed("settings.manage")
        return True
    if not own:
        require(by, MANAGE, company)
    if by.pk == deputy.pk:
        raise NotAllowed(MANAGE, company)
    return can(by, MANAGE, company)


def _check_days(begin: date, until: date) -> None:
    if begin < timezone.localdate():
        raise ValidationError({"begin": _("Choose a date from today on.")})
    if until < begin:
        raise ValidationError({"until": _("The last day lies before the first one.")})
    if until - begin > LONGEST:
        raise ValidationError(
            {"until": _("At most half a year. Whoever stays longer is given access of his own.")}
        )


def _check_people(principal: User, deputy: User, company: Any) -> None:
    if principal.pk == deputy.pk:
        raise ValidationError({"deputy": _("Nobody stands in for himself.")})
    if company is None:
        role = role_of(principal)
        if role is None or not principal.is_active:
            raise OutOfReach
        if not deputy.is_active or role_of(deputy) != role:
            raise ValidationError({"deputy": _("Choose somebody with the same role.")})
        return
    if not (principal.is_active and holds_at(principal, company)):
        raise ValidationError({"principal": NOBODY})
    if not (deputy.is_active and holds_at(deputy, company)):
        raise ValidationError({"deputy": NOBODY})


# The same words for somebody who does not exist.
NOBODY = _("Nobody with access at this company has this name or address.")


def _check_free(principal: User, deputy: User, company: Any, begin: date, until: date) -> None:
    rows = Deputy.unrestricted.filter(principal=principal, deputy=deputy, company=company, ended=None)
    if rows.filter(begin__lte=until, until__gte=begin).exists():
        raise ValidationError({"begin": _("For some of these days this deputy is named already.")})


def _locked_people(principal: User, deputy: User) -> tuple[User, User]:
    """Both accounts under a lock, in one order: of two acts about the same people one comes after the other."""
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=[principal.pk, deputy.pk])
    found = {row.pk: row for row in rows.order_by("pk")}
    reach.forget()
    return found[principal.pk], found[deputy.pk]


def _locked(deputy_id: Any) -> Deputy:
    rows = Deputy.unrestricted.select_for_update(of=("self",))
    row = rows.select_related("principal", "deputy", "company").filter(pk=deputy_id).first()
    if row is None:
        raise OutOfReach
    return row
