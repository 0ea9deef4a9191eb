"""Looking at the portal as somebody else sees it: beginning, ending, and who did."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import NotAllowed, OutOfReach
from core.paging import CappedPaginator
from permissions.holders import people_within
from users import people, services
from users.forms import ViewAsForm
from users.models.viewings import LIFE
from users.viewing import KEY

PAGE = 25
MINUTES = int(LIFE.total_seconds() // 60)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def view_as(request: HttpRequest, pk: Any) -> HttpResponse:
    """Say why, then look."""
    user = request.user
    person = people.person_within(user, pk)
    if person is None:
        raise OutOfReach
    if person.pk == user.pk or not people_within(user, services.VIEW_AS).filter(pk=pk).exists():
        raise NotAllowed(services.VIEW_AS)
    companies = services.companies_to_view(user, person)
    form = ViewAsForm(request.POST or None, companies=companies)
    if request.method == "POST" and form.is_valid():
        try:
            viewing = services.start_viewing(
                person.pk,
                form.company,
                reason=form.cleaned_data["reason"],
                note=form.cleaned_data["note"],
                by=user,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            request.session[KEY] = str(viewing.pk)
            return redirect("home")
    context = {"form": form, "person": person, "companies": companies, "minutes": MINUTES}
    return render(request, "users/view_as.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def end_viewing(request: HttpRequest) -> HttpResponse:
    """End the view; back to where the person stands in user management. Without one, nothing happens."""
    viewing = getattr(request, "viewing", None)
    if viewing is None:
        return redirect("home")
    services.end_viewing(viewing.pk)
    request.session.pop(KEY, None)
    messages.success(
        request, _("You no longer look at the portal as %(name)s.") % {"name": viewing.viewed.name}
    )
    return redirect("users:management")


@require_safe
@login_required
def viewings(request: HttpRequest) -> HttpResponse:
    """Who looked at the portal as whom, when and why: at one's companies, and as oneself."""
    rows = services.viewings_for(request.user)
    page = CappedPaginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "users/viewings.html", {"page": page, "minutes": MINUTES})
