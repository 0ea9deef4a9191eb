"""People: accounts, invitations, registrations, letters, requests for access."""

from users.models.access import AccessRequest
from users.models.invitations import Invitation, InvitationLink, digest, invitation_expiry, new_token
from users.models.letters import (
    Activation,
    PersonalLetter,
    Puk,
    activation_expiry,
    new_code,
    new_puk,
    read_code,
)
from users.models.people import User, luhn_digit, new_identifier, read_identifier
from users.models.registrations import Registration, confirmation_expiry

__all__ = [
    "AccessRequest",
    "Activation",
    "Invitation",
    "InvitationLink",
    "PersonalLetter",
    "Puk",
    "Registration",
    "User",
    "activation_expiry",
    "confirmation_expiry",
    "digest",
    "invitation_expiry",
    "luhn_digit",
    "new_code",
    "new_identifier",
    "new_puk",
    "new_token",
    "read_code",
    "read_identifier",
]
