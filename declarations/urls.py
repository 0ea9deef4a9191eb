"""Addresses of claim reports, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from core.imports.pages import pages_of
from declarations.api import CaseImportViewSet, DeclarationViewSet
from declarations.imports import CASES
from declarations.private import views as private
from declarations.private.api import OwnPartViewSet
from declarations.views import after, filling, receipts
from declarations.views import pages as views

app_name = "declarations"

router = SimpleRouter(use_regex_path=False)
router.register("declarations", DeclarationViewSet, basename="api")

router.register("own-parts", OwnPartViewSet, basename="api-own-part")

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
    path("declarations/own-parts/", private.own_parts, name="own_parts"),
    path("declarations/own-parts/<uuid:pk>/", private.own_part, name="own_part"),
    path("declarations/own-parts/<uuid:pk>/questions/", private.questions, name="own_part_questions"),
    path("declarations/own-parts/<uuid:pk>/release/", private.release, name="release"),
    path(
        "declarations/own-parts/<uuid:pk>/release/withdraw/",
        private.withdraw_release,
        name="withdraw_release",
    ),
    path("declarations/own-parts/<uuid:pk>/send/", private.send, name="send_own_part"),
    path("declarations/own-parts/<uuid:pk>/receipt.pdf", private.pdf, name="own_part_pdf"),
    path("declarations/own-parts/<uuid:pk>/proof.json", private.proof, name="own_part_proof"),
    path("declarations/<uuid:pk>/own-part/", private.begin, name="begin_own_part"),
    path("declarations/<uuid:pk>/ask-own-part/", private.ask, name="ask_own_part"),
    path("declarations/<uuid:pk>/hand-over/", private.hand_over, name="hand_over"),
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
