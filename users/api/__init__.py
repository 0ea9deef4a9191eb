"""The API of this room: oneself, people, grants, invitations, requests for access and for corrections."""

from users.api.access import (
    GRANTABLE_CHOICES,
    AccessRequestViewSet,
    GrantViewSet,
    InvitationViewSet,
    UserViewSet,
)
from users.api.corrections import CorrectionRequestViewSet
from users.api.me import Me

__all__ = [
    "GRANTABLE_CHOICES",
    "AccessRequestViewSet",
    "CorrectionRequestViewSet",
    "GrantViewSet",
    "InvitationViewSet",
    "Me",
    "UserViewSet",
]
