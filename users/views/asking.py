"""Asking for access with one click, and answering with one click."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.way_back import way_back
from permissions.policy import can_somewhere, visible_to
from permissions.vocabulary import ACTIONS, GRANTABLE
from users import people, services, summary
from users.forms import AnswerRequestForm
from users.forms.account import put
from users.models import AccessRequest


@require_POST
@login_required
def request_access(request: HttpRequest) -> HttpResponse:
    """Ask for a right with one click; with several companies, choose where. Or for the claim file of a number."""
    user = request.user
    action = request.POST.get("action", "")
    if action not in GRANTABLE:
        raise Http404
    number = request.POST.get("claim_number", "")
    after = page_of_users(request, request.POST.get("next", ""))
    company = _company_asked(request)
    if company is None:
        companies = people.companies_of(user)
        if len(companies) != 1:
            context = {"companies": companies, "action": action, "right": ACTIONS[action], "next": after}
            return render(request, "users/choose_company.html", {**context, "claim_number": number})
        company = companies[0]
    try:
        asked = services.request_access(user, company, action, claim_number=number)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("further_areas")
    # The same people whether or not a claim file has this number.
    names = [person.name for person in services.who_can_answer(asked)]
    messages.success(
        request,
        _("Your request was sent to %(names)s. You will be told as soon as it is answered.")
        % {"names": summary.joined(names)}
        if names
        else _("Your request was noted. You will be told as soon as it is answered."),
    )
    return redirect(after or "home")


def _company_asked(request: HttpRequest) -> Any:
    """The company named in the request, if the person belongs to it; None if none was named."""
    key = request.POST.get("scope", "")
    if not key:
        return None
    try:
        return get_object_or_404(visible_to(request.user, "company.view"), pk=key)
    except ValidationError as error:
        raise Http404 from error


def page_of_users(request: HttpRequest, address: str) -> str:
    """An address of ours to return to; never the page that was just refused, which would be refused again."""
    own = way_back(request, address)
    return own if own.startswith(("/users/", "/areas/")) else ""


@require_POST
@login_required
def withdraw_request(request: HttpRequest, pk: Any) -> HttpResponse:
    """Take back what one asked for."""
    services.withdraw_request(pk, by=request.user)
    messages.success(request, _("Your request was taken back."))
    return redirect("further_areas")


@login_required
def answer_request(request: HttpRequest, pk: Any) -> HttpResponse:
    """Where a mailed request is answered: what is asked for and what it would give, and one click for either answer.

    Looking decides nothing. Whoever sees the request without being able to answer it reads who can.
    """
    user = request.user
    if request.method == "POST" and request.POST.get("answer") in {"approve", "decline"}:
        approve = request.POST["answer"] == "approve"
        form = AnswerRequestForm(request.POST)
        if approve or form.is_valid():
            reason = "" if approve else form.cleaned_data["reason"]
            try:
                asked = services.answer_request(pk, approve=approve, by=user, reason=reason)
            except ValidationError as error:
                put(form, error)
            else:
                words = (
                    _("%(name)s has the access now.")
                    if approve
                    else _("The request of %(name)s was declined.")
                )
                messages.success(request, words % {"name": asked.user.name})
                return redirect("users:management" if can_somewhere(user, "users.view") else "home")
    else:
        form = AnswerRequestForm()
    asked = get_object_or_404(people.access_requests(user), pk=pk)
    (entry,) = people.requests_in_words(user, [asked])
    (person,) = people.entries(user, [asked.user], company=asked.company_id)
    answerers = services.who_can_answer(asked) if asked.state == AccessRequest.State.OPEN else []
    context = {
        "asked": asked,
        "entry": entry,
        "rights": [right["words"] for right in person.rights],
        "form": form,
        "who": summary.joined(each.name for each in answerers if each.pk != user.pk),
    }
    wrong = bool(form.errors) or request.method == "POST"
    return render(request, "users/answer_request.html", context, status=422 if wrong else 200)
