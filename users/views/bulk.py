"""Pages of many people at once: inviting them from a file, and taking the table of users away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import NotNow
from core.tables import CONTENT_TYPES, XLSX, table_answer, table_file
from permissions.holders import people_within
from permissions.policy import require_somewhere
from users import bulk, services
from users.filters import PeopleFilter
from users.forms.account import put
from users.forms.bulk import ListForm, SendForm
from users.models import BulkInvitation
from users.services.exports import VIEW

PAGE = 100


@login_required
def bring(request: HttpRequest) -> HttpResponse:
    """What the file looks like, the template, the file, and the lists of the last day."""
    require_somewhere(request.user, bulk.MANAGE)
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if request.method == "POST" and form.is_valid():
        try:
            row = services.bring_list(form.cleaned_data["file"], by=request.user)
        except ValidationError as error:
            put(form, error)
        else:
            return redirect("users:bulk_list", pk=row.pk)
    context = {"form": form, "columns": bulk.columns(), "lists": bulk.lists_of(request.user)}
    return render(request, "users/bulk.html", context, status=422 if form.errors else 200)


@login_required
def look(request: HttpRequest, pk: Any) -> HttpResponse:
    """The rows with what is wrong with them; posted, invite those that were looked at; afterwards, what became of each."""
    row = services.find_list(pk, by=request.user)
    form = SendForm(request.POST)
    status, changed = 200, row.refused
    if request.method == "POST":
        try:
            rows = form.cleaned_data["rows"] if form.is_valid() else []
            services.send_list(pk, rows=rows, by=request.user)
        except NotNow:
            status, changed = 409, True
        else:
            return redirect("users:bulk_list", pk=pk)
    context = {"list": row, "changed": changed, **_rows_of(request, row)}
    return render(request, "users/bulk_list.html", context, status=status)


def _rows_of(request: HttpRequest, row: BulkInvitation) -> dict[str, Any]:
    """What the page shows of a list, by its state."""
    kept = bulk.unseal(row)
    if row.state == BulkInvitation.State.SENT:
        outcomes = bulk.outcomes(kept)
        # Whoever was left out comes first: about them something is to be done.
        lines: list[Any] = sorted(outcomes, key=lambda each: bool(each.invitation))
        counts = {"sent": len(kept.sent), "wrong": len(kept.left_out)}
    elif row.state == BulkInvitation.State.SENDING:
        return {"kept": kept, "sending": len(kept.chosen)}
    else:
        checked = bulk.check(kept, request.user)
        lines = sorted(checked, key=lambda line: line.good)
        good = [line.number for line in checked if line.good]
        form = SendForm(initial={"rows": ",".join(map(str, good))})
        counts = {"form": form, "good": len(good), "wrong": len(checked) - len(good)}
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    return {"kept": kept, "page": page, **counts}


@require_POST
@login_required
def discard(request: HttpRequest, pk: Any) -> HttpResponse:
    """Forget a list at once."""
    services.discard_list(pk, by=request.user)
    messages.success(request, _("The list was deleted."))
    return redirect("users:bulk")


@login_required
@require_safe
def template(request: HttpRequest, table: str) -> HttpResponse:
    """The empty table with its headings, as CSV or as a workbook that offers roles and places."""
    user = request.user
    require_somewhere(user, bulk.MANAGE)
    _check_kind(table)
    choices = bulk.choices(user) if table == XLSX else None
    body = table_file(table, _("Invitations"), bulk.headings(), [], choices=choices)
    return table_answer(body, table, _("invitations"))


@login_required
@require_safe
def export(request: HttpRequest, table: str) -> HttpResponse:
    """The table of user management with its filters, as a file."""
    user = request.user
    require_somewhere(user, VIEW)
    _check_kind(table)
    found = PeopleFilter(request.GET or None, queryset=people_within(user), request=request)
    if found.is_bound and not found.is_valid():
        # The page says what is wrong with the filter: a file would hold more than was asked for.
        return redirect(f"{reverse('users:management')}?{request.GET.urlencode()}")
    chosen = found.form.cleaned_data if found.is_bound else {}
    body = services.export_people(found.qs, table, by=user, company=chosen.get("company"))
    return table_answer(body, table, _("users"))


def _check_kind(table: str) -> None:
    if table not in CONTENT_TYPES:
        raise Http404
