from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    """Companies with their sites, contracts and insured persons."""

    name = "companies"

    def ready(self) -> None:
        from companies.imports import PERSONS
        from core.imports import register

        register(PERSONS)
