"""Signing in through the company's provider: there and back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.way_back import way_back
from users.adapters import BY_PROVIDER, PASSWORD_GIVEN
from users.sso import saml, signing_in
from users.sso.assertions import NotBelieved
from users.sso.fetching import Unreachable
from users.sso.forms import WorkAddressForm
from users.sso.models import SsoConnection
from users.stages import SecondFactorStage

# In a session: the attempts that this browser has begun, the newest last.
ATTEMPTS = "sso_attempts"
MOST_ATTEMPTS = 5
# Nothing can be guessed here: generous enough for a company behind one address in the morning.
LIMITS = {"start": "120/m/ip", "back": "240/m/ip"}


def _limited(request: HttpRequest, action: str) -> bool:
    usage = ratelimit.consume(request, app="users.sso", action=action, config=LIMITS, limit_get=True)
    return not usage


@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The address typed in leads to the provider of its domain; without a provider the page says so, whoever asks."""
    if request.user.is_authenticated:
        return redirect("home")
    after = way_back(request, get_next_redirect_url(request) or "")
    form = WorkAddressForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "next": after}
    if request.method == "POST" and form.is_valid():
        if _limited(request, "start"):
            return ratelimit.respond_429(request)
        email = form.cleaned_data["email"]
        connection = signing_in.connection_for(email)
        if connection is None:
            return render(request, "users/sso/no_connection.html", {"next": after})
        return _depart(request, connection.pk, email=email, after=after)
    return render(request, "users/sso/start.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def go(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """The company's own link into the portal: begins a sign-in through its provider."""
    if _limited(request, "start"):
        return ratelimit.respond_429(request)
    if not signing_in.is_open(connection_id):
        return _refuse(request, NotBelieved("inactive"))
    return redirect("home") if request.user.is_authenticated else _depart(request, connection_id)


def _depart(request: HttpRequest, connection_id: UUID, *, email: str = "", after: str = "") -> HttpResponse:
    """The page that leads to the provider: by a link, for a form may not be sent elsewhere."""
    try:
        attempt, address = signing_in.begin(connection_id, email=email, next_page=after)
    except (NotBelieved, Unreachable) as error:
        return _refuse(request, error)
    own = request.session.get(ATTEMPTS, [])
    request.session[ATTEMPTS] = [*own, str(attempt.pk)][-MOST_ATTEMPTS:]
    context = {"address": address, "host": urlsplit(address).netloc}
    return render(request, "users/sso/depart.html", context)


@never_cache
@require_GET
def callback(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """OpenID Connect: the provider sends the browser back, with a code or with a refusal of its own."""
    if _limited(request, "back"):
        return ratelimit.respond_429(request)
    own, state = request.session.get(ATTEMPTS, []), request.GET.get("state", "")
    try:
        if "code" not in request.GET:
            signing_in.claim(connection_id, state, own)
            raise NotBelieved("cancelled")
        welcome = signing_in.redeem_code(
            connection_id, state, own, code=request.GET["code"], issuer=request.GET.get("iss", "")
        )
    except (NotBelieved, Unreachable) as error:
        return _turned_away(request, error)
    return _enter(request, welcome)


@csrf_exempt
@never_cache
@require_POST
def answer(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """SAML: the browser posts what the provider says, without our cookies, and goes on to `finish`."""
    if _limited(request, "back"):
        return ratelimit.respond_429(request)
    try:
        ticket = signing_in.take_answer(connection_id, request.POST.get("SAMLResponse", ""))
    except NotBelieved as error:
        return _turned_away(request, error)
    found = redirect("sso:finish", token=ticket)
    found.status_code = 303
    return found


@never_cache
@require_GET
def finish(request: HttpRequest, token: str) -> HttpResponse:
    """SAML: the browser that began the way comes back into its session."""
    if _limited(request, "back"):
        return ratelimit.respond_429(request)
    try:
        welcome = signing_in.redeem_ticket(token, request.session.get(ATTEMPTS, []))
    except NotBelieved as error:
        return _turned_away(request, error)
    return _enter(request, welcome)


@require_GET
def metadata(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """What we publish about ourselves for a company's SAML provider."""
    connection = get_object_or_404(signing_in.published(), pk=connection_id)
    if connection.protocol != SsoConnection.Protocol.SAML:
        raise Http404
    return HttpResponse(saml.metadata(connection), content_type="application/samlmetadata+xml")


def _enter(request: HttpRequest, welcome: signing_in.Welcome) -> HttpResponse:
    """Go on as after a password: with our own second factor, unless the connection trusts the provider's."""
    user = welcome.user
    if request.user.is_authenticated:
        return redirect("home")
    request.session.pop(ATTEMPTS, None)
    # What was half done before, by whomever, has no part in this sign-in.
    request.session.pop(PASSWORD_GIVEN, None)
    request.session[BY_PROVIDER] = str(user.pk)
    record_authentication(request, user, method="provider", connection=str(welcome.connection.pk))
    login = Login(user=user, email=user.email, redirect_url=way_back(request, welcome.next) or None)
    if welcome.factor:
        LoginStageController(request, login).set_handled(SecondFactorStage.key)
    return perform_login(request, login)


def _refuse(request: HttpRequest, error: NotBelieved | Unreachable) -> HttpResponse:
    """One page for all that goes wrong at or behind the provider; only a missing account has words of its own."""
    context = {"no_account": error.code == "no_account", "cancelled": error.code == "cancelled"}
    return render(request, "users/sso/refused.html", context, status=403)


def _turned_away(request: HttpRequest, error: NotBelieved | Unreachable) -> HttpResponse:
    """The same for somebody who came back from a provider: an attempt to sign in, and recorded as one."""
    signing_in.refused(error.code, email=getattr(error, "email", ""))
    return _refuse(request, error)
