"""Addresses of the protocol for directories, and of the tokens they use."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from users.scim import api, endpoints, views

app_name = "scim"

router = SimpleRouter(use_regex_path=False)
router.register("scim-tokens", api.TokenViewSet, basename="api-token")

urlpatterns = [
    path("companies/<uuid:company_id>/sign-in/tokens/", views.new_token, name="new_token"),
    path("companies/tokens/<uuid:scim_token_id>/revoke/", views.revoke_token, name="revoke_token"),
    path("scim/v2/", endpoints.NotOffered.as_view(), name="root"),
    path("scim/v2/ServiceProviderConfig", endpoints.Configuration.as_view(), name="configuration"),
    path("scim/v2/ResourceTypes", endpoints.ResourceTypes.as_view(), name="resource_types"),
    path("scim/v2/ResourceTypes/<str:key>", endpoints.ResourceTypes.as_view(), name="resource_type"),
    path("scim/v2/Schemas", endpoints.Schemas.as_view(), name="schemas"),
    path("scim/v2/Schemas/<str:key>", endpoints.Schemas.as_view(), name="schema"),
    path("scim/v2/Users", endpoints.Users.as_view(), name="users"),
    path("scim/v2/Users/.search", endpoints.UserSearch.as_view(), name="search_users"),
    path("scim/v2/Users/<str:key>", endpoints.User.as_view(), name="user"),
    path("scim/v2/Groups", endpoints.Groups.as_view(), name="groups"),
    path("scim/v2/Groups/.search", endpoints.GroupSearch.as_view(), name="search_groups"),
    path("scim/v2/Groups/<str:key>", endpoints.Group.as_view(), name="group"),
    path("scim/v2/<path:rest>", endpoints.NotOffered.as_view(), name="rest"),
    path("api/v1/", include(router.urls)),
]
