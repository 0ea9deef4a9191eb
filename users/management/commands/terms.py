"""Terms of use and privacy notice: `manage.py terms publish|list`.

A text is a file `portal_terms.fr.md`: the document (`portal_terms`, `mailbox_terms`, `privacy_notice`), the language,
in it a title (“# …”) and paragraphs with “## ” for headings and “- ” for lists. All languages are published together.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from users import services
from users.models import TermsVersion


def default_files() -> list[Path]:
    """The texts that come with the portal; an insurer replaces them by his own."""
    return sorted((settings.BASE_DIR / "templates" / "terms").glob("*.md"))


class Command(BaseCommand):
    """Publish new versions of the terms, and list those that were published."""

    help = "Publish and list terms of use and the privacy notice."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        publish = acts.add_parser("publish", help="publish a new version of each document that is named")
        publish.add_argument("files", nargs="*", type=Path, help="none: the texts that come with the portal")
        publish.add_argument("--from", dest="begin", type=date.fromisoformat, help="valid from, YYYY-MM-DD")
        publish.add_argument(
            "--announce", action="store_true", help="told by mail only: nobody is asked to accept it"
        )
        acts.add_parser("list", help="every version, with how it is asked for")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act']}")(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    @transaction.atomic
    def _publish(self, options: dict[str, Any]) -> None:
        for document, texts in read_texts(options["files"] or default_files()).items():
            version = services.publish_terms(
                document, texts, valid_from=options["begin"], must_accept=not options["announce"]
            )
            self.stdout.write(f"{document} {version.number}, valid from {version.valid_from}")

    def _list(self, _options: dict[str, Any]) -> None:
        for version in TermsVersion.objects.all():
            how = "to accept" if version.must_accept else "announced"
            self.stdout.write(f"{version.document:15} {version.number:3}  {version.valid_from}  {how}")


def read_texts(files: list[Path]) -> dict[str, dict[str, tuple[str, str]]]:
    """Title and text by document and language. Raises CommandError for a file that cannot be read as one."""
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for file in files:
        document, _dot, language = file.stem.partition(".")
        try:
            title, _line, body = file.read_text(encoding="utf-8").strip().partition("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        if not title.startswith("# ") or not language:
            raise CommandError(f"{file}: name it like portal_terms.fr.md and begin it with “# ” and a title.")
        found[document][language] = (title[2:], body)
    return dict(found)
