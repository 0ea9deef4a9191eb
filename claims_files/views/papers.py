"""Papers of bills and of requests for cost guarantees: sending further ones, asking for a better one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from claims_files.bills.forms import AskForm, PapersForm, files_hint
from claims_files.views.asking import done, posted, question, status_of
from documents.models import HeldPaper
from documents.views import HELD


def send_more(
    request: HttpRequest, found: Any, act: Any, held_of: Any, template: str, back_url: str, **more: Any
) -> HttpResponse:
    """Further papers of what was found, by `act`; `held_of` says which of them are held, `more` is the rest of the page."""
    form = PapersForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        sent = done(form, act, found.pk, form.cleaned_data["files"], by=request.user)
        if sent:
            messages.success(request, _("Your documents were received."))
            say_held(request, held_of(sent))
            return redirect(back_url)
    context = {"form": form, "files_hint": files_hint(), "has_errors": bool(form.errors), **more}
    return render(request, template, context, status=status_of(form))


def ask_for_better(request: HttpRequest, found: Any, act: Any, about: dict[str, Any]) -> HttpResponse:
    """Ask the insured person for a better paper: what is the matter, until when; `about`: of what the page speaks."""
    form = AskForm(*posted(request))
    sent = request.method == "POST" and form.is_valid()
    if sent and done(form, act, found.pk, by=request.user, **form.cleaned_data):
        messages.success(request, _("The insured person is asked for a better document."))
        return redirect(about["back_url"])
    return question(request, form, _("Ask for a better document"), _("Request the document"), **about)


def say_held(request: HttpRequest, held: Iterable[HeldPaper]) -> None:
    """Say at the next page that a paper waits for the virus check, if one does."""
    if any(paper.state == HeldPaper.State.WAITING for paper in held):
        messages.warning(request, HELD)
