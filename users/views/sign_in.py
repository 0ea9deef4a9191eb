"""Pages of signing in that allauth does not have the way we want them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import PasswordChangeView
from allauth.mfa.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.way_back import way_back
from users import second_factor, services
from users.adapters import has_just_signed_in
from users.forms import ActivateAuthenticatorForm
from users.user_agents import describe

View = Callable[..., HttpResponse]
RECOVERY_SAVED = "viewed_at"


def account_tabs(current: str) -> list[dict[str, Any]]:
    """The pages of the account settings, as tabs."""
    entries = [
        (_("My profile"), "users:account"),
        (_("Sign-in and account"), "users:sign_in_and_account"),
        (_("Language and appearance"), "users:preferences"),
        (_("Notifications and delivery"), "users:news"),
        (_("Devices and sessions"), "usersessions_list"),
        (_("Terms and your data"), "users:own_terms"),
    ]
    if settings.API_TOKENS:
        entries.append((_("API access"), "users:api_access"))
    return [{"label": label, "url": reverse(name), "current": name == current} for label, name in entries]


def fresh_proof_required(view: View) -> View:
    """Ask for a fresh code first; for the password where there is no second factor yet.

    What was being sent is not kept meanwhile: it may hold a password.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        page = page_of_proof(request)
        if not page:
            return view(request, *args, **kwargs)
        return redirect(f"{page}?{urlencode({'next': request.get_full_path()})}")

    return login_required(never_cache(wrapper))


def page_of_proof(request: HttpRequest) -> str:
    """Where to give a fresh code, or the password without a second factor; empty if it was just given."""
    if second_factor.has_second_factor(request.user):
        fresh, page = did_recently_reauthenticate(request), "mfa_reauthenticate"
    else:
        fresh = has_just_signed_in(request) or did_recently_reauthenticate(request)
        page = "account_reauthenticate"
    return "" if fresh else reverse(page)


@fresh_proof_required
def authenticator(request: HttpRequest) -> HttpResponse:
    """Set up the authenticator app, or replace it by another; compulsory at the first sign-in."""
    user = request.user
    secret = second_factor.pending_secret(request)
    first = not second_factor.has_second_factor(user)
    form = ActivateAuthenticatorForm(request.POST or None, user=user, secret=secret)
    if request.method == "POST" and form.is_valid():
        services.set_second_factor(user, secret, form.step, keep=request.session.session_key)
        request.session.pop(second_factor.PENDING, None)
        # This code proves the person: the recovery codes may be shown at once.
        record_authentication(request, user, method="mfa", type="totp", reauthenticated=True)
        after = way_back(request, get_next_redirect_url(request) or "")
        if first:
            page = reverse("mfa_view_recovery_codes")
            return redirect(f"{page}?{urlencode({'next': after})}" if after else page)
        messages.success(request, _("Your new authenticator app is set up. The former one no longer works."))
        return redirect(after or "users:sign_in_and_account")
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    context = {
        "form": form,
        "first": first,
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "picture": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(),
        "next": way_back(request, get_next_redirect_url(request) or ""),
    }
    return render(request, "mfa/totp/activate_form.html", context, status=422 if form.errors else 200)


def _unsaved_codes(request: HttpRequest) -> Any:
    codes = second_factor.recovery_codes(request.user)
    if codes is None:
        raise Http404
    return codes


@fresh_proof_required
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the new recovery codes until the person says that they are saved; afterwards only how many are left."""
    codes = _unsaved_codes(request)
    after = way_back(request, get_next_redirect_url(request) or "")
    if request.method == "POST":
        codes.mark_as_viewed()
        messages.success(request, _("Your account is protected by a second factor."))
        return redirect(after or "home")
    context = {
        "codes": None if codes.did_view else codes.get_unused_codes(),
        "left": len(codes.get_unused_codes()),
        "next": after,
    }
    return render(request, "mfa/recovery_codes/index.html", context)


@fresh_proof_required
def download_recovery_codes(request: HttpRequest) -> HttpResponse:
    """The new recovery codes as a text file; gone once they are confirmed as saved."""
    codes = _unsaved_codes(request)
    if codes.did_view:
        raise Http404
    lines = [
        _("Recovery codes of %(email)s") % {"email": request.user.email},
        "",
        *codes.get_unused_codes(),
        "",
    ]
    response = HttpResponse("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


@fresh_proof_required
def generate_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ask, then replace the recovery codes."""
    if not second_factor.has_second_factor(request.user):
        raise Http404
    if request.method == "POST":
        services.renew_recovery_codes(request.user, keep=request.session.session_key)
        return redirect(
            reverse("mfa_view_recovery_codes")
            + "?"
            + urlencode({"next": reverse("users:sign_in_and_account")})
        )
    codes = second_factor.recovery_codes(request.user)
    left = len(codes.get_unused_codes()) if codes else 0
    return render(request, "mfa/recovery_codes/generate.html", {"left": left})


@method_decorator(fresh_proof_required, name="dispatch")
class ChangePasswordView(PasswordChangeView):
    """Change the password: a fresh code first, then the current and the new one."""


@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in, and ending it there."""
    current = request.session.session_key
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
    context = {"rows": rows, "tabs": account_tabs("usersessions_list")}
    return render(request, "usersessions/usersession_list.html", context)


@require_POST
@login_required
def suspicion(request: HttpRequest) -> HttpResponse:
    """“Somebody else was here”: every session ends, the password dies, the insurer hears of it."""
    services.raise_suspicion(request.user)
    return render(request, "account/suspicion.html")
