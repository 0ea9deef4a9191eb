"""`manage.py change_document_keys`: the last step of changing the master key."""

from django.core.management.base import BaseCommand

from documents.services import change_keys


class Command(BaseCommand):
    """Put the new key first in DOCUMENT_KEYS, restart, run this, then take the old key away."""

    help = "Wrap the key of every document under the first key of DOCUMENT_KEYS."

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"{change_keys()} documents wrapped under the new key.")
