"""What a page shows to somebody: for a person of the demo, the real things of its address, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def everybody(user: Any) -> Iterator[dict[str, Any]]:
    """A page without a thing: for everybody, also as a refusal."""
    yield {}


def holders(action: str) -> Callable[[Any], Iterator[dict[str, Any]]]:
    """A page without a thing, for those who may do this somewhere."""

    def things(user: Any) -> Iterator[dict[str, Any]]:
        from permissions.policy import can_somewhere

        if can_somewhere(user, action):
            yield {}

    return things


def one(
    name: str, action: str, model: str = "", /, **filters: Any
) -> Callable[[Any], Iterator[dict[str, Any]]]:
    """The newest thing on which somebody may do this."""

    def things(user: Any) -> Iterator[dict[str, Any]]:
        row = _rows(user, action, model).filter(**filters).order_by("-created").first()
        if row is not None:
            yield {name: row.pk}

    return things


def one_of_each(name: str, action: str, column: str, /, **filters: Any) -> Callable:
    """The newest thing for each value of a column: a claim file in each state."""

    def things(user: Any) -> Iterator[dict[str, Any]]:
        rows = _rows(user, action, "").filter(**filters)
        for value in sorted(rows.order_by().values_list(column, flat=True).distinct()):
            yield {name: rows.filter(**{column: value}).order_by("-created").first().pk}

    return things


def one_own(*states: str) -> Callable[[Any], Iterator[dict[str, Any]]]:
    """Somebody's own part in each of these states."""

    def things(user: Any) -> Iterator[dict[str, Any]]:
        for state in states:
            yield from one("pk", "declaration.add_own", "declarations.PrivatePart", state=state)(user)

    return things


def askable(user: Any) -> Iterator[dict[str, Any]]:
    """A report of the company for which nobody has asked for the own part yet."""
    from declarations.private.services import part_about, why_not

    drafts = _rows(user, "declaration.edit", "").filter(state="draft", side="employer")
    rows = drafts.select_related("person", "claim_file").order_by("-created")[:20]
    yield from [{"pk": row.pk} for row in rows if not why_not(row) and not part_about(row)][:1]


def _rows(user: Any, action: str, model: str) -> Any:
    from django.apps import apps

    from permissions.policy import visible_to

    return visible_to(user, action, apps.get_model(model)._base_manager.all() if model else None)


def insured(user: Any) -> Iterator[dict[str, Any]]:
    """A page without a thing, for insured persons."""
    from permissions.reach import reach_of

    if reach_of(user).own_persons:
        yield {}


def customers(user: Any) -> Iterator[dict[str, Any]]:
    """A page without a thing, for people of a company."""
    from users.corrections import may_ask

    if may_ask(user):
        yield {}


def parts(user: Any) -> Iterator[dict[str, Any]]:
    """Every part of a draft; of the kinds that ask the same in it, one."""
    from declarations.forms import form_class_of, parts_of
    from declarations.models import Declaration

    seen = set()
    for thing in one_of_each("pk", "declaration.edit", "kind", state="draft")(user):
        kind = Declaration.unrestricted.values_list("kind", flat=True).get(**thing)
        for part in parts_of(kind):
            if (asked := (part, form_class_of(kind, part))) not in seen:
                seen.add(asked)
                yield {**thing, "part": part}


def questions(user: Any) -> Iterator[dict[str, Any]]:
    """Pages with one question: a date, a choice, rows, a few that belong together."""
    for thing in one("pk", "declaration.edit", state="draft", kind="illness")(user):
        for part, question in (("event", "first_day"), ("incapacity", "periods"), ("person", "street")):
            yield {**thing, "part": part, "question": question}


def amendable(user: Any) -> Iterator[dict[str, Any]]:
    """A sent report that this person may amend and take back."""
    from claims_files.states import Move
    from declarations.services import may_amend

    for report in _rows(user, "declaration.submit", "").filter(state="sent").order_by("-created")[:40]:
        if may_amend(user, report, Move.WITHDRAW):
            yield {"pk": report.pk}
            return


def amendable_parts(user: Any) -> Iterator[dict[str, Any]]:
    """Two of its parts: one with folded questions, one with money."""
    for thing in amendable(user):
        for part in ("employment", "event"):
            yield {**thing, "part": part}


def lists(user: Any) -> Iterator[dict[str, Any]]:
    """The lists of people to invite that this person brought."""
    from users.bulk import lists_of

    for row in lists_of(user):
        yield {"pk": row.pk}


def tables(kind: str) -> Callable[[Any], Iterator[dict[str, Any]]]:
    """The tables of one kind that somebody brought."""

    def things(user: Any) -> Iterator[dict[str, Any]]:
        from core.imports import kind_called, tables_of

        for table in tables_of(kind_called(kind), user):
            yield {"pk": table.pk}

    return things


def reporting_companies(user: Any) -> Iterator[dict[str, Any]]:
    """A company for whose people this person reports cases."""
    from declarations.imports import companies_to_report_for

    for company in companies_to_report_for(user)[:1]:
        yield {"company_id": company.pk}


def grants(user: Any) -> Iterator[dict[str, Any]]:
    """Somebody else's access that this person may change."""
    from permissions.grants import grants_of
    from permissions.holders import people_within
    from permissions.policy import can

    for person in people_within(user).exclude(pk=user.pk).order_by("email"):
        for row in grants_of(person):
            if row.SCOPE == "company" and can(user, "users.manage", row.content_object):
                yield {"uuid": row.uuid}
                return


def people(user: Any) -> Iterator[dict[str, Any]]:
    """Somebody else whose account this person may close."""
    from permissions.grants import find

    for thing in grants(user):
        yield {"pk": find(thing["uuid"]).user_id}


def openable(user: Any) -> Iterator[dict[str, Any]]:
    """A claim file that this person may open to somebody."""
    from users.single_files import may_open

    for claim in _rows(user, "claim.view", "").order_by("-created")[:5]:
        if may_open(user, claim):
            yield {"claim_id": claim.pk}
            return


def closed(user: Any) -> Iterator[dict[str, Any]]:
    """A closed account that this person may delete."""
    from core.errors import NotAllowed, NotNow, OutOfReach
    from permissions.holders import people_within
    from users.services import check_deletion

    for person in people_within(user).filter(is_active=False).order_by("email"):
        try:
            check_deletion(person, by=user)
        except (NotAllowed, NotNow, OutOfReach):
            continue
        yield {"pk": person.pk}
        return


def seen(user: Any) -> Iterator[dict[str, Any]]:
    """A thing of each kind that this person sees, to ask who else does."""
    from users.who import KINDS

    for kind, what in KINDS.items():
        for thing in one("object_id", what.view, what.model)(user):
            yield {"kind": kind, **thing}


def colleagues(user: Any) -> Iterator[dict[str, Any]]:
    """Somebody else as whom this person may look at the portal."""
    from permissions.holders import people_within

    for person in people_within(user, "users.view_as").filter(is_active=True).exclude(pk=user.pk)[:1]:
        yield {"pk": person.pk}


def deputies(user: Any) -> Iterator[dict[str, Any]]:
    """A deputy that this person may end."""
    from users.deputies import known_to, standing

    for each in standing(user, known_to(user)):
        if each["endable"]:
            yield {"pk": each["row"].pk}
            return


def managers_of_deputies(user: Any) -> Iterator[dict[str, Any]]:
    """A page without a thing, for who names deputies of others."""
    from permissions.policy import can_somewhere

    if can_somewhere(user, "users.manage") or can_somewhere(user, "settings.manage"):
        yield {}


def holders_of_something(user: Any) -> Iterator[dict[str, Any]]:
    """A page without a thing, for who holds rights for which another one could stand in."""
    from permissions.holders import role_of
    from users.deputies import own_places

    if role_of(user) or own_places(user):
        yield {}


def messages(user: Any) -> Iterator[dict[str, Any]]:
    """A mail of the demo's outbox."""
    from core.models import OutboxMessage

    row = OutboxMessage.objects.order_by("-created").first()
    if row is not None and user.email.startswith("hugo"):
        yield {"pk": row.pk}


def unregistered(user: Any) -> Iterator[dict[str, Any]]:
    """Somebody of age without an account, to whom this person may send a registration link."""
    for thing in one("person_id", "person.view", user=None, employment_end=None, birth_date__year__lt=2000)(
        user
    ):
        if user.email.startswith("reto"):
            yield thing


def cared_for(user: Any) -> Iterator[dict[str, Any]]:
    """Somebody else for whom this person may order a PUK."""
    from permissions.holders import people_within
    from users.services import may_order_puk

    for person in people_within(user).filter(is_active=True).exclude(pk=user.pk).order_by("email"):
        if may_order_puk(person.pk, by=user):
            yield {"pk": person.pk}
            return


def versions(user: Any) -> Iterator[dict[str, Any]]:
    """A version of the terms."""
    from users.terms import in_force

    if user.email.startswith("hugo"):
        yield {"pk": in_force()[0].pk}


def reviews(user: Any) -> Iterator[dict[str, Any]]:
    """An access review under way, and one that is completed."""
    from users.reviews import reviews_for

    for ended in (True, False):
        if row := reviews_for(user).filter(ended__isnull=ended).first():
            yield {"pk": row.pk}


def renamed(user: Any) -> Iterator[dict[str, Any]]:
    """A role with another name."""
    from permissions.models import PresetLabel

    for thing in holders("settings.manage")(user):
        yield {**thing, "preset": PresetLabel.objects.all()[0].pk}


def templates(user: Any) -> Iterator[dict[str, Any]]:
    """A template of a request."""
    from claims_files.models import RequestTemplate

    for _thing in holders("settings.manage")(user):
        yield {"template_id": RequestTemplate.objects.all()[0].pk}


def verifications(user: Any) -> Iterator[dict[str, Any]]:
    """A verification of the trail."""
    from permissions.checks import start

    for _thing in holders("audit.verify")(user):
        yield {"check_id": start(by=user).pk}


def merges(user: Any) -> Iterator[dict[str, Any]]:
    """Documents that somebody has had put together."""
    from documents.models import Merge

    for row in Merge.unrestricted.filter(by=user)[:1]:
        yield {"folder_id": row.folder_id, "merge_id": row.pk}
