"""People: accounts, their choices, invitations, requests, terms, API tokens, companies' providers and directories."""

from users.models.access import AccessRequest
from users.models.account import EmailChange, EmailChangeLink, PersonalChoice
from users.models.corrections import CorrectionRequest
from users.models.invitations import Invitation, InvitationLink, digest, invitation_expiry, new_token
from users.models.people import User, luhn_digit, new_identifier
from users.models.terms import Acceptance, TermsText, TermsVersion
from users.models.tokens import ApiToken, looks_like_api_token, new_api_token
from users.scim.models import ProvisionedUser, ScimToken
from users.sso.models import SsoAttempt, SsoConnection, SsoDomain, SsoIdentity

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
    "ProvisionedUser",
    "ScimToken",
    "SsoAttempt",
    "SsoConnection",
    "SsoDomain",
    "SsoIdentity",
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
