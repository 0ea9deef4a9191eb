"""Pages of deadlines: all that one may know of, saying that one is done, and the private calendar."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from claims_files import due_list, reading, services
from claims_files.feed import feed_of
from claims_files.models import CalendarFeed
from companies.chosen import within_chosen
from core.paging import CappedPaginator
from permissions.policy import can_somewhere, require_somewhere
from users.proofs import spend_proof
from users.views.sign_in import account_tabs, fresh_proof_required

PAGE = 50


@login_required
@require_GET
def deadlines(request: HttpRequest) -> HttpResponse:
    """The deadlines one may know of, the earliest first."""
    require_somewhere(request.user, "claim.view")
    today = timezone.localdate()
    rows = within_chosen(request, reading.deadlines(request.user, today))
    filterset = due_list.DeadlineFilter(request.GET, queryset=rows, request=request)
    page = CappedPaginator(filterset.qs, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": filterset.form,
        "has_errors": bool(filterset.form.errors),
        "page": page,
        "rows": due_list.rows_of(page.object_list, today),
        "worklist": can_somewhere(request.user, "claim.take_over"),
        "filtered": any(request.GET.get(name) for name in filterset.filters),
    }
    return render(request, "claims_files/deadlines.html", context)


@login_required
@require_POST
def finish(request: HttpRequest, claim_id: UUID, deadline_id: UUID) -> HttpResponse:
    """What had to happen has happened."""
    claim = reading.find(request.user, claim_id)
    rows = reading.deadlines_of(request.user, claim, timezone.localdate())
    if all(row.pk != deadline_id for row in rows):
        raise Http404
    services.finish_deadline(deadline_id, by=request.user)
    messages.success(request, _("The deadline is marked as done."))
    return redirect("claims_files:detail", claim_id)


# --- The calendar -------------------------------------------------------------------------------


def _calendar_context(request: HttpRequest) -> dict[str, Any]:
    return {
        "tabs": account_tabs("claims_files:calendar"),
        "feed": CalendarFeed.objects.filter(user=request.user.pk).first(),
        "sees": can_somewhere(request.user, "claim.view"),
    }


@login_required
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Whether one's calendar has an address, and since when."""
    return render(request, "claims_files/calendar.html", _calendar_context(request))


@sensitive_variables("secret")
@fresh_proof_required("calendar")
@require_http_methods(["GET", "POST"])
def new_calendar(request: HttpRequest) -> HttpResponse:
    """Make the address, or another one in its place; it is shown in the answer, and never again."""
    feed = CalendarFeed.objects.filter(user=request.user.pk).first()
    if request.method == "POST":
        _feed, secret = services.make_feed(request.user)
        spend_proof(request, "calendar")
        address = request.build_absolute_uri(reverse("claims_files:feed", args=[secret]))
        return render(request, "claims_files/calendar_made.html", {"address": address})
    text = _("Whoever has the address can read the days and the claim numbers. Keep it like a password.")
    if feed:
        text = _("The address that you have now stops working at once. Enter the new one in your calendar.")
    context = {
        "heading": _("Renew the address of the calendar?")
        if feed
        else _("Make an address for the calendar?"),
        "text": text,
        "button": _("Renew the address") if feed else _("Make the address"),
        "back_url": reverse("claims_files:calendar"),
    }
    return render(request, "components/confirm.html", context)


@login_required
@require_POST
def end_calendar(request: HttpRequest) -> HttpResponse:
    """Let the address work no longer."""
    services.end_feed(request.user)
    messages.success(request, _("The address of your calendar no longer works."))
    return redirect("claims_files:calendar")


@sensitive_variables("token")
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret address: no session, the rights of its holder as they are now."""
    found = services.find_feed(token)
    if found is None:
        raise Http404
    answer = HttpResponse(
        feed_of(found.user, request.get_host()), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    patch_cache_control(answer, private=True, no_store=True)
    return answer
