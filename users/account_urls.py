"""Addresses of signing in, under /account/: the ones we want of allauth's, under its names, and no other."""

from allauth.account import views as account
from django.urls import path, re_path

from users.models import FactorKind
from users.views import factors, proof, sessions, sign_in

urlpatterns = [
    path("login/", sign_in.SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("reauthenticate/", proof.password_again, name="account_reauthenticate"),
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
    path("login/passkey/", proof.sign_in_with_passkey, name="mfa_login_webauthn"),
    path("login/passkey/options/", proof.passkey_options, name="mfa_login_options"),
    path("2fa/", factors.second_factors, name="mfa_index"),
    path("2fa/authenticate/", proof.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", proof.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", factors.authenticator, name="mfa_activate_totp"),
    path("2fa/sms/", factors.sms, name="mfa_sms"),
    path("2fa/sms/confirm/", factors.confirm_code, {"kind": FactorKind.SMS}, name="mfa_sms_confirm"),
    path("2fa/email/", factors.email, name="mfa_email"),
    path("2fa/email/confirm/", factors.confirm_code, {"kind": FactorKind.EMAIL}, name="mfa_email_confirm"),
    path("2fa/passkeys/add/", factors.add_passkey, name="mfa_add_passkey"),
    path("2fa/passkeys/<uuid:passkey_id>/", factors.passkey, name="mfa_passkey"),
    path("2fa/remove/<str:factor>/", factors.remove, name="mfa_remove"),
    path("2fa/recovery-codes/", factors.recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/download/",
        factors.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/generate/",
        factors.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("session/", sessions.session_left, name="account_session"),
    path("return/", sessions.return_after_sign_in, name="account_return"),
    path("sessions/", sign_in.devices, name="usersessions_list"),
    path("suspicion/", sign_in.suspicion, name="account_suspicion"),
]
