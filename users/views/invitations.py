"""The page behind an invitation's link."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from core.errors import NotNow
from permissions.grants import has_left
from users import services, summary
from users.forms import AcceptForm
from users.models import Invitation, User


def _case(invitation: Invitation, expires: Any, user: Any) -> str:
    """What the page is about: new, sign_in, join, left, other_account, accepted, withdrawn, lapsed or expired."""
    if invitation.state in {Invitation.State.ACCEPTED, Invitation.State.WITHDRAWN}:
        return str(invitation.state)
    if not services.is_kept(invitation):
        return "lapsed"
    if expires < timezone.now():
        return "expired"
    account = User.objects.filter(email=invitation.email).first()
    if user.is_authenticated:
        if account is None or account.pk != user.pk:
            return "other_account"
        return "left" if has_left(user, invitation.company_id) else "join"
    return "sign_in" if account is not None else "new"


@sensitive_post_parameters("password")
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: choose a password, or join it to the account one has; say so when it is over."""
    if not ratelimit.consume(request, action="reset_password_from_key"):
        return ratelimit.respond_429(request)
    invitation, link = services.find_invitation(token)
    case = _case(invitation, link.expires, request.user)
    form = AcceptForm(request.POST or None) if case == "new" else None
    if request.method == "POST":
        if request.POST.get("renew") and case == "expired":
            services.renew(token)
            return redirect("users:invitation_renewed")
        if case == "join" or (form is not None and form.is_valid()):
            try:
                return _accept(request, token, form, case)
            except NotNow as refusal:
                case = refusal.code
            except ValidationError as error:
                form.add_error(None, error)
    context = {
        "case": case,
        "days": settings.INVITATION_DAYS,
        "form": form,
        "invitation": invitation,
        "role": summary.role_name(invitation.preset, invitation.scope_kind),
        "where": summary.scope_name(invitation.scope),
        "deeds": summary.deeds(
            invitation.preset,
            invitation.extra_actions,
            invitation.withheld_actions,
            kind=invitation.scope_kind,
        ),
    }
    wrong = form is not None and form.errors
    return render(request, "users/accept.html", context, status=422 if wrong else 200)


def _accept(request: HttpRequest, token: str, form: AcceptForm | None, case: str) -> HttpResponse:
    if case == "join":
        services.accept_invitation(token, by=request.user)
        return redirect("home")
    user = services.accept_invitation(token, password=form.cleaned_data["password"])
    # The password was just chosen; the second factor follows, like at every first sign-in.
    record_authentication(request, user, method="password", email=user.email)
    return perform_login(request, user, email=user.email)


def renewed(request: HttpRequest) -> HttpResponse:
    """A new link is on its way; the page is the same whoever asked."""
    return render(request, "users/invitation_renewed.html")
