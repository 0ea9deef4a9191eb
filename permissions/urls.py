"""Addresses of the activity log."""

from django.urls import path

from permissions import views

urlpatterns = [path("activity/", views.activity, name="activity")]
