"""The home page: what is to do; and whether the portal lives."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from companies import chosen
from core.models import OutboxMessage
from core.way_back import way_back
from documents import storage
from enterprise_portal import home as home_page


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The start page of everybody signed in; for htmx its content alone."""
    name = "parts" if request.htmx else "home"
    return render(request, f"home/{name}.html", home_page.context(request))


@login_required
@require_POST
def switch_company(request: HttpRequest) -> HttpResponse:
    """Look at one company, or at all again; back to where one was."""
    chosen.choose(request, request.POST.get("company", ""))
    return redirect(way_back(request, request.POST.get("next", ""), "home"))


# --- The demo's outbox --------------------------------------------------------------------------


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Demo only: the mails, text messages and letters that would have left, newest first."""
    _demo_only()
    rows = OutboxMessage.objects.defer("pdf").order_by("-created", "-id")
    if address := request.GET.get("to", "").strip():
        rows = rows.filter(to__icontains=address)
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    return render(request, "demo/outbox.html", {"page": page, "to": address})


@require_safe
def outbox_message(request: HttpRequest, pk: str) -> HttpResponse:
    """Demo only: one of them, as text with its links."""
    _demo_only()
    return render(request, "demo/message.html", {"message": get_object_or_404(OutboxMessage, pk=pk)})


@require_safe
def outbox_letter(request: HttpRequest, pk: str) -> HttpResponse:
    """Demo only: the paper of a letter."""
    _demo_only()
    message = get_object_or_404(OutboxMessage, pk=pk, pdf__isnull=False)
    response = HttpResponse(bytes(message.pdf), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="letter.pdf"'
    return response


def _demo_only() -> None:
    # The addresses exist in the demo only; this holds should they ever be listed elsewhere.
    if not settings.DEMO:
        raise Http404


# --- Probes -------------------------------------------------------------------------------------


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and documents can be kept, else 503: send no visitor here."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return HttpResponse("database does not answer\n", content_type="text/plain", status=503)
    try:
        storage.check()
    except OSError:
        return HttpResponse("documents cannot be kept\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
