"""What the pages of claim files and bills that ask before an act have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from claims_files.models import ClaimFile
from core.errors import NotNow


def posted(request: HttpRequest) -> tuple[Any, Any]:
    """What was sent, answers and files, for a form; an empty form was sent, too."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def done(form: forms.Form | None, act: Any, *args: Any, **values: Any) -> Any:
    """The act's result, or None with its objections at the form's fields; without a form they are raised."""
    try:
        return act(*args, **values)
    except ValidationError as error:
        if form is None:
            raise
        form.add_error(None, error)
        return None


def overtaken(form: Any, refusal: NotNow) -> None:
    """Say above the form that somebody was quicker, and keep what was typed; other refusals are raised."""
    if refusal.code != "changed_by_another":
        raise refusal
    form.add_error(None, str(refusal.sentence))
    form.overtaken = True


def now_known(form: forms.Form, known: Any) -> None:
    """Let the next click be an answer to what holds now; all else in the form stays as it was typed."""
    data = form.data.copy()
    data["known"] = known
    form.data = data


def status_of(form: forms.Form | None) -> int:
    """The status of a page with this form."""
    if getattr(form, "overtaken", False):
        return 409
    return 422 if form is not None and form.errors else 200


def question(
    request: HttpRequest, form: forms.Form | None, heading: str, button: str, **more: Any
) -> HttpResponse:
    """The page that asks: `more` is the rest of its context (`components/confirm.html`), with `number` for the way back."""
    context = {"form": form, "heading": heading, "button": button, **more}
    return render(request, "claims_files/decide.html", context, status=status_of(form))


def asked_about(claim: ClaimFile) -> dict[str, Any]:
    """Of which claim file the question is asked."""
    return {
        "number": claim.number,
        "back_url": reverse("claims_files:detail", args=[claim.pk]),
        "facts": [
            (_("Claim number"), claim.number),
            (_("Insured person"), claim.person.name),
            (_("Company"), claim.company.name),
            (_("Kind"), claim.get_kind_display()),
        ],
    }
