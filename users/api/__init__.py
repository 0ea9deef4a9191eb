"""The API of this room: oneself, people, grants, invitations, letters, requests for access and corrections, bank details, access reviews, deputies, tokens."""

from users.api.access import (
    GRANTABLE_CHOICES,
    PRESET_CHOICES,
    AccessRequestViewSet,
    GrantViewSet,
    InvitationViewSet,
    UserViewSet,
)
from users.api.bank import BankDetailsViewSet, OwnBankDetails
from users.api.bulk import BulkInvitationViewSet, UserExport
from users.api.corrections import CorrectionRequestViewSet
from users.api.deputies import DeputyViewSet, ManagementRequestViewSet
from users.api.factors import OWN_KINDS, SecondFactor, SecondFactors
from users.api.letters import ActivationViewSet
from users.api.me import Me
from users.api.registration_links import RegistrationLinkViewSet, WaitingLetterViewSet
from users.api.reviews import AccessReviewViewSet, ReviewedRightViewSet
from users.api.tokens import TOKEN_ACTIONS, ApiTokenViewSet

__all__ = [
    "GRANTABLE_CHOICES",
    "OWN_KINDS",
    "PRESET_CHOICES",
    "TOKEN_ACTIONS",
    "AccessRequestViewSet",
    "AccessReviewViewSet",
    "ActivationViewSet",
    "ApiTokenViewSet",
    "BankDetailsViewSet",
    "BulkInvitationViewSet",
    "CorrectionRequestViewSet",
    "DeputyViewSet",
    "GrantViewSet",
    "InvitationViewSet",
    "ManagementRequestViewSet",
    "Me",
    "OwnBankDetails",
    "RegistrationLinkViewSet",
    "ReviewedRightViewSet",
    "SecondFactor",
    "SecondFactors",
    "UserExport",
    "UserViewSet",
    "WaitingLetterViewSet",
]
