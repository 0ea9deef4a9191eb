"""Addresses of claim reports, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from core.imports.pages import pages_of
from declarations.api import CaseImportViewSet, DeclarationViewSet
from declarations.imports import CASES
from declarations.views import after, filling, receipts
from declarations.views import pages as views

app_name = "declarations"

router = SimpleRouter(use_regex_path=False)
router.register("declarations", DeclarationViewSet, basename="api")

imports = pages_of(CASES)

urlpatterns = [
    path("declarations/", views.drafts, name="drafts"),
    path("declarations/import/company/<uuid:company_id>/", imports["bring"], name="import"),
    path("declarations/import/", views.import_cases, name="import_choose"),
    path("declarations/import/template/<str:table>/", imports["template"], name="import_template"),
    path("declarations/import/<uuid:pk>/", imports["look"], name="import_table"),
    path("declarations/import/<uuid:pk>/discard/", imports["discard"], name="import_discard"),
    path("declarations/import/<uuid:pk>/faults/<str:table>/", imports["faults"], name="import_faults"),
    path("declarations/of-claim/<uuid:claim_id>/", after.of_claim, name="of_claim"),
    path("declarations/new/", views.start, name="start"),
    path("declarations/<uuid:pk>/check/", views.check, name="check"),
    path("declarations/<uuid:pk>/sent/", views.sent, name="sent"),
    path("declarations/<uuid:pk>/receipt.pdf", receipts.pdf, name="pdf"),
    path("declarations/<uuid:pk>/proof.json", receipts.proof, name="proof"),
    path("declarations/<uuid:pk>/kind/", views.kind, name="kind"),
    path("declarations/<uuid:pk>/way/", filling.way, name="way"),
    path("declarations/<uuid:pk>/question/<slug:part>/<slug:question>/", filling.ask, name="question"),
    path("declarations/<uuid:pk>/amend/", after.amend, name="amend"),
    path("declarations/<uuid:pk>/amend/<slug:part>/", after.amend_part, name="amend_part"),
    path("declarations/<uuid:pk>/withdraw/", after.withdraw, name="withdraw"),
    path("declarations/<uuid:pk>/copy/", after.copy, name="copy"),
    path("declarations/<uuid:pk>/delete/", views.delete, name="delete"),
    path("declarations/<uuid:pk>/<slug:part>/", filling.part, name="part"),
    path("api/v1/case-imports/", CaseImportViewSet.as_view({"post": "create"}), name="api-import-bring"),
    path(
        "api/v1/case-imports/<uuid:pk>/",
        CaseImportViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="api-import",
    ),
    path(
        "api/v1/case-imports/<uuid:pk>/confirm/",
        CaseImportViewSet.as_view({"post": "confirm"}),
        name="api-import-confirm",
    ),
    path("api/v1/", include(router.urls)),
]
