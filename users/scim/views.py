"""Pages of the tokens of companies' directories."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from companies.services import companies
from permissions.policy import require
from users.proofs import ask_for_proof, spend_proof
from users.scim import reading, tokens
from users.scim.forms import TokenForm


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new_token(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Make a token; its text is shown once, on the answer to the post."""
    company = get_object_or_404(companies(request.user), pk=company_id)
    require(request.user, tokens.MANAGE, company)
    if asked := ask_for_proof(request, "directory"):
        return asked
    form = TokenForm(request.POST if request.method == "POST" else None, initial={"days": tokens.MOST_DAYS})
    back_url = reverse("sso:company", args=[company.pk])
    if request.method == "POST" and form.is_valid():
        try:
            token, text = tokens.make_token(company, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            spend_proof(request, "directory")
            context = {"token": token, "text": text, "address": reading.base_address(), "back_url": back_url}
            return render(request, "users/scim/made.html", context)
    context = {
        "form": form,
        "title": _("New token for the directory"),
        "heading": company.name,
        "back_url": back_url,
        "button": _("Make the token"),
        "explanation": _(
            "Whoever has the token can add and close people of the company and give them roles, as you can. "
            "It dies with your right to manage users."
        ),
    }
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def revoke_token(request: HttpRequest, scim_token_id: UUID) -> HttpResponse:
    """Ask, then end a token."""
    token = get_object_or_404(reading.tokens(request.user), pk=scim_token_id)
    require(request.user, tokens.MANAGE, token)
    back_url = reverse("sso:company", args=[token.company_id])
    if request.method == "POST":
        tokens.revoke_token(token.pk, by=request.user)
        messages.success(request, _("The token is revoked."))
        return redirect(back_url)
    context = {
        "heading": _("Revoke the token?"),
        "text": _(
            "The directory that uses it can change nothing any more, at once. People keep their access."
        ),
        "facts": [(_("Name"), token.name), (_("Company"), token.company.name)],
        "button": _("Revoke"),
        "danger": True,
        "back_url": back_url,
    }
    return render(request, "components/confirm.html", context)
