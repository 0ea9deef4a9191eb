"""Addresses of notifications, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from correspondence import views
from correspondence.api import NotificationViewSet

app_name = "correspondence"

router = SimpleRouter(use_regex_path=False)
router.register("notifications", NotificationViewSet, basename="api")

urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/badge/", views.badge, name="bell"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<uuid:notification_id>/", views.follow, name="follow"),
    path("api/v1/", include(router.urls)),
]
