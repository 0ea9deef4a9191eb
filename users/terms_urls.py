"""Addresses of what everybody may read without signing in: terms of use and privacy notice."""

from django.urls import path

from users.views import terms

urlpatterns = [
    path("terms/", terms.terms, name="terms"),
    path("terms/<uuid:pk>/", terms.terms_version, name="terms_version"),
    path("privacy/", terms.privacy, name="privacy"),
]
