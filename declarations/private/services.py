"""What is done with the insured person's own part: asked for, begun, filled in, signed, sent, and handed over."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from claims_files import services as claims
from claims_files.models import ClaimFile, Release
from claims_files.states import Move, possible
from core.errors import NotNow, OutOfReach
from core.text import fold
from declarations.forms import accepted
from declarations.forms.codes import Severity
from declarations.models import Declaration
from declarations.private.forms import QUESTIONS, HealthForm, questions_of
from declarations.private.models import PrivatePart
from declarations.private.release import text_of
from documents import services as papers
from documents.models import Document, Stage, Visibility
from permissions.audit import record
from permissions.policy import find, require, visible_to
from permissions.scoped import locked

State = PrivatePart.State
FILL = "declaration.add_own"
# Nothing is asked of anybody, nor sent, once the insurer has said no or the case is over.
OVER = (ClaimFile.State.DECLINED, ClaimFile.State.CLOSED)


def own_parts(user: Any) -> QuerySet[PrivatePart]:
    """The parts that `user` fills in, or has filled in: of reports about himself."""
    rows = visible_to(user, FILL, PrivatePart.unrestricted.all())
    people = ("declaration__person", "declaration__company", "declaration__claim_file", "asked_by", "release")
    people += ("folder",)
    return rows.select_related(*people, "declaration__folder", "declaration__contract")


def waiting(user: Any) -> QuerySet[PrivatePart]:
    """Those of them about which there is something left to do: to be sent, or to be told of (`untold`)."""
    asked_since = Q(declaration__handed_over=None, answered_at__lt=F("asked_at"))
    died = Declaration.unrestricted.filter(
        pk=OuterRef("declaration"), parts__event__severity=Severity.DIED.value
    )
    rows = own_parts(user).filter(
        Q(declaration__claim_file=None) | ~Q(declaration__claim_file__state__in=OVER),
        Q(state=State.OPEN) | asked_since,
        declaration__kind__in=[kind for kind in QUESTIONS if asks_of(kind)],
    )
    return rows.exclude(Exists(died))


def part_about(declaration: Declaration) -> PrivatePart | None:
    """The own part that belongs to a report, if there is one; asks for no right."""
    return PrivatePart.unrestricted.filter(declaration=declaration).select_related("asked_by").first()


# --- Asking and beginning -------------------------------------------------------------------------


def asks(declaration: Declaration) -> bool:
    """Whether this kind of report asks anything about health."""
    return asks_of(declaration.kind)


def asks_of(kind: str) -> bool:
    """Whether reports of this kind ask anything about health."""
    return bool(QUESTIONS[kind].base_fields)  # type: ignore[attr-defined]


def untold(part: PrivatePart) -> bool:
    """Whether the company asked for what had been added of one's own accord: of that it knows nothing."""
    asked, answered = part.asked_at, part.answered_at
    return bool(asked and answered and answered < asked and not part.declaration.handed_over)


def answered_on(part: PrivatePart) -> Any:
    """When the part was answered, as far as the company may know: not before it has asked, or was handed the report."""
    known = part.asked_at or part.declaration.handed_over
    return part.answered_at if known and not untold(part) else None


def why_not(declaration: Declaration) -> NotNow | None:
    """What speaks against an own part of this report, for whomever; None where nothing does."""
    if not asks(declaration):
        return NotNow(_("This kind of report asks nothing about health."), code="nothing_to_ask")
    if (declaration.parts.get("event") or {}).get("severity") == Severity.DIED:
        return NotNow(_("The person died: nobody can be asked."), code="nobody_to_ask")
    claim = declaration.claim_file
    if claim is not None and Move.CHANGE not in possible(claim.state):
        return NotNow(_("The case is decided or closed: nothing can be added to it any more."), code="over")
    return None


@transaction.atomic
def ask(declaration_id: UUID, *, by: Any) -> PrivatePart:
    """Ask the insured person for his own part of a report of the company. Asked again, nothing happens.

    What he had added before stays unknown until he says so. Raises OutOfReach, NotAllowed, NotNow where there is nothing or nobody to ask, or when it was answered already.
    """
    declaration = locked(Declaration, declaration_id)
    require(by, "declaration.edit", declaration)
    refuse_asking_oneself(declaration, by)
    if declaration.side != Declaration.Side.EMPLOYER:
        raise NotNow(
            _("The insured person reported the case: nobody has to ask for the own part."), code="own_report"
        )
    if reason := why_not(declaration):
        raise reason
    part = part_about(declaration) or _new(declaration)
    part.declaration = declaration
    if answered_on(part) is not None:
        raise NotNow(_("The insured person has added the own part already."), code="answered")
    if part.asked_at is None:
        part.asked_by, part.asked_at = by, timezone.now()
        part.save(update_fields=["asked_by", "asked_at"])
        # On the report: that somebody was asked is no secret to the company.
        record(by, "declaration.own_asked", declaration)
    return part


def refuse_asking_oneself(declaration: Declaration, by: Any) -> None:
    """Raise OutOfReach for the insured person: nobody asks himself in the name of the company."""
    if declaration.person.user_id == by.pk and declaration.side == Declaration.Side.EMPLOYER:
        raise OutOfReach


@transaction.atomic
def begin(declaration_id: UUID, *, by: Any) -> PrivatePart:
    """Begin one's own part of a report about oneself that one sees; begun already, it is the same one.

    Raises OutOfReach, NotNow.
    """
    declaration = locked(Declaration, declaration_id)
    require(by, "declaration.view", declaration)
    if declaration.person.user_id != by.pk:
        raise OutOfReach
    if part := part_about(declaration):
        return part
    if reason := why_not(declaration):
        raise reason
    part = _new(declaration)
    require(by, FILL, part)
    record(by, "declaration.own_begun", part, declaration=declaration.pk)
    return part


def _new(declaration: Declaration) -> PrivatePart:
    return PrivatePart.unrestricted.create(
        declaration=declaration,
        company_id=declaration.company_id,
        person_id=declaration.person_id,
        folder=own_folder(declaration) if declaration.privacy == Declaration.Privacy.EMPLOYER else None,
    )


def own_folder(declaration: Declaration) -> Any:
    """A folder for the insured person's papers beside a draft of the company, into which he does not see."""
    return papers.open_folder(
        company=declaration.company,
        site=declaration.site,
        person=declaration.person,
        stage=Stage.PRIVATE,
    )


# --- Filling in and signing -----------------------------------------------------------------------


@transaction.atomic
def save(
    pk: UUID, data: Mapping[str, Any], *, by: Any, version: int | None = None, kind: str = ""
) -> tuple[PrivatePart, HealthForm]:
    """Keep answers on one's health, right or wrong; the form says what is wrong. What was sent stays as it was.

    `version` is the one the page was made from, `kind` what was reported then. Raises OutOfReach, NotNow when the case
    is over, when the answers were changed since on another device or another kind is reported now, ValidationError for
    data of another shape.
    """
    part = _own(pk, by)
    _refuse_over(part)
    if kind and kind != part.declaration.kind:
        raise NotNow(
            _("What is reported was changed in the meantime. Look at the page again before you save."),
            code="kind_changed",
        )
    if version is not None and version != part.version:
        raise NotNow(
            _(
                "You have changed these answers elsewhere in the meantime. Look at them again before you save."
            ),
            code="changed_elsewhere",
        )
    declaration = part.declaration
    given = accepted(QUESTIONS[declaration.kind], data)
    form = questions_of(declaration, {**part.answers, **given})
    others = {name: value for name, value in part.answers.items() if name not in form.fields}
    after = others | form.stored()
    if after != part.answers:
        first = not part.answers.keys() & form.fields.keys()
        part.answers = after
        _changed(part)
        part.save()
        if first:
            # One line when it is taken in hand; every keystroke is no business act.
            record(by, "declaration.own_saved", part, declaration=declaration.pk)
    return part, questions_of(declaration, part.answers)


def release_text(part: PrivatePart, informers: list[str], *, by: Any) -> str:
    """The release that would be signed, in the language in which `by` reads the page."""
    return text_of(part.declaration, informers, _language(by))


def _language(by: Any) -> str:
    return translation.get_language() or by.language


@transaction.atomic
def sign(pk: UUID, informers: list[str], *, name: str, sha256: str, by: Any) -> Release:
    """Sign the release that was read: its hash must be that of the text as it is now; nobody signs for another.

    A fresh code is asked for by the caller. Raises OutOfReach, ValidationError by field, NotNow when the case is over,
    when a release stands already, or when the text has changed since it was read.
    """
    part = _own(pk, by)
    _refuse_over(part)
    if standing_release(part) is not None:
        raise NotNow(_("You have signed a release for this case already."), code="signed")
    known = set(Release.Informer.values)
    if not informers or not known.issuperset(informers):
        raise ValidationError({"informers": [_("Choose at least one of them.")]})
    if fold(name).split() != fold(part.person.name).split():
        raise ValidationError({"name": [_("Type your first and last name, as it stands above.")]})
    text = release_text(part, informers, by=by)
    if claims.hash_of(text) != sha256:
        raise NotNow(
            _("The case was changed since you read the text. Read it again before you sign."), code="changed"
        )
    release = claims.sign_release(
        person=part.person,
        text=text,
        informers=sorted(set(informers), key=Release.Informer.values.index),
        language=_language(by),
        by=by,
    )
    before, part.release = part.release, release
    _changed(part)
    part.save()
    if before is not None and before.claim_file_id is None:
        # Taken back before it reached anybody.
        before.delete()
    record(by, "declaration.release_signed", part, declaration=part.declaration_id, sha256=release.sha256)
    return release


def standing_release(part: PrivatePart) -> Release | None:
    """The release that holds."""
    return part.release if part.release is not None and part.release.withdrawn_at is None else None


@transaction.atomic
def withdraw_release(pk: UUID, *, by: Any) -> Release:
    """Take one's release back, for the future; also when the case is over. Raises OutOfReach, NotNow without one."""
    part = _own(pk, by)
    if part.release is None:
        raise NotNow(_("There is no release to take back."), code="no_release")
    release = claims.end_release(part.release_id, by=by)
    record(by, "declaration.release_withdrawn", part, **_facts(part), sha256=release.sha256)
    return release


def _changed(part: PrivatePart) -> None:
    """What is kept differs from what was sent or meant to go along: it is to be sent anew."""
    part.state = State.OPEN
    part.version += 1
    part.saved = timezone.now()


# --- Sending --------------------------------------------------------------------------------------


@transaction.atomic
def send(pk: UUID, *, by: Any) -> PrivatePart:
    """Send one's own part. Where the report itself has not been sent, it goes along with it. A second click is harmless.

    What was sent before the company asked for it is not sent twice: the company is told. Raises OutOfReach, ValidationError by field for what is missing, NotNow when the case is over.
    """
    part = _own(pk, by)
    if part.state != State.OPEN:
        if untold(part):
            _refuse_over(part)
            part.answered_at = timezone.now()
            part.save()
            record(by, "declaration.own_told", part, declaration=part.declaration_id)
        return part
    _refuse_over(part)
    form = questions_of(part.declaration, part.answers)
    if not form.is_valid():
        raise ValidationError(form.messages())
    if part.answered_at is None or untold(part):
        part.answered_at = timezone.now()
    part.state = State.READY
    part.save()
    if part.declaration.claim_file_id is None:
        record(by, "declaration.own_ready", part, declaration=part.declaration_id)
    else:
        _freeze(part, recorded_as=by)
    return part


def send_along(declaration: Declaration) -> None:
    """The report is sent: an own part that waits for it goes to the insurer; part of the act that sends.

    Whoever sends the report knows nothing of it, and does not act here: the portal does.
    """
    part = _rows().filter(declaration=declaration).first()
    if part is None:
        return
    part.declaration = declaration
    # It may have become another kind of report, which asks something else.
    ready = part.state == State.READY and questions_of(declaration, part.answers).is_valid()
    part.state = State.READY if ready else State.OPEN
    if ready or part.handed or (declaration.handed_over and _papers(part).exists()):
        _freeze(part, recorded_as=None)
    else:
        part.save()


def _freeze(part: PrivatePart, *, recorded_as: Any) -> None:
    """Freeze the part for the insurer: while its questions are open, what was handed over of the report alone."""
    bring_papers(part)
    owner = part.person.user
    language = owner.language if owner else part.declaration.language
    release = standing_release(part) if part.state == State.READY else None
    report = claims.add_private_report(
        part.declaration.claim_file_id,
        content=_content(part, release, language),
        language=language,
        release=release,
        by=owner,
    )
    if part.state == State.READY:
        part.state = State.SENT
    part.save()
    numbers = {"number": part.declaration.number, "claim_number": part.declaration.claim_file.number}
    record(recorded_as, "declaration.own_sent", part, **_facts(part), **numbers, sha256=report.sha256)


def _papers(part: PrivatePart) -> QuerySet[Document]:
    """The medical papers that he sent himself."""
    accounts = {part.person.user_id}
    if part.declaration.handed_over:
        # He began it, and may have left the portal since.
        accounts.add(part.declaration.created_by_id)
    rows = Document.unrestricted.filter(folder=part.papers, visibility=Visibility.MEDICAL)
    return rows.filter(uploaded_by__in=accounts - {None})


def _content(part: PrivatePart, release: Release | None, language: str) -> dict[str, Any]:
    """What is sent, in the form of `claims_files.models.PrivateReport`, in the language of the insured person."""
    declaration = part.declaration
    with translation.override(language):
        form = questions_of(declaration, part.answers)
        rows = [[answer.label, answer.value] for answer in form.answers(personal=True)]
        health = {
            "name": "health",
            "title": str(form.title),
            "audience": "person",
            "rows": rows,
            "values": form.effective(),
        }
        return {
            "declaration": declaration.number,
            "kind": declaration.kind,
            # Its hash stands in the log: without an unknown of this size few possible answers could be tried.
            "salt": secrets.token_hex(16),
            "parts": [*([health] if rows and part.state == State.READY else []), *part.handed],
            "release": {
                "text": release.text,
                "sha256": release.sha256,
                "informers": release.informers,
                "language": release.language,
                "signed": release.signed_at.isoformat(),
            }
            if release
            else None,
            "documents": [
                dict(row) for row in _papers(part).order_by("created", "id").values("kind", "size", "sha256")
            ],
        }


# --- Going with its report ------------------------------------------------------------------------


def kept(drafts: Iterable[Declaration]) -> set[UUID]:
    """The ids of those drafts that a company cannot discard: they carry what the insured person has sent."""
    sent = Q(state=State.READY) | Q(declaration__handed_over__isnull=False)
    rows = PrivatePart.unrestricted.filter(sent, declaration__in=[each.pk for each in drafts])
    return set(
        rows.exclude(declaration__privacy=Declaration.Privacy.PRIVATE).values_list("declaration", flat=True)
    )


def bring_papers(part: PrivatePart) -> None:
    """Let his papers lie with the case from now on."""
    if (own := part.folder) is None:
        return
    papers.move_papers(own.pk, part.declaration.folder_id)
    part.folder = None
    part.save()
    papers.discard_folder(own.pk)


def discard(declaration: Declaration) -> None:
    """The draft is discarded: its own part goes with it; part of the act that records it."""
    part = PrivatePart.unrestricted.filter(declaration=declaration).first()
    if part is None:
        return
    release, own = part.release, part.folder
    part.delete()
    if own is not None:
        papers.discard_folder(own.pk)
    if release is not None:
        release.delete()


def forget_unsent(user: Any) -> None:
    """Remove what somebody answered and signed and has not sent: he removes it, or leaves; part of the act that records it.

    What he handed over for the insurer with a report goes its way.
    """
    for part in _rows().filter(person__user=user.pk).exclude(state=State.SENT):
        part.answers = {}
        release, sent = part.release, part.release is not None and part.release.claim_file_id is not None
        if release is not None and not sent:
            part.release = None
        part.state = State.OPEN if asks(part.declaration) else part.state
        part.save()
        if release is not None and not sent:
            release.delete()


def _rows() -> QuerySet[PrivatePart]:
    return PrivatePart.unrestricted.select_for_update(of=("self",)).select_related(
        "release", "person", "folder"
    )


def _own(pk: UUID, by: Any) -> PrivatePart:
    """One's own part, under the lock of its report: sending the report and sending the part wait for one another."""
    found = PrivatePart.unrestricted.filter(pk=pk).values_list("declaration", flat=True).first()
    if found is None:
        raise OutOfReach
    declaration = locked(Declaration, found)
    part = find(by, _rows(), pk, FILL)
    part.declaration = declaration
    return part


def _refuse_over(part: PrivatePart) -> None:
    if reason := why_not(part.declaration):
        raise reason


def _facts(part: PrivatePart) -> dict[str, Any]:
    claim = part.declaration.claim_file
    return {"declaration": part.declaration_id, **({"claim_file": claim.pk} if claim else {})}
