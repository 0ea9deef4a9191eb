"""Addresses of cost guarantees; they stand within those of claim files."""

from django.urls import path

from claims_files.guarantees import views

urlpatterns = [
    path("guarantees/", views.guarantees, name="guarantees"),
    path("claims/<uuid:claim_id>/guarantees/new/", views.new_guarantee, name="new_guarantee"),
    path("guarantees/<uuid:guarantee_id>/", views.guarantee, name="guarantee"),
    path("guarantees/<uuid:guarantee_id>/papers/", views.add_papers, name="add_guarantee_papers"),
    path("guarantees/<uuid:guarantee_id>/withdraw/", views.withdraw, name="withdraw_guarantee"),
    path("guarantees/<uuid:guarantee_id>/ask/", views.ask, name="ask_guarantee"),
    path("guarantees/<uuid:guarantee_id>/answer/", views.answer, name="answer_guarantee"),
]
