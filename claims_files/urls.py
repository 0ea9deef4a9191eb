"""Addresses of claim files, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from claims_files.api.claims import ClaimExport, ClaimFileViewSet
from claims_files.api.deadlines import ContractRuleViewSet, DeadlineViewSet
from claims_files.api.openings import OpeningViewSet
from claims_files.api.worklist import Together, WorklistViewViewSet
from claims_files.bills.api import BillViewSet
from claims_files.bills.urls import urlpatterns as of_bills
from claims_files.views import contract_rules, deadlines, incapacity, requests, worklist
from claims_files.views import pages as views

app_name = "claims_files"

router = SimpleRouter(use_regex_path=False)
router.register("claim-files", ClaimFileViewSet, basename="api")
router.register("deadlines", DeadlineViewSet, basename="api-deadline")
router.register("contract-deadlines", ContractRuleViewSet, basename="api-contract-rule")
router.register("worklist-views", WorklistViewViewSet, basename="api-view")
router.register("bills", BillViewSet, basename="api-bill")
router.register("claim-openings", OpeningViewSet, basename="api-opening")

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
    path("claims/<uuid:claim_id>/", views.detail, name="detail"),
    path("claims/<uuid:claim_id>/incapacity/", views.incapacity, name="incapacity"),
    path("claims/<uuid:claim_id>/incapacity/change/", incapacity.change, name="change_incapacity"),
    path("claims/<uuid:claim_id>/documents/", views.documents, name="documents"),
    path("claims/<uuid:claim_id>/timeline/", views.timeline, name="timeline"),
    path("claims/<uuid:claim_id>/readers/", views.readers, name="readers"),
    path("claims/<uuid:claim_id>/take-over/", views.take_over, name="take_over"),
    path("claims/<uuid:claim_id>/hand-over/", worklist.hand_over, name="hand_over"),
    path(
        "claims/<uuid:claim_id>/deadlines/<uuid:deadline_id>/done/", deadlines.finish, name="finish_deadline"
    ),
    path("claims/<uuid:claim_id>/seen/", views.seen, name="seen"),
    path("claims/<uuid:claim_id>/request-paper/", views.request_paper, name="request_paper"),
    path("claims/<uuid:claim_id>/remind/", views.remind, name="remind"),
    path("claims/<uuid:claim_id>/papers/<uuid:paper_id>/", views.settle, name="settle"),
    path("claims/<uuid:claim_id>/answer/", requests.answer, name="answer_paper"),
    path("claims/<uuid:claim_id>/papers/<uuid:paper_id>/reopen/", requests.reopen, name="reopen_paper"),
    path("claims/<uuid:claim_id>/accept/", views.accept, name="accept"),
    path("claims/<uuid:claim_id>/decline/", views.decline, name="decline"),
    path("claims/<uuid:claim_id>/close/", views.close, name="close"),
    path("api/v1/claim-files/export/<str:table>/", ClaimExport.as_view(), name="api-export"),
    path("api/v1/claim-files/together/", Together.as_view(), name="api-together"),
    *of_bills,
    path("api/v1/", include(router.urls)),
]
