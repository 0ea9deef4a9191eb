"""Collect, compile or check the texts in four languages."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import catalogs


class Command(BaseCommand):
    """`messages` collects, `messages --compile` compiles, `messages --check` fails on anything missing."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--compile", action="store_true", help="only compile the catalogs")
        parser.add_argument("--check", action="store_true", help="change nothing, list what is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self.check_all()
            return
        if not options["compile"]:
            for language in catalogs.LANGUAGES:
                self.stdout.write(f"{language}: {catalogs.update(language)} texts to translate")
        catalogs.compile_all()

    def check_all(self) -> None:
        """Print every problem of every catalog; CommandError if there is one."""
        total = 0
        for language in catalogs.LANGUAGES:
            for problem in catalogs.problems(language):
                total += 1
                self.stderr.write(f"{language}: {problem}")
        if total:
            raise CommandError(f"{total} problems in the catalogs. Run `manage.py messages` and translate.")
        self.stdout.write("Catalogs complete.")
