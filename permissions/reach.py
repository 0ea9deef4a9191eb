"""How far a person reaches: the scope ids behind each action, read once per request with one query."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model, Q
from django.utils import timezone

from core import planned
from permissions.in_force import BACK_SINCE, DEPUTY, GRANT, LEFT, given_on
from permissions.narrowing import Narrowing, narrowing_of
from permissions.vocabulary import (
    LOCKS,
    NOT_BY_DEPUTY,
    PERSON_PRESETS,
    STAFF_PRESETS,
    effective,
    view_lock,
)


@dataclass
class Scopes:
    """The scopes on which one action is held, by kind; `everywhere` for staff over all companies."""

    everywhere: bool = False
    company: set[Any] = field(default_factory=set)
    site: set[Any] = field(default_factory=set)
    contract: set[Any] = field(default_factory=set)
    claim_file: set[Any] = field(default_factory=set)
    # Companies one belongs to through any scope within: enough to see the company itself.
    member: set[Any] = field(default_factory=set)

    # Insured persons that one is himself.
    own: set[Any] = field(default_factory=set)

    # A portfolio at the insurer, which has no company yet at the beginning.
    portfolio: bool = False

    @property
    def anything(self) -> bool:
        """Whether the action is held on anything at all, or will be with the first company of a portfolio."""
        return (
            self.everywhere
            or self.portfolio
            or bool(self.company or self.site or self.contract or self.claim_file or self.member or self.own)
        )


@dataclass
class Reach:
    """All scopes of one person, by action. `own_persons`: the insured persons that he is himself.

    Where somebody else looks on, `beside` is that one's reach: only what both reach counts, at one company
    (`within`), and nothing of either's own person (`untouchable`).
    """

    by_action: dict[str, Scopes] = field(default_factory=lambda: defaultdict(Scopes))
    own_persons: frozenset[Any] = frozenset()
    staff_preset: str | None = None
    untouchable: frozenset[Any] = frozenset()
    beside: Reach | None = None
    within: Any = None
    # For whom one stands in today and who is insured himself: the insured persons that he is, and what one reaches
    # without him. In his stead one sees no more than he, and he sees his own case by no grant.
    principals: list[tuple[frozenset[Any], Reach]] = field(default_factory=list)

    def scopes(self, action: str) -> Scopes:
        """The scopes of a plain (not derived) action."""
        return self.by_action.get(action, Scopes())

    def holds(self, action: str) -> bool:
        """Whether a plain action is held anywhere; by the one who looks on too, if somebody does."""
        return self.scopes(action).anything and (self.beside is None or self.beside.holds(action))


_remembered: ContextVar[dict[Any, Reach] | None] = ContextVar("reaches", default=None)
_settled: ContextVar[bool] = ContextVar("settled", default=False)


@contextmanager
def remembered() -> Any:
    """Within this block (one request) each person's reach is read once."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


@contextmanager
def settled() -> Any:
    """Within this block nobody's rights change, whatever is forgotten: for seeding alone with the database."""
    token = _settled.set(True)
    try:
        with remembered():
            yield
    finally:
        _settled.reset(token)


def forget() -> None:
    """Read anew from here on: called when grants change within a request."""
    memory = _remembered.get()
    if memory is not None and not _settled.get():
        memory.clear()


def reach_of(user: Any) -> Reach:
    """The reach of `user`; empty for nobody and for the deactivated, narrowed where he acts through a token."""
    if user is None or not user.is_authenticated or not user.is_active:
        return Reach()
    memory, narrowing = _remembered.get(), narrowing_of(user.pk)
    if memory is None:
        return _narrow(_read(user.pk), narrowing)
    # Under the narrowing too: what a token reaches is never taken for what its holder reaches.
    if (user.pk, narrowing) not in memory:
        memory[user.pk, narrowing] = _narrow(_read(user.pk), narrowing)
    return memory[user.pk, narrowing]


def _narrow(reach: Reach, narrowing: Narrowing | None) -> Reach:
    """The reach without the actions that are not chosen. Who one is stays: the exceptions follow from it."""
    if narrowing is None:
        return reach
    kept = {action: scopes for action, scopes in reach.by_action.items() if action in narrowing.actions}
    if narrowing.viewer_id is None:
        return replace(reach, by_action=defaultdict(Scopes, kept))
    viewer = _read(narrowing.viewer_id)
    # Either's own case is between him and the insurer; through the other's eyes it is neither's.
    hidden = reach.own_persons | viewer.own_persons
    beside = _without_own(viewer, viewer.by_action, hidden)
    return replace(_without_own(reach, kept, hidden), beside=beside, within=narrowing.company_id)


def _without_own(reach: Reach, by_action: dict[str, Scopes], hidden: frozenset[Any]) -> Reach:
    kept = {action: replace(scopes, own=set()) for action, scopes in by_action.items()}
    return replace(reach, by_action=defaultdict(Scopes, kept), own_persons=frozenset(), untouchable=hidden)


def _read(user_id: Any) -> Reach:
    rows = _counting(user_id)
    insured = defaultdict(set)
    for kind, scope, *_, principal in rows:
        if kind == "principal":
            insured[principal].add(scope)
    reach = _collect(rows)
    reach.principals = [
        (frozenset(persons), _collect([row for row in rows if row[-1] != principal]))
        for principal, persons in insured.items()
    ]
    return reach


def _counting(user_id: Any) -> list[tuple[Any, ...]]:
    rows = _rows(user_id)
    # Whoever holds nothing at a company any more stands in for nobody there.
    own = {row[2] for row in rows if row[0] in GRANTED and row[-1] is None}
    return [row for row in rows if row[-1] is None or row[0] not in GRANTED or row[2] in own]


def presets_in_stead(user: Any) -> set[str]:
    """The roles whose rights somebody has today because he stands in for somebody else at a company."""
    return {row[3] for row in _counting(user.pk) if row[0] in GRANTED and row[-1] is not None}


def own_companies(user: Any) -> set[Any]:
    """The ids of the companies at which somebody holds something of his own today, whoever he may stand in for."""
    return {row[2] for row in _rows(user.pk) if row[0] in GRANTED and row[-1] is None}


def _collect(rows: list[tuple[Any, ...]]) -> Reach:
    reach = Reach(own_persons=frozenset(row[1] for row in rows if row[0] == "person"))
    for kind, scope, company, preset, extra, withheld, principal in rows:
        if kind == "principal":
            continue
        for action in _actions(kind, preset, extra, withheld) - (NOT_BY_DEPUTY if principal else set()):
            scopes = reach.by_action[action]
            if kind == "person":
                scopes.own.add(scope)
            elif kind == "everywhere":
                scopes.everywhere = True
            elif kind == "portfolio":
                scopes.portfolio = preset in PORTFOLIOS
                if scope is not None:
                    scopes.company.add(scope)
            else:
                getattr(scopes, kind).add(scope)
            if action == "company.view" and kind in {"person", *GRANTED}:
                scopes.member.add(company)
        if kind in {"portfolio", "everywhere"}:
            reach.staff_preset = preset
    return reach


def _actions(kind: str, preset: str, extra: list[str], withheld: list[str]) -> set[str]:
    if kind == "person":
        return PERSON_PRESETS[preset]
    return (
        STAFF_PRESETS[preset] if kind in {"portfolio", "everywhere"} else effective(preset, extra, withheld)
    )


def _rows(user_id: Any) -> list[tuple[Any, ...]]:
    """(kind, scope id, company id, preset, extra actions, withheld actions, in whose stead) of everything one holds
    today; under the kind `principal` the insured persons that those are for whom one stands in.
    """
    return planned.rows(_query(), {"user": user_id, "today": timezone.localdate()})


@cache
def _query() -> str:
    table = {label: apps.get_model(label)._meta.db_table for label in _TABLES}
    # Oneself, and those for whom one stands in today: at a company, or (none) at the insurer.
    who = f"""select %(user)s::uuid as user_id, null::uuid as company_id, null::uuid as principal
        union all
        select d.principal_id, d.company_id, d.principal_id from {table["permissions.Deputy"]} d
        join {table["users.User"]} u on u.id = d.principal_id and u.is_active
        where d.deputy_id = %(user)s and {DEPUTY}"""
    gone = f"""select p.user_id, p.company_id, {LEFT} as for_good, {BACK_SINCE} as back
        from {table["companies.InsuredPerson"]} p
        where p.user_id in (select user_id from who) group by p.user_id, p.company_id"""
    arms = [
        f"""select '{kind}', g.content_object_id, {company}, p.codename, g.extra_actions, g.withheld_actions, w.principal
            from who w
            join {table[grant]} g on g.user_id = w.user_id
            join auth_permission p on p.id = g.permission_id
            join {table[scope]} s on s.id = g.content_object_id
            where {GRANT} and (w.principal is null or w.company_id = {company})
              and not exists (select 1 from gone where gone.user_id = w.user_id and gone.company_id = {company}
                and (gone.for_good or gone.back > {given_on("g.granted")}))"""
        for kind, grant, scope, company in (
            ("company", "permissions.CompanyGrant", "companies.Company", "s.id"),
            ("site", "permissions.SiteGrant", "companies.Site", "s.company_id"),
            ("contract", "permissions.ContractGrant", "companies.Contract", "s.company_id"),
            ("claim_file", "permissions.ClaimFileGrant", "claims_files.ClaimFile", "s.company_id"),
        )
    ]
    nothing = "'{}'::varchar[], '{}'::varchar[]"
    arms.append(
        f"""select 'person', s.id, s.company_id, case when exists (
                   select 1 from gone where gone.user_id = s.user_id and gone.company_id = s.company_id
                     and gone.for_good
               ) then 'former_employee' else 'employee' end, {nothing}, null
            from {table["companies.InsuredPerson"]} s where s.user_id = %(user)s"""
    )
    arms.append(
        f"""select 'principal', s.id, s.company_id, '', {nothing}, s.user_id
            from {table["companies.InsuredPerson"]} s where s.user_id in (select principal from who)"""
    )
    arms.append(
        f"""select case when r.all_companies then 'everywhere' else 'portfolio' end, s.id, s.id, r.preset,
                   {nothing}, w.principal
            from who w
            join {table["permissions.StaffRole"]} r on r.user_id = w.user_id
            left join {table["companies.Company"]} s on not r.all_companies
                 and ((r.preset = 'contract_manager' and s.contract_manager_id = r.user_id)
                   or (r.preset = 'health_manager' and s.health_manager_id = r.user_id))
            where w.company_id is null and r.preset in (
                select preset from {table["permissions.StaffRole"]} where user_id = %(user)s)"""
    )
    # Asked of the table, too: the object in the caller's hands may be older than the deactivation.
    active = f"select 1 from {table['users.User']} where id = %(user)s and is_active"
    held = " union all ".join(arms)
    return (
        f"with who as ({who}), gone as ({gone}) select held.* from ({held}) as held where exists ({active})"
    )


_TABLES = [
    "permissions.CompanyGrant",
    "permissions.SiteGrant",
    "permissions.ContractGrant",
    "permissions.ClaimFileGrant",
    "permissions.Deputy",
    "permissions.StaffRole",
    "companies.Company",
    "companies.Site",
    "companies.Contract",
    "companies.InsuredPerson",
    "claims_files.ClaimFile",
    "users.User",
]

NOTHING = Q(pk__in=[])

# The roles whose companies name them; `_rows` reads their portfolios.
PORTFOLIOS = frozenset({"contract_manager", "health_manager"})

# The scopes that ledger rows stand on.
GRANTED = frozenset({"company", "site", "contract", "claim_file"})

# The scopes that grants and portfolios stand on, as `Scopes` and `scope_fields` call them.
KINDS = ("company", "site", "contract", "claim_file", "member")


def condition(reach: Reach, action: str, model: type[Model]) -> Q:
    """The one expression: on which rows of `model` this reach may do `action`.

    Raises LookupError for a derived action on a model without its lock.
    """
    alone = _condition(reach, action, model)
    return alone & seen_beside(reach, action, model) if reach.beside is not None else alone


def seen_beside(reach: Reach, action: str, model: type[Model]) -> Q:
    """Of the rows that this reach opens, those that the one who looks on sees as well; all where nobody does."""
    if reach.beside is None:
        return Q()
    company: str = model.scope_fields["company"]  # type: ignore[attr-defined]
    return Q(**{company: reach.within}) & _condition(reach.beside, action, model)


def _condition(reach: Reach, action: str, model: type[Model]) -> Q:
    if action in LOCKS:
        lock = view_lock(action, model)
        if lock is None:
            raise LookupError(f"{model._meta.label} has no lock for {action}.")
        opened = NOTHING
        for value, part in lock.actions.items():
            opened |= Q(**{lock.column: value}) & _scoped(reach, part, model)
        return opened
    return _scoped(reach, action, model) & not_hidden(reach, action, model)


def not_hidden(reach: Reach, action: str, model: type[Model]) -> Q:
    """For a plain action on a model with a lock: nobody acts on a row that its lock hides from him."""
    view = f"{action.split('.', maxsplit=1)[0]}.view"
    if view == action or view_lock(view, model) is None:
        return Q()
    return _condition(reach, view, model)


def not_own(reach: Reach, action: str, model: Any) -> Q:
    """The rows on which grants and roles count: not the own case, and none that is sealed for every role.

    Nor the own case of somebody for whom one stands in, unless one reaches it without him.
    """
    rows = ~model.sealed_rows if getattr(model, "sealed_rows", None) else Q()
    person = model.scope_fields.get("person")
    if person is None:
        return rows
    if hidden := reach.own_persons | reach.untouchable:
        rows &= ~Q(**{f"{person}__in": hidden})
    for persons, without in reach.principals:
        scopes = without.scopes(action)
        if not scopes.everywhere:
            rows &= ~Q(**{f"{person}__in": persons}) | _granted(scopes, model)
    return rows


def _granted(scopes: Scopes, model: Any) -> Q:
    """The rows that stand on these scopes."""
    granted = NOTHING
    for kind in KINDS:
        if kind in model.scope_fields and (ids := getattr(scopes, kind)):
            granted |= Q(**{f"{model.scope_fields[kind]}__in": ids})
    return granted


def _scoped(reach: Reach, action: str, model: type[Model]) -> Q:
    scopes = reach.scopes(action)
    fields: dict[str, str] = model.scope_fields  # type: ignore[attr-defined]
    granted = Q() if scopes.everywhere else _granted(scopes, model)
    if granted != NOTHING:
        granted &= not_own(reach, action, model)
    if "person" in fields and scopes.own:
        granted |= Q(**{f"{fields['person']}__in": scopes.own})
    return granted
