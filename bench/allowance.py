"""How many cases a minute the allowance engine reckons on one core, explanations included."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from claims_files.allowance import (
    Accident,
    Household,
    Illness,
    Maternity,
    OtherParent,
    Stay,
    Waiting,
    accident_allowance,
    by_kvg,
    earnings,
    maternity_allowance,
    other_parent_allowance,
    policy_on,
    sickness_allowance,
)
from claims_files.course import DAY, Days
from core.dated import Values
from core.parameters import LAW

CASES = 20_000
# Cases a minute and core, the slowest kind too.
AIM = 100_000


def run(case: str) -> tuple[dict[str, Any], list[str]]:
    """Measure each kind in time of the processor; the figures, and the aims that are missed."""
    law = Values(rule.dated() for rule in LAW)
    by_chance = random.Random(0)
    kinds: dict[str, Callable[[], Callable[[], Any]]] = {
        "accident": lambda: _accident(by_chance, law),
        "illness": lambda: _illness(by_chance, law),
        "illness, 720 in 900 days": lambda: _illness(by_chance, law, within_window=True),
        "maternity": lambda: _maternity(by_chance, law),
        "other parent": lambda: _other_parent(by_chance, law),
    }
    speeds = {}
    for name, make in kinds.items():
        acts = [make() for _number in range(CASES)]
        begin = time.process_time()
        for act in acts:
            act()
        speeds[name] = round(CASES / (time.process_time() - begin) * 60)
    missed = [
        f"missed: {case}: {name}: {speed:,} cases a minute, aimed at {AIM:,}"
        for name, speed in speeds.items()
        if speed < AIM
    ]
    return {"case": case, "cases": CASES, "cases_a_minute": speeds}, missed


def _begin(by_chance: random.Random) -> date:
    return date(2024, 1, 1) + timedelta(days=by_chance.randrange(700))


def _course(by_chance: random.Random, begin: date) -> list[Days]:
    """Back to work in up to five steps, half a year in all at most."""
    rows = []
    for degree in sorted(by_chance.sample([100, 80, 60, 50, 40, 20], by_chance.randint(1, 5)), reverse=True):
        end = begin + timedelta(days=by_chance.randint(0, 35))
        rows.append(Days(begin, end, degree))
        begin = end + DAY
    return rows


def _salary(by_chance: random.Random) -> Any:
    month = Decimal(by_chance.randrange(300_000, 1_500_000)) / 100
    return earnings.by_month(month, child_allowance=Decimal(230), thirteenth=month)


def _accident(by_chance: random.Random, law: Values) -> Callable[[], Any]:
    day = _begin(by_chance)
    stays = [Stay(day, day + timedelta(days=by_chance.randint(0, 9)))]

    def act() -> Any:
        case = Accident(
            day, _salary(by_chance), rows, hospital=stays, household=by_chance.choice(list(Household))
        )
        return accident_allowance(case, law, day, rows[-1].end or day)

    rows = _course(by_chance, day)
    return act


def _illness(by_chance: random.Random, law: Values, *, within_window: bool = False) -> Callable[[], Any]:
    day = _begin(by_chance)
    rows = _course(by_chance, day)

    def act() -> Any:
        policy = policy_on(
            law,
            day,
            level=Decimal(80),
            waiting_days=by_chance.choice([0, 3, 14, 30]),
            waiting=by_chance.choice([Waiting.CASE, Waiting.CALENDAR_YEAR]),
            duration=by_kvg(law, day) if within_window else None,
        )
        case = Illness(_salary(by_chance), rows)
        return sickness_allowance(case, policy, day, rows[-1].end or day)

    return act


def _maternity(by_chance: random.Random, law: Values) -> Callable[[], Any]:
    day = _begin(by_chance)
    month = Decimal(by_chance.randrange(300_000, 1_500_000)) / 100
    case = Maternity(day, month, child_in_hospital=by_chance.choice([0, 20]))
    return lambda: maternity_allowance(case, law, day, day + timedelta(days=180))


def _other_parent(by_chance: random.Random, law: Values) -> Callable[[], Any]:
    day = _begin(by_chance)
    days = [day + timedelta(days=7 * number) for number in range(10)]
    month = Decimal(by_chance.randrange(300_000, 1_500_000)) / 100
    case = OtherParent(day, month, days=days)
    return lambda: other_parent_allowance(case, law, day, day + timedelta(days=180))
