"""The first row of a table that people bring: its headings are understood in all four languages, in any order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from core.text import fold


def bare(word: str) -> str:
    """A heading, role or language as it is compared: without case, accents, hyphens and blanks."""
    return re.sub(r"[^a-z0-9]", "", fold(word))


def in_each_language(words: Callable[[], Any]) -> Iterator[str]:
    """What `words` gives, once in each language of the portal."""
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            yield str(words())


def understood(labels: Mapping[str, Any]) -> dict[str, str]:
    """The keys of `labels` by what people may write for them: the key, or its label in any language."""
    return {
        bare(word): key
        for key, label in labels.items()
        for word in (key, *in_each_language(lambda label=label: label))
    }


def languages() -> dict[str, str]:
    """The codes of the portal's languages by what people may write for them."""
    return {
        bare(word): code
        for code, name in settings.LANGUAGES
        for word in (
            code,
            name,
            *in_each_language(lambda code=code: get_language_info(code)["name_translated"]),
        )
    }


def find_columns(
    heading: Sequence[str],
    labels: Mapping[str, Any],
    needed: Iterable[str],
    extra: Mapping[str, Any] | None = None,
) -> tuple[list[str], list[str]]:
    """For each word of a heading the name of its column, empty for one that is not read; and the words nobody knows.

    `extra` are columns that are known but not read. Raises ValidationError where a needed column is missing or one
    is there twice.
    """
    known = understood(labels)
    columns = [known.get(bare(word), "") for word in heading]
    named = [name for name in columns if name]
    if missing := [str(labels[name]) for name in needed if name not in named]:
        raise ValidationError(
            _("These columns are missing in the first row: %(columns)s. Start from the template.")
            % {"columns": ", ".join(missing)}
        )
    if len(set(named)) < len(named):
        raise ValidationError(_("A column is there twice. Start from the template."))
    unread = understood(extra or {})
    return columns, [
        word
        for word, name in zip(heading, columns, strict=True)
        if word and not name and bare(word) not in unread
    ]
