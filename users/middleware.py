"""The person's own language, and nobody inside before every gate is passed."""

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

from users.gates import ALWAYS_OPEN, gate_before


class PersonalLocaleMiddleware(LocaleMiddleware):
    """Language of the cookie (chosen on the page), else of the account, else of the browser."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()


class GatesMiddleware:
    """Whoever has signed in but has something to do first can do that, or leave; nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Stop the request before its view; an API answers 403, a page leads to where it is done."""
        if not request.user.is_authenticated or request.resolver_match.view_name in ALWAYS_OPEN:
            return None
        gate = gate_before(request.user)
        if gate is None or gate.lets(request.resolver_match.view_name):
            return None
        if settings.DEMO and request.path.startswith("/demo/"):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": str(gate.detail), "code": gate.code}, status=403)
        page = reverse(gate.page)
        if request.method == "GET" and request.path != reverse("home"):
            page += "?" + urlencode({"next": request.get_full_path()})
        return redirect(page)
