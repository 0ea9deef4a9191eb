"""`manage.py keep_deadlines`: reckons the deadlines of every claim file that is being dealt with anew."""

from django.core.management.base import BaseCommand

from claims_files.services import keep_all_deadlines


class Command(BaseCommand):
    """Run it once after an update that brings deadlines, and after a dated parameter of theirs has changed."""

    help = "Reckon the deadlines of every open claim file anew; what is near already is not reminded of."

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"Deadlines of {keep_all_deadlines()} claim files reckoned.")
