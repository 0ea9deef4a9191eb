"""The security code of a demo account: `manage.py demo_code claire@rochat.example`."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from users import second_factor
from users.models import User


class Command(BaseCommand):
    """Print the code that the account's authenticator app shows now; refused in production."""

    help = "Print the security code of a demo account that is valid now."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("email", help="the e-mail address of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"There is no account {options['email']}.")
        try:
            self.stdout.write(second_factor.code_now(user))
        except Authenticator.DoesNotExist as error:
            raise CommandError("This account has not set up an authenticator app yet.") from error
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
