"""Pages of notifications."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.paging import CappedPaginator
from correspondence import notices, services

PAGE = 25


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """What I was told, the newest first."""
    rows = notices.for_user(request.user).order_by("-created", "-id")
    page = CappedPaginator(rows, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "notices": notices.notices(request.user, page.object_list),
        "address": request.get_full_path(),
    }
    name = "list" if request.htmx else "notifications"
    return render(request, f"correspondence/{name}.html", context)


@login_required
@require_safe
def follow(request: HttpRequest, notification_id: Any) -> HttpResponse:
    """Go to what a notification is about; it counts as read from then on."""
    notification = services.mark_read(notification_id, by=request.user)
    return redirect(notices.notices(request.user, [notification])[0].url)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Nothing is new any more."""
    services.mark_all_read(by=request.user)
    return redirect("correspondence:notifications")


@login_required
@require_safe
def badge(request: HttpRequest) -> HttpResponse:
    """The bell with its number, for the frame of an open page."""
    return render(request, "components/bell.html")
