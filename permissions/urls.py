"""Addresses of the activity log."""

from django.urls import path

from permissions import views

urlpatterns = [
    path("activity/", views.activity, name="activity"),
    path("activity/export.csv", views.activity_export, name="activity_export"),
    path("activity/verification/", views.verification, name="verification"),
    path("activity/verification/<uuid:check_id>/", views.check, name="activity_check"),
]
