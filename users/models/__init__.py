"""People: accounts, second factors, invitations, requests for access."""

from users.models.access import AccessRequest
from users.models.factors import CodeFactor, FactorKind, FreshProof, SecurityCode, TrustedBrowser
from users.models.invitations import Invitation, InvitationLink, digest, invitation_expiry, new_token
from users.models.people import User, luhn_digit, new_identifier

__all__ = [
    "AccessRequest",
    "CodeFactor",
    "FactorKind",
    "FreshProof",
    "Invitation",
    "InvitationLink",
    "SecurityCode",
    "TrustedBrowser",
    "User",
    "digest",
    "invitation_expiry",
    "luhn_digit",
    "new_identifier",
    "new_token",
]
