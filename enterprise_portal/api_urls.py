"""Addresses of the API under /api/v1/. Each room registers its own."""

from django.urls import path
from rest_framework.routers import DefaultRouter

from permissions.api import AuditEventViewSet
from users import api as users

router = DefaultRouter()
router.include_root_view = False
router.register("users", users.UserViewSet, basename="user")
router.register("grants", users.GrantViewSet, basename="grant")
router.register("invitations", users.InvitationViewSet, basename="invitation")
router.register("access-requests", users.AccessRequestViewSet, basename="access-request")
router.register("audit-events", AuditEventViewSet, basename="audit-event")

urlpatterns = [
    path("me/", users.Me.as_view(), name="me"),
    path("me/second-factors/", users.SecondFactors.as_view(), name="me-second-factors"),
    path("me/second-factors/<str:factor>/", users.SecondFactor.as_view(), name="me-second-factor"),
    *router.urls,
]
