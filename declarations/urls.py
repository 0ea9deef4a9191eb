"""Addresses of claim reports, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from declarations import views
from declarations.api import DeclarationViewSet

app_name = "declarations"

router = SimpleRouter(use_regex_path=False)
router.register("declarations", DeclarationViewSet, basename="api")

urlpatterns = [
    path("declarations/", views.drafts, name="drafts"),
    path("declarations/new/", views.start, name="start"),
    path("declarations/<uuid:pk>/check/", views.check, name="check"),
    path("declarations/<uuid:pk>/sent/", views.sent, name="sent"),
    path("declarations/<uuid:pk>/receipt.pdf", views.pdf, name="pdf"),
    path("declarations/<uuid:pk>/proof.json", views.proof, name="proof"),
    path("declarations/<uuid:pk>/kind/", views.kind, name="kind"),
    path("declarations/<uuid:pk>/delete/", views.delete, name="delete"),
    path("declarations/<uuid:pk>/<slug:part>/", views.part, name="part"),
    path("api/v1/", include(router.urls)),
]
