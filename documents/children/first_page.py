"""Looks for words on the first page of a PDF.

Asked by `documents.medical`: `<words as JSON>`; answers how many of the words stand there, and nothing of the text.
"""

import json
import re
import sys
import unicodedata

MOST_CHARACTERS = 20_000


def prepare(arguments: list[str]) -> None:
    """The library, and how it writes letters."""
    import pypdfium2  # noqa: F401

    "a".encode("utf-16-le").decode("utf-16-le")


def plain(text: str) -> str:
    """Small letters and digits without accents, everything else a space."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in text if not unicodedata.combining(c)))


def main(arguments: list[str], data: bytes) -> None:
    """Answer with a number."""
    import pypdfium2

    words = json.loads(arguments[0])
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    characters = min(page.count_chars(), MOST_CHARACTERS)
    text = plain(page.get_text_range(0, characters)) if characters else ""
    sys.stdout.write(str(sum(f" {word}" in f" {text}" for word in words)))
