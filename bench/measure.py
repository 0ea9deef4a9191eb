"""The rounds: every case at every size, one after the other, again and again; medians at the end."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from types import SimpleNamespace
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import data, floor
from claims_files import reading
from claims_files.filters import ClaimFilter
from permissions.newest import count_up_to, newest
from permissions.reach import remembered

FILTERED = "fiduciary-200-filtered"
CASES = ["hr", "fiduciary-200", "fiduciary-200-dormant", FILTERED, "dormant-20", "two-files", "employee",
         "no-right", "health-manager"]  # fmt: skip
FILTERS = {FILTERED: {"state": "accepted", "q": "keller"}}
PARTS = ("page", "api", "db", "floor", "guardian")


def use(rows: int | str) -> None:
    """Let the default connection speak to the database with so many claim files, or with the trail."""
    name = database(rows)
    if connection.settings_dict["NAME"] != name:
        # Each data set keeps its connection: interleaving must not measure connecting.
        kept[connection.settings_dict["NAME"]] = connections["default"]
        connections["default"] = kept.get(name) or connection.copy()
        connections["default"].settings_dict["NAME"] = name
        cache.clear()


def leave() -> None:
    """Close the connections to the data sets and come back to where the bench started."""
    for name, wrapper in {connection.settings_dict["NAME"]: connections["default"], **kept}.items():
        if name.startswith("portal_bench_"):
            wrapper.close()
        else:
            connections["default"] = wrapper
    kept.clear()


kept: dict[str, Any] = {}


def database(rows: int | str) -> str:
    """The name of the database with so many claim files, or with the trail."""
    return f"portal_bench_{rows}"


@dataclass
class Contestant:
    """One case at one size: what to call, and what it took so far, in ms."""

    case: str
    rows: int
    acts: dict[str, Callable[[], Any]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    queries: int = 0

    def prepare(self) -> None:
        """Sign in, call everything once, count the queries of the page, compare the counts of all ways."""
        use(self.rows)
        user = data.user("fiduciary-200" if self.case == FILTERED else self.case)
        asked = FILTERS.get(self.case, {})
        browser = Client()
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        request = SimpleNamespace(user=user)

        def db() -> int:
            # As in a request: what the person reaches is read once.
            with remembered():
                rows = reading.everything()
                if asked:
                    rows = ClaimFilter(asked, queryset=rows, request=request).qs
                newest(rows, user, "claim.view", limit=26)
                return count_up_to(rows, user, "claim.view")

        def visit(path: str) -> Callable[[], None]:
            def run() -> None:
                answer = browser.get(path, asked)
                assert answer.status_code == (200 if may_look else 403), answer.status_code

            return run

        may_look = self.case != "no-right"
        self.acts = {"db": db, "floor": floor.floor(self.case), "guardian": floor.guardian(self.case, user)}
        if may_look:
            self.acts["page"] = visit(reverse("claims_files:list"))
            self.acts["api"] = visit(reverse("claims_files:api-list"))
            self.acts["page"]()
            with CaptureQueriesContext(connection) as captured:
                self.acts["page"]()
            self.queries = len(captured)
            self.acts["api"]()
        counts = {name: self.acts[name]() for name in ("db", "floor", "guardian")}
        assert len(set(counts.values())) == 1, f"{self.case} at {self.rows}: {counts}"

    def round(self, parts: list[str]) -> None:
        """Measure each part once."""
        use(self.rows)
        for name in parts:
            if name in self.acts:
                begin = time.perf_counter()
                self.acts[name]()
                self.times[name].append((time.perf_counter() - begin) * 1000)

    def result(self) -> dict[str, Any]:
        """The medians, as written to the file."""
        middle = {name: round(median(self.times[name]), 2) if self.times[name] else None for name in PARTS}
        return {
            "case": self.case,
            "rows": self.rows,
            **{f"{name}_ms": middle[name] for name in ("page", "api", "db")},
            "queries": self.queries,
            **{f"{name}_ms": middle[name] for name in ("floor", "guardian")},
        }


def measure(
    cases: list[str], sizes: list[int], rounds: int, until: float, progress: Callable[[], None]
) -> list[dict[str, Any]]:
    """`rounds` rounds of everything; guardian's way, which may take seconds, gives way when time runs out."""
    settings.ALLOWED_HOSTS = ["testserver"]
    contestants = [Contestant(case, rows) for case in cases for rows in sizes]
    for each in contestants:
        each.prepare()
    gc.collect()
    gc.disable()
    for number in range(rounds):
        parts = [part for part in PARTS if part != "guardian" or number < 5 or time.monotonic() < until]
        for each in contestants:
            each.round(parts)
        progress()
    gc.enable()
    return [each.result() for each in contestants]
