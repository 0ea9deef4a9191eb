"""The receipt of a report: what was sent, as a paper for the sender's records."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from claims_files.models import Report
from claims_files.states import standing
from companies.services import knows_closely
from core import pdf
from core.text import bytes_size, number, swiss_date, swiss_datetime
from declarations.content import event_date, reads_sealed, sections
from declarations.kinds import words_of
from declarations.models import Declaration
from documents import services as papers
from permissions import proofs

# The act whose line in the audit trail a receipt speaks of.
SENDING = "declaration.submitted"


def pdf_of(declaration: Declaration, user: Any) -> bytes:
    """The receipt as `user` may read it, in the language of the page."""
    return pdf.render("declaration_receipt", receipt_of(declaration, user), get_language() or "fr")


def file_name(declaration: Declaration) -> str:
    """The name under which the receipt is saved; no person's name: it lands in shared folders."""
    return f"{declaration.number}.pdf"


def title_of(declaration: Declaration) -> str:
    """What the paper is called: “Accident report”."""
    return str(words_of(declaration.kind).title)


def receipt_of(declaration: Declaration, user: Any) -> dict[str, Any]:
    """The data of `templates/pdf/declaration_receipt.typ`."""
    claim, brand = declaration.claim_file, settings.BRAND
    title = title_of(declaration)
    day = event_date(declaration)
    return {
        "insurer": {
            "name": brand["insurer"],
            "color": brand.get("colour") or "#005f67",
            "lines": [
                f"{brand['street']}, {brand['postcode']} {brand['town']}",
                f"{brand['hotline']} · {brand['email']}",
            ],
        },
        # What `scripts/check_receipt.py` reads without being able to read print.
        "keywords": [f"receipt:{declaration.number}:{declaration.content_sha256}"],
        "labels": {"page": _("Page {page} of {pages}"), "header": f"{title} {declaration.number}"},
        "title": title,
        "number": declaration.number,
        "status": _("Sent"),
        "lead": _("This receipt shows what was sent to the insurer, and when. Keep it for your records."),
        "facts": [
            {"label": _("Claim number"), "value": claim.number},
            {"label": _("Sent"), "value": swiss_datetime(declaration.sent)},
            {"label": _("Sent by"), "value": declaration.sent_by.name},
            {"label": _("Company"), "value": declaration.company.name},
            {"label": _("Policy"), "value": declaration.contract.policy_number},
            {"label": _("Date of the event"), "value": swiss_date(day)},
        ],
        "sections": [
            {
                "title": section.title,
                "answers": [
                    {"label": answer.label, "value": answer.value, "kind": answer.kind}
                    for answer in section.answers
                ]
                + _withheld(section),
            }
            for section in sections(declaration, user)
        ],
        "documents": {
            "title": _("Documents"),
            "empty": _("No documents yet."),
            "columns": {"name": _("Name"), "size": _("Size"), "hash": "SHA-256"},
            "rows": _documents(declaration, user),
        },
        "next_step": {"title": _("What happens next"), "text": next_step(declaration, user)},
        "contacts": {"title": _("Your contacts"), "people": _contacts(declaration)},
        "proof": {
            "title": _("Proof"),
            "text": _(
                "The hash is the fingerprint of everything that was sent. It changes with every letter. The proof, "
                "a file beside this receipt in the portal, shows without the portal that the activity log holds it."
            ),
            "rows": [
                {"label": _("SHA-256 of the content"), "value": declaration.content_sha256},
                *_entry(declaration),
                {"label": _("Printed"), "value": swiss_datetime(timezone.now())},
            ],
        },
    }


def proof_of(declaration: Declaration, user: Any) -> dict[str, Any] | None:
    """The proof that the audit trail holds this sending, for a file; None until it is sealed, within a minute.

    Whoever may read all of it finds the content as it was hashed in the proof.
    """
    proof = proofs.proof_of(SENDING, declaration)
    if proof is not None and reads_sealed(user, declaration) and knows_closely(user, declaration.person):
        sent = Report.unrestricted.filter(
            claim_file=declaration.claim_file_id, sha256=declaration.content_sha256
        )
        proof["report"] = sent.values_list("content", flat=True).first()
    return proof


def position_of(declaration: Declaration) -> proofs.Position | None:
    """Where in the audit trail the sending stands."""
    return proofs.position_of(SENDING, declaration)


def _entry(declaration: Declaration) -> list[dict[str, str]]:
    position = position_of(declaration)
    return [{"label": _("Entry in the activity log"), "value": number(position.line)}] if position else []


def next_step(declaration: Declaration, user: Any) -> str:
    """What comes next and by when, in a sentence or two."""
    claim = declaration.claim_file
    if claim.state != claim.State.RECEIVED:
        return _("The insurer is working on the case. The claim file shows its current state.")
    now = standing(claim, [], papers.side_of(user, declaration.folder))
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


def _documents(declaration: Declaration, user: Any) -> list[dict[str, str]]:
    inside = papers.contents(declaration.folder, user)
    rows = [(each.name, each.size, each.sha256) for each in inside.documents]
    rows += [(_("Handed over to the insurer"), each.size, each.sha256) for each in inside.receipts]
    return [{"name": name, "size": bytes_size(size), "sha256": sha256} for name, size, sha256 in rows]


def _contacts(declaration: Declaration) -> list[dict[str, Any]]:
    claim, company, brand = declaration.claim_file, declaration.company, settings.BRAND
    health = claim.health_manager or company.health_manager
    people = [(_("health manager"), health), (_("contract manager"), company.contract_manager)]
    return [
        {"role": role, "name": each.name, "lines": [each.phone or brand["hotline"], each.email]}
        for role, each in people
        if each is not None
    ]
