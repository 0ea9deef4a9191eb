"""Texts that lie encrypted in the database, under the key of the settings (`MFA_KEY`)."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from django.conf import settings


def encrypt(text: str) -> str:
    """The text, encrypted and authenticated."""
    return _box().encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    """What was encrypted. Raises InvalidToken for what was not, or under another key."""
    return _box().decrypt(sealed.encode()).decode()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(base64.b64decode(settings.MFA_KEY)))
