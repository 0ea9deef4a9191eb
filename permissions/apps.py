from django.apps import AppConfig


class PermissionsConfig(AppConfig):
    """Who may do what on what, and what was done."""

    name = "permissions"
