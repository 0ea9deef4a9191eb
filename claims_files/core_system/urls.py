"""Addresses of the core system's import; they stand within those of claim files."""

from django.urls import path

from claims_files.core_system import api, views

urlpatterns = [
    path("core-system/", views.journal, name="core_journal"),
    path(
        "api/v1/core-import/<str:source>/numbers/<str:external_id>/",
        api.CoreNumber.as_view(),
        name="api-core-number",
    ),
    path(
        "api/v1/core-import/<str:source>/decisions/<str:external_id>/",
        api.CoreDecision.as_view(),
        name="api-core-decision",
    ),
    path(
        "api/v1/core-import/<str:source>/statements/<str:external_id>/",
        api.CoreStatement.as_view(),
        name="api-core-statement",
    ),
    path("api/v1/core-import/<str:source>/batch/", api.CoreBatch.as_view(), name="api-core-batch"),
]
