"""Seal what is pending now; the worker does so every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from permissions.sealing import seal_pending


class Command(BaseCommand):
    help = "Seal the pending lines of the audit trail and export the new heads."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{seal_pending()} lines sealed.")
