"""Links of an account that wait in mailboxes: how they end."""

from __future__ import annotations

from django.utils import timezone

from users.models import EmailChange, User


def end_links(user: User) -> int:
    """End what was mailed and still waits: the confirmation of a new e-mail address; returns how many ended.

    Links for a new password end by themselves with the password, the address or the account. The way to deny
    a change of address stays: it protects the one who did not ask for it.
    """
    waiting = EmailChange.objects.filter(user=user, confirmed=None, ended=None)
    return waiting.update(ended=timezone.now())
