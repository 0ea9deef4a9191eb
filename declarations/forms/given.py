"""What comes from outside, from a page or a program, in the shape in which a part keeps its answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from declarations.forms.base import PartForm

# Longer than any answer; a limit against abuse, not a rule of the form.
TYPED_LIMIT = 20_000
ROWS_LIMIT = 60


def typed(form_class: type[PartForm], post: Any, names: Collection[str] | None = None) -> dict[str, Any]:
    """The values of a posted page, as `save_part` takes them; rows marked for removal are left out.

    `names`: the questions that the page held, all of the part without it.
    """
    values: dict[str, Any] = {
        name: field.widget.value_from_datadict(post, {}, name)
        for name, field in form_class.base_fields.items()  # type: ignore[attr-defined]
        if names is None or name in names
    }
    # Nothing chosen among radio buttons and boxes is not sent at all.
    values = {name: "" if value is None else value for name, value in values.items()}
    if form_class.row_form is not None and (names is None or form_class.rows_name in names):
        pattern = re.compile(rf"{form_class.rows_name}-([0-9]{{1,3}})-")
        numbers = sorted({int(match[1]) for key in post if (match := pattern.match(key))})
        removed = post.get("remove", "")
        values[form_class.rows_name] = [
            {
                name: post.get(f"{form_class.rows_name}-{number}-{name}", "")
                for name in form_class.row_form.base_fields  # type: ignore[attr-defined]
            }
            for number in numbers
            if str(number) != removed
        ]
    return values


def accepted(form_class: type[PartForm], values: Any) -> dict[str, Any]:
    """Values from outside in the shape a part understands; raises ValidationError by field for another shape."""
    if not isinstance(values, Mapping):
        raise ValidationError(_("Send the answers of this part as fields with values."))
    fields: dict[str, forms.Field] = form_class.base_fields  # type: ignore[attr-defined]
    known = set(fields) | ({form_class.rows_name} if form_class.row_form else set())
    if unknown := sorted(str(name) for name in values if name not in known):
        raise ValidationError({name: [_("This part has no such field.")] for name in unknown})
    return {name: _accepted_value(form_class, name, value) for name, value in values.items()}


def _accepted_value(form_class: type[PartForm], name: str, value: Any) -> Any:
    if name != form_class.rows_name or form_class.row_form is None:
        several = isinstance(form_class.base_fields[name], forms.MultipleChoiceField)  # type: ignore[attr-defined]
        if isinstance(value, list) and several:
            return [_plain(name, each) for each in value[:ROWS_LIMIT]]
        return _plain(name, value)
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise ValidationError({name: [_("Send a list of rows.")]})
    if len(value) > ROWS_LIMIT:
        raise ValidationError({name: [_("Send at most %(count)d rows.") % {"count": ROWS_LIMIT}]})
    columns = form_class.row_form.base_fields  # type: ignore[attr-defined]
    if unknown := sorted({str(column) for row in value for column in row if column not in columns}):
        raise ValidationError({f"{name}.{column}": [_("This part has no such field.")] for column in unknown})
    return [{column: _plain(name, each) for column, each in row.items()} for row in value]


def _plain(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | float | Decimal):
        # PostgreSQL keeps neither the sign NUL nor half a surrogate pair.
        text = str(value).replace("\x00", "").encode("utf-8", "ignore").decode()
        if len(text) > TYPED_LIMIT:
            raise ValidationError(
                {
                    name: [
                        _("Shorten this to at most %(limit_value)d characters.")
                        % {"limit_value": TYPED_LIMIT}
                    ]
                }
            )
        return text
    raise ValidationError({name: [_("Send a text, a number or a date here.")]})
