"""Prove that the audit trail is as it was sealed, or say where it is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from tqdm import tqdm

from permissions import sealing, verification


class Command(BaseCommand):
    help = (
        "Compare every sealed line of the audit trail with its block, the chain of blocks, and with --anchor"
        " the heads kept outside. Exit code 1 if anything differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", type=Path, help="a saved copy of the anchor file")

    def handle(self, *args: Any, anchor: Path | None = None, **options: Any) -> None:
        if anchor is not None and not anchor.is_file():
            raise CommandError(f"There is no anchor file {anchor}.")
        anchors = list(sealing.read_anchors(anchor)) if anchor else []
        found = 0
        with transaction.atomic():
            if not connection.savepoint_ids:
                # One moment for all that is read, while the portal goes on writing.
                with connection.cursor() as cursor:
                    cursor.execute("set transaction isolation level repeatable read, read only")
            total = sealing.sealed_lines()
            with tqdm(total=total, unit="line", disable=not sys.stderr.isatty()) as bar:
                for finding in verification.verify(anchors, bar.update):
                    found += 1
                    self.stdout.write(str(finding))
        if found:
            raise CommandError(f"The audit trail was changed: {found} findings.", returncode=1)
        against = f", {len(anchors)} anchors" if anchors else ""
        self.stdout.write(f"The audit trail is as it was sealed: {total} lines{against}.")
