"""People: accounts, invitations, requests for access, API tokens."""

from users.models.access import AccessRequest
from users.models.invitations import Invitation, InvitationLink, digest, invitation_expiry, new_token
from users.models.people import User, luhn_digit, new_identifier
from users.models.tokens import ApiToken, looks_like_api_token, new_api_token

__all__ = [
    "AccessRequest",
    "ApiToken",
    "Invitation",
    "InvitationLink",
    "User",
    "digest",
    "invitation_expiry",
    "looks_like_api_token",
    "luhn_digit",
    "new_api_token",
    "new_identifier",
    "new_token",
]
