"""Pages of requests for corrections: asking with one click, and the contract manager's queue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.paging import CappedPaginator
from permissions.policy import require_somewhere
from users import corrections, people, services, summary
from users.forms import AnswerForm, CorrectionForm
from users.forms.account import put
from users.models import CorrectionRequest

PAGE, OPEN = 25, 100
State, Subject = CorrectionRequest.State, CorrectionRequest.Subject


@login_required
def ask_correction(request: HttpRequest) -> HttpResponse:
    """Say what is wrong and what it should be; it goes to the contract manager with a number."""
    if not corrections.may_ask(request.user):
        return render(request, "users/ask_nobody.html")
    companies = people.companies_of(request.user)
    initial = {"subject": request.GET.get("subject", "")}
    form = CorrectionForm(request.POST or None, companies=companies, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.request_correction(
                request.user, form.place, form.cleaned_data["subject"], form.cleaned_data["wanted"]
            )
        except ValidationError as error:
            put(form, error)
        else:
            _thank(request, asked)
            return redirect("users:account")
    context = {"form": form, "contacts": summary.contacts_of(request.user)}
    return render(request, "users/ask_correction.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_deletion(request: HttpRequest) -> HttpResponse:
    """Say what it means, then ask the contract manager to delete the own account."""
    if not corrections.may_ask(request.user):
        raise Http404
    if request.method == "POST":
        company = people.companies_of(request.user)[0]
        _thank(request, services.request_correction(request.user, company, Subject.DELETION))
        return redirect("users:own_terms")
    context = {
        "heading": _("Ask for the deletion of your account?"),
        "text": _(
            "Your contract manager checks the request and deletes the account: you can then no longer sign in. "
            "Your insurance cover does not change. Reports and documents stay with the insurer."
        ),
        "facts": [(_("Name"), request.user.name), (_("User name"), request.user.identifier)],
        "button": _("Send the request"),
        "back_url": reverse("users:own_terms"),
    }
    return render(request, "components/confirm.html", context)


def _thank(request: HttpRequest, asked: CorrectionRequest) -> None:
    messages.success(
        request,
        _("Your request has the number %(number)s. You will be told as soon as it is answered.")
        % {"number": asked.number},
    )


@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """The contract manager's queue: the open ones first."""
    require_somewhere(request.user, "correction.answer")
    rows = corrections.requests_to_answer(request.user)
    waiting = rows.filter(state=State.OPEN).order_by("created", "id")
    page = CappedPaginator(rows.exclude(state=State.OPEN), PAGE).get_page(request.GET.get("page"))
    return render(request, "users/corrections.html", {"waiting": waiting[:OPEN], "page": page})


@login_required
def answer_correction(request: HttpRequest, pk: Any) -> HttpResponse:
    """One request with its answer, or the form for it."""
    asked = get_object_or_404(corrections.requests_to_answer(request.user), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_correction(pk, form.cleaned_data["answer"], by=request.user)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Your answer was sent."))
            return redirect("users:corrections")
    persons = [each for each in corrections.persons_of(asked.user) if each.company_id == asked.company_id]
    context = {
        "asked": asked,
        "form": form,
        "person": persons[0] if persons else None,
        "is_open": asked.state == State.OPEN,
        "deletion": asked.subject == Subject.DELETION,
    }
    return render(request, "users/answer_correction.html", context, status=422 if form.errors else 200)
