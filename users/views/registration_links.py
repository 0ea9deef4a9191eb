"""Registration links, sent by the insurer and opened by somebody newly insured; letters that wait for a check."""

from __future__ import annotations

from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotNow
from permissions.policy import require, visible_to
from users import attempts, services
from users.forms import LinkedRegistrationForm, RegistrationLinkForm
from users.forms.account import put
from users.models import RegistrationLink

State = RegistrationLink.State


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def send_link(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Where the registration link of an insured person goes."""
    person = get_object_or_404(
        visible_to(request.user, "person.view").select_related("company"), pk=person_id
    )
    require(request.user, "users.grant_management", person.company)
    services.check_linkable(person)
    form = RegistrationLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            link = services.send_registration_link(
                person.pk, email=form.cleaned_data["email"], by=request.user
            )
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(
                request, _("The registration link is on its way to %(email)s.") % {"email": link.email}
            )
            return redirect(reverse("companies:person", args=[person.pk]) + "#account")
    context = {"form": form, "person": person, "days": settings.REGISTRATION_LINK_DAYS}
    return render(request, "users/send_registration_link.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def register_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Register without typing number and address; whatever the date of birth is, the answer is the same."""
    if not attempts.may_open_link(request):
        return ratelimit.respond_429(request)
    link = services.find_registration_link(token)
    again = "again" in request.GET
    case = "open" if link.state == State.ANSWERED and again else str(link.state)
    form = LinkedRegistrationForm(request.POST or None)
    if request.method == "POST":
        try:
            if request.POST.get("renew"):
                services.renew_registration_link(token)
                case = "renewed"
            elif case == "open" and form.is_valid():
                if not attempts.may_use_link(request, link):
                    return ratelimit.respond_429(request)
                services.use_registration_link(
                    token,
                    birth_date=form.cleaned_data["birth_date"],
                    phone=form.cleaned_data["phone"],
                    language=get_language() or settings.LANGUAGE_CODE,
                    again=again,
                )
                case = "done"
        except NotNow as refusal:
            case = refusal.code
    wrong = case == "open" and bool(form.errors)
    context = {
        "case": case,
        "form": form if case == "open" else None,
        "link": link,
        "days": settings.INITIAL_PASSWORD_DAYS,
        "link_days": settings.REGISTRATION_LINK_DAYS,
    }
    return render(request, "users/register_by_link.html", context, status=422 if wrong else 200)


@require_POST
@login_required
def release_letter(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Post a letter whose address the insurer has checked with the person; one click on the employee’s page."""
    try:
        entered = parse_datetime(request.POST.get("entered", ""))
    except ValueError:
        entered = None
    letter = services.release_letter(pk, entered=entered, by=request.user)
    messages.success(request, _("The letter is on its way."))
    return redirect(reverse("companies:person", args=[letter.person_id]) + "#account")
