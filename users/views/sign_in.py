"""Pages of signing in that allauth does not have the way we want them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.views import LoginView, PasswordChangeView
from allauth.core import ratelimit
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from users import known_browsers, passkeys, services, trusted_browsers
from users.proofs import fresh_proof_required, page_of_proof
from users.user_agents import describe

# Sensitive pages of every room take the guard from here.
__all__ = ["account_tabs", "fresh_proof_required", "page_of_proof"]


def account_tabs(current: str) -> list[dict[str, Any]]:
    """The pages of the account settings, as tabs."""
    entries = [
        (_("My profile"), "users:account"),
        (_("Sign-in and account"), "users:sign_in_and_account"),
        (_("Language and appearance"), "users:preferences"),
        (_("Notifications and delivery"), "users:news"),
        (_("Devices and sessions"), "usersessions_list"),
        (_("Deputies"), "users:deputies"),
        (_("Calendar"), "claims_files:calendar"),
        (_("Terms and your data"), "users:own_terms"),
    ]
    if settings.API_TOKENS:
        entries.append((_("API access"), "users:api_access"))
    return [{"label": label, "url": reverse(name), "current": name == current} for label, name in entries]


@method_decorator(fresh_proof_required("password"), name="dispatch")
class ChangePasswordView(PasswordChangeView):
    """Change the password: a fresh code first, then the current and the new one."""


class SignInView(LoginView):
    """Password, or a passkey alone."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hold off who sends a lot; somebody's own browser is not held up by others behind the same address."""
        held = request.method == "POST" and not known_browsers.knows_anybody(request)
        if held and not ratelimit.consume(request, action="sign_in"):
            return ratelimit.respond_429(request)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        work, address = passkeys.work_at(self.request), passkeys.local_address(self.request)
        return {**context, "passkeys_work": work, "local_address": address}


@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in and which browsers he trusts, and ending both."""
    current = request.session.session_key
    if request.method == "POST" and "browser" in request.POST:
        return _end_trust(request, request.POST["browser"])
    if request.method == "POST":
        wanted = request.POST.get("session", "")
        if wanted == "others":
            number = services.end_sessions_by_hand(request.user, keep=current)
        else:
            row = UserSession.objects.filter(
                user=request.user,
                pk=int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None,
            ).first()
            if row is None or row.session_key == current:
                raise Http404
            number = services.end_sessions_by_hand(request.user, only=row.pk)
        messages.success(request, _("Done. %(number)s signed out.") % {"number": number})
        return redirect("usersessions_list")
    rows = [
        {"row": row, "device": describe(row.user_agent), "current": row.session_key == current}
        for row in UserSession.objects.purge_and_list(request.user)
    ]
    rows.sort(key=lambda each: (not each["current"], -each["row"].last_seen_at.timestamp()))
    context = {
        "rows": rows,
        "trusted": [
            {"row": row, "device": describe(row.user_agent)} for row in trusted_browsers.of(request.user)
        ],
        "tabs": account_tabs("usersessions_list"),
    }
    return render(request, "usersessions/usersession_list.html", context)


def _end_trust(request: HttpRequest, wanted: str) -> HttpResponse:
    try:
        number = services.end_trusted_browsers_by_hand(request.user, only=UUID(wanted))
    except ValueError as error:
        raise Http404 from error
    if not number:
        raise Http404
    messages.success(request, _("This browser is asked for a code again."))
    return redirect("usersessions_list")


@require_POST
@login_required
def suspicion(request: HttpRequest) -> HttpResponse:
    """“Somebody else was here”: every session ends, the password dies, the insurer hears of it."""
    services.raise_suspicion(request.user)
    # The session has ended with the others: what is left of it must not be written back.
    logout(request)
    return render(request, "account/suspicion.html")
