"""People: accounts, factors, choices, invitations, registrations, letters, requests, reviews, terms, tokens, companies' providers."""

from users.models.access import AccessRequest
from users.models.account import EmailChange, EmailChangeLink, PersonalChoice
from users.models.bank import BankDetails
from users.models.bulk import BulkInvitation
from users.models.corrections import CorrectionRequest
from users.models.factors import CodeFactor, FactorKind, FreshProof, SecurityCode, TrustedBrowser
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
from users.models.management_requests import ManagementRequest
from users.models.passing import Farewell, KeptInput
from users.models.people import User, luhn_digit, new_identifier, read_identifier
from users.models.registrations import Registration, RegistrationLink, confirmation_expiry, link_expiry
from users.models.reviews import AccessReview, ReviewedRight, ReviewReport, ReviewSettings
from users.models.terms import Acceptance, TermsText, TermsVersion
from users.models.tokens import ApiToken, looks_like_api_token, new_api_token
from users.models.viewings import Viewing
from users.scim.models import ProvisionedUser, ScimToken
from users.sso.models import SsoAttempt, SsoConnection, SsoDomain, SsoIdentity

__all__ = [
    "Acceptance",
    "AccessRequest",
    "AccessReview",
    "Activation",
    "ApiToken",
    "BankDetails",
    "BulkInvitation",
    "CodeFactor",
    "CorrectionRequest",
    "EmailChange",
    "EmailChangeLink",
    "FactorKind",
    "Farewell",
    "FreshProof",
    "Invitation",
    "InvitationLink",
    "KeptInput",
    "ManagementRequest",
    "PersonalChoice",
    "PersonalLetter",
    "ProvisionedUser",
    "Puk",
    "Registration",
    "RegistrationLink",
    "ReviewReport",
    "ReviewSettings",
    "ReviewedRight",
    "ScimToken",
    "SecurityCode",
    "SsoAttempt",
    "SsoConnection",
    "SsoDomain",
    "SsoIdentity",
    "TermsText",
    "TermsVersion",
    "TrustedBrowser",
    "User",
    "Viewing",
    "activation_expiry",
    "confirmation_expiry",
    "digest",
    "invitation_expiry",
    "link_expiry",
    "looks_like_api_token",
    "luhn_digit",
    "new_api_token",
    "new_code",
    "new_identifier",
    "new_puk",
    "new_token",
    "read_code",
    "read_identifier",
]
