"""Lists over the API that are there for whoever has a right somewhere."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from permissions.policy import require_somewhere


class ListForRight(mixins.ListModelMixin):
    """A list that is refused to whoever has the right `list_action` nowhere, not shown empty."""

    list_action: ClassVar[str]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The newest first; without the right anywhere, 403."""
        require_somewhere(request.user, self.list_action)
        return super().list(request, *args, **kwargs)
