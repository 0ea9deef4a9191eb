"""Where a page goes back to: an address that came with the request is followed only if it is one of ours."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest, wanted: str, otherwise: str = "") -> str:
    """`wanted` if it is a path of this portal (from its root, nothing of another host), else `otherwise`.

    A word without a slash is no path: `redirect` would take it for the name of a view. Always one line.
    """
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return iri_to_uri(wanted) if own and wanted.startswith("/") and wanted.isprintable() else otherwise
