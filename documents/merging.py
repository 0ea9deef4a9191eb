"""Pages of merging: which documents are put together, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.way_back import way_back
from documents import services
from documents.forms import MergeForm
from documents.models import Document, Folder, HeldPaper, Merge
from documents.services.merging import LEFT_OUT
from permissions.policy import require


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """Choose documents of a folder and have them put together."""
    folder = get_object_or_404(services.folders(request.user, "document.upload"), pk=folder_id)
    require(request.user, "document.split", folder)
    documents = list(services.mergeable(request.user, folder))
    back = _back(request, folder)
    form = MergeForm(
        request.POST if request.method == "POST" else None,
        documents=documents,
        initial={"name": _("Documents of the case")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.request_merge(folder.pk, by=request.user, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("documents:merged", folder.pk, asked.pk)
    context = {"folder": folder, "form": form, "documents": documents, "back_url": back}
    return render(request, "documents/merge.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def merged(request: HttpRequest, folder_id: UUID, merge_id: UUID) -> HttpResponse:
    """How far a merge is, and what came of it."""
    folder = get_object_or_404(services.folders(request.user, "document.upload"), pk=folder_id)
    asked = get_object_or_404(services.merges_of(request.user, folder), pk=merge_id)
    context = {
        "folder": folder,
        "merge": asked,
        "count": len(asked.papers),
        "left_out": left_out(asked, request.user),
        "back_url": _back(request, folder),
        **_made(asked, request.user),
    }
    return render(request, "documents/merged.html", context)


def left_out(asked: Merge, user: Any) -> list[tuple[str, Any]]:
    """Name and reason of each document that is not in it; the name as far as one may still see it."""
    reasons = {each["document"]: LEFT_OUT[each["left_out"]] for each in asked.papers if each["left_out"]}
    names = dict(services.readable(user).filter(pk__in=reasons).values_list("pk", "name"))
    return [(names.get(UUID(key), _("Document")), reason) for key, reason in reasons.items()]


def _made(asked: Merge, user: Any) -> dict[str, Document | HeldPaper | None]:
    """The new document, or what became of it in the virus check."""
    document = services.readable(user).filter(pk=asked.made).first() if asked.made else None
    held = services.held_back(user, document_id=asked.made).first() if asked.made and not document else None
    return {"document": document, "held": held}


def _back(request: HttpRequest, folder: Folder) -> str:
    return way_back(request, request.GET.get("next", ""), reverse("documents:folder", args=[folder.pk]))
