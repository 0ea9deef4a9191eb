"""Whose account a sign-in name belongs to: e-mail address, identifier number or insured number, one way for each."""

from __future__ import annotations

from users.models import User, read_identifier


def credentials_of(login: str) -> dict[str, str]:
    """What allauth looks an account up by: its identifier number, or what was typed where there is none.

    What is unknown takes the same questions as what is known.
    """
    if identifier := read_identifier(login):
        return {"username": identifier}
    if "@" in login:
        typed = login.strip().lower()
        rows = User.objects.filter(email=typed)
    else:
        typed = "".join(login.split())
        rows = User.objects.filter(persons__insured_number__in=[typed, typed.upper()])
    return {"username": rows.values_list("identifier", flat=True).first() or typed}


def account_of(login: str) -> User | None:
    """The account with this sign-in name, also a closed one; None if there is none."""
    return User.objects.filter(identifier=credentials_of(login)["username"]).first()
