"""Account settings, “API access”: one's own API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from core.text import swiss_datetime
from permissions.vocabulary import ACTIONS
from users import services
from users.forms import TokenForm
from users.models import ApiToken
from users.proofs import spend_proof
from users.views.sign_in import account_tabs, fresh_proof_required

# Dead tokens are shown for so many days, then only the audit trail knows of them.
SHOWN_DAYS = 30
TONES = {
    ApiToken.State.VALID: "ok",
    ApiToken.State.EXPIRED: "warn",
    ApiToken.State.REVOKED: "mute",
}


def _offered() -> None:
    if not settings.API_TOKENS:
        raise Http404


def _rows(user: Any) -> list[dict[str, Any]]:
    since = timezone.now() - timedelta(days=SHOWN_DAYS)
    tokens = ApiToken.objects.filter(user=user).order_by("-created")
    return [
        {
            "token": token,
            "state": token.state,
            "tone": TONES[token.state],
            "deeds": ", ".join(str(ACTIONS.get(action, action)) for action in token.actions),
        }
        for token in tokens
        if token.state == ApiToken.State.VALID or (token.revoked or token.expires) > since
    ]


@login_required
def api_access(request: HttpRequest) -> HttpResponse:
    """One's own tokens, with what each may do and when it was used last."""
    _offered()
    context = {"tabs": account_tabs("users:api_access"), "rows": _rows(request.user)}
    return render(request, "users/api_access.html", context)


@sensitive_variables("text")
@fresh_proof_required("token")
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token; it is shown in the answer to the form, and never again."""
    _offered()
    form = TokenForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            token, text = services.create_token(request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            spend_proof(request, "token")
            return render(request, "users/token_made.html", {"token": token, "text": text})
    return render(request, "users/new_token.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def revoke_token(request: HttpRequest, pk: Any) -> HttpResponse:
    """Ask, then let a token die."""
    token = get_object_or_404(ApiToken.objects.filter(user=request.user), pk=pk)
    if request.method == "POST":
        services.revoke_token(pk, by=request.user)
        messages.success(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
        return redirect("users:api_access" if settings.API_TOKENS else "users:sign_in_and_account")
    context = {
        "heading": _("Revoke the token “%(name)s”?") % {"name": token.name},
        "text": _("Programs that use it are refused at once. This cannot be undone."),
        "facts": [
            (_("Token"), f"{token.beginning}…"),
            (_("Last used"), swiss_datetime(token.last_used) if token.last_used else _("Never")),
        ],
        "button": _("Revoke"),
        "danger": True,
        "back_url": reverse("users:api_access"),
    }
    return render(request, "components/confirm.html", context)
