"""What `{% field %}` needs to know about a bound field: its kind, ids, describing texts and the control itself."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

# Width in characters; the control never grows beyond its column.
_WIDTHS = {"xs": 4, "s": 10, "m": 20, "l": 32, "full": None}


@dataclass(frozen=True, slots=True)
class Layout:
    """A field ready to be drawn by templates/components/field.html."""

    field: BoundField
    kind: str
    label: Any
    hint: Any
    errors: list[str]
    optional: bool
    prefix: str
    suffix: str
    width: str
    control: str
    options: list[Any]
    described_by: str
    legend_as: str
    count: int | None
    inline: bool
    secret: bool


def kind_of(bound: BoundField) -> str:
    """radios, checks, check, select, textarea, file, multi, or input."""
    widget = bound.field.widget
    kinds = (
        (forms.RadioSelect, "radios"),
        (forms.CheckboxSelectMultiple, "checks"),
        (forms.CheckboxInput, "check"),
        (forms.Select, "select"),
        (forms.Textarea, "textarea"),
        (forms.FileInput, "file"),
        (forms.MultiWidget, "multi"),
    )
    return next((name for cls, name in kinds if isinstance(widget, cls)), "input")


def messages(bound: BoundField) -> list[str]:
    """The errors of a field in words; Django's bare “This field is required.” names the field instead."""
    default = forms.Field.default_error_messages["required"]
    return [_missing(bound) if str(message) == str(default) else str(message) for message in bound.errors]


def _missing(bound: BoundField) -> str:
    kind = kind_of(bound)
    if kind in {"radios", "checks", "select"}:
        words = _("Choose an answer for “%(label)s”.")
    elif kind == "check":
        words = _("Tick “%(label)s” to continue.")
    elif kind == "file":
        words = _("Choose a file for “%(label)s”.")
    else:
        words = _("Fill in “%(label)s”.")
    return words % {"label": str(bound.label).rstrip(".")}


def target_id(bound: BoundField) -> str:
    """The id that a link in the error summary leads to: the control, or the first one of a group."""
    if kind_of(bound) in {"radios", "checks", "multi"}:
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def _numeric(field: forms.Field) -> tuple[str, str, str]:
    """Prefix, suffix and width that belong to the type of a field."""
    names = {cls.__name__ for cls in type(field).__mro__}
    if "MoneyField" in names:
        return "CHF", "", "s"
    if "PercentField" in names:
        return "", "%", "xs"
    if "RateField" in names:
        return "", "%", "s"
    if "SwissDateField" in names or isinstance(field, forms.DateField):
        return "", "", "s"
    if names & {"AHVField", "UIDField"}:
        return "", "", "m"
    if "IBANField" in names:
        return "", "", "l"
    if isinstance(field, forms.IntegerField):
        return "", "", "s"
    return "", "", "full"


def layout(bound: BoundField, **given: Any) -> Layout:
    """Describe `bound` for drawing.

    `given` may hold label, hint, prefix, suffix, width ("xs", "s", "m", "l", "full"), plain (no “optional”
    mark, for filters), legend_as (heading level of a group that names the page), count (characters left),
    inline (options side by side), hints (a sentence under each option, by value), and any attribute of the control
    (`autocomplete`, `inputmode`, `rows`, …; underscores become hyphens). Raises ValueError for a wrong width.
    """
    kind = kind_of(bound)
    prefix, suffix, width = _numeric(bound.field)
    width = given.pop("width", None) or width
    if width not in _WIDTHS:
        raise ValueError(f"width is one of {', '.join(_WIDTHS)}")
    label = given.pop("label", None)
    hint = given.pop("hint", None)
    hint = bound.help_text if hint is None else hint
    errors = messages(bound)
    count = given.pop("count", None)
    hints = {str(value): words for value, words in (given.pop("hints", None) or {}).items()}
    optional = not bound.field.required and not given.pop("plain", False) and kind != "check"
    prefix, suffix = given.pop("prefix", prefix), given.pop("suffix", suffix)
    legend_as, inline = given.pop("legend_as", ""), bool(given.pop("inline", False))
    describing = [
        f"{bound.auto_id}_{part}" for part, there in (("helptext", hint), ("error", errors)) if there
    ]
    if count:
        describing.append(f"{bound.auto_id}_count")
    described_by = " ".join(describing)

    attrs: dict[str, Any] = {name.replace("_", "-"): value for name, value in given.items()}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    grouped = kind in {"radios", "checks", "multi"}
    if described_by and not grouped:
        attrs["aria-describedby"] = described_by
    if kind == "input" and _WIDTHS[width]:
        attrs.setdefault("size", _WIDTHS[width])
    if kind == "textarea":
        attrs.setdefault("rows", 4)
    if count:
        attrs["data-count"] = count
    if kind in {"radios", "checks"}:
        control = ""
        options = [
            {"widget": each, "label": each.choice_label, "hint": hints.get(str(each.data["value"]), "")}
            for each in bound.subwidgets
        ]
    else:
        control, options = bound.as_widget(attrs=attrs), []
    return Layout(
        field=bound,
        kind=kind,
        label=label or bound.label,
        hint=hint,
        errors=errors,
        optional=optional,
        prefix=prefix,
        suffix=suffix,
        width=width,
        control=control,
        options=options,
        described_by=described_by,
        legend_as=legend_as,
        count=count,
        inline=inline,
        secret=isinstance(bound.field.widget, forms.PasswordInput),
    )
