"""Looks for words on the first page of a PDF, in a process of its own.

Run as a script by `medical.py`: `python -I first_page.py <words as JSON>`, the file on standard input; on standard
output how many of the words stand there, and nothing of the text. It imports nothing of the portal.
"""

import json
import re
import resource
import signal
import sys
import unicodedata

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 5
WALL_SECONDS = 10
MOST_CHARACTERS = 20_000


def limit() -> None:
    """Bind this process: memory, processor time, no written files, an end in any case."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(WALL_SECONDS)


def plain(text: str) -> str:
    """Small letters and digits without accents, everything else a space."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in text if not unicodedata.combining(c)))


def main() -> None:
    """Read the file, then answer with a number."""
    limit()
    import pypdfium2

    words = json.loads(sys.argv[1])
    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    page = document[0].get_textpage()
    characters = min(page.count_chars(), MOST_CHARACTERS)
    text = plain(page.get_text_range(0, characters)) if characters else ""
    sys.stdout.write(str(sum(f" {word}" in f" {text}" for word in words)))


if __name__ == "__main__":
    main()
