"""People: accounts and what they choose, invitations, requests, terms and who accepted them, API tokens."""

from users.models.access import AccessRequest
from users.models.account import EmailChange, EmailChangeLink, PersonalChoice
from users.models.corrections import CorrectionRequest
from users.models.invitations import Invitation, InvitationLink, digest, invitation_expiry, new_token
from users.models.people import User, luhn_digit, new_identifier
from users.models.terms import Acceptance, TermsText, TermsVersion
from users.models.tokens import ApiToken, looks_like_api_token, new_api_token

__all__ = [
    "Acceptance",
    "AccessRequest",
    "ApiToken",
    "CorrectionRequest",
    "EmailChange",
    "EmailChangeLink",
    "Invitation",
    "InvitationLink",
    "PersonalChoice",
    "TermsText",
    "TermsVersion",
    "User",
    "digest",
    "invitation_expiry",
    "looks_like_api_token",
    "luhn_digit",
    "new_api_token",
    "new_identifier",
    "new_token",
]
