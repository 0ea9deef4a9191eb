"""The audit trail at a million lines: sealing, verifying, finding forgeries, reading the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from bench import data
from bench.stopwatch import peak, timed
from permissions import sealing, verification
from permissions.ledger import StaffRole
from permissions.trail import AuditLine
from users.models import User

FEW, MANY = 100_000, 1_000_000
# Lines are told apart by what they speak of: the mix of a portal in use.
KINDS = (
    ("claim.opened", "claims_files.ClaimFile"),
    ("document.read", "documents.Document"),
    ("document.received", "documents.Document"),
    ("access.granted", "companies.Company"),
    ("user.signed_in", "users.User"),
    ("user.signed_in", "users.User"),
    ("declaration.part_saved", "declarations.Declaration"),
    ("person.edited", "companies.InsuredPerson"),
)
RARE = 100_003
READERS = ("administrator", "trail-manager", "superuser")
ROUNDS = 7
# Megabytes that verifying ten times as many lines may take more at its peak.
ALLOWED_GROWTH = 32
# Milliseconds for a page of the log, however many lines there are, in any narrowing.
ALLOWED_PAGE = 400


def run(name: str) -> tuple[dict[str, Any], list[str]]:
    """Measure in the empty database behind the default connection; (results, missed aims in words)."""
    with TemporaryDirectory() as folder:
        settings.AUDIT_ANCHOR_FILE = str(Path(folder) / "anchors.jsonl")
        call_command("migrate", verbosity=0)
        _people()
        result: dict[str, Any] = {"case": name, "lines": MANY}
        _fill(0, FEW)
        sealing.seal_pending()
        _verify()
        small = peak()
        _fill(FEW, MANY)
        with connection.cursor() as cursor:
            cursor.execute("vacuum (analyze)")
        result["sealed_per_second"] = round((MANY - FEW) / timed(sealing.seal_pending))
        found: list[str] = []
        seconds = timed(lambda: found.extend(_verify()))
        result["verified_per_second"] = round(MANY / seconds)
        result["peak_mb"], result["peak_mb_at_a_tenth"] = peak(), small
        result["forgeries"] = forgeries()
        result["pages_ms"] = pages()
    missed = [f"missed: {name}: an untouched trail gives {each}" for each in found[:3]]
    missed += [
        f"missed: {name}: {kind} was not found" for kind, where in result["forgeries"].items() if not where
    ]
    if result["peak_mb"] - small > ALLOWED_GROWTH:
        missed.append(f"missed: {name}: memory grew from {small} to {result['peak_mb']} MB")
    missed += [
        f"missed: {name}: {page} takes {ms} ms"
        for page, ms in result["pages_ms"].items()
        if ms > ALLOWED_PAGE
    ]
    return result, missed


def forgeries() -> dict[str, list[str]]:
    """One of each kind, each somewhere else: what verifying says of it. They are undone."""
    changed, removed, moved = MANY // 4, MANY // 2, 3 * MANY // 4
    table = AuditLine._meta.db_table
    columns = "at, event, actor, target_type, target, company, person, facts"
    statements = [
        f"update {table} set actor = gen_random_uuid() where id = {changed}",
        f"delete from {table} where id = {removed}",
        f"insert into {table} (id, {columns}) select -1, {columns} from {table} where id = {changed}",
        f"update {table} set id = -2 where id = {moved}",
        f"update {table} set id = {moved} where id = {moved + 1}",
        f"update {table} set id = {moved + 1} where id = -2",
    ]
    found = _forged(statements)
    places = {"changed": [changed], "removed": [removed], "inserted": [-1], "reordered": [moved, moved + 1]}
    return {
        kind: [each for each in found if any(f"line {number}:" in each for number in numbers)]
        for kind, numbers in places.items()
    }


class Undone(Exception):
    """Leaves a transaction without keeping it."""


def _forged(statements: list[str]) -> list[str]:
    found: list[str] = []
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # What the owner of the database can do: the triggers rest.
                cursor.execute("set local session_replication_role = replica")
                for statement in statements:
                    cursor.execute(statement)
            found = _verify()
            raise Undone
    except Undone:
        return found


def pages() -> dict[str, float]:
    """Medians, in ms, of the activity log as three people read it, in several narrowings."""
    settings.ALLOWED_HOSTS = ["testserver"]
    asked: dict[str, dict[str, str]] = {
        "all": {},
        "rare event": {"event": "trail.checked"},
        "kind": {"kind": "documents"},
        "kind without lines": {"kind": "invoices"},
        "person": {"person": "Administrator"},
        "day": {"since": "2026-10-01", "until": "2026-10-01"},
    }
    times: dict[str, float] = {}
    for reader in READERS:
        user = data.user(reader)
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
        browser = Client()
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for name, query in asked.items():
            runs = [timed(lambda: _look(browser, query)) * 1000 for _ in range(ROUNDS)]  # noqa: B023
            times[f"{reader}: {name}"] = round(median(runs[1:]), 1)
    return times


def _look(browser: Client, query: dict[str, str]) -> None:
    answer = browser.get(reverse("activity"), query)
    assert answer.status_code == 200, answer.status_code


def _verify() -> list[str]:
    anchors = list(sealing.read_anchors(Path(settings.AUDIT_ANCHOR_FILE)))
    return [str(finding) for finding in verification.verify(anchors)]


# --- The data -----------------------------------------------------------------------------------


def _people() -> None:
    """Companies, an administrator of the first one, a manager of the fiduciary's 200, the superuser."""
    data.people()
    data.companies()
    accounts = [
        User(
            id=data.key("reader", number),
            email=f"{name}@bench.example",
            identifier=f"EP9{number:07d}",
            first_name=name.title(),
            last_name="Bench",
            sort_key=f"{name} bench",
            language="en",
        )
        for number, name in enumerate(READERS)
    ]
    User.objects.bulk_create(accounts)
    administrator, manager, superuser = accounts
    data.grant(administrator, "administrator", [0], extra=["claim.view", "document.read_certificate"])
    StaffRole.objects.create(user=manager, preset="contract_manager")
    data.manage(manager, range(data.FIDUCIARY))
    StaffRole.objects.create(user=superuser, preset="superuser", all_companies=True)


def _fill(first: int, last: int) -> None:
    data.copy(AuditLine, _lines(first, last), without=("id", "transaction"))


def _lines(first: int, last: int) -> Iterator[dict[str, Any]]:
    companies = data.FIDUCIARY + data.DORMANT + data.OTHERS
    for number in range(first, last):
        event, kind = KINDS[number % len(KINDS)]
        # A tenth of all lines are the first company's: the largest customer.
        company = 0 if number % 10 == 0 else number % companies
        yield {
            "at": data.NOW - timedelta(seconds=MANY - number),
            "event": "trail.checked" if number % RARE == 1 else event,
            "actor": data.key("reader", 0) if number % RARE == 2 else data.key("actor", number % 5000),
            "target_type": kind,
            "target": data.key("target", number % 50_000),
            "company": None if kind == "users.User" else data.key("company", company),
            "facts": json.dumps({"user": data.key("actor", number % 5000), "number": number}),
        }
