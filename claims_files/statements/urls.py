"""Addresses of benefit statements; they stand within those of claim files."""

from django.urls import path

from claims_files.statements import api, views

urlpatterns = [
    path("statements/", views.statements, name="statements"),
    path("statements/export/<str:table>/", views.export, name="export_statements"),
    path("statements/wage-types/<uuid:company_id>/", views.wage_types, name="wage_types"),
    path("statements/<uuid:statement_id>/", views.statement, name="statement"),
    path("statements/<uuid:statement_id>/explained/", views.explained, name="explain_statement"),
    path("statements/<uuid:statement_id>/pdf/", views.pdf, name="statement_pdf"),
    path("statements/<uuid:statement_id>/adjust/", views.adjust, name="adjust_statement"),
    path(
        "statements/<uuid:statement_id>/adjustments/<uuid:line_id>/remove/",
        views.drop_adjustment,
        name="drop_adjustment",
    ),
    path("statements/<uuid:statement_id>/issue/", views.issue, name="issue_statement"),
    path("statements/<uuid:statement_id>/discard/", views.discard, name="discard_statement"),
    path("claims/<uuid:claim_id>/statements/", views.of_case, name="case_statements"),
    path("claims/<uuid:claim_id>/statements/new/", views.new_statement, name="new_statement"),
    path("claims/<uuid:claim_id>/advances/", views.advance, name="note_advance"),
    path(
        "api/v1/benefit-statements/export/<str:table>/",
        api.StatementExport.as_view(),
        name="api-statement-export",
    ),
    path("api/v1/claim-files/<uuid:pk>/benefits/", api.BenefitsOfCase.as_view(), name="api-benefits"),
    path("api/v1/claim-files/<uuid:pk>/advances/", api.AdvancesOfCase.as_view(), name="api-advances"),
    path(
        "api/v1/companies/<uuid:company_id>/wage-types/",
        api.WageTypesOfCompany.as_view(),
        name="api-wage-types",
    ),
]
