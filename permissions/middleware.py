"""One reading of the grants per request, and no longer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from permissions.naming import names_remembered
from permissions.reach import remembered


class ReachMiddleware:
    """Keep each person's reach, and what roles are called, for the length of one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with remembered(), names_remembered():
            return self.get_response(request)
