from django.apps import AppConfig


class EnterprisePortalConfig(AppConfig):
    """The street door."""

    name = "enterprise_portal"
    verbose_name = "Enterprise Portal"
