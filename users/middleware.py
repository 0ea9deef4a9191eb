"""The person's own language, and nobody inside without a second factor."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation


class PersonalLocaleMiddleware(LocaleMiddleware):
    """Language of the cookie (chosen on the page), else of the account, else of the browser."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()


class SecondFactorMiddleware:
    """Whoever has no second factor yet can do nothing but set one up."""

    OPEN = ("/account/", "/static/", "/i18n/", "/demo/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SECOND_FACTOR_REQUIRED
            and request.user.is_authenticated
            and not request.path.startswith(self.OPEN)
            and not is_mfa_enabled(request.user)
        ):
            if request.path.startswith("/api/"):
                return JsonResponse(
                    {"detail": "Second factor required.", "code": "second_factor_required"}, status=403
                )
            return redirect(reverse("mfa_activate_totp"))
        return self.get_response(request)
