"""Errors as the protocol says them (RFC 7644, 3.12)."""

from __future__ import annotations

from typing import Any

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A request that is not fulfilled: status, one of the protocol's own words, a sentence for administrators.

    The sentences are English: they are read in the logs of directories.
    """

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind


def body_of(status: int, detail: str, kind: str = "") -> dict[str, Any]:
    """The body of an error."""
    found = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return found | ({"scimType": kind} if kind else {})
