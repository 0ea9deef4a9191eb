"""Pages of bank details: entering one's own, and the insurer's queue that approves or declines them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import OutOfReach
from core.identifiers import show_iban
from core.paging import CappedPaginator
from permissions.policy import require, require_somewhere
from users import bank, services
from users.forms import BankDetailsForm, DeclineForm
from users.forms.account import put
from users.models import BankDetails
from users.proofs import ask_for_proof, spending

ACT = "bank"
PAGE, OPEN = 25, 100


@login_required
@never_cache
def own_bank_details(request: HttpRequest) -> HttpResponse:
    """Enter where benefits are paid to; it waits for the insurer's approval."""
    if not bank.is_insured(request.user):
        raise OutOfReach
    # What was typed is not kept meanwhile: an account stands in no session.
    if asked := ask_for_proof(request, ACT):
        return asked
    form = BankDetailsForm(request.POST or None, initial={"holder": request.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            with spending(request, ACT):
                entered = services.enter_bank_details(request.user, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(
                request,
                _("Your bank details wait for the insurer’s approval. We tell you by e-mail.")
                if entered
                else _("The bank details that were waiting were taken back."),
            )
            return redirect("users:account")
    context = {"form": form, "rows": bank.own_details(request.user)}
    return render(request, "users/bank_details.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def withdraw_own(request: HttpRequest) -> HttpResponse:
    """Take back what waits for approval."""
    if services.withdraw_bank_details(request.user):
        messages.success(request, _("The bank details that were waiting were taken back."))
    return redirect("users:account")


@login_required
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's approval, and what was decided."""
    require_somewhere(request.user, "bank.approve")
    settled = bank.details_for(request.user).exclude(decided=None)
    page = CappedPaginator(settled, PAGE).get_page(request.GET.get("page"))
    context = {"waiting": bank.requests_to_approve(request.user)[:OPEN], "page": page}
    return render(request, "users/bank_requests.html", context)


@login_required
@never_cache
def decide(request: HttpRequest, pk: Any) -> HttpResponse:
    """One request: the whole account for whoever approves it, one click to approve, a reason to decline."""
    found = get_object_or_404(bank.details_for(request.user), pk=pk)
    require(request.user, "bank.approve", found)
    form = DeclineForm(request.POST if request.POST.get("answer") == "decline" else None)
    if request.method == "POST" and request.POST.get("answer") == "approve":
        services.approve_bank_details(pk, by=request.user)
        messages.success(request, _("The bank details are approved. The person is told."))
        return redirect("users:bank_requests")
    if form.is_bound and form.is_valid():
        try:
            services.decline_bank_details(pk, form.cleaned_data["reason"], by=request.user)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The bank details are declined. The person is told."))
            return redirect("users:bank_requests")
    context = {"row": found, "form": form, **_shown(found)}
    return render(request, "users/decide_bank_details.html", context, status=422 if form.errors else 200)


def _shown(row: BankDetails) -> dict[str, Any]:
    """The account, whole only as long as it has to be compared."""
    return {"account": show_iban(row.iban) if row.is_waiting else row.masked}
