"""Addresses of the API under /api/v1/. Each room registers its own."""

from django.urls import path
from rest_framework.routers import DefaultRouter

from permissions.api import AuditCheckViewSet, AuditEventViewSet
from users import api as users
from users.api import contracts, own, registration, who

router = DefaultRouter()
router.include_root_view = False
router.register("users", users.UserViewSet, basename="user")
router.register("grants", users.GrantViewSet, basename="grant")
router.register("invitations", users.InvitationViewSet, basename="invitation")
router.register("activation-letters", users.ActivationViewSet, basename="activation-letter")
router.register("registration-links", users.RegistrationLinkViewSet, basename="registration-link")
router.register("waiting-letters", users.WaitingLetterViewSet, basename="waiting-letter")
router.register("access-requests", users.AccessRequestViewSet, basename="access-request")
router.register("deputies", users.DeputyViewSet, basename="deputy")
router.register("management-requests", users.ManagementRequestViewSet, basename="management-request")
router.register("access-reviews", users.AccessReviewViewSet, basename="access-review")
router.register("reviewed-rights", users.ReviewedRightViewSet, basename="reviewed-right")
router.register("api-tokens", users.ApiTokenViewSet, basename="api-token")
router.register("correction-requests", users.CorrectionRequestViewSet, basename="correction-request")
router.register("bank-details", users.BankDetailsViewSet, basename="bank-details")
router.register("viewings", who.ViewingViewSet, basename="viewing")
router.register("audit-checks", AuditCheckViewSet, basename="audit-check")
router.register("audit-events", AuditEventViewSet, basename="audit-event")

urlpatterns = [
    path("me/", users.Me.as_view(), name="me"),
    path("me/news/", own.News.as_view(), name="me-news"),
    path("me/consents/", own.Consents.as_view(), name="me-consents"),
    path("me/delivery/", own.Delivery.as_view(), name="me-delivery"),
    path("me/address/", own.Address.as_view(), name="me-address"),
    path("me/bank-details/", users.OwnBankDetails.as_view(), name="me-bank-details"),
    path("me/email-change/", own.EmailChanges.as_view(), name="me-email-change"),
    path("me/email-change/confirm/", own.ConfirmEmail.as_view(), name="me-confirm-email"),
    path("me/terms/", own.OwnTerms.as_view(), name="me-terms"),
    path("me/terms/accept/", own.AcceptTerms.as_view(), name="me-accept-terms"),
    path("me/withdrawal/", own.Withdrawal.as_view(), name="me-withdrawal"),
    path("me/contracts/", contracts.OwnContracts.as_view(), name="me-contracts"),
    path(
        "me/contracts/<uuid:person_id>/confirmation/",
        contracts.OwnContractConfirmation.as_view(),
        name="me-contract-confirmation",
    ),
    path("me/additions/", own.Additions.as_view(), name="me-additions"),
    path("me/second-factors/", users.SecondFactors.as_view(), name="me-second-factors"),
    path("me/second-factors/<str:factor>/", users.SecondFactor.as_view(), name="me-second-factor"),
    path("access/<str:kind>/<uuid:object_id>/", who.WhoCanSee.as_view(), name="who-can-see"),
    path("users/<uuid:user_id>/sees/", who.WhatSomebodySees.as_view(), name="user-sees"),
    path("registrations/", registration.Registrations.as_view(), name="registrations"),
    path("registrations/confirm/", registration.ConfirmRegistration.as_view(), name="registrations-confirm"),
    path("registrations/renew/", registration.RenewRegistration.as_view(), name="registrations-renew"),
    path("registrations/by-link/", registration.LinkedRegistrations.as_view(), name="registrations-by-link"),
    path(
        "registrations/by-link/renew/",
        registration.RenewRegistrationLink.as_view(),
        name="registrations-renew-link",
    ),
    path("activations/", registration.Activations.as_view(), name="activations"),
    path(
        "bulk-invitations/", users.BulkInvitationViewSet.as_view({"post": "create"}), name="bulk-invitations"
    ),
    path(
        "bulk-invitations/<uuid:pk>/",
        users.BulkInvitationViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="bulk-invitation",
    ),
    path(
        "bulk-invitations/<uuid:pk>/send/",
        users.BulkInvitationViewSet.as_view({"post": "send"}),
        name="bulk-invitation-send",
    ),
    path("users/export/<str:table>/", users.UserExport.as_view(), name="user-export"),
    *router.urls,
]
