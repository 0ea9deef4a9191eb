"""The contract confirmation: what somebody is insured for through his employer, with his user name; no secret."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import pdf
from core.text import percent, swiss_date
from users.models import User


def pdf_of(user: User, person: Any) -> bytes:
    """The paper for an insured person with an account, in the language of the page. Raises core.pdf.PdfError."""
    return pdf.render("contract_confirmation", paper_of(user, person), get_language() or "fr")


def file_name(user: User) -> str:
    """The name under which the paper is saved; no person's name: it lands in shared folders."""
    return f"{user.identifier}.pdf"


def paper_of(user: User, person: Any) -> dict[str, Any]:
    """The data of `templates/pdf/contract_confirmation.typ` in the active language."""
    brand = settings.BRAND
    title = _("Contract confirmation")
    return {
        "insurer": pdf.letterhead(),
        "labels": {"page": _("Page {page} of {pages}"), "header": f"{title} {user.identifier}"},
        "title": title,
        "date": f"{brand['town']}, {swiss_date(timezone.localdate())}",
        "lead": _("We confirm that this person is insured with us through the employer as follows."),
        "identifier": {"label": _("User name"), "value": user.identifier},
        "facts": [
            {"label": label, "value": value}
            for label, value in (
                (_("Name"), person.name),
                (_("Date of birth"), swiss_date(person.birth_date)),
                (_("Insured number"), person.insured_number),
                (_("Employer"), person.company.name),
                (_("Begin of employment"), swiss_date(person.employment_begin)),
                (_("End of employment"), swiss_date(person.employment_end) if person.employment_end else ""),
            )
            if value
        ],
        "contracts": {
            "title": _("Insurance contracts of the employer"),
            "empty": _("At present no contract is in force."),
            "columns": [_("Insurance"), _("Policy"), _("In force since"), _("Waiting period"), _("Benefit")],
            "rows": [_row(contract) for contract in _in_force(person)],
        },
        "closing": [
            _(
                "The benefits follow from the policy and the general conditions of insurance. This confirmation does not change them."
            ),
            _("You sign in to %(portal)s with the user name above. Nobody from us asks you for a password.")
            % {"portal": brand["name"]},
            _("Questions? Call us: %(phone)s.") % {"phone": brand["hotline"]},
        ],
    }


def _in_force(person: Any) -> list[Any]:
    """The contracts of the employer that cover today, or the person's last day there."""
    today = timezone.localdate()
    day = min(today, person.employment_end or today)
    rows: Any = apps.get_model("companies.Contract").unrestricted.filter(company=person.company_id)
    return [row for row in rows.order_by("branch", "policy_number") if row.in_force(day)]


def _row(contract: Any) -> list[str]:
    days = contract.waiting_days
    return [
        contract.get_branch_display(),
        contract.policy_number,
        swiss_date(contract.begin),
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days},
        percent(contract.benefit_rate.normalize()),
    ]
