"""Addresses of signing in, under /account/: the ones we want of allauth's, under its names, and no other."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from django.urls import path, re_path

from users.views import sessions, sign_in

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", sign_in.ChangePasswordView.as_view(), name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", sign_in.authenticator, name="mfa_activate_totp"),
    path("2fa/recovery-codes/", sign_in.recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/download/",
        sign_in.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/generate/",
        sign_in.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("session/", sessions.session_left, name="account_session"),
    path("return/", sessions.return_after_sign_in, name="account_return"),
    path("sessions/", sign_in.devices, name="usersessions_list"),
    path("suspicion/", sign_in.suspicion, name="account_suspicion"),
]
