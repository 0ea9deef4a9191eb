"""`manage.py check_documents`: does every document have its file, does it open, and what is held?"""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from documents import scan
from documents.services import broken, held_counts


class Command(BaseCommand):
    """Exits with 1 and the ids of the documents whose file is missing, damaged or under an unknown key."""

    help = "Check that the file of every document is there and opens."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--whole", action="store_true", help="Read and hash every byte.")

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"Virus scanner: {_scanner()}.")
        counts = held_counts()
        self.stdout.write(f"Held for the virus check: {counts['waiting']}.")
        self.stdout.write(f"In quarantine: {counts['quarantined']}.")
        found = list(broken(whole=options["whole"]))
        for document_id in found:
            self.stderr.write(str(document_id))
        if found:
            raise CommandError(f"{len(found)} documents do not open.")
        self.stdout.write("Every document opens.")


def _scanner() -> str:
    if not settings.CLAMD_SOCKET:
        return "none is set, files are not checked"
    return "answers" if scan.answers() else "does not answer, files are held"
