"""Addresses of user management, invitations and the own account."""

from django.urls import path

from users.views import account

app_name = "users"

urlpatterns = [
    path("account/", account.profile, name="account"),
    path("account/sign-in/", account.sign_in_and_account, name="sign_in_and_account"),
    path("account/preferences/", account.preferences, name="preferences"),
    path("account/phone/", account.phone, name="phone"),
]
