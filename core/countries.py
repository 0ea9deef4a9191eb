"""Countries by their two letters (ISO 3166-1), with their names in the reader's language."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale
from django.utils.translation import get_language

from core.text import fold

HOME = "CH"
# Where most people live; they stand first in a list.
NEAR = ("CH", "LI", "DE", "FR", "IT", "AT")
# Two letters that the names' source has for other things than a country.
NO_COUNTRY = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@cache
def _names(language: str) -> dict[str, str]:
    # As it is written in Switzerland.
    territories = Locale.parse(f"{language[:2]}_CH").territories
    return {
        code: name
        for code, name in territories.items()
        if re.fullmatch(r"[A-Z]{2}", code) and code not in NO_COUNTRY
    }


def country_codes() -> frozenset[str]:
    """The letters of every country."""
    return frozenset(_names("en"))


def country_name(code: str) -> str:
    """The name in the reader's language; the letters themselves where they are no country."""
    return _names(get_language() or "en").get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """Letters and names for a list to choose from: the near ones first, the others by name."""
    names = _names(get_language() or "en")
    others = sorted(set(names) - set(NEAR), key=lambda code: fold(names[code]))
    return [(code, names[code]) for code in [*NEAR, *others]]
