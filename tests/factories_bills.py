"""Small makers of bills for tests; their papers are real and encrypted."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from claims_files.bills import services
from claims_files.models import Bill
from documents import intake
from tests import papers

_running = iter(range(1, 1_000_000))


def scan(name: str = "bill.pdf", data: bytes | None = None) -> SimpleUploadedFile:
    """A paper that stands nowhere else, as a form hands it over."""
    return SimpleUploadedFile(name, data or papers.text_pdf("Bill", str(next(_running))))


def examined(*files: SimpleUploadedFile) -> ExitStack:
    """Within this block the examiner, which has tests of its own, knows these papers: one page each."""
    known = {}
    for file in files:
        data = file.read()
        file.seek(0)
        known[data] = (hashlib.sha256(data).hexdigest(), 1)
    stack = ExitStack()
    stack.enter_context(intake.examined_once(known))
    return stack


def send_bill(by: Any, *, claim: Any = None, contract: Any = None, **given: Any) -> Bill:
    """A doctor's bill of 480.50 francs from a week ago, for a claim file or a contract."""
    files = given.pop("files", None) or [scan()]
    values = {
        "kind": "doctor",
        "amount": Decimal("480.50"),
        "currency": "CHF",
        "provider": "Cabinet Dr Roux",
        "date": timezone.localdate() - timedelta(days=7),
        "paid_already": True,
        **given,
    }
    with examined(*files):
        return services.submit(
            claim_id=claim and claim.pk, contract_id=contract and contract.pk, files=files, by=by, **values
        )
