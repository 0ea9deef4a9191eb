"""`manage.py check_documents`: does every document have its file, and does it open?"""

from django.core.management.base import BaseCommand, CommandError

from documents.services import broken


class Command(BaseCommand):
    """Exits with 1 and the ids of the documents whose file is missing, damaged or under an unknown key."""

    help = "Check that the file of every document is there and opens."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--whole", action="store_true", help="Read and hash every byte.")

    def handle(self, *args, **options) -> None:
        found = list(broken(whole=options["whole"]))
        for document_id in found:
            self.stderr.write(str(document_id))
        if found:
            raise CommandError(f"{len(found)} documents do not open.")
        self.stdout.write("Every document opens.")
