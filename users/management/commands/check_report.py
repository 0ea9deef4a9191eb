"""Say whether a signed report of an access review is as it was signed, and known to the audit trail."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import signing
from permissions.trail import AuditLine


class Command(BaseCommand):
    """`manage.py check_report FILE`."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        content = file.read_bytes()
        seal = signing.seal_of(content)
        if seal is None:
            raise CommandError("There is no signature in this file.", returncode=1)
        self.stdout.write(f"Signed by {seal.signer}, {seal.signed:%d.%m.%Y %H:%M %Z}.")
        self.stdout.write(f"SHA-256 of the certificate: {seal.certificate_sha256}")
        if not seal.holds:
            raise CommandError("The file was changed after it was signed.", returncode=1)
        self.stdout.write("The file is as it was signed.")
        sha256 = hashlib.sha256(content).hexdigest()
        lines = AuditLine.unrestricted.filter(event__in=["review.completed", "review.unfinished"])
        line = lines.filter(facts__sha256=sha256).first()
        if line is None:
            raise CommandError(f"No line of the audit trail names it: {sha256}.", returncode=1)
        self.stdout.write(
            f"Line {line.pk} of the audit trail, {line.at:%d.%m.%Y %H:%M %Z}: {line.event}, {sha256}"
        )
