"""Addresses of signing in through a company's provider, and of the page where that is set up."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from users.sso import api
from users.sso.views import company, sign_in

app_name = "sso"

router = SimpleRouter(use_regex_path=False)
router.register("sso-connections", api.ConnectionViewSet, basename="api-connection")
router.register("sso-domains", api.DomainViewSet, basename="api-domain")

urlpatterns = [
    path("account/company/", sign_in.start, name="start"),
    path("account/company/finish/<str:token>/", sign_in.finish, name="finish"),
    path("account/company/<uuid:connection_id>/", sign_in.go, name="go"),
    path("account/company/<uuid:connection_id>/callback/", sign_in.callback, name="callback"),
    path("account/company/<uuid:connection_id>/acs/", sign_in.answer, name="acs"),
    path("account/company/<uuid:connection_id>/metadata.xml", sign_in.metadata, name="metadata"),
    path("companies/<uuid:company_id>/sign-in/", company.page, name="company"),
    path("companies/<uuid:company_id>/sign-in/edit/", company.edit, name="edit"),
    path("companies/<uuid:company_id>/sign-in/domains/", company.add_domain, name="add_domain"),
    path("companies/domains/<uuid:domain_id>/remove/", company.remove_domain, name="remove_domain"),
    path("companies/<uuid:company_id>/sign-in/test/", company.test, name="test"),
    path("companies/<uuid:company_id>/sign-in/activate/", company.activate, name="activate"),
    path("companies/<uuid:company_id>/sign-in/deactivate/", company.deactivate, name="deactivate"),
    path("companies/<uuid:company_id>/sign-in/required/", company.required, name="required"),
    path("companies/<uuid:company_id>/sign-in/remove/", company.remove, name="remove"),
    path("api/v1/", include(router.urls)),
]
