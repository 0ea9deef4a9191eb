"""Uploads by the tus protocol, version 1.0 (https://tus.io/protocols/resumable-upload).

Core with creation, creation-with-upload, checksum, termination and expiration. The portal's own pages and programs
with a token use the same two addresses. A GET, which the protocol leaves open, tells how an upload stands: whoever
missed the last answer learns from it what became of his file.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django.conf import settings
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, MethodNotAllowed, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import NotNow
from core.negotiation import AnyContent
from documents import services
from documents.intake import FileRefused
from documents.models import Upload
from documents.services.uploads import CHECKSUMS, Checksum

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
CONTENT_TYPE = "application/offset+octet-stream"
# What the protocol answers where pages say “not now”.
STATUS = {"upload_gone": 410, "upload_busy": 423, "too_much": 413, "checksum_mismatch": 460}


class NotTus(APIException):
    """What was asked does not follow the protocol."""

    default_code = "protocol"

    def __init__(self, status_code: int = 400) -> None:
        super().__init__(_("This request does not follow the tus protocol, version 1.0."))
        self.status_code = status_code


@extend_schema(exclude=True)
class TusView(APIView):
    """What both addresses have in common: version, limits, refusals as the protocol has them."""

    content_negotiation_class = AnyContent

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer names the version."""
        response["Tus-Resumable"] = VERSION
        if response.status_code == 412:
            response["Tus-Version"] = VERSION
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """The same sentences as everywhere, with the protocol's own status."""
        if isinstance(exc, FileRefused):
            body = {"state": "refused", "code": exc.code, "detail": exc.sentence}
            return Response(body, status=413 if exc.code == "too_large" else 422)
        response = super().handle_exception(exc)
        if isinstance(exc, NotNow):
            response.status_code = STATUS.get(exc.code, response.status_code)
        return response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What this server can do."""
        told = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.DOCUMENT_MAX_BYTES),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        }
        return Response(status=204, headers=told)

    def follows_protocol(self, request: Request) -> None:
        """Raise NotTus for another version."""
        if request.headers.get("Tus-Resumable") != VERSION:
            raise NotTus(412)

    def take_piece(self, request: Request, folder_id: UUID, upload_id: UUID, offset: int) -> Upload:
        """Append the body, as it comes."""
        body: Any = request._request
        return services.append(
            folder_id,
            upload_id,
            body,
            offset=offset,
            length=_length(request),
            checksum=_checksum(request),
            by=request.user,
        )

    def count(self, request: Request, action: str) -> None:
        """Raise Throttled beyond what one person may do."""
        allowed = ratelimit.consume(
            request._request, app="documents", action=action, config=settings.UPLOAD_LIMITS, user=request.user
        )
        if not allowed:
            raise Throttled(wait=60)


class UploadsView(TusView):
    """The uploads of a folder: announce one."""

    def post(self, request: Request, folder_id: UUID) -> Response:
        """Announce a file by `Upload-Length` and `Upload-Metadata`: filename, visibility, kind, title, confirm_class.

        `photos`, a JSON list of [name, bytes], says that the bytes are several photos one behind the other, which
        become one PDF.
        """
        services.sendable(folder_id, by=request.user)
        self.follows_protocol(request)
        self.count(request, "begin")
        said = _metadata(request.headers.get("Upload-Metadata", ""))
        upload = services.begin(
            folder_id,
            name=said.get("filename") or said.get("name", ""),
            length=_number(request.headers.get("Upload-Length")),
            visibility=said.get("visibility", ""),
            kind=said.get("kind", "other"),
            title=said.get("title", ""),
            modified=_moment(said.get("modified", "")),
            confirm_class=said.get("confirm_class", "") in ("on", "true", "1"),
            photos=_photos(said.get("photos", "")),
            by=request.user,
        )
        if request.content_type == CONTENT_TYPE and _length(request):
            upload = self.take_piece(request, folder_id, upload.pk, 0)
        headers = {
            "Location": reverse("documents:api-upload", args=[folder_id, upload.pk]),
            **_standing(upload),
        }
        return Response(status=201, headers=headers)


class UploadView(TusView):
    """One upload of one's own."""

    def get(self, request: Request, folder_id: UUID, upload_id: UUID) -> Response:
        """How it stands, in words."""
        upload = services.find_upload(folder_id, upload_id, by=request.user)
        return Response(_told(upload), headers=_standing(upload))

    def head(self, request: Request, folder_id: UUID, upload_id: UUID) -> Response:
        """How much has arrived."""
        upload = services.find_upload(folder_id, upload_id, by=request.user)
        self.follows_protocol(request)
        if upload.refused:
            return Response(status=410)
        headers = {"Upload-Length": str(upload.length), **_standing(upload)}
        if upload.ended is None:
            headers["Upload-Metadata"] = _metadata_of(upload)
        return Response(headers=headers)

    def patch(self, request: Request, folder_id: UUID, upload_id: UUID) -> Response:
        """Take the next bytes."""
        services.find_upload(folder_id, upload_id, by=request.user)
        self.follows_protocol(request)
        self.count(request, "append")
        if request.content_type != CONTENT_TYPE:
            raise NotTus(415)
        offset = _number(request.headers.get("Upload-Offset"))
        upload = self.take_piece(request, folder_id, upload_id, offset)
        return Response(status=204, headers=_standing(upload))

    def delete(self, request: Request, folder_id: UUID, upload_id: UUID) -> Response:
        """Forget it; a document that was made of it stays."""
        services.find_upload(folder_id, upload_id, by=request.user)
        self.follows_protocol(request)
        services.cancel(folder_id, upload_id, by=request.user)
        return Response(status=204)

    def post(self, request: Request, **ids: UUID) -> Response:
        """For those behind a proxy that lets no PATCH and no DELETE through."""
        services.find_upload(**ids, by=request.user)
        method = request.headers.get("X-HTTP-Method-Override", "").upper()
        if method not in {"PATCH", "DELETE", "HEAD"}:
            raise MethodNotAllowed("POST")
        return getattr(self, method.lower())(request, **ids)


def _told(upload: Upload) -> dict[str, Any]:
    told: dict[str, Any] = {"length": upload.length, "offset": upload.offset}
    if upload.refused:
        sentence = FileRefused.again(upload.refused).sentence
        return told | {"state": "refused", "code": upload.refused, "detail": sentence}
    if upload.ended is None:
        return told | {"state": "on_its_way", "name": upload.name, "modified": upload.modified}
    told["state"] = "received"
    receipt = upload.paper and services.file_receipt(upload.paper, by=upload.uploaded_by)
    if receipt:
        told |= {
            "detail": receipt.sentence,
            "sha256": receipt.sha256,
            "receipt": reverse("documents:receipt", args=[receipt.pk]),
        }
    return told


def _standing(upload: Upload) -> dict[str, str]:
    headers = {"Upload-Offset": str(upload.offset)}
    if upload.ended is None:
        headers["Upload-Expires"] = http_date(upload.expires.timestamp())
    return headers


def _length(request: Request) -> int:
    if "Content-Length" not in request.headers:
        raise NotTus(411)
    return _number(request.headers["Content-Length"] or "0")


def _number(text: str | None) -> int:
    # More digits than any file has bytes.
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotTus
    return int(text)


def _moment(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _photos(text: str) -> list[tuple[str, int]]:
    """`[["IMG_1.jpg", 52034], …]`; NotTus for what is not."""
    try:
        said = json.loads(text or "[]")
        photos = [(name, size) for name, size in said]
    except (ValueError, TypeError, RecursionError):
        raise NotTus from None
    if not all(type(name) is str and type(size) is int and size >= 0 for name, size in photos):
        raise NotTus
    return photos


def _checksum(request: Request) -> Checksum | None:
    text = request.headers.get("Upload-Checksum")
    if text is None:
        return None
    checksum = services.checksum_of(text)
    if checksum is None:
        raise NotTus
    return checksum


def _metadata(text: str) -> dict[str, str]:
    """`key base64, key base64 …`; NotTus for what is not."""
    said = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _space, value = pair.partition(" ")
        try:
            said[key] = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError:
            raise NotTus from None
        if "\0" in said[key]:
            raise NotTus
    return said


def _metadata_of(upload: Upload) -> str:
    said = {
        "filename": upload.name,
        "visibility": upload.visibility,
        "kind": upload.kind,
        "title": upload.title,
    }
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items() if value
    )
