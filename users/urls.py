"""Addresses of user management, invitations and the own account."""

from django.urls import path

from users.views import account, invitations, management

app_name = "users"

urlpatterns = [
    path("", management.management, name="management"),
    path("invite/", management.invite, name="invite"),
    path("invite/preview/", management.preview, name="preview"),
    path("invitations/<uuid:pk>/resend/", management.resend_invitation, name="resend_invitation"),
    path("invitations/<uuid:pk>/withdraw/", management.withdraw_invitation, name="withdraw_invitation"),
    path("invitation/renewed/", invitations.renewed, name="invitation_renewed"),
    path("invitation/<str:token>/", invitations.accept, name="accept"),
    path("access/<uuid:uuid>/", management.change_grant, name="change_grant"),
    path("access/<uuid:uuid>/remove/", management.remove_access, name="remove_access"),
    path("people/<uuid:pk>/deactivate/", management.deactivate, name="deactivate"),
    path("requests/", management.request_access, name="request_access"),
    path("requests/<uuid:pk>/answer/", management.answer_request, name="answer_request"),
    path("account/", account.profile, name="account"),
    path("account/sign-in/", account.sign_in_and_account, name="sign_in_and_account"),
    path("account/preferences/", account.preferences, name="preferences"),
    path("account/phone/", account.phone, name="phone"),
]
