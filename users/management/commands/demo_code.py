"""The security codes of a demo account: `manage.py demo_code claire@rochat.example`."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from users import second_factor
from users.models import User


class Command(BaseCommand):
    """Print what the account's authenticator app shows now and what was sent to it last; refused in production."""

    help = "Print the security codes of a demo account that are valid now: of the app, and sent by SMS or e-mail."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("email", help="the e-mail address of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"There is no account {options['email']}.")
        try:
            codes = [*self._of_app(user), second_factor.sent_code_now(user)]
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if not any(codes):
            raise CommandError("This account has no authenticator app, and no code was sent to it lately.")
        self.stdout.write("\n".join(code for code in codes if code))

    def _of_app(self, user: User) -> list[str]:
        try:
            return [second_factor.code_now(user)]
        except Authenticator.DoesNotExist:
            return []
