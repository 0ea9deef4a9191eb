"""Addresses of user management, invitations and the own account."""

from django.urls import path

from users.views import account, corrections, email, invitations, leaving, management, terms, tokens

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
    path("users/people/<uuid:pk>/delete/", leaving.delete_account, name="delete_account"),
    path("corrections/", corrections.queue, name="corrections"),
    path("corrections/<uuid:pk>/", corrections.answer_correction, name="answer_correction"),
    path("users/requests/", management.request_access, name="request_access"),
    path("users/requests/<uuid:pk>/answer/", management.answer_request, name="answer_request"),
    path("account/profile/", account.profile, name="account"),
    path("account/sign-in/", account.sign_in_and_account, name="sign_in_and_account"),
    path("account/preferences/", account.preferences, name="preferences"),
    path("account/phone/", account.phone, name="phone"),
    path("account/api/", tokens.api_access, name="api_access"),
    path("account/api/new/", tokens.new_token, name="new_token"),
    path("account/api/<uuid:pk>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("account/e-mail/", email.change_email, name="email"),
    path("account/e-mail/cancel/", email.cancel_email, name="cancel_email"),
    path("account/e-mail/confirm/<str:token>/", email.confirm_email, name="confirm_email"),
    path("account/e-mail/deny/<str:token>/", email.deny_email, name="deny_email"),
    path("account/news/", account.news, name="news"),
    path("account/correction/", corrections.ask_correction, name="ask_correction"),
    path("account/deletion/", corrections.ask_deletion, name="ask_deletion"),
    path("account/terms/", terms.own_terms, name="own_terms"),
    path("account/terms/accept/", terms.accept_terms, name="accept_terms"),
    path("account/withdraw/", leaving.withdraw, name="withdraw"),
    path("account/additions/", leaving.clear_additions, name="clear_additions"),
]
