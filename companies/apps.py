from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    """Companies with their sites, contracts and insured persons."""

    name = "companies"
