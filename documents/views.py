"""Pages of papers: a folder, sending into it, opening a document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.chosen import within_chosen
from core.errors import NotNow, OutOfReach
from core.way_back import way_back
from documents import services
from documents.crypto import Reader
from documents.filters import DocumentFilter
from documents.forms import HINTS, ClassifyForm, UploadForm
from documents.intake import FileRefused, clean_name
from documents.models import Document, Folder
from permissions.narrowing import is_viewed
from permissions.paging import newest_page
from permissions.policy import can, can_each, can_somewhere, require_somewhere

HELD = gettext_lazy(
    "Our virus scanner does not answer at the moment. What you sent is kept encrypted, and nobody can open it until it "
    "is checked. You need not send it again."
)


@login_required
@require_GET
def archive(request: HttpRequest) -> HttpResponse:
    """Every document one may see, the newest first."""
    require_somewhere(request.user, "document.view")
    rows = within_chosen(request, services.readable(request.user))
    rows = rows.select_related("uploaded_by", "person", "claim_file")
    narrowed = DocumentFilter(request.GET, queryset=rows)
    context = {
        "form": narrowed.form,
        "has_errors": bool(narrowed.form.errors),
        "filtered": any(request.GET.get(name) for name in narrowed.filters),
        "page": newest_page(narrowed.qs, request, "document.view"),
    }
    return render(request, "documents/archive.html", context)


@login_required
@require_GET
def folder(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """The papers of one case and, for whoever may, the form to send more."""
    found = get_object_or_404(services.folders(request.user), pk=folder_id)
    return render(request, "documents/page.html", {"folder": found})


@login_required
@require_GET
def papers(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """Only the list of a folder, to be swapped in when it changed."""
    found = get_object_or_404(services.folders(request.user), pk=folder_id)
    # The list stands on some page; whoever leaves it comes back there.
    here = _page_around(request) or reverse("documents:folder", args=[folder_id])
    return render(request, "documents/papers.html", list_context(found, request.user, here))


def _page_around(request: HttpRequest) -> str:
    """The path of the page that htmx swaps something into; empty without htmx, and for what is no address."""
    htmx: Any = getattr(request, "htmx", None)
    try:
        return (htmx and htmx.current_url_abs_path) or ""
    except ValueError:
        return ""


def list_context(found: Folder, user: Any, here: str) -> dict[str, Any]:
    """What the list of a folder shows to `user`; `here` is the page it stands on."""
    contents = services.contents(found, user)
    may_classify = can_each(user, "document.classify", contents.documents)
    rows = [
        {
            "document": document,
            "url": f"{reverse('documents:document', args=[document.pk])}?{urlencode({'next': here})}",
            # A title is its sender's own note.
            "title": document.title if document.uploaded_by_id == user.pk and not is_viewed(user.pk) else "",
            "classify_url": _classify_url(document, here) if document.pk in may_classify else "",
        }
        for document in contents.documents
    ]
    side = services.side_of(user, found) if contents.held else ""
    held = [
        # Of what is handed over sealed its sender keeps no name, held or not.
        {"paper": paper, "name": "" if side == "employer" and paper.visibility == "medical" else paper.name}
        for paper in contents.held
    ]
    return {
        "folder": found,
        "rows": rows,
        "receipts": contents.receipts,
        "held": held,
        "here": here,
        "merge_url": _merge_url(found, contents.documents, user, here),
    }


def _merge_url(found: Folder, documents: list[Document], user: Any, here: str) -> str:
    """Where whoever may do so puts documents of the folder together."""
    if (
        len(documents) < 2
        or not can_somewhere(user, "document.split")
        or not can(user, "document.split", found)
    ):
        return ""
    return f"{reverse('documents:merge', args=[found.pk])}?{urlencode({'next': here})}"


@login_required
@require_POST
def upload(request: HttpRequest, folder_id: UUID) -> HttpResponse:
    """Take files in, each for itself: a refused one says why and does not lose the others.

    Answers JSON to a client that asks for it, else a page: back to where the form stood when every file
    was received, with 422 and a line for each file when one was not.
    """
    found = get_object_or_404(services.folders(request.user, "document.upload"), pk=folder_id)
    form = UploadForm(request.POST, request.FILES, side=services.side_of(request.user, found))
    as_json = request.accepts("application/json") and not request.accepts("text/html")
    results = []
    if form.is_valid():
        results = _receive_all(found, form.cleaned_data, request.user)
    complete = bool(results) and all(result["state"] == "received" for result in results)
    if as_json:
        body = {"files": results, "errors": form.errors}
        return JsonResponse(body, status=201 if complete else 422)
    target = _safe_target(request, found.pk)
    if complete:
        said = ngettext("%(count)s document received.", "%(count)s documents received.", len(results))
        messages.success(request, said % {"count": len(results)})
        if any(result.get("held") for result in results):
            messages.warning(request, HELD)
        return redirect(target)
    if results:
        # The files that came through are stored; the form starts again for the others.
        asked = any(result.get("code") == "looks_medical" for result in results)
        # Whoever says that it is administrative says so of the files he chooses then.
        answers = {**form.cleaned_data, "confirm_class": False}
        form = UploadForm(initial=answers, side=form.side, asked=asked)
    refused = [
        {"target": f"file-{number}", "text": f"{result['name']}: {result['message']}"}
        for number, result in enumerate(results, 1)
        if result["state"] == "refused"
    ]
    context = {
        "folder": found,
        "form": form,
        "results": results,
        "refused": refused,
        "next": target,
        "has_errors": True,
    }
    return render(request, "documents/upload_result.html", context, status=422)


def _receive_all(found: Folder, values: dict[str, Any], user: Any) -> list[dict[str, Any]]:
    """Each file for itself; several photos as one, if that is wanted."""
    files = values["files"]
    photos = [file for file in files if services.is_photo(file)] if values["combine"] else []
    if len(photos) < 2:
        return [_receive(found, file, values, user) for file in files]
    first, *others = photos
    names = ngettext("%(count)s photo as one PDF", "%(count)s photos as one PDF", len(photos))
    together = {"name": names % {"count": len(photos)}, "size": sum(photo.size for photo in photos)}
    return [
        _receive(found, photos if file is first else file, values, user, together if file is first else None)
        for file in files
        if file not in others
    ]


def _receive(
    found: Folder, sent: Any, values: dict[str, Any], user: Any, result: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What became of a file, or of several photos as one (`result`: what they are called together)."""
    act = services.combine if result else services.receive
    result = result or {"name": clean_name(sent.name or ""), "size": sent.size}
    try:
        received = act(
            found.pk,
            sent,
            visibility=values["visibility"],
            kind=values["kind"],
            title=values["title"],
            hold=True,
            confirm_class=values["confirm_class"],
            by=user,
        )
    except FileRefused as refusal:
        return result | {"state": "refused", "code": refusal.code, "message": refusal.sentence}
    except NotNow as busy:
        return result | {"state": "refused", "code": busy.code, "message": str(busy.sentence)}
    if received.held:
        return result | {
            "state": "received",
            "held": True,
            "message": _("Received, held for the virus check"),
        }
    if received.receipt:
        return result | {"state": "received", "message": _("Received and handed over sealed")}
    return result | {"state": "received", "message": _("Received")}


def _classify_url(document: Document, here: str) -> str:
    return f"{reverse('documents:classify', args=[document.pk])}?{urlencode({'next': here})}"


def _safe_target(request: HttpRequest, folder_id: UUID) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return way_back(request, wanted, reverse("documents:folder", args=[folder_id]))


@login_required
@require_GET
def download(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The document's bytes, for one's own device only: never shown inside the portal's origin."""
    document, reader = services.read(document_id, by=request.user)
    return file_response(request, document, reader)


def file_response(request: HttpRequest, document: Document, reader: Reader) -> StreamingHttpResponse:
    """Stream a document as an attachment that no browser runs, sniffs or keeps."""
    # An ASGI server would gather a synchronous iterator in memory first.
    inside = getattr(request, "_request", request)
    body: Any = AsyncBody(reader) if isinstance(inside, ASGIRequest) else Body(reader)
    response = StreamingHttpResponse(body, content_type=document.content_type)
    response["Content-Length"] = str(reader.size)
    response["Content-Disposition"] = content_disposition_header(True, document.name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


class Bytes:
    """The bytes of a reader; closed by the response, even when nobody fetched them."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.close = reader.close


class Body(Bytes):
    """For a WSGI server."""

    def __iter__(self) -> Iterator[bytes]:
        return self.reader.chunks()


class AsyncBody(Bytes):
    """For an ASGI server: the file is read in a thread, one frame at a time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self.reader.chunks()
        following = sync_to_async(lambda: next(chunks, b""))
        while chunk := await following():
            yield chunk


@login_required
@require_GET
def receipt(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The receipt of one file: for whoever sees the document, and for the sender of one handed over sealed."""
    found = services.file_receipt(document_id, by=request.user)
    if found is None:
        raise OutOfReach
    context = {"receipt": found, "back_url": _safe_target(request, found.folder.pk)}
    return render(request, "documents/receipt.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def classify(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Change who may see a document: a page with the classes, then back to its folder."""
    document = get_object_or_404(services.classifiable(request.user), pk=document_id)
    target = _safe_target(request, document.folder_id)
    form = ClassifyForm(request.POST or None, initial={"visibility": document.visibility})
    if request.method == "POST" and form.is_valid():
        try:
            services.classify(document.pk, visibility=form.cleaned_data["visibility"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("Saved. Everybody sees the document according to its new class from now on.")
            )
            return redirect(target)
    context = {"document": document, "form": form, "hints": HINTS, "back_url": target}
    return render(request, "documents/classify.html", context, status=422 if form.errors else 200)
