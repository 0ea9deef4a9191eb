"""Access: answering who asks for it, changing and taking it away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed, NotNow, OutOfReach
from core.live import knock
from permissions import grants, reach
from permissions.audit import by_means_of, record
from permissions.holders import departed, in_force, scope_of
from permissions.ledger import Grant
from permissions.policy import can, require
from permissions.vocabulary import CUSTOMER_PRESETS
from users import tasks
from users.models import AccessRequest, User
from users.rights import is_the_same
from users.services.asking import knows_claims
from users.services.closing import close_account
from users.services.deputies import end_deputies_at
from users.services.management_requests import apart, ask_for_row, withdraw_for_row
from users.services.sign_in import end_sessions

# What approving gives on a single claim file.
CLAIM_FILE_PRESET = "hr"

# --- Answering --------------------------------------------------------------------------------------


@transaction.atomic
def answer_request(request_id: Any, *, approve: bool, by: User, reason: str = "") -> AccessRequest:
    """Give or decline what somebody asked for; `reason` says why it is declined, if one wants to.

    Approving adds the right to what he holds on the company, else gives the smallest role that contains it. It leaves
    two lines in the trail: at the company what was given (it names the request), at the request that it was answered.
    Raises NotAllowed/OutOfReach, ValidationError for too long a reason, NotNow once it was answered, for
    somebody who no longer belongs to the company, and for a claim file that `by` does not see.
    """
    asked = _locked_request(request_id)
    require(by, "users.manage", asked)
    if asked.user_id == by.pk:
        raise NotAllowed("users.manage", asked)
    if asked.claim_number and not knows_claims(by, asked.company_id):
        raise NotAllowed("claim.view", asked.company)
    if asked.state != AccessRequest.State.OPEN:
        raise NotNow(_("This request was answered already."), code="answered")
    asked.state = AccessRequest.State.APPROVED if approve else AccessRequest.State.DECLINED
    asked.reason = "" if approve else reason.strip()
    asked.answered_by, asked.answered = by, timezone.now()
    asked.clean_fields(exclude=["user", "company", "answered_by"])
    # First of all: whatever is still open when the right comes was given otherwise.
    asked.save(update_fields=["state", "reason", "answered_by", "answered"])
    if approve:
        if not can(asked.user, "company.view", asked.company):
            raise NotNow(_("This person no longer belongs to the company. Send an invitation instead."))
        with by_means_of(request=asked.pk):
            _give(asked, by)
        record(by, "access.approved", asked, user=asked.user_id, action=asked.action)
    else:
        record(by, "access.declined", asked, user=asked.user_id, action=asked.action)
    tasks.tell_of_answer.defer(request_id=str(asked.pk))
    knock([asked.user_id], "access", asked.pk)
    return asked


def smallest_preset(action: str) -> tuple[str, list[str]]:
    """The smallest role of a company’s own people that contains an action, with the rights to add to it."""
    fitting = [
        (len(actions), name)
        for name, actions in CUSTOMER_PRESETS.items()
        if action in actions and name not in {"hr_site", "fiduciary"}
    ]
    return (min(fitting)[1], []) if fitting else ("administrator", [action])


@dataclass(frozen=True)
class Plan:
    """What approving a request would write: into the ledger row `row`, or a new one (None)."""

    row: Grant | None
    preset: str
    extra: list[str]
    withheld: list[str]
    until: date | None = None


def planned(asked: AccessRequest, ledger: Iterable[Grant] | None = None) -> Plan:
    """What approving would give: the right added to what the person holds on the company, else the smallest role.

    `ledger`: rows in force, read beforehand for several requests at once, whose ever they are.
    """
    if asked.claim_number:
        return Plan(None, CLAIM_FILE_PRESET, [], [])
    rows = [
        row
        for row in (in_force(grants.grants_of(asked.user)) if ledger is None else ledger)
        if row.SCOPE == "company"
        and row.user_id == asked.user_id
        and row.content_object_id == asked.company_id
    ]
    if not rows:
        preset, added = smallest_preset(asked.action)
        return Plan(None, preset, added, [])
    row = min(rows, key=lambda row: asked.action not in row.withheld_actions)
    extra = set(row.extra_actions) | ({asked.action} - CUSTOMER_PRESETS.get(row.preset, set()))
    withheld = set(row.withheld_actions) - {asked.action}
    return Plan(row, row.preset, sorted(extra), sorted(withheld), row.until)


def _give(asked: AccessRequest, by: User) -> None:
    plan = planned(asked)
    values: dict[str, Any] = {
        "preset": plan.preset,
        "extra": plan.extra,
        "withheld": plan.withheld,
        "until": plan.until,
    }
    if asked.claim_number:
        grants.grant(_claim_file(asked, by), to=asked.user, by=by, **values)
    # Whoever asked is the other one of the two behind user management.
    elif plan.row is None:
        grants.grant(asked.company, to=asked.user, by=by, second=asked.user, **values)
    else:
        grants.change(plan.row, by=by, second=asked.user, **values)


def _claim_file(asked: AccessRequest, by: User) -> Any:
    """The claim file that was asked for, as far as `by` may open it to others. Raises NotNow without one."""
    rows = apps.get_model("claims_files.ClaimFile").unrestricted
    key = (
        rows.filter(company=asked.company_id, number=asked.claim_number).values_list("pk", flat=True).first()
    )
    found = key and scope_of("claim_file", key, by, "users.manage")
    if not found:
        raise NotNow(
            _("At this company you see no claim file with this number. Decline, and say why."),
            code="no_claim_file",
        )
    return found


def _locked_request(request_id: Any) -> AccessRequest:
    rows = AccessRequest.unrestricted.select_for_update(of=("self",))
    found = rows.select_related("user", "company").filter(pk=request_id).first()
    if found is None:
        raise OutOfReach
    return found


# --- Changing and taking away -----------------------------------------------------------------------


@transaction.atomic
def give_access(
    scope: Model,
    *,
    to: User,
    preset: str,
    by: User,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
) -> Grant:
    """Give somebody with an account a role on a scope (`permissions.grants.grant`).

    User management with it waits until a second person confirms it (`users.services.management_requests`). A second
    click does nothing. Raises besides NotNow for a closed account: opened again, it would have what nobody gave it then.
    """
    _lock(scope)
    if not User.objects.filter(pk=to.pk, is_active=True).exists():
        require(by, "users.manage", scope)
        raise NotNow(_("This account is deactivated already."))
    held = [row for row in grants.grants_of(to) if row.content_object == scope]
    before = next((row for row in held if row.preset == preset), None)
    now, end, waits = apart(before, scope, preset, extra, withheld, until, by=by)
    values = {"preset": preset, "extra": list(now), "withheld": list(withheld), "until": end}
    if same := next((row for row in held if _did_already(row, values, by)), None):
        require(by, "users.manage", scope)
        row = same
    else:
        row = grants.grant(scope, to=to, preset=preset, by=by, extra=now, withheld=withheld, until=end)
    if waits:
        ask_for_row(row, until, by=by)
    if same:
        return row
    knock([to.pk], "access", to.pk)
    return row


@transaction.atomic
def change_grant(
    grant_uuid: Any,
    *,
    preset: str,
    by: User,
    extra: Iterable[str] = (),
    withheld: Iterable[str] = (),
    until: date | None = None,
) -> Grant:
    """Give a grant another role, other deviations or another end; the person's open pages hear of it.

    New user management waits until a second person confirms it, as does a later end of it. A second click does nothing.
    """
    _lock(_within_reach(grant_uuid, by).content_object)
    row = _within_reach(grant_uuid, by)
    now, end, waits = apart(row, row.content_object, preset, extra, withheld, until, by=by)
    values = {"preset": preset, "extra": list(now), "withheld": list(withheld), "until": end}
    if same := _did_already(row, values, by):
        require(by, "users.manage", row.content_object)
    else:
        row = grants.change(row, preset=preset, by=by, extra=now, withheld=withheld, until=end)
    if waits:
        ask_for_row(row, until, by=by)
    if same:
        return row
    knock([row.user_id], "session", row.user_id)
    return row


def _lock(scope: Model) -> None:
    """Acts on one scope come one after the other, from what they look at on."""
    rows = type(scope)._base_manager.select_for_update(of=("self",), no_key=True)
    if rows.filter(pk=scope.pk).first() is None:
        raise OutOfReach
    reach.forget()


def _did_already(row: Grant, values: dict[str, Any], by: User) -> bool:
    return row.granted_by_id == by.pk and is_the_same(row, values) and grants.in_force(row)


@transaction.atomic
def remove_access(grant_uuid: Any, *, by: User) -> None:
    """Take a grant away, at once: whoever has nothing left is signed out everywhere.

    Raises OutOfReach/NotAllowed, NotNow for the company's last administrator.
    """
    row = _within_reach(grant_uuid, by)
    grants.revoke(row, by=by)
    withdraw_for_row(row)
    end_deputies_at(_company_of(row), row.user, by=by)
    if has_anything(row.user):
        knock([row.user_id], "session", row.user_id)
    else:
        end_sessions(row.user)


def _company_of(row: Grant) -> Any:
    return row.content_object if row.SCOPE == "company" else row.content_object.company


def has_anything(user: User) -> bool:
    """Whether a person holds anything: a grant, a role at the insurer, or being insured."""
    if grants.is_staff(user) or grants.grants_of(user):
        return True
    return apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user).exists()


def _within_reach(grant_uuid: Any, by: User) -> Grant:
    row = grants.find(grant_uuid)
    if not can(by, "users.view", row.content_object):
        raise OutOfReach
    return row


@transaction.atomic
def deactivate(user_id: Any, *, by: User) -> User:
    """Close an account at once: sessions, sockets, API tokens, mailed links and trusted browsers die with it.

    `by` manages users on everything this person holds. Raises OutOfReach for somebody he does not see,
    NotAllowed for himself or without the right, NotNow if the person also has access elsewhere or is a
    company's last administrator.
    """
    # Both rows, in one order: of two who close each other's account one comes too late.
    both = User.objects.select_for_update(no_key=True).filter(pk__in=[user_id, by.pk]).order_by("pk")
    found = {each.pk: each for each in both}
    user = next((each for each in found.values() if str(each.pk) == str(user_id)), None)
    if user is None or by.pk not in found or not found[by.pk].is_active:
        raise OutOfReach
    reach.forget()
    rows = grants.grants_of(user)
    seen = [row for row in rows if can(by, "users.view", row.content_object)]
    insured = apps.get_model("companies.InsuredPerson").unrestricted.filter(user=user)
    companies = [person.company for person in insured.select_related("company")]
    # Somebody who is insured only is nobody's colleague: his account is the insurer's to close.
    insurers = [company for company in companies if can(by, "users.grant_management", company)]
    if not (seen or insurers) or grants.is_staff(user):
        raise OutOfReach
    for row in seen:
        require(by, "users.manage", row.content_object)
    if user.pk == by.pk:
        raise NotAllowed("users.manage", seen[0].content_object if seen else insurers[0])
    # Of who has left the company, his own case alone remains: it is not the former employer's to close.
    gone = {company for _user, company in departed([user.pk])}
    needed = {
        company: "users.grant_management" if company.pk in gone else "users.manage" for company in companies
    }
    if len(seen) < len(rows) or not all(can(by, action, company) for company, action in needed.items()):
        raise NotNow(_("This person also has access elsewhere. Remove the access here instead."))
    if not user.is_active:
        raise NotNow(_("This account is deactivated already."))
    grants.keep_managers_without(user)
    close_account(user)
    record(by, "user.deactivated", user)
    return user
