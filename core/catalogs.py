"""Message catalogs without system tools: collect, compile and check what is said in four languages.

Texts are written in English; `locale/<language>/LC_MESSAGES/django.po` holds French, German and Italian.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "de", "it")
ROOMS = (
    "companies", "claims_files", "core", "correspondence", "declarations", "documents", "enterprise_portal",
    "finance", "permissions", "users",
)  # fmt: skip
KEYWORDS = {
    name: spec
    for names, spec in (
        (("_", "gettext", "gettext_lazy", "gettext_noop"), None),
        (("ngettext", "ngettext_lazy"), (1, 2)),
        (("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
        (("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
    )
    for name in names
}
CALL = re.compile(
    r"\b(gettext|ngettext|pgettext|npgettext|_)\(((?:\s*(?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|count)\s*,?)+)\)"
)
LITERAL = re.compile(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")

Message = tuple[str | tuple[str, str], str | None]


def catalog_path(language: str) -> Path:
    """Where a language's catalog is kept."""
    return BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po"


def collect() -> dict[tuple[str, str | None], tuple[str | tuple[str, str], set[str]]]:
    """Every text of the house: (singular, context) → (id or (singular, plural), where)."""
    found: dict[tuple[str, str | None], tuple[str | tuple[str, str], set[str]]] = {}
    for path, (message, context) in _all_messages():
        singular = message if isinstance(message, str) else message[0]
        kept, places = found.setdefault((singular, context), (message, set()))
        places.add(path)
        if isinstance(kept, str) and not isinstance(message, str):
            found[singular, context] = (message, places)
    return found


def _all_messages() -> Iterator[tuple[str, Message]]:
    for room in ROOMS:
        for path in sorted((BASE_DIR / room).rglob("*.py")):
            if "migrations" not in path.parts:
                where = str(path.relative_to(BASE_DIR))
                for message in _python_messages(path):
                    yield where, message
    for path in sorted((BASE_DIR / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            where = str(path.relative_to(BASE_DIR))
            for message in template_messages(path.read_text(encoding="utf-8"), where):
                yield where, message


def _python_messages(path: Path) -> Iterator[Message]:
    with path.open("rb") as source:
        for _line, function, texts, _comments in extract_python(
            source, list(KEYWORDS), [], {"encoding": "utf-8"}
        ):
            parts = [
                text for text in (texts if isinstance(texts, tuple) else (texts,)) if isinstance(text, str)
            ]
            if parts:
                yield _message(function, parts)


def template_messages(text: str, where: str = "") -> Iterator[Message]:
    """The texts of one template."""
    for call in CALL.finditer(templatize(text, origin=where)):
        parts = [ast.literal_eval(literal.group(1)) for literal in LITERAL.finditer(call.group(2))]
        if parts:
            yield _message(call.group(1), parts)


def _message(function: str, parts: list[str]) -> Message:
    context = None
    if "pgettext" in function and len(parts) > 1:
        context, *parts = parts
    if "ngettext" in function or "npgettext" in function:
        return ((parts[0], parts[1]) if len(parts) > 1 else parts[0]), context
    return parts[0], context


def load(language: str) -> Catalog:
    """The catalog of a language; empty if there is none yet."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def update(language: str) -> int:
    """Bring a catalog up to the sources: new texts come in empty, gone ones leave. Returns how many are empty."""
    old = load(language)
    new = Catalog(locale=language, charset="utf-8", project="Enterprise Portal", fuzzy=False)
    new.header_comment = "# Enterprise Portal"
    empty = 0
    for (singular, context), (message, places) in sorted(
        collect().items(), key=lambda item: (item[0][0], item[0][1] or "")
    ):
        known = old.get(singular, context)
        text = known.string if known is not None else ""
        if isinstance(message, tuple) and isinstance(text, str):
            text = (text, text)
        elif isinstance(message, str) and isinstance(text, tuple | list):
            text = text[0]
        if not (text if isinstance(text, str) else all(text)):
            empty += 1
        new.add(message, text, locations=[(place, 0) for place in sorted(places)], context=context)
    path = catalog_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=110, include_lineno=False, sort_output=True)
    return empty


def compile_all() -> None:
    """Write the compiled catalogs that Django reads, where they are older than their source."""
    for language in LANGUAGES:
        source = catalog_path(language)
        target = source.with_suffix(".mo")
        if source.exists() and (not target.exists() or target.stat().st_mtime < source.stat().st_mtime):
            with target.open("wb") as file:
                write_mo(file, load(language))


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")


def problems(language: str) -> list[str]:
    """What is wrong with a catalog: missing, gone or equal texts, placeholders lost. Empty if nothing is."""
    found = []
    catalog = load(language)
    texts = collect()
    equal = 0
    for (singular, context), (message, _places) in texts.items():
        known = catalog.get(singular, context)
        wanted = message if isinstance(message, tuple) else (message,)
        given = known.string if known is not None else ""
        given = given if isinstance(given, tuple | list) else (given,)
        if not all(given) or (len(wanted) > 1 and len(given) < 2):
            found.append(f"not translated: {singular!r}")
            continue
        # A singular may leave its number out; nothing else may be lost or invented.
        for source, text in zip(wanted, given, strict=False):
            lost = set(PLACEHOLDER.findall(source)) ^ set(PLACEHOLDER.findall(text))
            if lost and not (len(wanted) > 1 and source == wanted[0]):
                found.append(f"placeholders differ ({', '.join(sorted(lost))}): {singular!r}")
        letters = re.sub(r"[^A-Za-z]", "", PLACEHOLDER.sub("", singular))
        equal += bool(letters) and given[0] == singular
        if language == "de" and "ß" in "".join(given):
            found.append(f"ß is not written in Switzerland: {singular!r}")
    gone = [message.id for message in catalog if message.id and _key(message) not in texts]
    found += [f"no longer used: {text!r}" for text in gone]
    if texts and equal / len(texts) >= 0.03:
        found.append(f"{equal} of {len(texts)} texts equal their source: 3 % is the limit")
    return found


def _key(message: object) -> tuple[str, str | None]:
    text = message.id  # type: ignore[attr-defined]
    return (text if isinstance(text, str) else text[0]), message.context  # type: ignore[attr-defined]
