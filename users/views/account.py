"""Account settings: who one is and may do, sign-in and account, language and appearance, news and delivery."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from users import bank, corrections, second_factor, services, summary
from users.forms import NewsForm, PhoneForm, PreferencesForm
from users.proofs import kept_input
from users.views.factors import factors_of
from users.views.sign_in import account_tabs, fresh_proof_required


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is, what one may see and why, and whom to ask."""
    persons = corrections.persons_of(request.user)
    context = {
        "tabs": account_tabs("users:account"),
        "rights": summary.rights_of(request.user),
        "contacts": summary.contacts_of(request.user),
        "email_change": services.open_email_change(request.user),
        "persons": persons,
        "insured": bool(persons),
        "several_employers": len(persons) > 1,
        "bank_details": bank.own_details(request.user) if persons else [],
        "corrections": corrections.own_requests(request.user),
        "may_ask": corrections.may_ask(request.user),
    }
    return render(request, "users/account.html", context)


@login_required
def sign_in_and_account(request: HttpRequest) -> HttpResponse:
    """Password, second factor, recovery codes, devices: what is active now, with a pencil beside each."""
    codes = second_factor.recovery_codes(request.user)
    context = {
        "tabs": account_tabs("users:sign_in_and_account"),
        "factors": factors_of(request.user),
        "codes_left": len(codes.get_unused_codes()) if codes else 0,
        "sessions": UserSession.objects.filter(user=request.user).count(),
    }
    return render(request, "users/sign_in_and_account.html", context)


@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Language and appearance."""
    user = request.user
    form = PreferencesForm(request.POST or None, initial={"language": user.language, "theme": user.theme})
    if request.method == "POST" and form.is_valid():
        services.set_preferences(user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Your settings were saved."))
        response = redirect("users:preferences")
        # The choice made here counts, whatever the buttons of the page said before.
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
            httponly=True,
        )
        return response
    context = {"form": form, "tabs": account_tabs("users:preferences")}
    return render(request, "users/preferences.html", context, status=422 if form.errors else 200)


@login_required
def news(request: HttpRequest) -> HttpResponse:
    """Of what one is told by mail, consents to product information, delivery by post or digital."""
    user = request.user
    form = NewsForm(request.POST or None, user=user, choices=services.choices_of(user))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            services.set_news(user, form.cleaned_data["mailed"])
            services.set_choices(user, **form.choices())
        messages.success(request, _("Your settings were saved."))
        return redirect("users:news")
    context = {"form": form, "tabs": account_tabs("users:news")}
    return render(request, "users/news.html", context, status=422 if form.errors else 200)


@fresh_proof_required("phone", keeps=("phone",))
def phone(request: HttpRequest) -> HttpResponse:
    """Change the own phone number."""
    initial = {"phone": request.user.phone, **kept_input(request, "phone")}
    form = PhoneForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.set_phone(request.user, form.cleaned_data["phone"], keep=request.session.session_key or "")
        messages.success(request, _("Your phone number was saved."))
        return redirect("users:account")
    return render(request, "users/phone.html", {"form": form}, status=422 if form.errors else 200)
