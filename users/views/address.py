"""The page of the own postal address."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from companies import services as companies
from users import services
from users.forms import OwnAddressForm
from users.forms.account import put
from users.proofs import ask_for_proof, kept_input, spending

ACT = "address"


@login_required
@never_cache
def address(request: HttpRequest) -> HttpResponse:
    """Change the own postal address, of every employment that goes on."""
    companies.check_own_address(request.user)
    if asked := ask_for_proof(request, ACT, keeps=companies.OWN_ADDRESS):
        return asked
    person = companies.going_on(request.user)[0]
    initial = {name: getattr(person, name) for name in companies.OWN_ADDRESS} | kept_input(request, ACT)
    form = OwnAddressForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with spending(request, ACT):
                services.change_address(request.user, form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Your address was saved."))
            return redirect("users:account")
    return render(request, "users/address.html", {"form": form}, status=422 if form.errors else 200)
