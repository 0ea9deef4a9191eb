"""The receipt of a report: what was sent, as a paper for the sender's records."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from claims_files import reading
from claims_files.reading import Version
from claims_files.standing import standing
from companies.services import knows_closely
from core import pdf
from core.errors import OutOfReach
from core.text import bytes_size, number, swiss_date, swiss_datetime
from declarations.content import as_of, event_date, reads_sealed, sections
from declarations.kinds import words_of
from declarations.models import Declaration
from documents import services as papers
from permissions import proofs

# The acts whose lines in the audit trail a receipt speaks of: of the first version, of a later one.
SENDING, AMENDING = "declaration.submitted", "declaration.amended"


def versions(declaration: Declaration, user: Any) -> list[Version]:
    """The versions of a sent report that `user` may know of, the newest first."""
    claim = declaration.claim_file
    return reading.versions_of(claim, reading.side_of(user, claim), user)


def version_of(declaration: Declaration, user: Any, number: int = 1) -> Version:
    """One of them by its number. Raises OutOfReach."""
    for each in versions(declaration, user):
        if each.number == number:
            return each
    raise OutOfReach


def pdf_of(declaration: Declaration, user: Any, version: Version) -> bytes:
    """The receipt of a version as `user` may read it, in the language of the page."""
    data = receipt_of(declaration, user, version)
    return pdf.render("declaration_receipt", data, get_language() or "fr")


def file_name(declaration: Declaration, version: Version, word: str = "", ending: str = "pdf") -> str:
    """The name under which a receipt is saved; no person's name: it lands in shared folders."""
    further = str(version.number) if version.number > 1 else ""
    return "-".join(part for part in (declaration.number, further, word) if part) + f".{ending}"


def title_of(declaration: Declaration) -> str:
    """What the paper is called: “Accident report”."""
    return str(words_of(declaration.kind).title)


def receipt_of(declaration: Declaration, user: Any, version: Version) -> dict[str, Any]:
    """The data of `templates/pdf/declaration_receipt.typ`."""
    claim = declaration.claim_file
    title = title_of(declaration)
    sent_then = as_of(declaration, version.report)
    day = event_date(sent_then)
    amended = version.number > 1
    moment, sender = sent_at(declaration, version)
    return {
        "insurer": pdf.letterhead(),
        # What `scripts/check_receipt.py` reads without being able to read print.
        "keywords": [f"receipt:{declaration.number}:{version.report.sha256}"],
        "labels": {"page": _("Page {page} of {pages}"), "header": f"{title} {declaration.number}"},
        "title": title,
        "number": declaration.number,
        "status": _("Withdrawn") if claim.withdrawal else _("Amended") if amended else _("Sent"),
        "lead": _("This receipt shows what was sent to the insurer, and when. Keep it for your records."),
        "facts": [
            {"label": _("Claim number"), "value": claim.number},
            {"label": _("Amended") if amended else _("Sent"), "value": swiss_datetime(moment)},
            {"label": _("Amended by") if amended else _("Sent by"), "value": sender},
            {"label": _("Company"), "value": declaration.company.name},
            {"label": _("Policy"), "value": declaration.contract.policy_number},
            {"label": _("Date of the event"), "value": swiss_date(day)},
            *_left_open(version, reading.side_of(user, claim)),
            *_withdrawn(claim),
        ],
        "sections": _changed(version)
        + [
            {
                "title": section.title,
                "answers": [
                    {"label": answer.label, "value": answer.value, "kind": answer.kind}
                    for answer in section.answers
                ]
                + _withheld(section),
            }
            for section in sections(sent_then, user)
        ],
        "documents": {
            "title": _("Documents"),
            "empty": _("No documents yet."),
            "columns": {"name": _("Name"), "size": _("Size"), "hash": "SHA-256"},
            "rows": [
                {"name": name, "size": bytes_size(size), "sha256": sha256}
                for name, size, sha256 in documents_of(declaration, user, moment)
            ],
        },
        "next_step": {"title": _("What happens next"), "text": next_step(declaration, user)},
        "contacts": {"title": _("Your contacts"), "people": contacts_of(declaration)},
        "proof": {
            "title": _("Proof"),
            "text": _(
                "The hash is the fingerprint of everything that was sent. It changes with every letter. The proof, "
                "a file beside this receipt in the portal, shows without the portal that the activity log holds it."
            ),
            "rows": [
                {"label": _("SHA-256 of the content"), "value": version.report.sha256},
                *_entry(declaration, version),
                {"label": _("Printed"), "value": swiss_datetime(timezone.now())},
            ],
        },
    }


def sent_at(declaration: Declaration, version: Version) -> tuple[Any, str]:
    """When a version was sent, and by whom."""
    if version.number == 1:
        return declaration.sent, declaration.sent_by.name
    return version.report.created, version.report.by.name if version.report.by else ""


def proof_of(declaration: Declaration, user: Any, version: Version) -> dict[str, Any] | None:
    """The proof that the audit trail holds this version, for a file; None until it is sealed, within a minute.

    Whoever may read all of it finds the content as it was hashed in the proof.
    """
    proof = proofs.proof_of(_act(version), declaration, sha256=version.report.sha256)
    if proof is not None and reads_sealed(user, declaration) and knows_closely(user, declaration.person):
        proof["report"] = version.report.content
    return proof


def position_of(declaration: Declaration, version: Version) -> proofs.Position | None:
    """Where in the audit trail the sending of a version stands."""
    return proofs.position_of(_act(version), declaration, sha256=version.report.sha256)


def _act(version: Version) -> str:
    return SENDING if version.number == 1 else AMENDING


def _entry(declaration: Declaration, version: Version) -> list[dict[str, str]]:
    position = position_of(declaration, version)
    return [{"label": _("Entry in the activity log"), "value": number(position.line)}] if position else []


def next_step(declaration: Declaration, user: Any) -> str:
    """What comes next and by when, in a sentence or two."""
    claim = declaration.claim_file
    if claim.state != claim.State.RECEIVED:
        return _("The insurer is working on the case. The claim file shows its current state.")
    answers = reading.answers_of(user, [claim])[claim.pk]
    now = standing(claim, [], reading.side_of(user, claim), answers=answers)
    if now.expected is None:
        return now.next_step
    return _("%(step)s Expected by %(day)s.") % {"step": now.next_step, "day": swiss_date(now.expected)}


def _withheld(section: Any) -> list[dict[str, str]]:
    if not section.withheld:
        return []
    return [
        {
            "label": _("Further answers"),
            "value": _("Only the insured person and the insurer see them."),
            "kind": "",
        }
    ]


def documents_of(declaration: Declaration, user: Any, moment: Any) -> list[tuple[str, int, str]]:
    """Name, size and hash of the papers in the folder by then, as `user` may know them.

    What he handed over sealed has no name; what others keep from him does not exist.
    """
    inside = papers.contents(declaration.folder, user)
    rows = [(each.created, each.name, each.size, each.sha256) for each in inside.documents]
    handed = _("Handed over to the insurer")
    rows += [(each.created, handed, each.size, each.sha256) for each in inside.receipts]
    return [(name, size, sha256) for created, name, size, sha256 in rows if created <= moment]


def _changed(version: Version) -> list[dict[str, Any]]:
    if not version.changes:
        return []
    rows = [
        {
            "label": each["label"],
            "value": f"{each['old'] or '–'} → {each['new'] or '–'}",
            "kind": "",
        }
        for each in version.changes
    ]
    return [{"title": _("What changed"), "answers": rows}]


def _left_open(version: Version, side: str) -> list[dict[str, str]]:
    """How many answers this version left for later; what the insured person owes is not the employer's."""
    left = [
        each
        for each in version.report.content.get("open", [])
        if side != reading.EMPLOYER or each["addressee"] == reading.EMPLOYER
    ]
    return [{"label": _("Answers that follow later"), "value": number(len(left))}] if left else []


def _withdrawn(claim: Any) -> list[dict[str, str]]:
    if not claim.withdrawal:
        return []
    value = f"{swiss_date(claim.closed_at)} – {claim.get_withdrawal_display()}"
    return [{"label": _("Withdrawn"), "value": value}]


def contacts_of(declaration: Declaration) -> list[dict[str, Any]]:
    """Whom to ask about a report that was sent, as a receipt names them."""
    claim, company, brand = declaration.claim_file, declaration.company, settings.BRAND
    health = claim.health_manager or company.health_manager
    people = [(_("health manager"), health), (_("contract manager"), company.contract_manager)]
    return [
        {"role": role, "name": each.name, "lines": [each.phone or brand["hotline"], each.email]}
        for role, each in people
        if each is not None
    ]
