"""The API of this room: oneself, people, grants, invitations, requests for access."""

from users.api.access import (
    GRANTABLE_CHOICES,
    AccessRequestViewSet,
    GrantViewSet,
    InvitationViewSet,
    UserViewSet,
)
from users.api.factors import OWN_KINDS, SecondFactor, SecondFactors
from users.api.me import Me

__all__ = [
    "GRANTABLE_CHOICES",
    "OWN_KINDS",
    "AccessRequestViewSet",
    "GrantViewSet",
    "InvitationViewSet",
    "Me",
    "SecondFactor",
    "SecondFactors",
    "UserViewSet",
]
