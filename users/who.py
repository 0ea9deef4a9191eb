"""Who can see this, and why; and what somebody can see: the policy asked backwards, in words, for page and API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import OutOfReach
from permissions.explain import Way, scope_ids, ways_of_each
from permissions.policy import can_each, find, visible_to
from permissions.reach import reach_of
from permissions.vocabulary import ACTIONS, PRESET_NAMES, STAFF_PRESETS, VIEW_OF_MODEL
from users import summary
from users.models import User
from users.rights import AREAS

YOU, COMPANY, INSURER = "you", "company", "insurer"


@dataclass(frozen=True)
class Kind:
    """A kind of thing: which action shows it, what else can be done with it, how it is called, where it stands."""

    model: str
    view: str
    further: tuple[str, ...]
    noun: Any
    name: str
    page: str
    # By which of its columns the page is found.
    page_of: str = "pk"


KINDS = {
    "claim": Kind(
        "claims_files.ClaimFile",
        "claim.view",
        ("claim.view_sealed", "claim.request_paper", "claim.decide", "claim.number"),
        gettext_lazy("Claim file"),
        "number",
        "claims_files:detail",
    ),
    "document": Kind(
        "documents.Document",
        "document.view",
        ("document.classify",),
        gettext_lazy("Document"),
        "name",
        "documents:folder",
        "folder_id",
    ),
    "invoice": Kind(
        "finance.PremiumInvoice",
        "invoice.view",
        ("invoice.issue",),
        gettext_lazy("Premium invoice"),
        "number",
        "finance:invoice",
    ),
    "declaration": Kind(
        "declarations.Declaration",
        "declaration.view",
        ("declaration.edit", "declaration.submit"),
        gettext_lazy("Claim report"),
        "number",
        "declarations:sent",
    ),
    "company": Kind(
        "companies.Company",
        "company.view",
        ("person.view", "invoice.view", "users.view", "users.manage", "company.edit"),
        gettext_lazy("Company"),
        "name",
        "companies:company",
    ),
}

# What a derived action is called.
DERIVED = {
    "document.view": gettext_lazy("read the document"),
    "declaration.view": gettext_lazy("see the claim report"),
}


@dataclass(frozen=True)
class Reason:
    """Why somebody can: his role, where he holds it, since when and by whom; as whose deputy."""

    preset: str
    role: str
    where: str
    scope_kind: str
    scope_id: Any
    since: datetime | None
    by: str
    granted_by_id: Any
    deputy_for: str
    deputy_for_id: Any


@dataclass
class Holder:
    """One person who can do something with the thing."""

    user: User
    group: str
    actions: list[str] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    @property
    def deeds(self) -> list[str]:
        """What he may do, in words."""
        return [deed(action) for action in self.actions]


def deed(action: str) -> str:
    """An action in words."""
    return str(DERIVED.get(action) or ACTIONS[action])


@dataclass
class Answer:
    """Who can see one thing: everybody by his id, and how many see a company only because they are insured there."""

    kind: Kind
    obj: Any
    reader: Any
    found: dict[Any, dict[str, list[Way]]]
    insured: int = 0

    @property
    def title(self) -> str:
        """The thing in words: “Claim file 2026-000123”."""
        return f"{self.kind.noun} {getattr(self.obj, self.kind.name)}"

    @property
    def url(self) -> str:
        """The page of the thing."""
        return reverse(self.kind.page, args=[getattr(self.obj, self.kind.page_of)])

    def group_of(self, user_id: Any) -> str:
        """Where somebody stands for the reader: himself, the company's side or the insurer's."""
        if user_id == self.reader.pk:
            return YOU
        ways = (way for ways in self.found[user_id].values() for way in ways)
        return INSURER if any(way.preset in STAFF_PRESETS for way in ways) else COMPANY

    def people(self, *groups: str) -> QuerySet[User]:
        """Those who can see it, by name; of these groups only, if any is named."""
        keys = [key for key in self.found if not groups or self.group_of(key) in groups]
        return User.objects.filter(pk__in=keys).order_by("sort_key", "pk")

    def holders(self, people: Iterable[User]) -> list[Holder]:
        """These people with what they may do and why; a constant number of queries."""
        people = list(people)
        ways = [way for person in people for each in self.found[person.pk].values() for way in each]
        named = {way.granted_by_id for way in ways} | {way.deputy_for_id for way in ways}
        names = {user.pk: user.name for user in User.objects.filter(pk__in=named - {None})}
        places = _places(self.obj)
        return [
            Holder(
                person,
                self.group_of(person.pk),
                list(self.found[person.pk]),
                _reasons(self.found[person.pk], places, names),
            )
            for person in people
        ]


def ask(reader: Any, kind: str, key: Any) -> Answer:
    """Who can see this thing, for somebody who sees it himself.

    Raises OutOfReach for a thing he does not see and for a kind that is none, NotAllowed where he only knows of it.
    """
    what = KINDS.get(kind)
    if what is None:
        raise OutOfReach
    obj = find(reader, apps.get_model(what.model)._base_manager, key, what.view)
    actions = (what.view, *what.further)
    found: dict[Any, dict[str, list[Way]]] = {}
    insured = set()
    for action, ways in ways_of_each(actions, obj).items():
        for way in ways:
            # The insured persons of a company are many; the reader finds himself all the same.
            if kind == "company" and way.scope_kind == "person" and way.user_id != reader.pk:
                insured.add(way.user_id)
            else:
                found.setdefault(way.user_id, {}).setdefault(action, []).append(way)
    return Answer(what, obj, reader, found, len(insured - set(found)))


def _places(obj: Model) -> dict[tuple[str, Any], str]:
    """The scopes that the thing stands on, in words."""
    found = {}
    for kind, key in scope_ids(obj).items():
        label = {
            "company": "companies.Company",
            "site": "companies.Site",
            "contract": "companies.Contract",
            "claim_file": "claims_files.ClaimFile",
        }.get(kind)
        if label is None:
            continue
        rows = apps.get_model(label)._base_manager
        scope = (
            obj
            if obj._meta.label == label
            else (
                rows.filter(pk=key).first()
                if kind == "company"
                else rows.select_related("company").get(pk=key)
            )
        )
        found[kind, key] = summary.scope_name(scope)
    return found


# A scope within a company, for somebody who sees the company alone.
SOMEWHERE = {
    "site": gettext_lazy("a site"),
    "contract": gettext_lazy("a contract"),
    "claim_file": gettext_lazy("a single claim file"),
}


def _reasons(
    found: dict[str, list[Way]], places: dict[tuple[str, Any], str], names: dict[Any, str]
) -> list[Reason]:
    """The different ways, each once, in the order they were given."""
    each: dict[Any, tuple[Way, str]] = {}
    for ways in found.values():
        for way in ways:
            # Within a company, the same role on many sites is one reason.
            where = _where(way, places)
            each.setdefault((way.preset, where, way.granted_by_id, way.deputy_for_id), (way, where))
    return [
        Reason(
            preset=way.preset,
            role=str(PRESET_NAMES[way.preset]),
            where=where,
            scope_kind=way.scope_kind,
            scope_id=way.scope_id,
            since=way.granted,
            by=names.get(way.granted_by_id, ""),
            granted_by_id=way.granted_by_id,
            deputy_for=names.get(way.deputy_for_id, ""),
            deputy_for_id=way.deputy_for_id,
        )
        for way, where in each.values()
    ]


def _where(way: Way, places: dict[tuple[str, Any], str]) -> str:
    if way.scope_kind == "person":
        return _("as an insured person there") if _is_company(places) else _("is the insured person")
    if way.scope_kind == "portfolio":
        return _("by the role at the insurer")
    return places.get((way.scope_kind, way.scope_id)) or str(SOMEWHERE[way.scope_kind])


def _is_company(places: dict[tuple[str, Any], str]) -> bool:
    """Whether the thing itself is a company: it stands on nothing narrower."""
    return {kind for kind, _key in places} == {"company"}


# --- What somebody can see ----------------------------------------------------------------------------

# What comes with a role alone, and is given to nobody by itself; by area.
BESIDES = {"administration": ("users.view_as",)}

SCOPES = {
    "company": "companies.Company",
    "site": "companies.Site",
    "contract": "companies.Contract",
    "claim_file": "claims_files.ClaimFile",
}


@dataclass(frozen=True)
class Held:
    """One right: its words, and where it is held; nowhere is a no."""

    action: str
    words: str
    places: list[dict[str, Any]]


@dataclass(frozen=True)
class Area:
    """What somebody can do about one kind of things."""

    title: str
    rights: list[Held]

    @property
    def anything(self) -> bool:
        """Whether any of the rights is held."""
        return any(right.places for right in self.rights)


def sees(reader: Any, person: User) -> list[Area]:
    """What `person` can see and do, by area, on the scopes on which the reader sees who has access.

    The policy's own answer (`reach_of`), not the ledger's rows. A constant number of queries.
    """
    reach = reach_of(person)
    areas = [(title, (*actions, *BESIDES.get(key, ()))) for key, (title, actions) in AREAS.items()]
    held = {action: reach.scopes(action) for _title, actions in areas for action in actions}
    known: dict[tuple[str, Any], str] = {}
    for kind, label in SCOPES.items():
        ids = {key for scopes in held.values() for key in getattr(scopes, kind)}
        known |= {(kind, key): name for key, name in _named(reader, label, ids).items()}
    return [
        Area(
            str(title),
            [
                Held(
                    action,
                    str(ACTIONS[action]),
                    [
                        {"kind": kind, "id": key, "name": name}
                        for (kind, key), name in known.items()
                        if key in getattr(held[action], kind)
                    ],
                )
                for action in actions
            ],
        )
        for title, actions in areas
    ]


def _named(reader: Any, label: str, ids: set[Any]) -> dict[Any, str]:
    """Of these scopes those on which the reader sees who has access, by name; what he does not see has none."""
    if not ids:
        return {}
    model = apps.get_model(label)
    rows = model._base_manager.filter(pk__in=ids)
    if label != "companies.Company":
        rows = rows.select_related("company")
    found = list(visible_to(reader, "users.view", rows))
    seen = set().union(*(can_each(reader, view, found) for view in VIEW_OF_MODEL[label]))
    names = {
        row.pk: summary.scope_name(row) if row.pk in seen else str(SOMEWHERE["claim_file"]) for row in found
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1]))
