"""What bills, cost guarantees and statements have in common over the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from permissions.paging import NewestPagination
from permissions.policy import visible_to


class ThingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """A list, the newest first, and each of its rows; `reading` finds them by the policy and notes who opened one."""

    reading: ClassVar[Any]
    list_action: ClassVar[str]
    pagination_class = NewestPagination
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet:
        return visible_to(self.request.user, self.list_action, self.reading.everything())

    def get_object(self) -> Any:
        return self.reading.find(self.request.user, self.kwargs["pk"])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them. Who else than the insured person opens it is noted for him."""
        return Response(self.get_serializer(self.reading.open_for(request.user, self.kwargs["pk"])).data)

    def given(self, serializer_class: Any, request: Request, action: str = "") -> dict[str, Any]:
        """What was sent; of an act on one of them the right to it is asked first, by `action`."""
        if action:
            self.reading.find_for(request.user, self.kwargs["pk"], action)
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def answer_with(self, key: Any, status: int = 200) -> Response:
        """The one with this key, as a row of the list is shown."""
        found = self.reading.find(self.request.user, key)
        shown = self.serializer_class(found, context=self.get_serializer_context())
        return Response(shown.data, status=status)
