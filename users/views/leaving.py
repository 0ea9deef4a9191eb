"""Pages of leaving: withdrawal, removing what one added, deletion by the insurer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import NotNow, OutOfReach
from users import people, services, summary, terms
from users.forms import WithdrawalForm
from users.forms.account import put
from users.views.sign_in import fresh_proof_required


@fresh_proof_required("withdrawal")
def withdraw(request: HttpRequest) -> HttpResponse:
    """What withdrawing means; with a fresh code and the own user name typed, the account is gone."""
    user = request.user
    refusal = ""
    try:
        services.check_withdrawal(user)
    except NotNow as reason:
        refusal = str(reason.sentence)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and not refusal and form.is_valid():
        try:
            services.withdraw(user, form.cleaned_data["confirmation"])
        except ValidationError as error:
            put(form, error)
        else:
            logout(request)
            return render(request, "users/left.html")
    context = {
        "form": form,
        "refusal": refusal,
        "until": terms.withdrawal_until(user),
        "contacts": summary.contacts_of(user),
    }
    status = 409 if refusal and request.method == "POST" else 422 if form.errors else 200
    return render(request, "users/withdraw.html", context, status=status)


@fresh_proof_required("additions")
def clear_additions(request: HttpRequest) -> HttpResponse:
    """Ask, then remove what the person added for himself."""
    if request.method == "POST":
        services.clear_own_additions(request.user, keep=request.session.session_key or "")
        messages.success(request, _("What you had added was removed. Your account stays."))
        return redirect("users:own_terms")
    context = {"back_url": reverse("users:own_terms")}
    return render(request, "users/clear_additions.html", context)


@login_required
def delete_account(request: HttpRequest, pk: Any) -> HttpResponse:
    """Ask, then delete somebody's closed account."""
    closed = people.closed_accounts(request.user).filter(pk=pk).first()
    person = closed or people.account_within(request.user, pk)
    if person is None:
        raise OutOfReach
    if request.method == "POST":
        services.delete_account(pk, by=request.user)
        messages.success(request, _("The account was deleted."))
        return redirect("users:management")
    services.check_deletion(person, by=request.user)
    context = {
        "heading": _("Delete the account of %(name)s?") % {"name": person.name},
        "text": _(
            "Name, e-mail address, phone number, access rights and settings are removed and cannot be brought back. "
            "Reports, documents and the activity log stay, without the name."
        ),
        "facts": [(_("E-mail"), person.email)],
        "button": _("Delete the account"),
        "danger": True,
        "back_url": reverse("users:management"),
    }
    return render(request, "components/confirm.html", context)
