"""Addresses of return-to-work plans; they stand within those of claim files."""

from django.urls import path

from claims_files.plans import views

urlpatterns = [
    path("claims/<uuid:claim_id>/plan/change/", views.change, name="change_plan"),
    path("claims/<uuid:claim_id>/plan/agree/", views.agree, name="agree_plan"),
    path("claims/<uuid:claim_id>/plan/<int:number>/pdf/", views.pdf, name="plan_pdf"),
]
