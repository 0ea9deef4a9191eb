"""The viewer: a document's pages as pictures within the portal, and what is known of it beside them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotNow
from core.text import whole_number
from core.way_back import way_back
from documents import services
from documents.forms import HINTS, SplitForm
from documents.intake import FileRefused
from documents.models import Stage
from documents.preview import CONTENT_TYPE
from documents.views import HELD
from permissions.narrowing import is_viewed
from permissions.policy import can, require

ZOOMS = {"width": _("Page width"), "whole": _("Whole page"), "large": _("Enlarged")}


@login_required
@require_GET
def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """One page of a document as a picture: `?page=` from 1, `?zoom=` one of `ZOOMS`."""
    found = get_object_or_404(
        services.readable(request.user).select_related("uploaded_by", "person", "claim_file"), pk=document_id
    )
    number = min(max(whole_number(request.GET.get("page", "")) or 1, 1), found.pages)
    zoom = request.GET.get("zoom", "")
    zoom = zoom if zoom in ZOOMS else "width"
    home = reverse("documents:folder", args=[found.folder_id])
    back = way_back(request, request.GET.get("next", ""), home)
    try:
        services.page_picture(found.pk, number, by=request.user)
        problem: Any = ""
    except NotNow as refusal:
        problem = refusal.sentence

    handles = can(request.user, "document.split", found)

    def at(page: int, how: str) -> str:
        return f"?{urlencode({'page': page, 'zoom': how, 'next': back})}#viewer"

    context = {
        "document": found,
        "number": number,
        "problem": problem,
        "zoom": zoom,
        "zooms": [(key, label, at(number, key)) for key, label in ZOOMS.items()],
        "previous_url": at(number - 1, zoom) if number > 1 else "",
        "next_url": at(number + 1, zoom) if number < found.pages else "",
        "back_url": back,
        # A title is its sender's own note.
        "title": found.title
        if found.uploaded_by_id == request.user.pk and not is_viewed(request.user.pk)
        else "",
        "may_split": handles and found.pages > 1 and found.stage == Stage.SENT,
        "handles": handles,
        "may_classify": can(request.user, "document.classify", found),
    }
    return render(request, "documents/viewer.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Split off pages: a page with the form, then the new document."""
    found = get_object_or_404(services.readable(request.user), pk=document_id)
    require(request.user, "document.split", found)
    form = SplitForm(request.POST or None, document=found)
    if request.method == "POST" and form.is_valid():
        try:
            received = services.split_off(found.pk, by=request.user, **form.cleaned_data)
        except FileRefused as refusal:
            form.add_error("pages", refusal.sentence)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if received.document is None:
                messages.warning(request, HELD)
                return redirect("documents:folder", found.folder_id)
            messages.success(
                request, _("The pages are a document of their own now. The other one stays as it was.")
            )
            return redirect("documents:document", received.document.pk)
    back_url = reverse("documents:document", args=[found.pk])
    context = {"document": found, "form": form, "hints": HINTS, "back_url": back_url}
    return render(request, "documents/split.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def page_picture(request: HttpRequest, document_id: UUID, number: int) -> HttpResponse:
    """A page as a picture."""
    return picture_response(services.page_picture(document_id, number, by=request.user))


@login_required
@require_GET
def thumbnail(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The first page, very small: for lists."""
    return picture_response(services.thumbnail(document_id, by=request.user))


def picture_response(content: bytes) -> HttpResponse:
    """A picture that no browser runs, sniffs or keeps, and no other site shows."""
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
