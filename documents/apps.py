from django.apps import AppConfig
from django.core.checks import register


class DocumentsConfig(AppConfig):
    """The one store of papers: folders, intake, encryption, reading."""

    name = "documents"

    def ready(self) -> None:
        from documents.deployment import check_scanner

        register(check_scanner, deploy=True)
