"""The chain of certificates: the page on which days are read off a certificate, and what is done with such days."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from claims_files import certificates, openings, reading, services, states
from claims_files.forms import CertificateForm
from claims_files.views.asking import done, posted, status_of
from documents import services as papers
from permissions.policy import can


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Which days a certificate covers. `?document=` says which of the documents it is."""
    claim = reading.find_for(request.user, claim_id, "claim.edit_incapacity")
    states.after(claim.state, states.Move.CHANGE)
    openings.note_opening(claim, by=request.user)
    rows = papers.readable(request.user).filter(claim_file=claim, kind__in=services.CERTIFYING)
    documents = list(rows.order_by("-created", "-id"))
    initial = {"document": request.GET.get("document", "")}
    form = CertificateForm(*posted(request), documents=documents, initial=initial)
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, services.enter_certificate, claim.pk, by=request.user, **form.values()):
        messages.success(request, _("The days of the certificate are entered."))
        return redirect("claims_files:incapacity", claim.pk)
    context = {
        "claim": claim,
        "form": form,
        "judges": can(request.user, "claim.request_paper", claim),
        "back_url": reverse("claims_files:incapacity", args=[claim.pk]),
    }
    return render(request, "claims_files/certificate.html", context, status=status_of(form))


@login_required
@require_POST
def confirm(request: HttpRequest, claim_id: UUID, certificate_id: UUID) -> HttpResponse:
    """The days stand on the certificate so."""
    services.confirm_certificate(_named(request, claim_id, certificate_id), by=request.user)
    messages.success(request, _("The days of the certificate are confirmed."))
    return redirect("claims_files:incapacity", claim_id)


@login_required
@require_POST
def drop(request: HttpRequest, claim_id: UUID, certificate_id: UUID) -> HttpResponse:
    """The days stand on no certificate so."""
    services.drop_certificate(_named(request, claim_id, certificate_id), by=request.user)
    messages.success(request, _("The days of the certificate are taken out."))
    return redirect("claims_files:incapacity", claim_id)


def _named(request: HttpRequest, claim_id: UUID, certificate_id: UUID) -> UUID:
    """The days of this claim file that the address names, among those that the reader knows of."""
    claim = reading.find(request.user, claim_id)
    return certificates.find(claim, reading.side_of(request.user, claim), certificate_id).pk
