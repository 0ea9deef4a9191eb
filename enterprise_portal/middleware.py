"""Refusals become pages with a way forward; nothing personal stays in a cache."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import NotAllowed, NotNow
from permissions.audit import record_miss, record_refusal
from users.people import whom_to_ask
from users.viewing import not_shown

READING = {"GET", "HEAD", "OPTIONS"}


class CharsetMiddleware:
    """A body in a `charset` that is none for text (`rot13`) is bad input; Django would break on reading it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            "".encode(request.encoding or "utf-8")
        except LookupError:
            return HttpResponse("Unknown charset: send utf-8.", status=400, content_type="text/plain")
        return self.get_response(request)


class RefusalMiddleware:
    """403 with a way to ask, 409 with the reason; a missing right is recorded after the refused act is rolled back, and
    so is an act on what is out of reach.

    A part of a page that is out of reach by now has the whole page fetched anew, which then says so: what it still
    shows may be what was just taken away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if (
            response.status_code == 404
            and match
            and request.method not in READING
            and request.user.is_authenticated
        ):
            record_miss(request.user, match.view_name)
        if request.htmx and response.status_code in {403, 404}:
            response["HX-Refresh"] = "true"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotNow):
            return render(request, "errors/409.html", {"sentence": exception.sentence}, status=409)
        if isinstance(exception, NotAllowed):
            record_refusal(request.user, exception.action, exception.target)
            if hasattr(request, "viewing"):
                return not_shown(request)
            context = whom_to_ask(request.user, exception.action, exception.target)
            return render(request, "errors/403.html", context, status=403)
        return None


class NoStoreMiddleware:
    """What somebody sees signed in is for him alone: `no-store` on every such answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response["Cache-Control"] = "no-store, private"
        return response
