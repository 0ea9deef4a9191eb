"""`{% load documents %}{% document_folder folder %}`: the papers of a case wherever the case is shown."""

from typing import Any

from django import template
from django.conf import settings
from django.template import Context

from documents import services
from documents.forms import UploadForm
from documents.models import Folder
from documents.photo_queue import key_of
from documents.views import list_context

register = template.Library()


@register.inclusion_tag("documents/folder.html", takes_context=True)
def document_folder(context: Context, folder: Folder, form: UploadForm | None = None) -> dict[str, Any]:
    """The folder as the signed-in person sees it, with the form to send more if he may.

    After sending, he comes back to the page where the tag stands. `form`: one with its errors.
    """
    request = context["request"]
    user = request.user
    may_send = services.folders(user, "document.upload").filter(pk=folder.pk).exists()
    # A variable that the page does not have arrives as an empty string.
    if may_send and not form:
        form = UploadForm(side=services.side_of(user, folder))
    here = context.get("next") or request.get_full_path()
    return {
        **list_context(folder, user, here),
        "form": form if may_send else None,
        "next": here,
        "unfinished": services.unfinished(folder, user) if may_send else [],
        "csrf_token": context.get("csrf_token"),
        **key_of(user),
        "max_bytes": settings.DOCUMENT_MAX_BYTES,
        "max_megabytes": settings.DOCUMENT_MAX_BYTES // (1024 * 1024),
        "max_files": settings.DOCUMENT_MAX_FILES,
    }


@register.inclusion_tag("documents/photo_queue.html", takes_context=True)
def photo_queue(context: Context) -> dict[str, Any]:
    """What waits on this device of the signed-in person; nothing while he looks as somebody else."""
    viewing = context.get("viewing_as") or not context["request"].user.is_authenticated
    return {} if viewing else key_of(context["request"].user)
