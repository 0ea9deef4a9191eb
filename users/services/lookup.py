"""Whose account a sign-in name belongs to: e-mail address, identifier number or insured number, one way for each."""

from __future__ import annotations

from users.models import User, read_identifier


def credentials_of(login: str) -> dict[str, str]:
    """What allauth looks an account up by. What is unknown takes the same questions as what is known."""
    if "@" in login:
        return {"email": login.strip().lower()}
    if identifier := read_identifier(login):
        return {"username": identifier}
    number = "".join(login.split())
    rows = User.objects.filter(persons__insured_number__in=[number, number.upper()])
    return {"username": rows.values_list("identifier", flat=True).first() or number}


def account_of(login: str) -> User | None:
    """The account with this sign-in name, also a closed one; None if there is none."""
    credentials = credentials_of(login)
    if "email" in credentials:
        return User.objects.filter(email=credentials["email"]).first()
    return User.objects.filter(identifier=credentials["username"]).first()
