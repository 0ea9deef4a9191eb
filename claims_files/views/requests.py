"""Pages of the health manager about requested papers: which document is the answer, and undoing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from claims_files import reading, services
from claims_files.forms import AnswerForm
from claims_files.models import PaperRequest
from claims_files.views.asking import done, posted, status_of
from documents import services as papers


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Mark a document as the answer to a request. `?paper=` and `?document=` choose what one comes from."""
    claim = reading.find_for(request.user, claim_id, "claim.request_paper")
    asked = list(reading.papers(request.user, claim_id).filter(state=PaperRequest.State.OPEN))
    documents = list(papers.readable(request.user).filter(claim_file=claim).order_by("-created", "-id"))
    chosen = {name: request.GET.get(name, "") for name in ("paper", "document")}
    initial = {name: value for name, value in chosen.items() if value}
    form = AnswerForm(*posted(request), requests=asked, documents=documents, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        given = {"received": True, "document_id": chosen["document"], "by": request.user}
        if done(form, services.settle_paper, chosen["paper"], **given):
            messages.success(request, _("The document is marked as received."))
            return redirect("claims_files:detail", claim.pk)
    context = {
        "claim": claim,
        "form": form,
        "asked": asked,
        "back_url": reverse("claims_files:detail", args=[claim.pk]),
    }
    return render(request, "claims_files/answer.html", context, status=status_of(form))


@login_required
@require_POST
def from_template(request: HttpRequest, claim_id: UUID, template_id: UUID) -> HttpResponse:
    """Ask for a paper in the words of a template: one click on the page that offers them."""
    reading.find_for(request.user, claim_id, "claim.request_paper")
    paper = services.request_from(claim_id, template_id, by=request.user)
    said = _("The document is requested: %(kind)s.") % {"kind": paper.title}
    messages.success(request, said)
    return redirect("claims_files:detail", claim_id)


@login_required
@require_POST
def remind(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Remind of every requested document that is missing."""
    services.remind(claim_id, request.user)
    messages.success(request, _("The reminder is on its way."))
    return redirect("claims_files:detail", claim_id)


@login_required
@require_POST
def reopen(request: HttpRequest, claim_id: UUID, paper_id: UUID) -> HttpResponse:
    """What was taken for the answer is none: the paper is missing again."""
    paper = get_object_or_404(reading.papers(request.user, claim_id), pk=paper_id)
    services.reopen_paper(paper.pk, by=request.user)
    messages.success(request, _("The document is asked for again."))
    return redirect("claims_files:detail", claim_id)
