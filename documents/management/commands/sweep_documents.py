"""`manage.py sweep_documents`: remove files that a crash left without a document."""

from django.core.management.base import BaseCommand

from documents.services import sweep


class Command(BaseCommand):
    """Safe at any time, beside running uploads: files younger than an hour are left alone."""

    help = "Remove stored files older than an hour that belong to no document."

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"{sweep()} leftover files removed.")
