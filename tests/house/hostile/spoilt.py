"""Hostile texts, and what the tests with them share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import transaction
from django.test import Client

from tests.house.shares import WHOLE, turn
from tests.house.test_doors import lines

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
WORKERS = ("hugo", "nadia", "claire", "reto", "pauline", "sacha")
TEXTS = {
    "nul": "a\x00b",
    "long": "x" * 25_000,
    "digits": "9" * 5000,
    "signs": "'\"><%s%(x)s{0}{{7*7}}\\\r\nSet-Cookie: a=b\u202e\ufeff🦊",
    "date": "31.12.9999",
    "none": "",
}
VALUES: dict[str, Any] = {
    **TEXTS,
    "half": "\ud800",
    "null": None,
    "huge": 10**40,
    "small": -(10**40),
    "float": 1e308,
    "true": True,
    "list": [[], {}, None, "\x00"],
    "dict": {"a": {"b": []}, "\x00": 1},
}


def some(values: Iterable[Any], place: str) -> list[Any]:
    """In an ordinary run every eighth value, others from place to place; all of them in `make torture`."""
    every = list(values)
    return every if WHOLE else every[turn(place, of=8) :: 8]


@contextmanager
def undone(browser: Client | None = None) -> Any:
    """What happens in here leaves no trace: not in the database, not in the browser's cookies."""
    kept = browser.cookies.copy() if browser else None
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    if browser:
        browser.cookies = kept


@cache
def _promised() -> dict[str, dict[str, set[str]]]:
    """How a look at each address may end for everybody, by the table of doors."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (name, _subject, method), outcomes in lines().items():
        for who, word in outcomes.items() if method == "GET" else ():
            found[name][who].add(word)
    return found


def may_end(who: str, name: str, *words: str) -> bool:
    """Whether a look at the address `name` can end for somebody in one of these ways."""
    return not _promised()[name][who].isdisjoint(words)


def lists(ids: dict[str, Any]) -> dict[str, list[Any]]:
    """The ids of a scene as `addresses` takes them."""
    return {kind: [value] for kind, value in ids.items()} | {"document": [ids["document"], ids["medical"]]}
