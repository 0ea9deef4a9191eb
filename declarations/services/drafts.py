"""Drafts of claim reports: begin, fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import InsuredPerson
from core.errors import NotNow, OutOfReach
from core.numbers import formatted
from declarations.content import event_date
from declarations.forms import PartForm, accepted, distributed, form_class_of, form_of
from declarations.known import known_answers
from declarations.models import Declaration
from declarations.services.cover import contract_on
from documents import services as papers
from documents.models import Stage
from permissions import scoped
from permissions.audit import record
from permissions.policy import require, users_who_can, visible_to

Kind, Privacy, Side = Declaration.Kind, Declaration.Privacy, Declaration.Side


@dataclass(frozen=True)
class Saved:
    """A part after saving: the report, and the part's form with what is still wrong in it."""

    declaration: Declaration
    form: PartForm


class ChangedByAnother(NotNow):
    """A colleague saved the same part in the meantime (`changed_by` says who and when)."""


@transaction.atomic
def start(
    person: InsuredPerson, kind: str, *, by: Any, request_id: UUID | None = None, guided: bool | None = None
) -> Declaration:
    """Begin a draft about `person`. The insured person's own draft is private, the company's is shared in it.

    `guided`: one question a page; without a word the insured person is asked so, and nobody else. `request_id` makes a second click harmless: the same one gives the same draft. Raises OutOfReach,
    NotAllowed, ValidationError for an unknown kind.
    """
    person = scoped.locked(InsuredPerson, person.pk)
    require(by, "declaration.create", person)
    if kind not in Kind.values:
        raise ValidationError({"kind": _("Choose what you want to report.")})
    if request_id is not None:
        # The lock on the person lets twins come here one after the other.
        twin = Declaration.unrestricted.filter(pk=request_id).first()
        if twin is not None and (twin.created_by_id, twin.person_id, twin.kind) == (by.pk, person.pk, kind):
            return twin
        if twin is not None:
            request_id = None
    own = person.user_id == by.pk
    parts, set_aside = distributed(kind, known_answers(person, own, by))
    privacy = Privacy.PRIVATE if own else Privacy.EMPLOYER
    values = {
        "number": formatted("D", timezone.localdate().year),
        "kind": kind,
        "privacy": privacy,
        "side": Side.EMPLOYEE if own else Side.EMPLOYER,
        "company_id": person.company_id,
        "site_id": person.site_id,
        "person": person,
        "folder": papers.open_folder(
            company=person.company, site=person.site, person=person, stage=Stage(privacy.value)
        ),
        "parts": parts,
        "set_aside": set_aside,
        "language": by.language,
        "guided": own if guided is None else guided,
        "created_by": by,
    }
    if request_id is not None:
        values["id"] = request_id
    declaration = Declaration.unrestricted.create(**values)
    record(by, "declaration.started", declaration, kind=kind, side=declaration.side)
    return declaration


@transaction.atomic
def save_part(
    pk: UUID, part: str, data: Mapping[str, Any], *, by: Any, version: int | None = None, kind: str = ""
) -> Saved:
    """Keep the answers of one part; what is wrong is kept as it was typed and named by the form.

    `data` holds the fields to change; a list of rows replaces all rows. `version` is the one the page was
    made from, `kind` what it was a report of: raises ChangedByAnother if somebody else saved this part since, if one
    has oneself and the older page would empty an answer, or if the kind has changed. Raises OutOfReach (also for an unknown part), NotAllowed, NotNow once sent, ValidationError for data of another shape.
    """
    declaration = locked(pk)
    require(by, "declaration.edit", declaration)
    refuse_sent(declaration)
    refuse_other_kind(declaration, kind)
    form_class = form_class_of(declaration.kind, part)
    if form_class is None:
        raise OutOfReach
    given = accepted(form_class, data)
    last = declaration.saves.get(part)
    if version is not None and last and last["version"] > version and last["by"] != str(by.pk):
        raise ChangedByAnother(
            _("Somebody else has changed this part in the meantime. Look at it again before you save."),
            code="changed_by_another",
        )
    before = declaration.parts.get(part) or {}
    form = form_of(declaration, part, {**before, **given})
    after = form.stored()
    if version is not None and last and last["version"] > version and before.keys() - after.keys():
        raise ChangedByAnother(
            _(
                "You have changed these answers elsewhere in the meantime. Look at them again before you save."
            ),
            code="changed_elsewhere",
        )
    if after != before:
        declaration.parts[part] = after
        declaration.version += 1
        declaration.saved = timezone.now()
        declaration.saves[part] = {
            "version": declaration.version,
            "by": str(by.pk),
            "at": declaration.saved.isoformat(),
        }
        day = event_date(declaration)
        declaration.contract = contract_on(declaration, day) if day else None
        declaration.save(update_fields=["parts", "version", "saved", "saves", "contract"])
        if last is None or last["by"] != str(by.pk):
            # One line each time somebody takes a part in hand; every keystroke is no business act.
            record(by, "declaration.part_saved", declaration, part=part)
    return Saved(declaration, form_of(declaration, part))


@transaction.atomic
def guide(pk: UUID, *, guided: bool, by: Any) -> Declaration:
    """Ask one question a page, or a part on one page. Raises OutOfReach, NotAllowed, NotNow once sent.

    How the questions are put is no business act: it leaves no line.
    """
    declaration = locked(pk)
    require(by, "declaration.edit", declaration)
    refuse_sent(declaration)
    declaration.guided = guided
    declaration.save(update_fields=["guided"])
    return declaration


def reportable(user: Any) -> QuerySet[InsuredPerson]:
    """The insured persons for whom `user` may report a case."""
    return visible_to(user, "declaration.create", InsuredPerson.unrestricted.all())


def senders(declaration: Declaration) -> str:
    """The names of those who may send the draft, at most five."""
    ids = users_who_can("declaration.submit", declaration)
    people = get_user_model()._base_manager.filter(pk__in=ids).order_by("sort_key")[:5]
    return ", ".join(user.name for user in people)


def changed_by(save: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Who saved a part last, and when, for the sentence about it: `{"name", "at"}`."""
    if not save:
        return None
    user = get_user_model()._base_manager.filter(pk=save["by"]).first()
    return {"name": user.name if user else "", "at": datetime.fromisoformat(save["at"])}


def locked(pk: UUID) -> Declaration:
    """The report under a lock. Raises OutOfReach."""
    return scoped.locked(Declaration, pk)


def refuse_other_kind(declaration: Declaration, kind: str) -> None:
    """Raise ChangedByAnother if a page was made for a report of another kind than it is now."""
    if kind and kind != declaration.kind:
        raise ChangedByAnother(
            _("What is reported was changed in the meantime. Look at the page again before you save."),
            code="kind_changed",
        )


def refuse_sent(declaration: Declaration) -> None:
    """Raise NotNow if the report was sent already."""
    if declaration.claim_file is None:
        return
    raise NotNow(
        _("This report was sent already. Its claim file has the number %(claim)s.")
        % {"claim": declaration.claim_file.number},
        code="already_sent",
    )
