"""A program at the door of the API: `Authorization: Bearer ep_…` instead of a session, never beside one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from permissions.audit import by_means_of
from permissions.narrowing import narrowed
from users import services
from users.models import ApiToken, User

# Where tokens count; everywhere else the header says nothing.
PLACES = ("/api/v1/", "/api/schema/")
KEYWORD = "Bearer"
LIMIT_SECONDS = 60


def bearer_of(request: HttpRequest) -> str | None:
    """What the request shows as a token; None if it shows none, or where tokens do not count."""
    keyword, _space, text = request.headers.get("Authorization", "").partition(" ")
    if keyword.lower() != KEYWORD.lower() or not request.path.startswith(PLACES):
        return None
    return text.strip()


class TokenMiddleware:
    """Whoever shows a token is judged by it alone: a session sent along does not exist for this request.

    The holder then passes the same gates as with a session, and reaches only what the token is scoped to.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        text = bearer_of(request)
        if text is None:
            return self.get_response(request)
        token = services.find_token(text)
        _without_session(request, token.user if token else AnonymousUser())
        request.api_token = token  # type: ignore[attr-defined]
        if token is None:
            return self.get_response(request)
        services.note_use(token)
        with narrowed(token.user_id, token.actions), by_means_of(token=token.pk):
            return self.get_response(request)


def _without_session(request: HttpRequest, user: User | AnonymousUser) -> None:
    async def auser() -> User | AnonymousUser:
        return user

    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
    request.session = store()
    request.user = user
    request.auser = auser  # type: ignore[method-assign, assignment]


class TokenAuthentication(BaseAuthentication):
    """Tells DRF whom `TokenMiddleware` has found; 401 for a token that opens nothing, 429 for guessing.

    A token that is valid is never held up by the guesses of somebody else behind the same address.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The holder and the token; None without a token."""
        if not hasattr(request._request, "api_token"):
            return None
        token: ApiToken | None = request._request.api_token
        if token is not None:
            return token.user, token
        if not ratelimit.consume(request._request, app="allauth.account", action="api_token", limit_get=True):
            raise Throttled(wait=LIMIT_SECONDS)
        raise AuthenticationFailed(
            _("This token is unknown, expired or revoked. Make a new one under “API access”."),
            code="token_invalid",
        )

    def authenticate_header(self, request: Request) -> str:
        """What a 401 names as the way in; empty (hence 403) for somebody who shows no token."""
        return (
            f'{KEYWORD} realm="api", error="invalid_token"' if bearer_of(request._request) is not None else ""
        )


class TokenScheme(OpenApiAuthenticationExtension):
    """The token in the API's description of itself."""

    target_class = "users.token_access.TokenAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token, as OpenAPI calls it."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token, made under Account settings → API access. It is scoped to chosen actions.",
        }
