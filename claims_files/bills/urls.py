"""Addresses of bills; they stand within those of claim files."""

from django.urls import path

from claims_files.bills import views

urlpatterns = [
    path("bills/", views.bills, name="bills"),
    path("bills/new/", views.new_bill, name="new_bill"),
    path("bills/<uuid:bill_id>/", views.bill, name="bill"),
    path("bills/<uuid:bill_id>/papers/", views.add_papers, name="add_bill_papers"),
    path("bills/<uuid:bill_id>/withdraw/", views.withdraw, name="withdraw_bill"),
    path("bills/<uuid:bill_id>/take/", views.take, name="take_bill"),
    path("bills/<uuid:bill_id>/ask/", views.ask, name="ask_bill"),
    path("bills/<uuid:bill_id>/process/", views.process, name="process_bill"),
    path("bills/<uuid:bill_id>/correct/", views.correct, name="correct_bill"),
]
