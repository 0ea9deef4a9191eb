"""Fresh proofs: before something important the person proves once more that it is him, for that one act.

A proof is a row in the database that the session points to: it is valid for five minutes, it is gone once the act
is done, and no stale copy of a session brings it back.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from core.errors import NotNow
from users import second_factor
from users.models import FreshProof

View = Callable[..., HttpResponse]
PROOFS, KEPT = "fresh_proofs", "kept_input"
FACTORS = "second_factor"
# Characters of each field that is kept.
MOST_KEPT = 200
# What the page of the proof calls the acts; one without a name here is proven all the same.
ACTS = {
    "additions": _("Remove what you added?"),
    "address": _("Change postal address"),
    "bank": _("Enter bank details"),
    "calendar": _("Make an address for the calendar"),
    "directory": _("New token for the directory"),
    "email": _("Change e-mail address"),
    "password": _("Change password"),
    "phone": _("Change phone number"),
    "puk": _("Order a new PUK"),
    "release": _("Sign the release"),
    "single_sign_on": _("Set up single sign-on"),
    "token": _("Make a token"),
    "withdrawal": _("Withdraw and delete my account"),
    FACTORS: _("Change second factor"),
}
# The pages from which these acts are chosen: whoever gives no proof goes back there.
CHOSEN_AT = {
    "additions": "users:own_terms",
    "calendar": "claims_files:calendar",
    "email": "users:account",
    "password": "users:sign_in_and_account",
    "phone": "users:account",
    "puk": "users:sign_in_and_account",
    "release": "declarations:own_parts",
    "token": "users:api_access",
    "withdrawal": "users:own_terms",
    FACTORS: "mfa_index",
}


def fresh_proof_required(
    view: View | str | None = None, *, act: str = "", spend: bool = True, keeps: Collection[str] = ()
) -> Any:
    """Ask for a fresh code before this page; for the password where there is no second factor yet.

    `@fresh_proof_required`, or with the name of the act: `@fresh_proof_required("phone")`; without one the act is this
    address alone. A post answered by a redirect has done the act: the proof is used up, unless `spend` is off (several
    pages, the last one calls `spend_proof`). What was being sent without a proof is forgotten, for it may hold a
    password, except the fields named in `keeps`: `kept_input` hands them to the page afterwards.
    """
    if not callable(view):
        name = view or act
        return lambda inner: _guarded(inner, name, spend, keeps)
    return _guarded(view, act, spend, keeps)


def _guarded(view: View, act: str, spend: bool, keeps: Collection[str]) -> View:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = act or _own_act(request)
        if asked := ask_for_proof(request, name, keeps):
            return asked
        response = view(request, *args, **kwargs)
        if spend and request.method == "POST" and 300 <= response.status_code < 400:
            spend_proof(request, name)
        return response

    return login_required(never_cache(wrapper))


def ask_for_proof(request: HttpRequest, act: str, keeps: Collection[str] = ()) -> HttpResponse | None:
    """Lead to the page where a proof for this act is given, and back here; None once it was given.

    For a page that asks after its rights: whoever may not do it anyway is told so, and gives no code.
    """
    page = page_of_proof(request, act)
    if not page:
        return None
    if request.method == "POST" and keeps:
        typed = {field: request.POST[field][:MOST_KEPT] for field in keeps if field in request.POST}
        request.session[KEPT] = {act: typed}
    return redirect(f"{page}&{urlencode({'next': request.get_full_path()})}")


def act_of(request: HttpRequest) -> str:
    """The act named in the address or the form of the proof's page; empty for what is no name of an act."""
    named = request.POST.get("act") or request.GET.get("act", "")
    return named if re.fullmatch(r"[A-Za-z0-9_:/.-]{1,80}", named) else ""


def _own_act(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match else request.path


def page_of_proof(request: HttpRequest, act: str = "") -> str:
    """Where to give a fresh code for this act, or the password without a second factor; empty if it was given.

    The address carries the act in its query: further parameters are added with “&”.
    """
    act = act or _own_act(request)
    if has_proof(request, act):
        return ""
    protected = bool(second_factor.registered(request.user))
    # Whoever has no password comes from another sign-in: nothing fresher can be given.
    enough = act == FACTORS or not request.user.has_usable_password()
    if enough and not protected and has_just_signed_in(request):
        return ""
    page = "mfa_reauthenticate" if protected else "account_reauthenticate"
    return f"{reverse(page)}?{urlencode({'act': act})}"


def has_proof(request: HttpRequest, act: str) -> bool:
    """Whether this session gave a proof for the act in the last five minutes that is not used up."""
    return _rows(request, act).filter(created__gt=_oldest()).exists()


def page_before(act: str, after: str) -> str:
    """Where somebody goes who gives no proof for this act: the page it was chosen at.

    `after` is the page that asked for the proof; it tells for acts of a company, and for further ones of the account.
    """
    if act in CHOSEN_AT:
        return reverse(CHOSEN_AT[act])
    path = urlsplit(after).path
    try:
        company = resolve(path).kwargs.get("company_id")
    except Resolver404:
        return reverse("home")
    if company:
        return reverse("sso:company", kwargs={"company_id": company})
    return reverse("users:account" if path.startswith("/account/") else "home")


def give_proof(request: HttpRequest, act: str) -> None:
    """Note that the person has just proven himself for this act."""
    _rows(request, act).delete()
    row = FreshProof.objects.create(user=request.user, act=act[:80])
    request.session[PROOFS] = {**request.session.get(PROOFS, {}), act: str(row.pk)}


def spend_proof(request: HttpRequest, act: str) -> bool:
    """The act is done: its proof is used up. False if somebody else has used it in the same moment."""
    return bool(_rows(request, act).delete()[0])


@contextmanager
def spending(request: HttpRequest, act: str) -> Iterator[None]:
    """Do the act within this block, in one transaction with using its proof up: once, however often it is sent.

    An act that is refused leaves the proof. Raises NotNow with the code `proof_used` for whoever comes second.
    """
    with transaction.atomic():
        if not spend_proof(request, act) and page_of_proof(request, act):
            raise NotNow(_("This code has been used for a change already. Begin again."), code="proof_used")
        yield


def kept_input(request: HttpRequest, act: str) -> dict[str, str]:
    """What was typed before the proof was asked for; handed out once."""
    kept = request.session.get(KEPT, {})
    if act not in kept:
        return {}
    del request.session[KEPT]
    return kept[act]


def has_just_signed_in(request: HttpRequest) -> bool:
    """Whether the newest proof of this session (password or code) is younger than ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _rows(request: HttpRequest, act: str) -> Any:
    key = request.session.get(PROOFS, {}).get(act)
    rows = FreshProof.objects.filter(user_id=request.user.pk, act=act[:80])
    return rows.filter(pk=UUID(key)) if key else rows.none()


def _oldest() -> Any:
    return timezone.now() - timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
