"""Pages of a change of the e-mail address: asking for it, and what stands behind the mailed links."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import NotNow
from users import services
from users.forms import EmailForm
from users.forms.account import put
from users.models import EmailChange, EmailChangeLink
from users.proofs import kept_input
from users.views.sign_in import fresh_proof_required


@fresh_proof_required("email", keeps=("email", "again"))
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address; the answer is the same whether it belongs to somebody or not."""
    form = EmailForm(request.POST or None, initial=kept_input(request, "email"))
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="change_email", user=request.user):
            return ratelimit.respond_429(request)
        try:
            services.ask_email_change(request.user, form.cleaned_data["email"])
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(
                request,
                _(
                    "Look into the mailbox of %(email)s: the link in it confirms the address, within %(hours)s hours."
                )
                % {"email": form.cleaned_data["email"], "hours": settings.EMAIL_CHANGE_HOURS},
            )
            return redirect("users:account")
    context = {"form": form, "hours": settings.EMAIL_CHANGE_HOURS}
    return render(request, "users/email.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def cancel_email(request: HttpRequest) -> HttpResponse:
    """Take back the change that waits for its confirmation."""
    if services.cancel_email_change(request.user):
        messages.success(request, _("Your address stays as it is. The link no longer works."))
    return redirect("users:account")


def _case(change: EmailChange, user: Any) -> str:
    """What the page of a confirmation is about: sign_in, other_account, confirmed, ended, expired or confirm."""
    if change.confirmed:
        return "confirmed"
    if not user.is_authenticated:
        return "sign_in" if change.is_open and change.user.is_active else "ended"
    if user.pk != change.user_id:
        return "other_account"
    if change.ended:
        return "ended"
    return "confirm" if change.is_open else "expired"


@never_cache
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link in the new mailbox: confirm, signed in as the one who asked. The second click says so."""
    if not ratelimit.consume(request, action="reset_password_from_key"):
        return ratelimit.respond_429(request)
    change, _link = services.find_email_change(token, EmailChangeLink.Purpose.CONFIRM)
    case = _case(change, request.user)
    if request.method == "POST" and case == "confirm":
        try:
            services.confirm_email_change(token, by=request.user, keep=request.session.session_key or "")
        except NotNow as refusal:
            case = refusal.code
        else:
            messages.success(request, _("Your new address is confirmed. Your other sessions were ended."))
            return redirect("users:account")
    context = {"case": case, "email": change.email if case == "confirm" else ""}
    return render(request, "users/email_confirm.html", context)


@never_cache
def deny_email(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link in the former mailbox: “this was not me”. It needs no sign-in: that may be what was lost."""
    if not ratelimit.consume(request, action="reset_password_from_key"):
        return ratelimit.respond_429(request)
    change, link = services.find_email_change(token, EmailChangeLink.Purpose.DENY)
    case = "denied" if change.denied else "deny"
    if case == "deny" and not change.user.is_active:
        case = "ended"
    elif case == "deny" and link.expires < timezone.now():
        case = "expired"
    if request.method == "POST" and case == "deny":
        try:
            services.deny_email_change(token)
        except NotNow as refusal:
            case = refusal.code
        else:
            logout(request)
            return render(request, "account/suspicion.html")
    return render(request, "users/email_deny.html", {"case": case})
