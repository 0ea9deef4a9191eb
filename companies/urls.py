"""Addresses of companies and their people, pages and API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from companies import api, views
from companies.imports import PERSONS
from core.imports.pages import pages_of

app_name = "companies"

router = SimpleRouter(use_regex_path=False)
router.register("companies", api.CompanyViewSet, basename="api-company")
router.register("sites", api.SiteViewSet, basename="api-site")
router.register("contracts", api.ContractViewSet, basename="api-contract")
router.register("insured-persons", api.PersonViewSet, basename="api-person")

imports = pages_of(PERSONS)

urlpatterns = [
    path("companies/", views.companies, name="list"),
    path("companies/new/", views.new_company, name="new_company"),
    path("companies/<uuid:company_id>/", views.company, name="company"),
    path("companies/<uuid:company_id>/edit/", views.edit_company, name="edit_company"),
    path("companies/<uuid:company_id>/sites/new/", views.new_site, name="new_site"),
    path("companies/<uuid:company_id>/contracts/new/", views.new_contract, name="new_contract"),
    path("companies/<uuid:company_id>/employees/new/", views.new_person, name="new_person"),
    path("employees/", views.persons, name="persons"),
    path("employees/new/", views.add_person, name="add_person"),
    path("employees/import/company/<uuid:company_id>/", imports["bring"], name="import"),
    path("employees/import/", views.import_persons, name="import_choose"),
    path("employees/import/template/<str:table>/", imports["template"], name="import_template"),
    path("employees/import/<uuid:pk>/", imports["look"], name="import_table"),
    path("employees/import/<uuid:pk>/discard/", imports["discard"], name="import_discard"),
    path("employees/import/<uuid:pk>/faults/<str:table>/", imports["faults"], name="import_faults"),
    path("employees/export/<str:table>/", views.export_persons, name="export"),
    path("employees/<uuid:person_id>/", views.person, name="person"),
    path("employees/<uuid:person_id>/edit/", views.edit_person, name="edit_person"),
    path("api/v1/insured-persons/export/<str:table>/", api.PersonExport.as_view(), name="api-person-export"),
    path(
        "api/v1/person-imports/", api.PersonImportViewSet.as_view({"post": "create"}), name="api-import-bring"
    ),
    path(
        "api/v1/person-imports/<uuid:pk>/",
        api.PersonImportViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="api-import",
    ),
    path(
        "api/v1/person-imports/<uuid:pk>/confirm/",
        api.PersonImportViewSet.as_view({"post": "confirm"}),
        name="api-import-confirm",
    ),
    path("api/v1/", include(router.urls)),
]
