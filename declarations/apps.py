from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeclarationsConfig(AppConfig):
    """What the customer reports: drafts with their parts, sending, receipts."""

    name = "declarations"
    verbose_name = _("Claim reports")

    def ready(self) -> None:
        from core.imports import register
        from declarations.imports import CASES

        register(CASES)
