"""Closed by absence: models whose rows are reached through the policy or not at all.

A scoped model has no `.objects`. Its default manager raises, so whatever falls back on it
(`get_object_or_404(Model)`, reverse relations, ModelForm and filter choices, serializer fields, unique
validators) fails loudly instead of leaking. `Model.unrestricted` is the open door for services, tasks and
commands; the linter keeps it out of views, api, forms, filters and consumers.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.db import models

from core.errors import OutOfReach
from core.models import Record


class PolicyBypassed(RuntimeError):
    """Rows of a scoped model were asked for without the policy."""


class ClosedManager(models.Manager):
    """The default manager of scoped models: it has no rows to give."""

    def get_queryset(self) -> Any:
        raise PolicyBypassed(
            f"{self.model._meta.label} is reached through permissions.policy.visible_to(); "
            "services may use `.unrestricted`."
        )


class ScopedModel(Record):
    """A record that stands on scopes.

    `scope_fields` says by which lookup a scope of each kind reaches this model, for instance
    `{"company": "company_id", "claim_file": "pk", "person": "person_id"}`.
    """

    scope_fields: ClassVar[dict[str, str]] = {}

    closed = ClosedManager()
    unrestricted = models.Manager()

    class Meta:
        abstract = True
        default_manager_name = "closed"
        base_manager_name = "unrestricted"


Row = TypeVar("Row", bound=ScopedModel)


def locked(model: type[Row], key: Any) -> Row:
    """The row with this key, locked until the transaction ends; its rights are asked by the act. Raises OutOfReach."""
    found = model.unrestricted.select_for_update().filter(pk=key).first()
    if found is None:
        raise OutOfReach
    return found
