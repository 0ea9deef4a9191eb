"""One reading of the grants per request, and no longer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from permissions.reach import remembered


class ReachMiddleware:
    """Keep each person's reach for the length of one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with remembered():
            return self.get_response(request)
