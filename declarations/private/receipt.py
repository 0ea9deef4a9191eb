"""The receipt of the insured person's own part: for him alone."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from claims_files.models import PrivateReport
from core import pdf
from core.errors import OutOfReach
from core.text import bytes_size, number, swiss_datetime
from declarations.private.models import PrivatePart
from declarations.receipt import contacts_of
from documents.models import Kind
from permissions import proofs

SENDING = "declaration.own_sent"


def versions(part: PrivatePart) -> list[PrivateReport]:
    """What was sent of a part, the newest first. Asks for no right: whoever has the part may read it."""
    rows = PrivateReport.unrestricted.filter(claim_file=part.declaration.claim_file_id)
    return list(rows.order_by("-version"))


def version_of(part: PrivatePart, wanted: int | None = None) -> PrivateReport:
    """One of them by its number, else the newest. Raises OutOfReach."""
    for each in versions(part):
        if wanted in (None, each.version):
            return each
    raise OutOfReach


def position_of(part: PrivatePart, report: PrivateReport) -> proofs.Position | None:
    """Where in the audit trail its sending stands."""
    return proofs.position_of(SENDING, part, sha256=report.sha256)


def proof_of(part: PrivatePart, report: PrivateReport) -> dict[str, Any] | None:
    """The proof, for a file, that the audit trail holds a version; None until it is sealed, within a minute."""
    proof = proofs.proof_of(SENDING, part, sha256=report.sha256)
    if proof is not None:
        proof["report"] = report.content
    return proof


def file_name(part: PrivatePart, report: PrivateReport, suffix: str = "pdf") -> str:
    """The name under which receipt or proof is saved; it tells neither a person nor a case."""
    words = [part.declaration.number, _("own-part"), str(report.version)]
    if suffix == "json":
        words.append(_("proof"))
    return "-".join(words) + f".{suffix}"


def pdf_of(part: PrivatePart, report: PrivateReport) -> bytes:
    """The receipt of a version, in the language of the page."""
    return pdf.render("declaration_receipt", _data(part, report), get_language() or "fr")


def _data(part: PrivatePart, report: PrivateReport) -> dict[str, Any]:
    declaration, content = part.declaration, report.content
    title = _("Your own part")
    position = position_of(part, report)
    entry = [{"label": _("Entry in the activity log"), "value": number(position.line)}] if position else []
    return {
        "insurer": pdf.letterhead(),
        "keywords": [f"receipt:{declaration.number}:{report.sha256}"],
        "labels": {"page": _("Page {page} of {pages}"), "header": f"{title} {declaration.number}"},
        "title": title,
        "number": declaration.number,
        "status": _("Sent"),
        "lead": _(
            "This receipt shows what you sent to the insurer alone, and when. Your employer sees none of it."
        ),
        "facts": [
            {"label": _("Claim number"), "value": declaration.claim_file.number},
            {"label": _("Sent"), "value": swiss_datetime(report.created)},
            {"label": _("Insured person"), "value": declaration.person.name},
            {"label": _("Company"), "value": declaration.company.name},
        ],
        "sections": [
            {
                "title": each["title"],
                "answers": [{"label": label, "value": value, "kind": ""} for label, value in each["rows"]],
            }
            for each in content["parts"]
        ]
        + _release(content["release"]),
        "documents": {
            "title": _("Documents"),
            "empty": _("No documents yet."),
            "columns": {"name": _("Name"), "size": _("Size"), "hash": "SHA-256"},
            "rows": [
                {
                    "name": str(Kind(each["kind"]).label),
                    "size": bytes_size(each["size"]),
                    "sha256": each["sha256"],
                }
                for each in content["documents"]
            ],
        },
        "next_step": {
            "title": _("What happens next"),
            "text": _("The health manager reads it with the report and asks you if something is missing."),
        },
        "contacts": {"title": _("Your contacts"), "people": contacts_of(declaration)},
        "proof": {
            "title": _("Proof"),
            "text": _(
                "The hash is the fingerprint of everything that was sent. It changes with every letter."
            ),
            "rows": [
                {"label": _("SHA-256 of the content"), "value": report.sha256},
                *entry,
                {"label": _("Printed"), "value": swiss_datetime(timezone.now())},
            ],
        },
    }


def _release(release: dict[str, Any] | None) -> list[dict[str, Any]]:
    if release is None:
        return []
    rows = [(_("Text"), release["text"]), (_("SHA-256 of the text"), release["sha256"])]
    return [
        {
            "title": _("Release from secrecy"),
            "answers": [{"label": label, "value": value, "kind": ""} for label, value in rows],
        }
    ]
