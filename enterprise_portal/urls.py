"""All addresses. Each room keeps its own list."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from enterprise_portal import areas, styleguide, views
from enterprise_portal.admin import site
from enterprise_portal.api_description import DescriptionView

# Its script has an address of its own: the page needs no exception from the content security policy.
api_docs = SpectacularSwaggerSplitView.as_view(url_name="api_schema", template_name="api/docs.html")

urlpatterns = [
    path("", views.home, name="home"),
    path("companies/switch/", views.switch_company, name="switch_company"),
    path("areas/", areas.areas, name="further_areas"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("account/", include("users.account_urls")),
    path("", include("users.terms_urls")),
    path("", include("users.urls")),
    path("", include("users.sso.urls")),
    path("", include("users.scim.urls")),
    path("admin/", site.urls),
    path("styleguide/", styleguide.gallery, name="styleguide"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("companies.urls")),
    path("", include("claims_files.urls")),
    path("", include("documents.urls")),
    path("", include("declarations.urls")),
    path("", include("finance.urls")),
    path("", include("correspondence.urls")),
    path("", include("permissions.urls")),
    path("api/v1/", include("enterprise_portal.api_urls")),
    path("api/schema/", DescriptionView.as_view(), name="api_schema"),
    path("api/docs/", login_required(api_docs), name="api_docs"),
]

if settings.DEMO:
    urlpatterns += [
        path("demo/outbox/", views.outbox, name="outbox"),
        path("demo/outbox/<uuid:pk>/", views.outbox_message, name="outbox_message"),
        path("demo/outbox/<uuid:pk>/letter.pdf", views.outbox_letter, name="outbox_letter"),
    ]
