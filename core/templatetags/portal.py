"""Template tags of the interface: `{% load portal %}`. See templates/components/README.md."""

from datetime import date
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.conf import settings
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from core import field_layout, text
from core.strip import LIST_DAYS
from core.strip import strip as draw_strip

register = template.Library()

# Files of static/css in the order of the cascade; the first one names the layers.
LAYERS = (
    "reset",
    "tokens",
    "scale",
    "base",
    "layout",
    "shell",
    "content",
    "data",
    "forms",
    "utilities",
    "print",
)
TONES = frozenset({"ok", "warn", "err", "info", "wait", "mute"})
ALERT_ICONS = {"ok": "circle-check", "warn": "triangle-alert", "err": "circle-alert", "info": "info"}


# --- Swiss formats ------------------------------------------------------------------------------


@register.filter
def money(value: Any) -> str:
    """12480.5 → 12’480.50; empty for None and ""."""
    return "" if value in (None, "") else text.money(value)


@register.filter
def chf(value: Any) -> str:
    """12480.5 → CHF 12’480.50, never broken after the currency; empty for None and ""."""
    return "" if value in (None, "") else text.chf(value)


@register.filter
def number(value: Any) -> str:
    """148200 → 148’200; empty for None and ""."""
    return "" if value in (None, "") else text.number(value)


@register.filter
def swiss_date(value: Any) -> str:
    """A date as 31.12.2026."""
    return text.swiss_date(value) if value else ""


@register.filter
def swiss_datetime(value: Any) -> str:
    """A moment as 31.12.2026, 14:05 in the portal's time zone."""
    return text.swiss_datetime(value) if value else ""


@register.filter(name="bytes")
def bytes_filter(value: Any) -> str:
    """A file size as 2.4 MB."""
    return "" if value in (None, "") else text.bytes_size(int(value))


@register.filter
def initials(name: Any) -> str:
    """At most two capitals for an avatar: “Claire Morand” → CM."""
    words = [word for word in str(name or "").replace("-", " ").split() if word[:1].isalpha()]
    chosen = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0].upper() for word in chosen)


@register.filter
def breakable(address: Any) -> SafeString:
    """An e-mail address that may break after the @, nowhere else unless it must."""
    name, at, host = str(address or "").partition("@")
    return format_html("{}{}<wbr>{}", name, at, host) if at else format_html("{}", name)


@register.filter
def tone_of(level: str) -> str:
    """The tone of a Django message level: success → ok, warning → warn, error → err, else info."""
    return {"success": "ok", "warning": "warn", "error": "err"}.get(level, "info")


@register.filter
def role_of(level: str) -> str:
    """Errors and warnings interrupt a screen reader, the rest waits its turn."""
    return "alert" if level in {"error", "warning"} else "status"


@register.filter
def tel(value: Any) -> str:
    """The address of a phone number for `href`: +41 21 555 01 00 → tel:+41215550100."""
    return "tel:" + quote(
        "".join(sign for sign in str(value or "") if sign.isdigit() or sign == "+"), safe="+"
    )


# --- The frame ----------------------------------------------------------------------------------


@register.simple_tag
@cache
def stylesheets() -> SafeString:
    """Links to the layers, in their order."""
    addresses = ((static(f"css/{name}.css"),) for name in LAYERS)
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', addresses)


@register.simple_tag
def language_choices() -> list[tuple[str, str, str]]:
    """(code, short name, own name) of each language: ("de", "DE", "Deutsch")."""
    return [(code, code.upper(), name) for code, name in settings.LANGUAGES]


# --- Small pieces -------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; hidden from screen readers unless `label` says what it means. `size`: sm or lg."""
    address = f"{_sprite()}#{name}"
    classes = f"icon icon-{size}" if size else "icon"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, address
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, address)


@cache
def _sprite() -> str:
    """The address of all icons; a page asks for it dozens of times."""
    return static("icons.svg")


@register.simple_tag
def status_tag(label: Any, tone: str = "mute") -> SafeString:
    """A state in words on a tint; ok, warn, err, info, wait or mute (unknown tones are mute)."""
    tone = tone if tone in TONES else "mute"
    mark = icon(ALERT_ICONS[tone], size="sm") if tone in {"warn", "err"} else ""
    return format_html('<span class="tag tag-{}">{}{}</span>', tone, mark, label)


@register.simple_tag
def avatar(name: Any, size: str = "", tone: str = "") -> SafeString:
    """The initials of a person; decoration, the name stands beside it in words."""
    classes = " ".join(["avatar", *(f"avatar-{part}" for part in (size, tone) if part)])
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, initials(name))


@register.simple_tag
def href(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named page, or "" where this installation has no such page (unlike `{% url %}`)."""
    if not args and not kwargs:
        return _plain_address(name, get_script_prefix())
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@lru_cache(maxsize=256)
def _plain_address(name: str, _prefix: str) -> str:
    """The same without anything to fill in: the frame of every page asks for a dozen, always for the same ones."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("components/absence_strip.html")
def absence_strip(periods: Any, today: date | None = None, whole: bool = False) -> dict[str, Any]:
    """The absence strip of ux: `periods` have begin, end, degree; `whole` draws the whole case, large."""
    today = today or timezone.localdate()
    return {"strip": draw_strip(periods, today, days=None if whole else LIST_DAYS), "whole": whole}


# --- Forms --------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, **given: Any) -> SafeString:
    """Label, hint, error and control of one form field; options in core/field_layout.py."""
    return render_to_string("components/field.html", {"f": field_layout.layout(bound, **given)})


@register.simple_tag
def form_fields(form: BaseForm, **given: Any) -> SafeString:
    """All fields of a form in their order, hidden ones included."""
    hidden = [str(bound) for bound in form.hidden_fields()]
    shown = [field(bound, **given) for bound in form.visible_fields()]
    return SafeString("".join([*hidden, *shown]))


def _messages(form: BaseForm) -> list[dict[str, str]]:
    rows = [{"text": str(error), "target": ""} for error in form.non_field_errors()]
    for bound in form:
        if bound.is_hidden:
            rows += [{"text": str(error), "target": ""} for error in bound.errors]
        else:
            target = field_layout.target_id(bound)
            rows += [{"text": words, "target": target} for words in field_layout.messages(bound)]
    return rows


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: Any, **given: Any) -> dict[str, Any]:
    """What went wrong in one or more forms or formsets, with links to the fields; nothing when all is well."""
    rows: list[dict[str, str]] = []
    for form in forms:
        if isinstance(form, BaseFormSet):
            rows += [{"text": str(error), "target": ""} for error in form.non_form_errors()]
            rows += [row for each in form.forms if each.is_bound for row in _messages(each)]
        elif isinstance(form, BaseForm) and form.is_bound:
            rows += _messages(form)
    return {"rows": rows, "heading": given.get("heading", "")}


# --- Lists --------------------------------------------------------------------------------------


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Any, parameter: str = "page", label: str = "") -> dict[str, Any]:
    """Links to the other pages of a list; understands Django's Page and core.paging.KeysetPage."""
    request = context.get("request")

    def address(value: Any, name: str = parameter) -> str:
        query = request.GET.copy() if request is not None else None
        if query is None:
            return f"?{name}={quote(str(value))}"
        query.pop("cursor", None)
        query[name] = value
        return "?" + query.urlencode()

    if hasattr(page, "paginator"):
        total = page.paginator.num_pages
        numbers = [
            {"number": each, "url": address(each), "current": each == page.number}
            if isinstance(each, int)
            else {"number": "", "url": "", "current": False}
            for each in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
        ]
        return {
            "numbers": numbers if total > 1 else [],
            "previous": address(page.previous_page_number()) if page.has_previous() else "",
            "next": address(page.next_page_number()) if page.has_next() else "",
            "count": page.paginator.count,
            "exact": getattr(page.paginator, "count_exact", True),
            "label": label,
        }
    return {
        "numbers": [],
        "previous": getattr(page, "previous_url", ""),
        "next": getattr(page, "next_url", ""),
        "count": getattr(page, "count", None),
        "exact": getattr(page, "count_exact", True),
        "label": label,
    }


# --- Blocks with a body -------------------------------------------------------------------------


@register.simple_block_tag
def sheet(content: str, title: Any = "", **given: Any) -> SafeString:
    """A white sheet: `{% sheet _("Finance") id="finance" link=url link_text=_("All") %}…{% endsheet %}`.

    Options: id (from the title), link, link_text, button (url), button_text, button_icon, level (2), flush (no padding, for
    tables and rows), tone (err, warn), classes, live (topic), note (caption under the title).
    """
    given.setdefault("level", 2)
    if title:
        given.setdefault("id", f"sheet-{slugify(title)}")
    return render_to_string("components/sheet.html", {**given, "title": title, "content": content})


@register.simple_block_tag
def alert(content: str, tone: str = "info", title: Any = "", **given: Any) -> SafeString:
    """A message in place, up to three sentences: `{% alert "warn" _("Title") %}…{% endalert %}`.

    `role="alert"` or `role="status"` only where it appears after the page was loaded.
    """
    values = {
        **given,
        "tone": tone,
        "title": title,
        "content": content,
        "icon_name": ALERT_ICONS.get(tone, "info"),
    }
    return render_to_string("components/alert.html", values)


@register.simple_block_tag
def dialog(content: str, id: str, title: Any, **given: Any) -> SafeString:
    """A native dialog, opened by a button with `data-dialog="id"`; `actions` stand in its body."""
    return render_to_string("components/dialog.html", {**given, "id": id, "title": title, "content": content})


@register.simple_block_tag
def action_bar(content: str, **given: Any) -> SafeString:
    """The row of buttons that ends a form; `sticky=True` keeps it in view on phones."""
    return format_html(
        '<div class="actions{}">{}</div>', " actions-sticky" if given.get("sticky") else "", content
    )
