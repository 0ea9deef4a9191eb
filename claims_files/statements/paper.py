"""A copy of a statement on paper, in the language of its reader; printed again it is the same to the byte."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from claims_files.allowance.words import shown
from claims_files.statements import copies, reading
from claims_files.statements.models import Statement
from core import pdf
from core.text import chf, money, percent, phone, swiss_date


def language_of(statement: Statement, audience: str) -> str:
    """The company's language, or the person's."""
    return statement.person.language if audience == copies.PERSON else statement.company.language


def file_name(statement: Statement, audience: str) -> str:
    """The name under which it is saved; it names nobody."""
    with translation.override(language_of(statement, audience)):
        return f"{_('Benefit statement')} {statement.number}.pdf"


def pdf_of(statement: Statement, audience: str) -> bytes:
    """The paper of an issued statement."""
    language = language_of(statement, audience)
    with translation.override(language):
        copy = copies.copy_of(statement, reading.lines_of(statement), audience)
        return pdf.render("benefit_statement", data_of(copy), language, moment=statement.issued_at)


def data_of(copy: copies.Copy) -> dict[str, Any]:
    """The data of `templates/pdf/benefit_statement.typ` in the active language."""
    statement, insurer = copy.statement, pdf.letterhead()
    to_person = copy.audience == copies.PERSON
    return {
        "insurer": insurer,
        "labels": {"page": _("Page {page} of {pages}"), "header": f"{copy.title} {statement.number}"},
        "sender": " · ".join([insurer["name"], *pdf.insurer_address()]),
        "recipient": statement.parties["person_address" if to_person else "company_address"],
        "title": copy.title,
        "number": statement.number,
        "audience": _("Copy for the insured person") if to_person else _("Copy for the employer"),
        "facts": [{"label": label, "value": value} for label, value in facts_of(copy)],
        "notice": _("Takes back and replaces %(number)s.") % {"number": copy.corrects}
        if copy.corrects
        else "",
        "columns": [_("From"), _("To"), _("Days"), _("Degree"), _("Amount of a day"), _("Amount in CHF")],
        "lines": [_line(line) for line in copy.lines],
        "total": {"label": _("Total"), "amount": chf(statement.total)},
        "explained": {"title": _("How it was reckoned"), "rows": _explained(copy)},
        "closing": _closing(copy),
    }


def facts_of(copy: copies.Copy) -> list[tuple[str, str]]:
    """What stands above the lines, for page and paper."""
    statement, named = copy.statement, copy.statement.parties
    account = f" (•••• {copy.account_end})" if copy.account_end else ""
    found = [
        (_("Insured person"), named.get("person") or statement.person.name),
        (_("AHV number"), named.get("ahv") or statement.person.ahv_masked),
        (_("Claim number"), named.get("claim") or statement.claim_file.number),
        *([(_("Number at the insurer"), named["core_number"])] if named.get("core_number") else []),
        (
            _("Policy"),
            f"{named.get('policy') or statement.contract.policy_number} ({statement.contract.get_branch_display()})",
        ),
        (_("Period"), f"{swiss_date(statement.begin)} – {swiss_date(statement.end)}"),
        (_("Salary of a year"), chf(statement.annual_salary)),
        (_("Full daily allowance"), shown(copy.daily.value, copy.daily.unit)),
        (_("Paid to"), f"{copy.payee}{account}"),
    ]
    if statement.issued_at:
        found.append((_("Issued on"), swiss_date(statement.issued_at)))
    if statement.payment_date:
        found.append((_("Payment date"), swiss_date(statement.payment_date)))
    if copy.payment_reference:
        found.append((_("Reference of the payment"), copy.payment_reference))
    if statement.basis.get("ground") == reading.Ground.ADVANCE:
        found.append((_("Paid in advance"), _("The decision on the claim is still open.")))
    if statement.from_core:
        found.append((_("Reckoned by"), _("Core system of the insurer")))
    return found


def _line(line: copies.CopyLine) -> dict[str, Any]:
    label = f"{_('Reversed')}: {line.label}" if line.taken_back else line.label
    if line.codes:
        label = f"{label} ({', '.join(line.codes)})"
    return {
        "cells": [
            swiss_date(line.begin),
            swiss_date(line.end),
            "" if line.days is None else str(line.days),
            "" if line.degree is None else percent(line.degree),
            "" if line.rate is None else money(line.rate),
            money(line.amount),
        ],
        "label": f"{label} – {line.reason}" if line.reason else label,
    }


def _explained(copy: copies.Copy) -> list[dict[str, Any]]:
    found = copies.flattened(copy.daily_explained)
    for line in copy.lines:
        if line.explained is not None and line.amount:
            # What stands behind the full daily allowance is told above once.
            first, *behind = copies.flattened(line.explained)
            days = f"{swiss_date(line.begin)} – {swiss_date(line.end)}"
            found.append({**first, "name": f"{first['name']} {days}"})
            found += [row for row in behind if row["depth"] < 2]
    return found + [
        row for fact in copy.facts_explained for row in copies.flattened(fact) if not row["depth"]
    ]


def _closing(copy: copies.Copy) -> list[str]:
    named = copy.statement.parties
    manager = ", ".join(
        each for each in (named["manager"], phone(named["manager_phone"]), named["manager_email"]) if each
    )
    # Not within the braces of another text: what stands there is not found for translation.
    ask = _("Questions about this statement? %(manager)s (%(role)s)")
    found = [ask % {"manager": manager, "role": _("Health manager")}]
    if copy.remedy:
        found.append(f"{_('Legal remedy:')} {copy.remedy}")
    if copy.sha256:
        found.append(f"SHA-256: {copy.sha256}")
    return found
