"""Addresses of claim files, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from claims_files.api.absences import Absences
from claims_files.api.calendar import Calendar
from claims_files.api.claims import ClaimExport, ClaimFileViewSet
from claims_files.api.deadlines import ContractRuleViewSet, DeadlineViewSet
from claims_files.api.openings import OpeningViewSet
from claims_files.api.plain import PlainWords, TermImportViewSet
from claims_files.api.worklist import Together, WorklistViewViewSet
from claims_files.bills.api import BillViewSet
from claims_files.bills.urls import urlpatterns as of_bills
from claims_files.core_system.api import CoreArrivalViewSet
from claims_files.core_system.urls import urlpatterns as of_core_system
from claims_files.guarantees.api import GuaranteeViewSet
from claims_files.guarantees.urls import urlpatterns as of_guarantees
from claims_files.plans.urls import urlpatterns as of_plans
from claims_files.statements.api import StatementViewSet
from claims_files.statements.urls import urlpatterns as of_statements
from claims_files.term_imports import TERMS
from claims_files.views import (
    absences,
    certificates,
    contract_rules,
    deadlines,
    deciding,
    incapacity,
    plain,
    requests,
    worklist,
)
from claims_files.views import pages as views
from core.imports.pages import pages_of

app_name = "claims_files"

router = SimpleRouter(use_regex_path=False)
router.register("claim-files", ClaimFileViewSet, basename="api")
router.register("deadlines", DeadlineViewSet, basename="api-deadline")
router.register("contract-deadlines", ContractRuleViewSet, basename="api-contract-rule")
router.register("worklist-views", WorklistViewViewSet, basename="api-view")
router.register("bills", BillViewSet, basename="api-bill")
router.register("cost-guarantees", GuaranteeViewSet, basename="api-guarantee")
router.register("benefit-statements", StatementViewSet, basename="api-statement")
router.register("core-arrivals", CoreArrivalViewSet, basename="api-core-arrival")
router.register("claim-openings", OpeningViewSet, basename="api-opening")

terms = pages_of(TERMS)

urlpatterns = [
    path("claims/", views.claims, name="list"),
    path("claims/export/<str:table>/", views.export, name="export"),
    path("claims/together/", worklist.together, name="together"),
    path("claims/views/", worklist.views, name="views"),
    path("claims/views/<uuid:view_id>/remove/", worklist.remove_view, name="remove_view"),
    path("claims/portfolio/", worklist.companies, name="portfolio"),
    path(
        "claims/contracts/<uuid:contract_id>/deadlines/",
        contract_rules.contract_rules,
        name="contract_rules",
    ),
    path("deadlines/", deadlines.deadlines, name="deadlines"),
    path("calendar/", deadlines.calendar, name="calendar"),
    path("calendar/new/", deadlines.new_calendar, name="new_calendar"),
    path("calendar/end/", deadlines.end_calendar, name="end_calendar"),
    path("calendar/<str:token>/deadlines.ics", deadlines.feed, name="feed"),
    path("claims/readers/", views.own_readers, name="own_readers"),
    path("absences/", absences.cockpit, name="absences"),
    path("claims/<uuid:claim_id>/", views.detail, name="detail"),
    path("claims/<uuid:claim_id>/incapacity/", views.incapacity, name="incapacity"),
    path("claims/<uuid:claim_id>/incapacity/change/", incapacity.change, name="change_incapacity"),
    path("claims/<uuid:claim_id>/certificates/new/", certificates.enter, name="enter_certificate"),
    path(
        "claims/<uuid:claim_id>/certificates/<uuid:certificate_id>/confirm/",
        certificates.confirm,
        name="confirm_certificate",
    ),
    path(
        "claims/<uuid:claim_id>/certificates/<uuid:certificate_id>/drop/",
        certificates.drop,
        name="drop_certificate",
    ),
    path("claims/<uuid:claim_id>/documents/", views.documents, name="documents"),
    path("claims/<uuid:claim_id>/timeline/", views.timeline, name="timeline"),
    path("claims/<uuid:claim_id>/readers/", views.readers, name="readers"),
    path("claims/<uuid:claim_id>/take-over/", views.take_over, name="take_over"),
    path("claims/<uuid:claim_id>/reassign/", worklist.reassign, name="reassign"),
    path(
        "claims/<uuid:claim_id>/deadlines/<uuid:deadline_id>/done/", deadlines.finish, name="finish_deadline"
    ),
    path("claims/<uuid:claim_id>/seen/", views.seen, name="seen"),
    path("claims/<uuid:claim_id>/request-paper/", views.request_paper, name="request_paper"),
    path(
        "claims/<uuid:claim_id>/request-paper/<uuid:template_id>/",
        requests.from_template,
        name="request_from_template",
    ),
    path("claims/<uuid:claim_id>/remind-papers/", requests.remind, name="remind_papers"),
    path("claims/<uuid:claim_id>/remind/", views.remind, name="remind"),
    path("claims/<uuid:claim_id>/papers/<uuid:paper_id>/", views.settle, name="settle"),
    path("claims/<uuid:claim_id>/answer/", requests.answer, name="answer_paper"),
    path("claims/<uuid:claim_id>/papers/<uuid:paper_id>/reopen/", requests.reopen, name="reopen_paper"),
    path("claims/<uuid:claim_id>/decisions/", deciding.decisions, name="decisions"),
    path("claims/<uuid:claim_id>/accept/", deciding.accept, name="accept"),
    path("claims/<uuid:claim_id>/decline/", deciding.decline, name="decline"),
    path("claims/<uuid:claim_id>/unclear/", deciding.leave_unclear, name="leave_unclear"),
    path("claims/<uuid:claim_id>/revise/", deciding.revise, name="revise"),
    path("claims/<uuid:claim_id>/insurances/", deciding.covers, name="covers"),
    path("claims/<uuid:claim_id>/duplicate/", deciding.duplicate, name="duplicate"),
    path("claims/<uuid:claim_id>/hand-over/", deciding.hand_over, name="hand_over"),
    path("claims/<uuid:claim_id>/relapse/", deciding.relapse, name="relapse"),
    path("claims/<uuid:claim_id>/close/", views.close, name="close"),
    path("api/v1/claim-files/export/<str:table>/", ClaimExport.as_view(), name="api-export"),
    path("plain-words/", plain.plain_words, name="plain_words"),
    path("plain-words/import/", terms["bring"], name="term_import"),
    path("plain-words/import/template/<str:table>/", terms["template"], name="term_import_template"),
    path("plain-words/import/<uuid:pk>/", terms["look"], name="term_import_table"),
    path("plain-words/import/<uuid:pk>/discard/", terms["discard"], name="term_import_discard"),
    path("plain-words/import/<uuid:pk>/faults/<str:table>/", terms["faults"], name="term_import_faults"),
    path("api/v1/plain-words/<str:kind>/<str:word>/", PlainWords.as_view(), name="api-plain-words"),
    path("api/v1/term-imports/", TermImportViewSet.as_view({"post": "create"}), name="api-term-import-bring"),
    path(
        "api/v1/term-imports/<uuid:pk>/",
        TermImportViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="api-term-import",
    ),
    path(
        "api/v1/term-imports/<uuid:pk>/confirm/",
        TermImportViewSet.as_view({"post": "confirm"}),
        name="api-term-import-confirm",
    ),
    path("api/v1/me/calendar/", Calendar.as_view(), name="api-calendar"),
    path("api/v1/absences/<uuid:company_id>/", Absences.as_view(), name="api-absences"),
    path("api/v1/claim-files/together/", Together.as_view(), name="api-together"),
    *of_bills,
    *of_core_system,
    *of_guarantees,
    *of_plans,
    *of_statements,
    path("api/v1/", include(router.urls)),
]
