"""The API of this room: oneself, people, grants, invitations, activation letters, requests for access."""

from users.api.access import (
    GRANTABLE_CHOICES,
    AccessRequestViewSet,
    GrantViewSet,
    InvitationViewSet,
    UserViewSet,
)
from users.api.letters import ActivationViewSet
from users.api.me import Me

__all__ = [
    "GRANTABLE_CHOICES",
    "AccessRequestViewSet",
    "ActivationViewSet",
    "GrantViewSet",
    "InvitationViewSet",
    "Me",
    "UserViewSet",
]
