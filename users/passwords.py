"""What a password has to be like, beyond Django's own rules."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext


class LongEnough(MinimumLengthValidator):
    """A least number of characters, said in each of our languages: Django lacks the sentence in Italian."""

    def get_error_message(self) -> str:
        return gettext("This password is too short. It needs at least %(number)s characters.") % {
            "number": self.min_length
        }
