"""The pages where somebody proves himself: the second factor at sign-in, a fresh proof before something important."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import ratelimit
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.way_back import way_back
from users import codes, passkeys, proofs, second_factor, trusted_browsers
from users.adapters import BY_PROVIDER, PASSWORD_GIVEN
from users.forms import LoginForm, PasskeyAloneForm, PasswordAgainForm, SecondFactorForm
from users.models import CodeFactor, FactorKind, SecurityCode
from users.stages import SecondFactorStage


class ProofPage:
    """A page that asks for one of one's own second factors: the one used last, the others one click away."""

    def __init__(self, request: HttpRequest, user: Any, purpose: str, template: str, act: str = "") -> None:
        self.request, self.user, self.purpose, self.template, self.act = request, user, purpose, template, act
        self.ways = second_factor.ways_of(user)
        wanted = request.POST.get("type") or request.POST.get("send") or request.GET.get("type")
        self.kind = next((kind for kind in self.ways if kind == wanted), None) or next(iter(self.ways), None)
        self.after = way_back(request, get_next_redirect_url(request) or "")

    def proven(self) -> HttpResponse | None:
        """What to answer until a proof is given; None once it is, and noted."""
        if self.request.method != "POST" or self.kind is None:
            return self._show(self._form())
        if "send" in self.request.POST and self.kind in CodeFactor.Kind.values:
            return self._send()
        form = self._form(self.request.POST)
        if not form.is_valid():
            return self._show(form, status=422)
        form.save()
        self.trusted = bool(form.cleaned_data.get("trust"))
        return None

    def _form(self, data: Any = None) -> SecondFactorForm | None:
        if self.kind is None:
            return None
        kwargs: dict[str, Any] = {"user": self.user, "kind": self.kind, "purpose": self.purpose}
        return SecondFactorForm(data, request=self.request, **kwargs)

    def _send(self) -> HttpResponse:
        try:
            codes.send(self.request, self.user, str(self.kind), self.purpose)
        except codes.TooMany as error:
            form = self._form()
            return self._show(form, status=429, too_many=error.sentence)
        wanted = {"type": self.kind, "act": self.act, "next": self.after}
        return redirect(
            f"{self.request.path}?{urlencode({name: value for name, value in wanted.items() if value})}"
        )

    def _show(self, form: SecondFactorForm | None, status: int = 200, **more: Any) -> HttpResponse:
        context = {
            "form": form,
            "kind": self.kind,
            "others": [kind for kind in self.ways if kind != self.kind],
            "sent": self.kind in CodeFactor.Kind.values and self._sent(),
            "next": self.after,
            "act": self.act,
            "act_in_words": proofs.ACTS.get(self.act),
            "back_url": proofs.page_before(self.act, self.after),
            **more,
        }
        if self.kind == FactorKind.PASSKEY:
            context["options"] = json.dumps(passkeys.begin_proof(self.user))
            context["passkeys_work"] = passkeys.work_at(self.request)
        return render(self.request, self.template, context, status=status)

    def _sent(self) -> dict[str, Any] | None:
        row = codes.under_way(self.request, self.user, self.purpose, str(self.kind))
        return {"to": codes.masked(row.kind, row.to), "until": row.expires} if row else None


@login_stage_required(stage=SecondFactorStage.key, redirect_urlname="account_login")
def authenticate(request: HttpRequest) -> HttpResponse:
    """The second factor at sign-in."""
    stage = request._login_stage  # type: ignore[attr-defined]
    user = stage.login.user
    page = ProofPage(request, user, SecurityCode.Purpose.SIGN_IN, "mfa/authenticate.html")
    if answer := page.proven():
        return answer
    response = stage.exit()
    # The account may have been closed meanwhile: then nobody is signed in, and nothing is trusted.
    if page.trusted and request.user.is_authenticated and request.user.pk == user.pk:
        trusted_browsers.remember(request, user, response)
    return response


@login_required
@never_cache
def reauthenticate(request: HttpRequest) -> HttpResponse:
    """A fresh proof by a second factor, for the act named in the address."""
    act = proofs.act_of(request)
    if not second_factor.registered(request.user):
        return redirect(f"{reverse('account_reauthenticate')}?{request.GET.urlencode()}")
    page = ProofPage(request, request.user, SecurityCode.Purpose.PROOF, "mfa/reauthenticate.html", act)
    if answer := page.proven():
        return answer
    proofs.give_proof(request, act)
    return redirect(page.after or "home")


@login_required
@never_cache
def password_again(request: HttpRequest) -> HttpResponse:
    """A fresh proof by the password, for those who have no second factor; the others give that."""
    act = proofs.act_of(request)
    if second_factor.registered(request.user):
        return redirect(f"{reverse('mfa_reauthenticate')}?{request.GET.urlencode()}")
    after = way_back(request, get_next_redirect_url(request) or "")
    form = PasswordAgainForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        record_authentication(request, request.user, method="password", reauthenticated=True)
        proofs.give_proof(request, act)
        return redirect(after or "home")
    context = {"form": form, "next": after, "act": act, "act_in_words": proofs.ACTS.get(act)}
    context["back_url"] = proofs.page_before(act, after)
    return render(request, "account/reauthenticate.html", context, status=422 if form.errors else 200)


# --- A passkey alone --------------------------------------------------------------------------------


@require_POST
@never_cache
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the sign-in page's script needs to ask for a passkey of whoever sits there."""
    if not _within_limit(request):
        return JsonResponse({"code": "too_many"}, status=429)
    return JsonResponse(passkeys.begin_proof(None))


@require_POST
@never_cache
def sign_in_with_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey that has verified its owner: it stands for password and second factor."""
    if request.user.is_authenticated:
        return redirect("home")
    if not _within_limit(request):
        return ratelimit.respond_429(request)
    form = PasskeyAloneForm(request.POST)
    after = way_back(request, get_next_redirect_url(request) or "")
    if form.is_valid():
        # What was proven before in this session was of another attempt.
        request.session.pop(PASSWORD_GIVEN, None)
        request.session.pop(BY_PROVIDER, None)
        login = Login(user=form.proven.user, redirect_url=after or None)
        return perform_passwordless_login(request, form.proven, login)
    context = {
        "form": LoginForm(request=request),
        "passkey_errors": form.errors["credential"],
        "passkeys_work": passkeys.work_at(request),
        "redirect_field_name": "next",
        "redirect_field_value": after,
    }
    return render(request, "account/login.html", context, status=422)


def _within_limit(request: HttpRequest) -> bool:
    return bool(
        ratelimit.consume(request, app="users", action="passkey", config=settings.SECOND_FACTOR_LIMITS)
    )
