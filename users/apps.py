from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People: accounts, sign-in, invitations, user management."""

    name = "users"
