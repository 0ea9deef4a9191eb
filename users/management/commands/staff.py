"""People of the insurer: `manage.py staff appoint|dismiss|list`.

The first superuser and the first contract manager of a new installation are made here; a mail leads them to their
password and second factor. Contract managers then make companies and their administrators on the pages.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from permissions.vocabulary import STAFF_PRESETS
from users.services import staff


class Command(BaseCommand):
    """Appoint, dismiss and list the people of the insurer."""

    help = "Appoint, dismiss and list the people of the insurer."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        appoint = acts.add_parser("appoint", help="give a role; makes the account if there is none")
        appoint.add_argument("email")
        appoint.add_argument("role", choices=sorted(STAFF_PRESETS))
        appoint.add_argument("--first-name", default="")
        appoint.add_argument("--last-name", default="")
        appoint.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="fr")
        appoint.add_argument("--all-companies", action="store_true", help="not only the own portfolio")
        dismiss = acts.add_parser("dismiss", help="close the account at once")
        dismiss.add_argument("email")
        acts.add_parser("list", help="who has which role")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act']}")(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _appoint(self, options: dict[str, Any]) -> None:
        names = {name: options[name] for name in ("first_name", "last_name", "language", "all_companies")}
        user = staff.appoint(options["email"], options["role"], **names)
        self.stdout.write(f"{user.email} is {options['role']} now, user name {user.identifier}.")
        if not user.last_login:
            self.stdout.write("The worker mails a link to choose a password.")

    def _dismiss(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"The account {staff.dismiss(options['email']).email} is closed.")

    def _list(self, _options: dict[str, Any]) -> None:
        for role in staff.roles():
            reach = "all companies" if role.all_companies else "own portfolio"
            state = "" if role.user.is_active else ", closed"
            self.stdout.write(f"{role.user.email:40} {role.preset:18} {reach}{state}")
