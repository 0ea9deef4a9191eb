"""The session itself: how long it still lasts, and the way back after it has ended."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from core.way_back import way_back
from users.sessions import is_mark_of


@require_safe
@login_required
def session_left(request: HttpRequest) -> HttpResponse:
    """Nothing but the header that says how long it lasts; asked for by a person, not by the page, it goes on."""
    return HttpResponse(status=204)


@require_safe
@login_required
def return_after_sign_in(request: HttpRequest) -> HttpResponse:
    """Back to the page `to` on which the session ended; only for the same person (`who`), others go home."""
    same = is_mark_of(request.GET.get("who", ""), request.user.pk)
    back = way_back(request, request.GET.get("to", "")) if same else ""
    return redirect(back or "home")
