"""Setting up, changing and removing one's second factors, and the recovery codes."""

from __future__ import annotations

import base64
import json
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.text import phone
from core.way_back import way_back
from users import codes, passkeys, second_factor, services
from users.forms import (
    ActivateAuthenticatorForm,
    AddPasskeyForm,
    ConfirmCodeForm,
    PasskeyNameForm,
    SmsNumberForm,
)
from users.models import CodeFactor, FactorKind, SecurityCode
from users.proofs import FACTORS, fresh_proof_required, give_proof, kept_input, spend_proof
from users.views.sign_in import account_tabs

SET_UP = SecurityCode.Purpose.SET_UP
PAGES = {
    FactorKind.TOTP: "mfa_activate_totp",
    FactorKind.PASSKEY: "mfa_add_passkey",
    FactorKind.SMS: "mfa_sms",
    FactorKind.EMAIL: "mfa_email",
}


@login_required
def second_factors(request: HttpRequest) -> HttpResponse:
    """One's own second factors, and the types one could add."""
    own = second_factor.registered(request.user)
    codes_left = second_factor.recovery_codes(request.user)
    context = {
        "tabs": account_tabs("users:sign_in_and_account"),
        "factors": factors_of(request.user),
        "offers": [
            {"kind": kind, "url": reverse(PAGES[kind])}
            for kind in second_factor.offered()
            if kind not in own or kind == FactorKind.PASSKEY
        ],
        "compulsory": second_factor.is_compulsory(request.user),
        "codes_left": len(codes_left.get_unused_codes()) if codes_left else 0,
    }
    return render(request, "mfa/index.html", context)


def factors_of(user: Any) -> list[dict[str, Any]]:
    """One's factors in words, each with the page that changes it and the name by which it is removed."""
    found = []
    own, offered = second_factor.registered(user), second_factor.offered()
    if FactorKind.TOTP in own:
        found.append({"kind": FactorKind.TOTP, "id": "totp", "name": "", "url": reverse("mfa_activate_totp")})
    for row in passkeys.of(user):
        key = row.data["key"]
        url = reverse("mfa_passkey", kwargs={"passkey_id": key})
        found.append({"kind": FactorKind.PASSKEY, "id": key, "name": row.data["name"], "url": url})
    for code in CodeFactor.objects.filter(user=user).order_by("-kind"):
        kind = FactorKind(code.kind)
        name = codes.masked(code.kind, code.to)
        found.append({"kind": kind, "id": code.kind, "name": name, "url": reverse(PAGES[kind])})
    for each in found:
        each["usable"] = each["kind"] in offered
        each["last_used"] = own[each["kind"]]
    return found


def first_offers(request: HttpRequest, kind: FactorKind) -> dict[str, Any]:
    """For a page of the first set-up: whether it is one, and the other types as a way round this one."""
    first = not second_factor.registered(request.user)
    after = way_back(request, get_next_redirect_url(request) or "")
    query = f"?{urlencode({'next': after})}" if after else ""
    others = [each for each in second_factor.offered() if each != kind] if first else []
    return {
        "first": first,
        "waiting": second_factor.is_missing(request.user),
        "next": after,
        "others": [{"kind": each, "url": reverse(PAGES[each]) + query} for each in others],
    }


def _done(request: HttpRequest, kind: FactorKind, sentence: str) -> HttpResponse:
    """A factor was set up: to the new recovery codes if nobody has seen them, else back."""
    # What proved the factor proves the person.
    record_authentication(request, request.user, method="mfa", type=kind.value, reauthenticated=True)
    after = way_back(request, get_next_redirect_url(request) or "")
    recovery = second_factor.recovery_codes(request.user)
    if recovery is not None and not recovery.did_view:
        give_proof(request, FACTORS)
        page = reverse("mfa_view_recovery_codes")
        return redirect(f"{page}?{urlencode({'next': after})}" if after else page)
    spend_proof(request, FACTORS)
    messages.success(request, sentence)
    return redirect(after or "users:sign_in_and_account")


# --- Authenticator app ------------------------------------------------------------------------------


@fresh_proof_required(FACTORS, spend=False)
def authenticator(request: HttpRequest) -> HttpResponse:
    """Set up the authenticator app, or replace it by another; compulsory at the first sign-in."""
    user = request.user
    secret = second_factor.pending_secret(request)
    form = ActivateAuthenticatorForm(request.POST or None, user=user, secret=secret)
    if request.method == "POST" and form.is_valid():
        services.set_second_factor(user, secret, form.step, keep=request.session.session_key)
        request.session.pop(second_factor.PENDING, None)
        sentence = _("Your new authenticator app is set up. A former one no longer works.")
        return _done(request, FactorKind.TOTP, sentence)
    adapter = get_adapter()
    app_url = adapter.build_totp_url(user, secret)
    svg = adapter.build_totp_svg(app_url)
    context = {
        "form": form,
        "app_url": app_url,
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "picture": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(),
        **first_offers(request, FactorKind.TOTP),
    }
    return render(request, "mfa/totp/activate_form.html", context, status=422 if form.errors else 200)


# --- Codes by SMS and e-mail ------------------------------------------------------------------------


@fresh_proof_required(FACTORS, spend=False, keeps=("phone",))
def sms(request: HttpRequest) -> HttpResponse:
    """The number that is to receive codes: one is sent there before it counts."""
    _offered_or_404(FactorKind.SMS)
    kept = kept_input(request, FACTORS)
    initial = {"phone": kept.get("phone") or _number_of(request.user)}
    form = SmsNumberForm(request.POST or None, initial=initial)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            codes.send(request, request.user, FactorKind.SMS, SET_UP, form.cleaned_data["phone"])
            return redirect(_with_next(request, "mfa_sms_confirm"))
        except codes.TooMany as error:
            form.add_error("phone", error.sentence)
            status = 429
    context = {"form": form, "kind": FactorKind.SMS, **first_offers(request, FactorKind.SMS)}
    return render(request, "mfa/codes/number.html", context, status=status)


@fresh_proof_required(FACTORS, spend=False)
def email(request: HttpRequest) -> HttpResponse:
    """Receive codes at the account's own address: one is sent there before it counts."""
    _offered_or_404(FactorKind.EMAIL)
    context = {"kind": FactorKind.EMAIL, **first_offers(request, FactorKind.EMAIL)}
    if request.method == "POST":
        try:
            codes.send(request, request.user, FactorKind.EMAIL, SET_UP, request.user.email)
            return redirect(_with_next(request, "mfa_email_confirm"))
        except codes.TooMany as error:
            return render(
                request, "mfa/codes/number.html", {**context, "too_many": error.sentence}, status=429
            )
    return render(request, "mfa/codes/number.html", context)


@fresh_proof_required(FACTORS, spend=False)
def confirm_code(request: HttpRequest, kind: str) -> HttpResponse:
    """The code that has just arrived: it proves the number or address."""
    kind = FactorKind(kind)
    _offered_or_404(kind)
    row = codes.under_way(request, request.user, SET_UP, kind)
    if row is None:
        return redirect(_with_next(request, PAGES[kind]))
    form = ConfirmCodeForm(request.POST or None, request=request, kind=kind)
    if request.method == "POST" and form.is_valid():
        services.set_code_factor(request.user, form.proven, keep=request.session.session_key)
        return _done(request, kind, _("From now on you can receive codes there."))
    context = {
        "form": form,
        "kind": kind,
        "to": phone(row.to) if kind == FactorKind.SMS else row.to,
        "until": row.expires,
        "again": _with_next(request, PAGES[kind]),
        "next": way_back(request, get_next_redirect_url(request) or ""),
    }
    return render(request, "mfa/codes/confirm.html", context, status=422 if form.errors else 200)


def _number_of(user: Any) -> str:
    row = CodeFactor.objects.filter(user=user, kind=CodeFactor.Kind.SMS).first()
    return row.to if row else user.phone


def _offered_or_404(kind: FactorKind) -> None:
    if kind not in second_factor.offered():
        raise Http404


def _with_next(request: HttpRequest, name: str) -> str:
    after = way_back(request, get_next_redirect_url(request) or "")
    return reverse(name) + (f"?{urlencode({'next': after})}" if after else "")


# --- Passkeys ---------------------------------------------------------------------------------------


@fresh_proof_required(FACTORS, spend=False)
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Set up a passkey or security key; the page's script asks the browser for it."""
    user = request.user
    number = len(passkeys.of(user)) + 1
    form = AddPasskeyForm(
        request.POST or None, initial={"name": _("Passkey %(number)s") % {"number": number}}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.add_passkey(user, values["name"], values["credential"], keep=request.session.session_key)
            return _done(request, FactorKind.PASSKEY, _("Your passkey is set up."))
        except ValidationError as error:
            form.add_error("credential", error)
    context = {
        "form": form,
        "options": json.dumps(passkeys.begin_adding(user)),
        "passkeys_work": passkeys.work_at(request),
        "local_address": passkeys.local_address(request),
        **first_offers(request, FactorKind.PASSKEY),
    }
    return render(request, "mfa/passkeys/add.html", context, status=422 if form.errors else 200)


@fresh_proof_required(FACTORS, keeps=("name",))
def passkey(request: HttpRequest, passkey_id: str) -> HttpResponse:
    """Rename a passkey."""
    row = services.find_passkey(request.user, passkey_id)
    name = kept_input(request, FACTORS).get("name") or row.data["name"]
    form = PasskeyNameForm(request.POST or None, initial={"name": name})
    if request.method == "POST" and form.is_valid():
        services.rename_passkey(request.user, passkey_id, form.cleaned_data["name"])
        messages.success(request, _("The passkey has its new name."))
        return redirect("mfa_index")
    context = {"form": form, "key": passkey_id, "stands_alone": row.wrap().is_passwordless}
    return render(request, "mfa/passkeys/edit.html", context, status=422 if form.errors else 200)


# --- Removing ---------------------------------------------------------------------------------------


@fresh_proof_required(FACTORS)
def remove(request: HttpRequest, factor: str) -> HttpResponse:
    """Ask, then remove a factor; the last one of somebody who needs one stays."""
    found = next((each for each in factors_of(request.user) if each["id"] == str(factor)), None)
    if found is None:
        raise Http404
    if request.method == "POST":
        services.remove_factor(request.user, str(factor), keep=request.session.session_key)
        messages.success(request, _("The second factor was removed."))
        return redirect("mfa_index")
    further = found["kind"] == FactorKind.PASSKEY and len(passkeys.of(request.user)) > 1
    possible = second_factor.suffices_without(request.user, found["kind"], further=further)
    return render(request, "mfa/remove.html", {"factor": found, "possible": possible})


# --- Recovery codes ---------------------------------------------------------------------------------


def _own_codes(request: HttpRequest) -> Any:
    found = second_factor.recovery_codes(request.user)
    if found is None:
        raise Http404
    return found


@fresh_proof_required(FACTORS)
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the new recovery codes until the person says that they are saved; afterwards only how many are left."""
    found = _own_codes(request)
    after = way_back(request, get_next_redirect_url(request) or "")
    if request.method == "POST":
        found.mark_as_viewed()
        messages.success(request, _("Your account is protected by a second factor."))
        return redirect(after or "home")
    context = {
        "codes": None if found.did_view else found.get_unused_codes(),
        "left": len(found.get_unused_codes()),
        "next": after,
    }
    return render(request, "mfa/recovery_codes/index.html", context)


@fresh_proof_required(FACTORS)
def download_recovery_codes(request: HttpRequest) -> HttpResponse:
    """The new recovery codes as a text file; gone once they are confirmed as saved."""
    found = _own_codes(request)
    if found.did_view:
        raise Http404
    lines = [
        _("Recovery codes of %(email)s") % {"email": request.user.email},
        "",
        *found.get_unused_codes(),
        "",
    ]
    response = HttpResponse("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


@fresh_proof_required(FACTORS, spend=False)
def generate_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ask, then replace the recovery codes."""
    if not second_factor.registered(request.user):
        raise Http404
    if request.method == "POST":
        services.renew_recovery_codes(request.user, keep=request.session.session_key)
        return redirect(
            reverse("mfa_view_recovery_codes")
            + "?"
            + urlencode({"next": reverse("users:sign_in_and_account")})
        )
    found = second_factor.recovery_codes(request.user)
    left = len(found.get_unused_codes()) if found else 0
    return render(request, "mfa/recovery_codes/generate.html", {"left": left})
