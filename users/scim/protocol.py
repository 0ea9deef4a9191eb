"""SCIM 2.0 under /scim/v2/: what every endpoint has in common (RFC 7644)."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from typing import Any, NoReturn, cast

from allauth.core.internal import ratelimit
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils import translation
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from core.errors import NotAllowed, NotNow, validation_detail
from core.negotiation import AnyContent
from permissions.audit import by_means_of, record_refusal
from users.models import ScimToken
from users.scim import tokens
from users.scim.errors import ScimError, body_of
from users.scim.expressions import Unreadable, elements, matches, parse
from users.scim.reading import base_address
from users.scim.schemas import LIST, MOST_RESULTS, chosen

MOST_BYTES = 256 * 1024
LIMITS = {"guess": "120/m/ip", "call": "600/m/key"}
DEFAULT_RESULTS = 100


class BearerToken(BaseAuthentication):
    """The token of a company's directory; sessions do not count here."""

    def authenticate(self, request: Request) -> tuple[Any, ScimToken]:
        words = get_authorization_header(request).split()
        token = None
        if not words:
            raise exceptions.NotAuthenticated("A token is needed.")
        if len(words) == 2 and words[0].lower() == b"bearer" and words[1].isascii():
            token = tokens.recognise(words[1].decode())
        if token is None:
            usage = ratelimit.consume(
                request._request, app="users.scim", action="guess", config=LIMITS, limit_get=True
            )
            if not usage:
                raise exceptions.Throttled
            raise exceptions.AuthenticationFailed("This token opens nothing.")
        return token.made_by, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="scim"'


class ScimParser(BaseParser):
    """JSON, whatever the directory calls it; of bounded size."""

    media_type = "application/scim+json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise ScimError(413, f"A body has at most {MOST_BYTES} bytes.", "tooMany")
        try:
            data = json.loads(body)
            json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ScimError(400, "This is not JSON.", "invalidSyntax") from error
        return data


class ScimRenderer(JSONRenderer):
    """JSON under the protocol's own name."""

    media_type = "application/scim+json"
    charset = None


class ScimView(APIView):
    """One endpoint: the token says which company, every line of the trail says which token."""

    authentication_classes = [BearerToken]
    permission_classes = [AllowAny]
    parser_classes = [ScimParser]
    renderer_classes = [ScimRenderer]
    content_negotiation_class = AnyContent
    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        # What directories log is read by administrators: always in one language.
        with translation.override("en"), ExitStack() as self.means:
            answer = super().dispatch(request, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        usage = ratelimit.consume(
            request._request,
            app="users.scim",
            action="call",
            config=LIMITS,
            key=str(self.token.pk),
            limit_get=True,
        )
        if not usage:
            raise exceptions.Throttled
        self.means.enter_context(by_means_of(scim_token=self.token.pk))

    @property
    def token(self) -> ScimToken:
        """The directory's token."""
        return cast(ScimToken, self.request.auth)

    def get_exception_handler(self) -> Any:
        return answer_to

    # --- Answers --------------------------------------------------------------------------------

    def show(self, resource: dict[str, Any], status: int = 200) -> Response:
        """A resource, with the attributes asked for; 304 where the directory knows it already."""
        tag = etag_of(resource)
        if status == 200 and self.request.method == "GET" and self._named("If-None-Match", tag):
            return Response(status=304, headers={"ETag": tag})
        headers = {"ETag": tag}
        if status == 201:
            headers["Location"] = resource["meta"]["location"]
        resource = {**resource, "meta": {**resource["meta"], "version": tag}}
        return Response(
            chosen(resource, *self._attributes(self.request.query_params)), status, headers=headers
        )

    def check_version(self, resource: dict[str, Any]) -> None:
        """Raise ScimError 412 if the directory speaks of a state that is gone."""
        if "If-Match" in self.request.headers and not self._named("If-Match", etag_of(resource)):
            raise ScimError(412, "The resource has changed since it was read.")

    def _named(self, header: str, tag: str) -> bool:
        said = [each.strip() for each in self.request.headers.get(header, "").split(",")]
        return "*" in said or tag in said or tag.removeprefix("W/") in said

    def show_list(self, resources: list[dict[str, Any]], asked: Any) -> Response:
        """The resources that fulfil the filter: sorted, the page asked for, with the attributes asked for."""
        if text := _word(asked, "filter"):
            tree = read_filter(text)
            resources = [each for each in resources if matches(tree, each)]
        if path := _word(asked, "sortBy"):
            names = tuple(path.rsplit(":", 1)[-1].split("."))
            downwards = _word(asked, "sortOrder").lower() == "descending"
            resources = sorted(resources, key=lambda each: _rank(each, names), reverse=downwards)
        start = max(_number(asked, "startIndex", 1), 1)
        count = min(max(_number(asked, "count", DEFAULT_RESULTS), 0), MOST_RESULTS)
        page = resources[start - 1 : start - 1 + count]
        wanted, unwanted = self._attributes(asked)
        return Response(
            {
                "schemas": [LIST],
                "totalResults": len(resources),
                "itemsPerPage": len(page),
                "startIndex": start,
                "Resources": [
                    chosen({**each, "meta": {**each["meta"], "version": etag_of(each)}}, wanted, unwanted)
                    for each in page
                ],
            }
        )

    def _attributes(self, asked: Any) -> tuple[list[str], list[str]]:
        return _words(asked, "attributes"), _words(asked, "excludedAttributes")


def etag_of(resource: dict[str, Any]) -> str:
    """The version of a resource: what it says, in short."""
    text = json.dumps(resource, sort_keys=True, default=str)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def address(*parts: str) -> str:
    """The address of something under /scim/v2/."""
    return "/".join([base_address().rstrip("/"), *parts])


def read_filter(text: str) -> Any:
    """A filter as a tree. Raises ScimError `invalidFilter`."""
    try:
        return parse(text)
    except Unreadable as error:
        raise ScimError(400, f"This filter cannot be read: {text[:200]}", "invalidFilter") from error


def _word(asked: Any, name: str) -> str:
    value = asked.get(name) or ""
    if not isinstance(value, str):
        raise ScimError(400, f"{name} is a text.", "invalidValue")
    return value


def _words(asked: Any, name: str) -> list[str]:
    value = asked.get(name) or []
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ScimError(400, f"{name} names attributes.", "invalidValue")
    return [each.strip() for each in found if each.strip()]


def _number(asked: Any, name: str, otherwise: int) -> int:
    value = asked.get(name)
    try:
        return otherwise if value in (None, "") else int(str(value)[:9])
    except ValueError as error:
        raise ScimError(400, f"{name} is a number.", "invalidValue") from error


def _rank(resource: dict[str, Any], names: tuple[str, ...]) -> tuple[bool, str]:
    """Where a resource stands in the order; those without the attribute last."""
    found = elements(resource, names)
    value = found[0] if found else ""
    value = value.get("value", "") if isinstance(value, dict) else value
    return not found, str(value).casefold()


def answer_to(error: Exception, context: dict[str, Any]) -> Response:
    """The protocol's answer to whatever went wrong; what we did not foresee goes on as an error of ours."""
    set_rollback()
    headers = {}
    if isinstance(error, ScimError):
        found = (error.status, error.detail, error.kind)
    elif isinstance(error, NotAllowed):
        record_refusal(context["request"].user, error.action, error.target)
        found = (403, "The maker of this token may not do this.", "")
    elif isinstance(error, Http404):
        found = (404, "There is no such resource.", "")
    elif isinstance(error, NotNow):
        found = (409, str(error.sentence), "")
    elif isinstance(error, ValidationError):
        sentences = [text for texts in validation_detail(error).values() for text in texts]
        found = (400, " ".join(sentences), "invalidValue")
    elif isinstance(error, PermissionDenied):
        found = (403, "This is not allowed.", "")
    elif isinstance(error, exceptions.APIException):
        found = (error.status_code, str(error.detail), "")
        if error.status_code == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="scim"'
    else:
        _go_on(error)
    return Response(body_of(*found), status=found[0], headers=headers)


def _go_on(error: Exception) -> NoReturn:
    raise error
