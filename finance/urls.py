"""Addresses of what it costs, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from finance import views
from finance.api import PremiumInvoiceViewSet

app_name = "finance"

router = SimpleRouter()
router.register("premium-invoices", PremiumInvoiceViewSet, basename="api")

urlpatterns = [
    path("finance/premium-invoices/", views.invoices, name="invoices"),
    path("finance/premium-invoices/new/", views.issue, name="issue"),
    path("finance/premium-invoices/<uuid:pk>/", views.invoice, name="invoice"),
    path("finance/premium-invoices/<uuid:pk>/pdf/", views.invoice_pdf, name="invoice_pdf"),
    path("finance/premium-invoices/<uuid:pk>/paid/", views.mark_paid, name="mark_paid"),
    path("finance/premium-invoices/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("api/v1/", include(router.urls)),
]
