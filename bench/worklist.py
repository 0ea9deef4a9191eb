"""The insurer's worklist at a thousand and at a million claim files: every view, the deadlines, a claim file.

Two health managers look: one of all companies, one whose portfolio are two hundred, with half of all cases. Deadlines
lie on the cases of the last half year that are not closed, from ten days ago to a year ahead. Prints a table; misses: a
page that takes more than half as long again at a million as at a thousand, and 20 ms more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from bench import data, measure
from claims_files.filters import VIEWS
from claims_files.models import ClaimFile, Deadline
from companies.models import Company
from permissions.ledger import StaffRole
from users.models import User

SIZES = (1_000, 1_000_000)
ROUNDS = 15
# Of a page at a thousand; and how many ms more are no growth to speak of.
MOST, LITTLE = 1.5, 20


def run(case: str) -> tuple[dict[str, Any], list[str]]:
    """Fill a database of each size, look at every page in turn, and say which has grown too much."""
    settings.ALLOWED_HOSTS = ["testserver"]
    times: dict[tuple[str, int], list[float]] = {}
    visits: dict[tuple[str, int], Callable[[], None]] = {}
    for rows in SIZES:
        _provide(rows)
        visits |= {(name, rows): visit for name, visit in _visits().items()}
    for _round in range(ROUNDS):
        for (name, rows), visit in visits.items():
            measure.use(f"{case}_{rows}")
            begin = time.perf_counter()
            visit()
            times.setdefault((name, rows), []).append((time.perf_counter() - begin) * 1000)
    middle = {key: round(median(found), 1) for key, found in times.items()}
    small, large = SIZES
    missed = [
        f"missed: {name}: the page grew from {middle[name, small]} to {middle[name, large]} ms"
        for name in dict.fromkeys(name for name, _rows in visits)
        if middle[name, large] > max(MOST * middle[name, small], middle[name, small] + LITTLE)
    ]
    pages = {name: (middle[name, small], middle[name, large]) for name, rows in visits if rows == large}
    return {"case": case, "pages_ms": pages}, missed


def drop(case: str) -> None:
    """Leave no database behind."""
    measure.leave()
    with connection.cursor() as cursor:
        for rows in SIZES:
            cursor.execute(f'drop database if exists "{measure.database(f"{case}_{rows}")}" with (force)')


def _provide(rows: int) -> None:
    name = measure.database(f"worklist_{rows}")
    measure.leave()
    with connection.cursor() as cursor:
        cursor.execute(f'drop database if exists "{name}" with (force)')
        cursor.execute(f'create database "{name}"')
    measure.use(f"worklist_{rows}")
    call_command("migrate", verbosity=0)
    data.fill(rows)
    _portfolio()
    _deadlines()


def _portfolio() -> None:
    manager = User.objects.create(
        email="portfolio@bench.example",
        identifier="EP99999999",
        first_name="P",
        last_name="Bench",
        language="en",
    )
    StaffRole.objects.create(user=manager, preset="health_manager")
    keys = [data.key("company", number) for number in range(data.FIDUCIARY)]
    Company.unrestricted.filter(pk__in=keys).update(health_manager=manager)


def _deadlines() -> None:
    """Two for each such case, spread by chance; and contact of late in three of four claim files that are not closed."""
    deadline, claim = Deadline._meta.db_table, ClaimFile._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("select setseed(0.5)")
        for rule, audience, spread in (("certificate", "person", 60), ("benefit_end", "all", 400)):
            cursor.execute(
                f"insert into {deadline} (id, created, claim_file_id, company_id, site_id, contract_id, person_id,"
                " rule, owner, audience, day, source, remind_on)"
                " select gen_random_uuid(), created, id, company_id, site_id, contract_id, person_id, %s, 'person', %s,"
                " day, 'S', day - 7 from (select *, current_date - 10 + (random() * %s)::int as day"
                f" from {claim} where state not in ('closed', 'declined') and created > current_date - 180) found",
                [rule, audience, spread],
            )
        cursor.execute(
            f"update {claim} set last_activity = now() - random() * interval '12 days'"
            " where state <> 'closed' and random() < 0.75"
        )
        cursor.execute("vacuum (analyze)")


def _visits() -> dict[str, Callable[[], None]]:
    found = {}
    for who in ("health-manager", "portfolio"):
        user = data.user(who)
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
        browser = Client()
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        claim = reverse("claims_files:detail", args=[data.key("claim", data.DORMANT)])
        paths = {
            "worklist": reverse("claims_files:list"),
            **{f"view {view}": f"{reverse('claims_files:list')}?view={view}" for view, _label in VIEWS},
            "deadlines": reverse("claims_files:deadlines"),
            "deadlines overdue": f"{reverse('claims_files:deadlines')}?when=overdue",
            "deadlines mine": f"{reverse('claims_files:deadlines')}?mine=on",
            "portfolio": reverse("claims_files:portfolio"),
            "claim file": claim,
        }
        for name, path in paths.items():
            found[f"{who}: {name}"] = _visit(browser, path)
            found[f"{who}: {name}"]()
    return found


def _visit(browser: Client, path: str) -> Callable[[], None]:
    def visit() -> None:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    return visit
