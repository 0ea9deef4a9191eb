from django.apps import AppConfig


class ClaimsFilesConfig(AppConfig):
    """What the insurer does with a report: claim files, worklist, decisions."""

    name = "claims_files"
