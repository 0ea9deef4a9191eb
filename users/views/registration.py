"""Getting in by letter: registering, the activation code of a company, the PUK, the first password.

What is answered here never depends on whether a number, a code's company, an account or an address exists.
"""

from __future__ import annotations

from uuid import UUID

from allauth.core import ratelimit
from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotNow, OutOfReach
from users import attempts, services
from users.forms import ActivationForm, CodeForm, FirstPasswordForm, PukForm, RegistrationForm
from users.models import read_code, read_identifier
from users.views.sign_in import fresh_proof_required

READ = ["GET", "HEAD", "POST"]


# --- An insured person registers --------------------------------------------------------------------


@require_http_methods(READ)
@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """Number, date of birth and e-mail address: whatever is typed, the answer is the same."""
    form = RegistrationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if not attempts.may_register(request, values["number"], values["email"]):
            return ratelimit.respond_429(request)
        services.register(
            number=values["number"],
            birth_date=values["birth_date"],
            email=values["email"],
            phone=values["phone"],
            language=get_language() or settings.LANGUAGE_CODE,
        )
        return redirect("users:registered")
    return render(request, "users/register.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(READ)
def registered(request: HttpRequest) -> HttpResponse:
    """An e-mail is on its way; the page is the same whoever asked, and for what."""
    return render(request, "users/registered.html", {"hours": settings.CONFIRMATION_HOURS})


@require_http_methods(READ)
@never_cache
def confirm_registration(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the e-mail address; say so when that was done, offer a new link when this one is over."""
    if not ratelimit.consume(request, action="reset_password_from_key"):
        return ratelimit.respond_429(request)
    registration = services.find_registration(token)
    case = "open"
    if request.method == "POST":
        try:
            if request.POST.get("renew"):
                services.renew_registration(token)
                return redirect("users:registered")
            services.confirm_registration(token)
            case = "done"
        except NotNow as refusal:
            case = refusal.code
    elif registration.confirmed:
        case = "confirmed"
    elif services.is_over(registration):
        case = "expired"
    context = {"case": case, "hours": settings.CONFIRMATION_HOURS, "days": settings.INITIAL_PASSWORD_DAYS}
    return render(request, "users/confirm_registration.html", context)


@login_required
@sensitive_post_parameters("password")
@never_cache
def first_password(request: HttpRequest) -> HttpResponse:
    """Replace the password of the letter by one of one's own, first of all; or say that somebody else has registered."""
    if request.user.initial_password_until is None:
        return redirect("home")
    if request.method == "POST" and request.POST.get("act") == "not_mine":
        services.disown_account(request.user)
        logout(request)
        return render(request, "users/not_mine.html")
    form = FirstPasswordForm(request.POST or None, phone=request.user.phone)
    if request.method == "POST" and form.is_valid():
        try:
            services.replace_initial_password(
                request.user, form.cleaned_data["password"], keep=request.session.session_key
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your password is set."))
            return redirect("home")
    return render(request, "users/first_password.html", {"form": form}, status=422 if form.errors else 200)


# --- The first administrator of a company -----------------------------------------------------------


@require_http_methods(READ)
@never_cache
def activate(request: HttpRequest) -> HttpResponse:
    """Type the code of the letter."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = read_code(form.cleaned_data["code"])
        try:
            services.check_open(attempts.activation_of(request, code))
        except RateLimited:
            return ratelimit.respond_429(request)
        except OutOfReach:
            form.add_error("code", _("This code does not exist. Compare it with the letter."))
        except NotNow as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return redirect("users:activate_code", code=code)
    return render(request, "users/activate.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(READ)
@never_cache
def activate_code(request: HttpRequest, code: str) -> HttpResponse:
    """Say who becomes the company's administrator; the QR code of the letter leads here."""
    code = read_code(code)
    try:
        activation = attempts.activation_of(request, code)
    except RateLimited:
        return ratelimit.respond_429(request)
    form = ActivationForm(request.POST or None)
    refusal = ""
    try:
        services.check_open(activation)
        if request.method == "POST" and form.is_valid():
            services.activate(
                code,
                email=form.cleaned_data["email"],
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
                language=get_language() or activation.company.language,
            )
            return redirect("users:activated")
    except NotNow as error:
        refusal = error.sentence
    except ValidationError as error:
        form.add_error(None, error)
    context = {"form": form, "company": activation.company, "refusal": refusal}
    wrong = request.method == "POST" and not refusal
    return render(request, "users/activate_code.html", context, status=422 if wrong else 200)


@require_http_methods(READ)
def activated(request: HttpRequest) -> HttpResponse:
    """An e-mail with the link is on its way."""
    return render(request, "users/activated.html", {"days": settings.INVITATION_DAYS})


@require_POST
@login_required
def order_activation(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """The contract manager orders the letter to a company's management."""
    services.order_activation(company_id, by=request.user)
    messages.success(request, _("The letter with the activation code is on its way. A former code is dead."))
    return redirect(reverse("companies:company", args=[company_id]) + "#activation")


# --- PUK, lock, lost identifier ---------------------------------------------------------------------


@require_http_methods(READ)
@sensitive_post_parameters("puk")
@never_cache
def puk(request: HttpRequest) -> HttpResponse:
    """Unlock an account or take away a lost factor; the answer is the same whether anything happened."""
    form = PukForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        # By what was typed, not by the account: names that share a limit would tell that they are of one account.
        typed = read_identifier(values["login"]) or "".join(values["login"].split())
        if not ratelimit.consume(request, action="puk", key=typed.casefold()):
            return ratelimit.respond_429(request)
        services.use_puk(values["login"], values["puk"], lost_factor=values["reason"] == PukForm.LOST)
        return redirect("users:puk_done")
    return render(request, "users/puk.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(READ)
def puk_done(request: HttpRequest) -> HttpResponse:
    """What happens if the PUK was right."""
    return render(request, "users/puk_done.html")


@fresh_proof_required("puk")
def order_puk(request: HttpRequest) -> HttpResponse:
    """Order a new PUK by letter, for oneself."""
    if request.method == "POST":
        letter = services.order_puk(request.user.pk, by=request.user)
        if letter.waiting and services.held_since(letter):
            messages.warning(
                request,
                _("The letter waits until your address is checked. Your contract manager knows of it."),
            )
        elif letter.waiting:
            messages.warning(
                request,
                _("The letter waits until we have your whole address. Your contract manager knows of it."),
            )
        else:
            messages.success(request, _("The letter with your new PUK is on its way."))
        return redirect("users:sign_in_and_account")
    context = {"address": services.address_of(request.user), "settling": services.is_settling(request.user)}
    return render(request, "users/order_puk.html", context)


@login_required
@require_http_methods(READ)
def order_puk_for(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then order a new PUK by letter for somebody else."""
    person = services.check_puk_order(pk, by=request.user)
    if request.method == "POST":
        letter = services.order_puk(pk, by=request.user)
        if letter.waiting and services.held_since(letter):
            messages.warning(request, _("The letter waits until the address is checked."))
        elif letter.waiting:
            messages.warning(request, _("The letter waits until we have a whole address."))
        else:
            messages.success(request, _("The letter with the new PUK is on its way."))
        return redirect("users:management")
    context = {
        "heading": _("Order a PUK letter for %(name)s?") % {"name": person.name},
        "text": _(
            "The letter goes to the address on record. When it is printed, the former PUK no longer works."
        )
        if services.address_of(person)
        else _("We have no whole address: the letter waits until we have one."),
        "facts": [(_("Name"), person.name), (_("E-mail"), person.email)],
        "button": _("Order the letter"),
        "back_url": reverse("users:management"),
    }
    return render(request, "components/confirm.html", context)


@require_http_methods(READ)
@never_cache
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """Unlock the account that a mailed link belongs to; on a click, not on being opened."""
    if not ratelimit.consume(request, action="reset_password_from_key"):
        return ratelimit.respond_429(request)
    case, sentence = "open", ""
    try:
        if request.method == "POST":
            services.unlock(token)
            case = "done"
        else:
            services.check_unlock(token)
    except NotNow as refusal:
        case, sentence = "ended", refusal.sentence
    return render(request, "users/unlock.html", {"case": case, "sentence": sentence})


@require_http_methods(READ)
def lost_identifier(request: HttpRequest) -> HttpResponse:
    """How to get in without the user name: by e-mail, by insured number, by the insurer's hotline."""
    return render(request, "users/lost_identifier.html")
