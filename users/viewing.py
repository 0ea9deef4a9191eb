"""The portal through somebody else's eyes: while a view lasts, his pages are shown, and nothing else is done.

The person of the request is the one looked as, narrowed to what both see (`permissions.narrowing`); the trail names
the one who looks. Pages open by name: one that is added later stays closed until somebody opens it here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from permissions.audit import looking_as
from permissions.narrowing import narrowed
from permissions.vocabulary import SHOWN_IN_VIEW
from users import services
from users.gates import gate_before

KEY = "viewing"

# What the one who looks is shown: pages that only read.
PAGES = frozenset(
    {
        "claims_files:decisions",
        "claims_files:deadlines",
        "claims_files:detail",
        "claims_files:documents",
        "claims_files:incapacity",
        "claims_files:list",
        "claims_files:plain_words",
        "claims_files:timeline",
        "companies:company",
        "companies:list",
        "companies:person",
        "companies:persons",
        "declarations:of_claim",
        "declarations:sent",
        "documents:archive",
        "documents:document",
        "documents:download",
        "documents:folder",
        "documents:page_picture",
        "documents:papers",
        "documents:receipt",
        "documents:thumbnail",
        "finance:invoice",
        "finance:invoice_pdf",
        "finance:invoices",
        "home",
        "users:management",
        "users:person",
        "users:sees",
        "users:who",
    }
)
# What stays his own meanwhile: to end the view or the session, the clock of the session, language, texts for everybody.
OWN = frozenset(
    {
        "account_logout",
        "account_session",
        "livez",
        "privacy",
        "readyz",
        "set_language",
        "terms",
        "terms_version",
        "users:end_viewing",
    }
)


class ViewingMiddleware:
    """While somebody looks as another person: that one's pages, read only; API and everything else refuse."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        viewer: Any = request.user
        # A token acts for its holder, whatever he does in his browser.
        if hasattr(request, "api_token") or not viewer.is_authenticated or KEY not in request.session:
            return self.get_response(request)
        viewing = services.viewing_in_force(request.session[KEY], by=viewer)
        if viewing is None:
            del request.session[KEY]
            return _over(request)
        if gate_before(viewer) is not None:
            return self.get_response(request)
        viewed = viewing.viewed
        # What he has to do first after signing in is nothing that one does for him.
        viewed._passed_all_gates = True  # type: ignore[attr-defined]
        request.viewing, request.viewer, request.user = viewing, viewer, viewed  # type: ignore[attr-defined]
        company = viewing.company_id
        try:
            with (
                narrowed(viewed.pk, SHOWN_IN_VIEW, viewer=viewer.pk, company=company),
                looking_as(viewed.pk, viewer=viewer.pk, viewing=viewing.pk),
            ):
                return self.get_response(request)
        finally:
            request.user = viewer

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Refuse what is not shown, before its view."""
        viewing = getattr(request, "viewing", None)
        if viewing is None:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OWN:
            if name == "account_logout" and request.method == "POST":
                services.end_viewing(viewing.pk, way="sign_out")
            request.user = request.viewer  # type: ignore[attr-defined]
            return None
        if request.path.startswith("/api/"):
            return _refused_by_api()
        if name == "users:view_as" and _is_the_viewed(request, viewing):
            # A second click: the view that it would begin has begun.
            return redirect("home")
        if request.method not in {"GET", "HEAD"}:
            return not_shown(request, act=True)
        return None if name in PAGES else not_shown(request)


def _is_the_viewed(request: HttpRequest, viewing: Any) -> bool:
    return request.resolver_match is not None and request.resolver_match.kwargs.get("pk") == viewing.viewed_id


def _refused_by_api() -> JsonResponse:
    detail = _("You are looking at the portal as somebody else. End the view first.")
    return JsonResponse({"detail": detail, "code": "viewing_as"}, status=403)


def not_shown(request: HttpRequest, *, act: bool = False) -> HttpResponse:
    """The answer to what a view does not show, and to every act in it: 403, with the way on."""
    return render(request, "users/not_in_view.html", {"act": act}, status=403)


def _over(request: HttpRequest) -> HttpResponse:
    """The view ended since the last page: what was clicked there is not done as oneself."""
    if request.path.startswith("/api/"):
        return _refused_by_api()
    messages.info(request, _("The view as somebody else has ended. You see your own pages again."))
    return redirect("home")
