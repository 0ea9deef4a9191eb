"""Pages of the terms of use and the privacy notice: for everybody to read, and to accept."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.way_back import way_back
from users import services
from users import terms as reading
from users.corrections import may_ask, own_requests
from users.forms import TermsForm
from users.models import CorrectionRequest, TermsVersion
from users.views.sign_in import account_tabs

Document = TermsVersion.Document


def _shown(version: TermsVersion) -> dict[str, Any]:
    text = reading.text_of(version)
    return {"version": version, "text": text, "blocks": reading.blocks(text.body)}


def _page(request: HttpRequest, title: str, documents: list[str], chosen: Any = None) -> HttpResponse:
    """Versions to read, and the way to all others of these documents that were published."""
    current = [version for version in reading.in_force() if version.document in documents]
    shown = [chosen] if chosen is not None else current
    others = [version for version in reading.versions_of(documents) if version not in shown]
    context = {
        "title": title,
        "shown": [_shown(version) for version in shown],
        "others": others,
        "valid": {version.pk for version in current},
        "today": timezone.localdate(),
    }
    return render(request, "users/terms.html", context)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use in force, of the portal and of the mailbox."""
    return _page(request, _("Terms of use"), [Document.PORTAL, Document.MAILBOX])


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice in force."""
    return _page(request, _("Privacy notice"), [Document.PRIVACY])


@require_safe
def terms_version(request: HttpRequest, pk: Any) -> HttpResponse:
    """One version, also an earlier or a later one."""
    version = get_object_or_404(TermsVersion.objects.prefetch_related("texts"), pk=pk)
    return _page(request, str(Document(version.document).label), [version.document], version)


@never_cache
@login_required
def accept_terms(request: HttpRequest) -> HttpResponse:
    """The gate: read and accept what is new, or sign out."""
    versions = reading.to_accept(request.user)
    after = way_back(request, get_next_redirect_url(request) or "", "/")
    if not versions:
        return redirect(after)
    form = TermsForm(request.POST or None, versions=versions)
    if request.method == "POST" and form.is_valid():
        services.accept_terms(request.user, form.accepted(), language=get_language() or "")
        return redirect(after)
    documents = [version.document for version in versions]
    renewed = any(row.version.document in documents for row in reading.accepted_by(request.user).values())
    context = {
        "form": form,
        "fields": [(_shown(version), form[version.document]) for version in versions],
        "renewed": renewed,
        "next": after,
    }
    return render(request, "users/accept_terms.html", context, status=422 if form.errors else 200)


@login_required
def own_terms(request: HttpRequest) -> HttpResponse:
    """What one accepted when, and the ways to withdraw, to clear what is one's own, to ask for deletion."""
    user = request.user
    accepted = reading.accepted_by(user)
    until = reading.withdrawal_until(user)
    asked = own_requests(user).filter(subject=CorrectionRequest.Subject.DELETION).first()
    context = {
        "tabs": account_tabs("users:own_terms"),
        "versions": [
            {**_shown(version), "acceptance": accepted.get(version.pk)} for version in reading.in_force()
        ],
        "until": until if until and until > timezone.now() else None,
        "may_ask": may_ask(user),
        "asked": asked,
    }
    return render(request, "users/own_terms.html", context)
