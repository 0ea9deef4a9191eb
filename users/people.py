"""Who has access to the same information as I do: the reading side of user management, for page and API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import OutOfReach
from core.text import fold
from permissions.grants import find, grants_on, is_staff, staff_roles
from permissions.holders import company_of, ended, grants_within, in_force, people_within
from permissions.policy import can, can_each, can_somewhere, parts_of, require, visible_to
from permissions.reach import reach_of
from permissions.vocabulary import ACTIONS, GRANTABLE, ONLY_BY, PRESET_NAMES, VIEW_OF_MODEL
from users import second_factor, summary
from users.models import (
    AccessRequest,
    Activation,
    Invitation,
    PersonalLetter,
    RegistrationLink,
    User,
)
from users.namesakes import namesakes_left
from users.services.access import planned
from users.services.asking import knows_claims, who_can_grant
from users.services.letters import looks_after_managers, manages_users
from users.services.locking import is_locked
from users.services.view_as import ACTION as VIEW_AS


@dataclass
class Entry:
    """One person with what he holds within the reader's reach."""

    person: User
    rights: list[dict[str, Any]] = field(default_factory=list)
    has_factor: bool = False
    locked: bool = False
    # Whether the reader may order a PUK for this person.
    may_order_puk: bool = False
    # Whether the reader may look at the portal as this person.
    may_view_as: bool = False


def entries(reader: User, people: Iterable[User], *, company: Any = None) -> list[Entry]:
    """These people with their rights in words; `changeable` where the reader may change them. Constant queries."""
    people = list(people)
    held = grants_within(reader, people, company=company)
    rows = [row for each in held.values() for row in each]
    prepare(reader, rows)
    over = ended(rows)
    perhaps = namesakes_left(
        reader, [(person, company_of(row)) for person in people for row in held[person.pk]]
    )
    managed = _managed(reader, rows)
    cared_for = _cared_for(reader, people, held)
    protected = second_factor.protected(people)
    viewable = _viewable(reader, people)
    return [
        Entry(
            person=person,
            rights=[
                {
                    "row": row,
                    "uuid": row.uuid,
                    "words": summary.right_of(row, person.first_name),
                    "changeable": person.pk != reader.pk and row.uuid in managed,
                    "removable": row.uuid in managed,
                    "ended": row.uuid in over,
                    # When somebody insured there left who may be this person.
                    "namesake_left": perhaps.get((person.pk, company_of(row))),
                }
                for row in held[person.pk]
            ],
            has_factor=person.pk in protected,
            locked=is_locked(person),
            may_order_puk=person.pk in cared_for,
            may_view_as=person.pk in viewable,
        )
        for person in people
    ]


def prepare(reader: User, rows: Iterable[Any]) -> None:
    """Load what the words about ledger rows need; a claim file that the reader does not see stays without its number."""
    rows = list(rows)
    summary.load_scopes(rows)
    hide_numbers(reader, [row.content_object for row in rows if row.SCOPE == "claim_file"])


def hide_numbers(reader: User, files: list[Any]) -> None:
    """Nobody learns of a claim file by managing who sees it."""
    seen = {key for view in VIEW_OF_MODEL["claims_files.ClaimFile"] for key in can_each(reader, view, files)}
    for each in files:
        each.unnamed = each.pk not in seen


def _viewable(reader: User, people: list[User]) -> set[Any]:
    """Of these people, the ids of those as whom the reader may look at the portal."""
    if not can_somewhere(reader, VIEW_AS):
        return set()
    open_ones = [person.pk for person in people if person.is_active and person.pk != reader.pk]
    return set(people_within(reader, VIEW_AS).filter(pk__in=open_ones).values_list("pk", flat=True))


def _cared_for(reader: User, people: list[User], held: dict[Any, list[Any]]) -> set[Any]:
    """Of these people with their rights, the ids of those for whom the reader may order a PUK."""
    of_company = [row for rows in held.values() for row in rows if row.SCOPE == "company"]
    granting = can_each(reader, "users.grant_management", [row.content_object for row in of_company])
    found = {row.user_id for row in of_company if row.content_object_id in granting}
    if looks_after_managers(reader):
        found |= {key for key, rows in held.items() if manages_users(rows)}
    return {
        person.pk
        for person in people
        if person.pk in found and person.pk != reader.pk and waits_for_nothing(person)
    }


def waits_for_nothing(person: User) -> bool:
    """Whether an account is open and its first letter was used."""
    return person.is_active and person.initial_password_until is None


def staff_for(reader: User) -> list[dict[str, Any]]:
    """The insurer's people (`user`, `role`) by name, for whoever manages the portal's settings; else none."""
    if not looks_after_managers(reader):
        return []
    rows = staff_roles().select_related("user").order_by("user__sort_key", "pk")
    return [{"user": row.user, "role": PRESET_NAMES[row.preset]} for row in rows]


def _managed(reader: User, rows: list[Any]) -> set[Any]:
    """The names of the ledger rows on whose scope the reader manages users."""
    found: set[Any] = set()
    for kind in {row.SCOPE for row in rows}:
        same = [row for row in rows if kind == row.SCOPE]
        scopes = can_each(reader, "users.manage", [row.content_object for row in same])
        found |= {row.uuid for row in same if row.content_object_id in scopes}
    return found


def grant_managed(reader: User, uuid: Any) -> Any:
    """The ledger row with this name on whose scope the reader manages users. Raises OutOfReach/NotAllowed."""
    row = find(uuid)
    if not can(reader, "users.view", row.content_object):
        raise OutOfReach
    require(reader, "users.manage", row.content_object)
    return row


def place_of(reader: User, row: Any) -> str:
    """What a ledger row stands on, in words."""
    prepare(reader, [row])
    return summary.scope_name(row.content_object)


def invitations(reader: User, *, company: Any = None) -> QuerySet:
    """The invitations the reader sees, newest first."""
    rows = Invitation.unrestricted.select_related("company", "site", "contract", "claim_file", "invited_by")
    if company is not None:
        rows = rows.filter(company=company)
    return visible_to(reader, "users.view", rows).order_by("-created", "-id")


def activations(reader: User) -> QuerySet:
    """The activation letters to companies that the reader may order there, newest first."""
    rows = Activation.unrestricted.all()
    return visible_to(reader, "users.grant_management", rows).order_by("-created", "-id")


def registration_links(reader: User) -> QuerySet:
    """The registration links of insured persons that the reader may send, newest first."""
    rows = RegistrationLink.unrestricted.select_related("person")
    return visible_to(reader, "users.grant_management", rows).order_by("-created", "-id")


def waiting_letters(reader: User) -> QuerySet:
    """The letters that wait for an address, or until it is checked, at companies where the reader grants user management, the oldest first."""
    companies = visible_to(
        reader, "users.grant_management", apps.get_model("companies.Company").unrestricted.all()
    )
    rows = PersonalLetter.objects.filter(printed=None, user__is_active=True, company__in=companies.order_by())
    rows = rows.exclude(waiting=None).select_related("user", "person", "company")
    return rows.order_by("waiting", "id")


def pending_invitations(
    reader: User, *, company: Any = None, email: str = "", limit: int = 50
) -> list[dict[str, Any]]:
    """The newest invitations that were neither accepted nor withdrawn, in words; of one address if given."""
    found = invitations(reader, company=company).filter(accepted=None, withdrawn=None)
    if email:
        found = found.filter(email=email)
    rows = list(found[:limit])
    manageable = can_each(reader, "users.manage", rows)
    hide_numbers(reader, [row.claim_file for row in rows if row.claim_file])
    for row in rows:
        if row.scope_kind != "company":
            row.scope.company = row.company
    return [
        {
            "invitation": row,
            "role": summary.role_name(row.preset, row.scope_kind),
            "where": summary.scope_name(row.scope),
            "changeable": row.pk in manageable,
        }
        for row in rows
    ]


def access_requests(reader: User, *, company: Any = None) -> QuerySet:
    """The requests for access the reader sees, newest first; his own ones among them."""
    rows = AccessRequest.unrestricted.select_related("user", "company")
    if company is not None:
        rows = rows.filter(company=company)
    return visible_to(reader, "users.view", rows).order_by("-created", "-id")


def own_requests(user: User) -> QuerySet:
    """What somebody asked for himself, newest first."""
    return (
        AccessRequest.unrestricted.filter(user=user)
        .select_related("company", "answered_by")
        .order_by("-created", "-id")
    )


def open_requests(reader: User, *, company: Any = None, limit: int = 50) -> list[dict[str, Any]]:
    """The newest open requests, with what approving would give; `answerable` where the reader may answer."""
    rows = access_requests(reader, company=company).filter(state=AccessRequest.State.OPEN)
    return requests_in_words(reader, list(rows[:limit]))


def requests_in_words(reader: User, rows: list[AccessRequest]) -> list[dict[str, Any]]:
    """Requests with what is asked for and what approving would give. Constant queries."""
    ledger = in_force(grants_on({"company": {row.company_id for row in rows}}))
    answerable = answerable_requests(reader, rows)
    found = []
    for row in rows:
        plan = planned(row, ledger)
        where = summary.scope_name(row.company)
        if row.claim_number:
            where = asked_claim_file(reader, row)
        found.append(
            {
                "request": row,
                "right": ACTIONS[row.action],
                "where": where,
                "sentence": summary.sentence(
                    row.user.first_name,
                    plan.preset,
                    where,
                    extra=plan.extra,
                    withheld=plan.withheld,
                    until=plan.until,
                ),
                "answerable": row.pk in answerable,
            }
        )
    return found


def asked_claim_file(reader: User, asked: AccessRequest) -> str:
    """The claim file of a request in words; its number for whoever asked and whoever sees numbers there."""
    if reader.pk == asked.user_id or knows_claims(reader, asked.company_id):
        return _("claim file %(name)s, %(company)s") % {
            "name": asked.claim_number,
            "company": str(asked.company),
        }
    return _("a single claim file, %(company)s") % {"company": str(asked.company)}


def answerable_requests(reader: User, rows: list[AccessRequest]) -> set[Any]:
    """Of these requests, the ids of the open ones that the reader may answer."""
    manageable = can_each(reader, "users.manage", rows)
    special = {action: can_each(reader, needed, rows) for action, needed in ONLY_BY.items()}
    return {
        row.pk
        for row in rows
        if row.state == AccessRequest.State.OPEN
        and row.user_id != reader.pk
        and row.pk in manageable
        and row.pk in special.get(row.action, {row.pk})
        and (not row.claim_number or knows_claims(reader, row.company_id))
    }


def requests_for(reader: User) -> QuerySet:
    """The requests for access that concern the reader: his own, and those of the people he sees; newest first."""
    seen = access_requests(reader).order_by().values("pk")
    rows = AccessRequest.unrestricted.select_related("user", "company")
    return rows.filter(Q(user=reader) | Q(pk__in=seen)).order_by("-created", "-id")


def person_within(reader: User, key: Any) -> User | None:
    """The person with this id if the reader sees him in user management."""
    return people_within(reader).filter(pk=key).first()


def account_within(reader: User, key: Any) -> User | None:
    """The account with this id if the reader sees it in user management, or answers for it at the insurer."""
    insured = visible_to(
        reader, "users.grant_management", apps.get_model("companies.Company").unrestricted.all()
    ).values("pk")
    held = people_within(reader).values("pk")
    theirs = apps.get_model("companies.InsuredPerson").unrestricted.filter(company__in=insured)
    rows = User.objects.filter(Q(pk__in=held.order_by()) | Q(pk__in=theirs.values("user_id")))
    return rows.filter(pk=key, erased=None).first()


def closed_accounts(reader: User, words: str = "") -> QuerySet:
    """The closed accounts of customers that whoever manages the portal's settings can delete; the last closed first.

    Narrowed to those whose name, user name or e-mail address has all these words; nothing for anybody else.
    """
    if not reach_of(reader).scopes("settings.manage").everywhere:
        return User.objects.none()
    rows = User.objects.filter(is_active=False, erased=None, staff_role=None)
    for word in fold(words).split():
        named = Q(sort_key__contains=word) | Q(email__icontains=word) | Q(identifier__iexact=word)
        rows = rows.filter(named)
    return rows.order_by("-deactivated_at", "pk")


# Of people who belong to many companies, the first few are asked about.
FEW_COMPANIES = 12


def companies_of(user: User) -> list[Any]:
    """The companies somebody belongs to, by name; the first few."""
    return list(visible_to(user, "company.view").order_by("sort_key")[:FEW_COMPANIES])


def askable(action: str) -> str:
    """What is asked for where `action` was refused; empty if it is not given to customers.

    What opens by class or stage is asked for by its first, the plainest.
    """
    return next((part for part in parts_of(action) if part in GRANTABLE), "")


def whom_to_ask(user: User, action: str, target: Any = None) -> dict[str, Any]:
    """For a refusal: who can give `action`, by name, and whether it can be asked for with one click.

    `target` is what it was refused on. Keys: `action` (empty if it cannot be asked for), `right` (in words),
    `who`, `scope` (the company to ask about, None if there are several), `waiting` (already asked), and where it
    cannot be asked for `why_not`: `insurer` (one is of the insurer), `reserved` (for the insurer), `nowhere` (one
    belongs to no company).
    """
    plain = askable(action) or action
    found = {"action": "", "right": ACTIONS.get(plain, ""), "who": "", "scope": None, "waiting": False}
    found["why_not"] = ""
    if not user.is_authenticated:
        return found
    if is_staff(user):
        return {**found, "why_not": "insurer"}
    if plain not in GRANTABLE:
        return {**found, "why_not": "reserved"}
    companies = companies_of(user)
    place = getattr(type(target), "scope_fields", {}).get("company")
    if place is not None:
        key = target.pk if place == "pk" else getattr(target, place)
        companies = list(visible_to(user, "company.view").filter(pk=key))
    if not companies:
        return {**found, "why_not": "nowhere"}
    names = {person.name for company in companies for person in who_can_grant(plain, company, to=user)}
    asked = own_requests(user).filter(
        action=plain, claim_number="", company__in=companies, state=AccessRequest.State.OPEN
    )
    return {
        **found,
        "action": plain,
        "who": summary.joined(sorted(names)),
        "scope": companies[0].pk if len(companies) == 1 else None,
        "waiting": asked.exists(),
    }
