"""Addresses of claim reports, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from declarations.api import DeclarationViewSet
from declarations.views import after
from declarations.views import pages as views

app_name = "declarations"

router = SimpleRouter(use_regex_path=False)
router.register("declarations", DeclarationViewSet, basename="api")

urlpatterns = [
    path("declarations/", views.drafts, name="drafts"),
    path("declarations/of-claim/<uuid:claim_id>/", after.of_claim, name="of_claim"),
    path("declarations/new/", views.start, name="start"),
    path("declarations/<uuid:pk>/check/", views.check, name="check"),
    path("declarations/<uuid:pk>/sent/", views.sent, name="sent"),
    path("declarations/<uuid:pk>/receipt.pdf", views.pdf, name="pdf"),
    path("declarations/<uuid:pk>/proof.json", views.proof, name="proof"),
    path("declarations/<uuid:pk>/amend/", after.amend, name="amend"),
    path("declarations/<uuid:pk>/amend/<slug:part>/", after.amend_part, name="amend_part"),
    path("declarations/<uuid:pk>/withdraw/", after.withdraw, name="withdraw"),
    path("declarations/<uuid:pk>/copy/", after.copy, name="copy"),
    path("declarations/<uuid:pk>/delete/", views.delete, name="delete"),
    path("declarations/<uuid:pk>/<slug:part>/", views.part, name="part"),
    path("api/v1/", include(router.urls)),
]
