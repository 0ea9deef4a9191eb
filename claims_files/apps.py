from django.apps import AppConfig


class ClaimsFilesConfig(AppConfig):
    """What the insurer does with a report: claim files, worklist, decisions."""

    name = "claims_files"

    def ready(self) -> None:
        from claims_files.panels import cases_of_person, numbers_of_company
        from claims_files.term_imports import TERMS
        from companies import panels
        from core.imports import register

        register(TERMS)

        panels.PERSON.append(cases_of_person)
        panels.COMPANY.append(numbers_of_company)
