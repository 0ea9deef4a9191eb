"""The person's own language, and nobody inside without a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from users.second_factor import is_fully_signed_in


class PersonalLocaleMiddleware(LocaleMiddleware):
    """Language of the cookie (chosen on the page), else of the account, else of the browser."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()


class SecondFactorMiddleware:
    """Whoever has given his password but has no second factor yet can set one up, or leave; nothing else."""

    # By name: an address that is added later is closed until somebody opens it here.
    OPEN = frozenset(
        {
            "account_logout",
            "account_reauthenticate",
            "livez",
            "mfa_activate_totp",
            "readyz",
            "set_language",
        }
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Stop a half-signed-in request before its view; an API answers 403, a page leads to the set-up."""
        if not request.user.is_authenticated or request.resolver_match.view_name in self.OPEN:
            return None
        if is_fully_signed_in(request.user) or (settings.DEMO and request.path.startswith("/demo/")):
            return None
        if request.path.startswith("/api/"):
            detail = _("Set up your second factor first.")
            return JsonResponse({"detail": detail, "code": "second_factor_required"}, status=403)
        page = reverse("mfa_activate_totp")
        if request.method == "GET" and request.path != reverse("home"):
            page += "?" + urlencode({"next": request.get_full_path()})
        return redirect(page)
