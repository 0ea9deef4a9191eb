"""Addresses of user management, invitations and the own account."""

from django.urls import path

from users.views import account, invitations, management, registration

app_name = "users"

urlpatterns = [
    path("users/", management.management, name="management"),
    path("users/invite/", management.invite, name="invite"),
    path("users/invite/preview/", management.preview, name="preview"),
    path("users/invitations/<uuid:pk>/resend/", management.resend_invitation, name="resend_invitation"),
    path("users/invitations/<uuid:pk>/withdraw/", management.withdraw_invitation, name="withdraw_invitation"),
    path("users/invitation/renewed/", invitations.renewed, name="invitation_renewed"),
    path("users/invitation/<str:token>/", invitations.accept, name="accept"),
    path("users/access/<uuid:uuid>/", management.change_grant, name="change_grant"),
    path("users/access/<uuid:uuid>/remove/", management.remove_access, name="remove_access"),
    path("users/people/<uuid:pk>/deactivate/", management.deactivate, name="deactivate"),
    path("users/requests/", management.request_access, name="request_access"),
    path("users/requests/<uuid:pk>/answer/", management.answer_request, name="answer_request"),
    path("register/", registration.register, name="register"),
    path("register/sent/", registration.registered, name="registered"),
    path("register/<str:token>/", registration.confirm_registration, name="confirm_registration"),
    path("activate/", registration.activate, name="activate"),
    path("activate/sent/", registration.activated, name="activated"),
    path("activate/<str:code>/", registration.activate_code, name="activate_code"),
    path("companies/<uuid:company_id>/activation/", registration.order_activation, name="order_activation"),
    path("account/first-password/", registration.first_password, name="first_password"),
    path("account/identifier/", registration.lost_identifier, name="lost_identifier"),
    path("account/puk/", registration.puk, name="puk"),
    path("account/puk/done/", registration.puk_done, name="puk_done"),
    path("account/puk/order/", registration.order_puk, name="order_puk"),
    path("account/unlock/<str:token>/", registration.unlock, name="unlock"),
    path("account/profile/", account.profile, name="account"),
    path("account/sign-in/", account.sign_in_and_account, name="sign_in_and_account"),
    path("account/preferences/", account.preferences, name="preferences"),
    path("account/phone/", account.phone, name="phone"),
]
