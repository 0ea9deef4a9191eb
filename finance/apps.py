from django.apps import AppConfig


class FinanceConfig(AppConfig):
    """What it costs: premium invoices, the QR-bill, payments."""

    name = "finance"
