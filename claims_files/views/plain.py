"""The dictionary of plain words, for everybody who reads a bill or a decision."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims_files import plain
from claims_files.forms import PlainForm
from permissions.policy import can_somewhere


@login_required
@require_GET
def plain_words(request: HttpRequest) -> HttpResponse:
    """Look a code up, by itself or by words of its meaning."""
    form = PlainForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    context = {
        "form": form,
        "has_errors": bool(form.errors),
        "asked": asked.get("q", ""),
        "found": plain.search(asked.get("q", ""), asked.get("kind", ""), timezone.localdate()),
        "most": plain.FOUND,
        "load_url": reverse("claims_files:term_import")
        if can_somewhere(request.user, "settings.manage")
        else "",
    }
    return render(request, "claims_files/plain_words.html", context)
