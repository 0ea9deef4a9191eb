from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """The one store of papers: folders, intake, encryption, reading."""

    name = "documents"
