"""Statements for the payroll program: a row for each line with its wage type, as CSV, XLSX or JSON.

Always the employer's copy, whoever takes it along.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from claims_files.statements import copies, reading
from claims_files.statements.models import Statement, StatementLine
from core.errors import NotNow
from core.parameters import value_on
from core.tables import CONTENT_TYPES, table_answer, table_file
from core.text import number
from permissions.audit import record
from permissions.policy import require_somewhere, visible_to

RIGHT = "statement.payroll"
JSON = "json"
KINDS = (*CONTENT_TYPES, JSON)
# More are narrowed by day or company first.
MOST = 2_000
CHUNK = 200
COLUMNS = ("company", "insured_number", "person", "statement", "corrects", "issued_on", "claim", "begin", "end", "days",
           "degree", "rate", "amount", "kind", "wage_type", "subject_to_ahv", "payee", "line", "paid_on")  # fmt: skip


@transaction.atomic
def export(rows: QuerySet[Statement], kind: str, *, by: Any) -> HttpResponse:
    """The issued ones of `rows` whose payroll `by` keeps, the oldest first. Raises NotAllowed, NotNow for too many."""
    require_somewhere(by, RIGHT)
    found = visible_to(by, RIGHT, rows.filter(phase=Statement.State.ISSUED))
    keys = list(found.order_by("issued_at", "id").values_list("pk", "company_id")[: MOST + 1])
    if len(keys) > MOST:
        raise NotNow(
            _("A file holds at most %(most)s statements. Narrow the list by day or company first.")
            % {"most": number(MOST)}
        )
    companies = {company for _key, company in keys}
    only = reading.company_of(companies)
    record(by, "statement.exported", only, statements=len(keys), kind=kind)
    lines = list(_rows([key for key, _company in keys], companies))
    name = _("benefit-statements")
    if kind == JSON:
        return _json(lines, name)
    heading = [str(word) for word in _heading()]
    cells = [[line[column] for column in COLUMNS] for line in lines]
    return table_answer(table_file(kind, _("Benefit statements"), heading, cells), kind, name)


def _rows(keys: list[Any], companies: set[Any]) -> Iterator[dict[str, Any]]:
    codes = reading.wage_types(companies)
    free = value_on("payroll.allowances_ahv_free", timezone.localdate())
    lines = Prefetch("lines", StatementLine.unrestricted.select_related("reverses").order_by("position"))
    for start in range(0, len(keys), CHUNK):
        chosen = reading.everything().filter(pk__in=keys[start : start + CHUNK]).prefetch_related(lines)
        for statement in chosen.order_by("issued_at", "id"):
            copy = copies.copy_of(statement, list(statement.lines.all()), copies.EMPLOYER)
            branch = statement.parties["branch"]
            for place, line in enumerate(copy.lines, start=1):
                if not line.amount:
                    continue
                kind = branch if line.kind == StatementLine.Kind.ALLOWANCE else line.kind
                code = codes[statement.company_id].get(kind, "")
                # With the statement's number the line is known again, however often it is taken along.
                yield _row(copy, line, code, branch not in free) | {"line": place}


def _row(copy: copies.Copy, line: copies.CopyLine, wage_type: str, subject: bool) -> dict[str, Any]:
    statement = copy.statement
    sign = -1 if line.taken_back else 1
    return {
        "company": statement.parties["company"],
        "insured_number": statement.parties["insured_number"],
        "person": statement.parties["person"],
        "statement": statement.number,
        "corrects": copy.corrects,
        "issued_on": timezone.localdate(statement.issued_at),
        "claim": statement.parties["claim"],
        "begin": line.begin or statement.begin,
        "end": line.end or statement.end,
        # Taken back days count below zero, so that a column adds up.
        "days": line.days and sign * line.days,
        "degree": line.degree,
        "rate": line.rate,
        "amount": line.amount,
        "kind": line.kind,
        "wage_type": wage_type,
        "subject_to_ahv": subject,
        "payee": statement.payee,
        "paid_on": statement.payment_date,
    }


def _heading() -> list[Any]:
    return [
        _("Company"),
        _("Insured number"),
        _("Insured person"),
        _("Statement number"),
        _("Corrects"),
        _("Issued on"),
        _("Claim number"),
        _("From"),
        _("To"),
        _("Days"),
        _("Degree in percent"),
        _("Amount of a day"),
        _("Amount"),
        _("Kind"),
        _("Wage type"),
        _("Subject to AHV"),
        _("Paid to"),
        _("Line"),
        _("Payment date"),
    ]


class _Encoder(DjangoJSONEncoder):
    """Amounts as text with their centimes: a program must not read them as binary fractions."""

    def default(self, value: Any) -> Any:
        return str(value) if isinstance(value, Decimal) else super().default(value)


def _json(lines: list[dict[str, Any]], name: str) -> HttpResponse:
    body = json.dumps({"currency": "CHF", "lines": lines}, cls=_Encoder, ensure_ascii=False)
    day = timezone.localdate().isoformat()
    return HttpResponse(
        body,
        content_type="application/json; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(True, f"{name}-{day}.json"),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store, private",
        },
    )
