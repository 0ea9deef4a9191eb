"""The filter language of SCIM (RFC 7644, 3.4.2.2) and the paths of its PATCH (3.5.2): read, and asked of a resource.

Resources are what the protocol shows: dictionaries. Names of attributes and operators are read in any case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

MOST_CHARACTERS = 2000
DEEPEST = 20
# Compared letter by letter; all other text regardless of case (RFC 7643, 4.1).
EXACT = {"id", "externalid", "$ref", "location"}
_TIMES = {"created", "lastmodified"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()\[\]])
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<number>-?\d+(?:\.\d+)?(?![\w.:-]))
    |(?P<word>\.?[A-Za-z$][\w$.:\-]*))""",
    re.VERBOSE,
)
_URN = re.compile(r"urn:ietf:params:scim:schemas:core:2\.0:(user|group):", re.IGNORECASE)
_OPERATORS = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}


class Unreadable(ValueError):
    """Not an expression of the language."""


@dataclass(frozen=True)
class Compare:
    """`path operator value`; `pr` has no value."""

    path: tuple[str, ...]
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Within:
    """`path[filter]`: one and the same element fulfils the filter."""

    path: tuple[str, ...]
    inner: Any


@dataclass(frozen=True)
class Joined:
    """`and` and `or`."""

    word: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Negated:
    """`not (…)`."""

    part: Any


@dataclass(frozen=True)
class Path:
    """Where a PATCH acts: an attribute, of it those elements that fulfil `inner`, of these a sub-attribute."""

    name: str
    inner: Any = None
    sub: str = ""


def parse(text: str) -> Any:
    """A filter as a tree of the classes above. Raises Unreadable."""
    reader = _Reader(text)
    tree = reader.alternatives(0)
    reader.end()
    return tree


def parse_path(text: str) -> Path:
    """The path of a PATCH operation. Raises Unreadable."""
    reader = _Reader(text)
    names = reader.attribute()
    if reader.peek() != ("mark", "["):
        reader.end()
        if len(names) > 2:
            raise Unreadable(text)
        return Path(names[0], sub=names[1] if len(names) == 2 else "")
    reader.take()
    inner = reader.alternatives(1)
    reader.expect("]")
    sub = ""
    kind, word = reader.peek()
    if kind == "word" and word.startswith("."):
        reader.take()
        sub = word[1:]
    reader.end()
    if len(names) != 1 or "." in sub:
        raise Unreadable(text)
    return Path(names[0], inner, sub)


class _Reader:
    """A filter or path, read from left to right."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise Unreadable("too long")
        self.tokens: list[tuple[str, str]] = []
        place = 0
        text = text.strip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise Unreadable(text)
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()
        self.place = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.place += 1
        return token

    def expect(self, mark: str) -> None:
        if self.take() != ("mark", mark):
            raise Unreadable(f"{mark} expected")

    def end(self) -> None:
        if self.peek()[0] != "end":
            raise Unreadable(f"unexpected {self.peek()[1]}")

    def word(self) -> str:
        kind, text = self.peek()
        return text.lower() if kind == "word" else ""

    def alternatives(self, depth: int) -> Any:
        return self._joined("or", lambda: self._joined("and", lambda: self._single(depth)))

    def _joined(self, word: str, part: Callable[[], Any]) -> Any:
        parts = [part()]
        while self.word() == word:
            self.take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _single(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise Unreadable("too deep")
        negated = self.word() == "not"
        if negated:
            self.take()
        if self.peek() == ("mark", "("):
            self.take()
            inner = self.alternatives(depth + 1)
            self.expect(")")
            return Negated(inner) if negated else inner
        if negated:
            raise Unreadable("( expected")
        return self._compared(depth)

    def _compared(self, depth: int) -> Any:
        path = self.attribute()
        if self.peek() == ("mark", "["):
            self.take()
            inner = self.alternatives(depth + 1)
            self.expect("]")
            return Within(path, inner)
        operator = self.word()
        self.take()
        if operator == "pr":
            return Compare(path, operator)
        if operator not in _OPERATORS:
            raise Unreadable(f"unknown operator {operator}")
        return Compare(path, operator, self._value(operator))

    def attribute(self) -> tuple[str, ...]:
        """The names of a path, in small letters, without the address of a schema."""
        kind, text = self.take()
        text = _URN.sub("", text) if kind == "word" else ""
        names = tuple(text.lower().split("."))
        if ":" in text or not all(names):
            raise Unreadable("attribute expected")
        return names

    def _value(self, operator: str) -> Any:
        kind, text = self.take()
        if kind == "text":
            try:
                return json.loads(text)
            except ValueError as error:
                raise Unreadable(text) from error
        if kind == "number":
            return json.loads(text)
        words: dict[str, Any] = {"true": True, "false": False, "null": None}
        if kind != "word" or text not in words or operator not in {"eq", "ne"}:
            raise Unreadable("value expected")
        return words[text]


# --- Asking -----------------------------------------------------------------------------------------


def matches(tree: Any, resource: Any) -> bool:
    """Whether a resource (or an element of one of its attributes) fulfils a filter."""
    if isinstance(tree, Joined):
        parts = (matches(part, resource) for part in tree.parts)
        return all(parts) if tree.word == "and" else any(parts)
    if isinstance(tree, Negated):
        return not matches(tree.part, resource)
    if isinstance(tree, Within):
        return any(matches(tree.inner, each) for each in elements(resource, tree.path))
    return _compare(tree, resource)


def elements(resource: Any, path: tuple[str, ...]) -> list[Any]:
    """What stands at a path, the elements of lists one by one; nothing where there is nothing."""
    found = [resource]
    for name in path:
        inner = [member(each, name) for each in found if isinstance(each, dict)]
        found = [
            value
            for each in inner
            for value in (each if isinstance(each, list) else [each])
            if value not in (None, "")
        ]
    return found


def member(resource: dict[str, Any], name: str) -> Any:
    """The value of an attribute, its name in any case."""
    return next((value for key, value in resource.items() if key.lower() == name.lower()), None)


def _compare(tree: Compare, resource: Any) -> bool:
    found = elements(resource, tree.path)
    if tree.operator == "pr":
        return bool(found)
    # An attribute with parts stands for its value (RFC 7644, 3.4.2.2: `emails co "example.com"`).
    values = [member(each, "value") if isinstance(each, dict) else each for each in found]
    name = tree.path[-1]
    if tree.operator == "ne":
        return not any(_holds("eq", value, tree.value, name) for value in values) and (
            tree.value is not None or bool(values)
        )
    if tree.value is None:
        return not values
    return any(_holds(tree.operator, value, tree.value, name) for value in values)


def _holds(operator: str, found: Any, wanted: Any, name: str) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return operator == "eq" and found is wanted
    if name in _TIMES and operator not in {"co", "sw", "ew"}:
        found, wanted = _moment(found), _moment(wanted)
        if found is None or wanted is None:
            return False
    elif isinstance(found, str) and isinstance(wanted, str):
        if name not in EXACT:
            found, wanted = found.casefold(), wanted.casefold()
        if operator in {"co", "sw", "ew"}:
            return {"co": wanted in found, "sw": found.startswith(wanted), "ew": found.endswith(wanted)}[
                operator
            ]
    if type(found) is not type(wanted):
        return False
    return {
        "eq": lambda: found == wanted,
        "gt": lambda: found > wanted,
        "ge": lambda: found >= wanted,
        "lt": lambda: found < wanted,
        "le": lambda: found <= wanted,
    }.get(operator, lambda: False)()


def _moment(value: Any) -> datetime | None:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
