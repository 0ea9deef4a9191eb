"""A form sent after the end of its session: kept for the same person, and put back into the page after signing in.

Nothing is done later by itself: the page comes back filled in, and the person sends it once more. It is put into the
finished page, not into the view, so that no act can be set going by it.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from lxml import html

from users.models import KeptInput, User

LIFE = timedelta(minutes=30)
# Characters of everything typed into one form; more is not kept.
MOST = 60_000
# Of one person at a time: the newest.
MOST_FORMS = 10
# In the address of the page into which it is put back.
PARAMETER = "kept"
# By their names: fields that are typed anew.
_SECRET = re.compile(
    r"pass(word|wort)|csrf|secret|credential|(^|[_-])(code|puk|pin|otp|key|token)([_-]|$)", re.I
)
_TYPED_ANEW = {"password", "file", "submit", "button", "image", "reset"}
_TICKED = {"checkbox", "radio"}
# What no page can carry.
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_secret(name: str) -> bool:
    """Whether a field of this name is never kept: passwords, codes, secrets, the token of the form itself."""
    return _SECRET.search(name) is not None


def keep(request: HttpRequest, user_id: Any) -> str:
    """Keep what this request sends for that person; returns what names it, empty if there is nothing to keep."""
    if request.method != "POST" or not User.objects.filter(pk=user_id, is_active=True).exists():
        return ""
    typed = {
        name: [_UNFIT.sub("", value) for value in values]
        for name, values in request.POST.lists()
        if not is_secret(name)
    }
    text = json.dumps(typed)
    if (
        len(text) > MOST
        or len(request.path) > 500
        or not any("".join(values).strip() for values in typed.values())
    ):
        return ""
    rows = KeptInput.objects.filter(user_id=user_id)
    older = rows.order_by("-created").values("pk")[MOST_FORMS - 1 :]
    KeptInput.objects.filter(pk__in=list(older.values_list("pk", flat=True))).delete()
    row = KeptInput.objects.create(
        user_id=user_id,
        action=request.path,
        sealed=get_adapter().encrypt(text),
        expires=timezone.now() + LIFE,
    )
    return str(row.pk)


def with_kept(page: str, kept: str) -> str:
    """The address of a page with what is put back into it; what an earlier address named is left out."""
    parts = urlsplit(page)
    if not kept and PARAMETER not in parts.query:
        return page
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != PARAMETER]
    return parts._replace(query=urlencode([*query, *([(PARAMETER, kept)] if kept else [])])).geturl()


def put_back(request: HttpRequest, response: HttpResponse) -> None:
    """Fill this page with what the same person had typed into it, once."""
    kept = request.GET.get(PARAMETER)
    if not kept or request.method != "GET" or response.status_code != 200 or response.streaming:
        return
    if not request.user.is_authenticated or not response.get("Content-Type", "").startswith("text/html"):
        return
    row = _find(request.user, kept)
    page = row and _filled(request, response, row)
    # Of two tabs with the same address one gets it.
    if row and page and KeptInput.objects.filter(pk=row.pk).delete()[0]:
        response.content = page


def forget_old() -> None:
    """Forget what nobody came back for."""
    KeptInput.objects.filter(expires__lte=timezone.now()).delete()


def _find(user: Any, kept: str) -> KeptInput | None:
    try:
        key = UUID(kept)
    except ValueError:
        return None
    return KeptInput.objects.filter(pk=key, user=user, expires__gt=timezone.now()).first()


def _filled(request: HttpRequest, response: HttpResponse, row: KeptInput) -> str:
    """The page with its form filled in; empty if it has no such form."""
    typed: dict[str, list[str]] = json.loads(get_adapter().decrypt(row.sealed))
    page = html.document_fromstring(response.content.decode())
    for form in page.iter("form"):
        target = urlsplit(urljoin(request.get_full_path(), form.get("action", ""))).path
        if form.get("method", "").lower() != "post" or target != row.action:
            continue
        fields = [field for field in form.iter("input", "select", "textarea") if _is_put_back(field)]
        if any(field.get("name") in typed for field in fields):
            for field in fields:
                _put(field, typed)
            form.addprevious(html.fragment_fromstring(render_to_string("users/kept_input.html", {}, request)))
            return html.tostring(page, encoding="unicode", doctype="<!doctype html>")
    return ""


def _is_put_back(field: Any) -> bool:
    name = field.get("name")
    return bool(name) and not is_secret(name) and field.get("type", "").lower() not in _TYPED_ANEW


def _put(field: Any, typed: dict[str, list[str]]) -> None:
    values = typed.get(field.get("name"), [])
    if field.tag == "select":
        for option in field.iter("option"):
            _mark(option, "selected", (option.get("value", option.text) or "") in values)
    elif field.get("type", "").lower() in _TICKED:
        _mark(field, "checked", field.get("value", "on") in values)
    elif values and field.tag == "textarea":
        # A first line break belongs to the markup.
        field.text = "\n" + values.pop(0)
    elif values:
        field.set("value", values.pop(0))


def _mark(field: Any, attribute: str, on: bool) -> None:
    if on:
        field.set(attribute, attribute)
    else:
        field.attrib.pop(attribute, None)
