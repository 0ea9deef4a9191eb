"""The page “Single sign-on and provisioning” of a company, and what is done there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from companies.services import companies
from permissions.policy import can, require
from users import summary
from users.proofs import ask_for_proof, spend_proof
from users.scim import reading as scim
from users.sso import openid, reading, saml, services
from users.sso.forms import ConnectionForm, DomainForm
from users.sso.models import SsoConnection

# Why a test failed, in words; the rest is “no usable answer”.
PROBLEMS = {
    "issuer": gettext_lazy("The provider calls itself differently from the issuer entered here."),
    "not_https": gettext_lazy("The provider names an address without https."),
    "not_public": gettext_lazy("The address leads into a private network."),
    "no_name": gettext_lazy("There is no such address."),
    "no_pkce": gettext_lazy("The provider does not know the proof key (PKCE, S256)."),
    "no_keys": gettext_lazy("The provider publishes no key for signatures."),
    "metadata": gettext_lazy("The metadata cannot be read any longer."),
}


def _company(request: HttpRequest, company_id: UUID) -> Any:
    """A company whose sign-in one may look at."""
    found = get_object_or_404(companies(request.user), pk=company_id)
    require(request.user, reading.VIEW, found)
    return found


def _managed(request: HttpRequest, company_id: UUID) -> Any:
    """A company whose sign-in one may change."""
    found = _company(request, company_id)
    require(request.user, services.MANAGE, found)
    return found


@login_required
@require_GET
def page(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """How the company's people sign in, and which directories keep them: state, addresses, tokens."""
    company = _company(request, company_id)
    connection = reading.connection_of(request.user, company)
    user = request.user
    domains = reading.domains(user).filter(company=company).order_by("domain")
    context = {
        "company": company,
        "connection": connection,
        "addresses": _addresses(connection),
        "domains": domains,
        "may_edit": can(user, services.MANAGE, company),
        "may_provision": can(user, "users.manage", company),
        "tokens": scim.tokens_of(user, company),
        "scim_address": scim.base_address(),
        "contacts": summary.contacts_of(user),
    }
    return render(request, "users/sso/company.html", context)


def _addresses(connection: SsoConnection | None) -> list[tuple[str, str]]:
    """What the provider's administrator needs of us."""
    if connection is None:
        return []
    start = openid.portal_link(connection)
    if connection.protocol == SsoConnection.Protocol.OIDC:
        return [
            (_("Redirect address"), openid.callback_address(connection)),
            (_("Link to the portal"), start),
        ]
    return [
        (_("Entity ID and metadata"), saml.entity_id(connection)),
        (_("Answer address (ACS)"), saml.answer_address(connection)),
        (_("Link to the portal"), start),
    ]


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """The contract manager sets up the connection."""
    company = _managed(request, company_id)
    if asked := ask_for_proof(request, services.ACT):
        return asked
    connection = reading.connection_of(request.user, company)
    form = ConnectionForm(
        request.POST if request.method == "POST" else None,
        has_secret=bool(connection and connection.secret),
        initial=_initial(connection),
    )
    if request.method == "POST" and form.is_valid() and _saved(form, company, request.user):
        spend_proof(request, services.ACT)
        messages.success(request, _("The connection is saved. Test it before you switch it on."))
        return redirect("sso:company", company.pk)
    context = {
        "form": form,
        "title": _("Set up single sign-on"),
        "heading": company.name,
        "back_url": reverse("sso:company", args=[company.pk]),
        "explanation": _("Another provider, client or secret has to be tested and switched on again."),
    }
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


def _initial(connection: SsoConnection | None) -> dict[str, Any]:
    if connection is None:
        return {"protocol": SsoConnection.Protocol.OIDC, "factor_values": "mfa"}
    names = ("protocol", "issuer", "client_id", "metadata", "trusts_factor")
    return {
        **{name: getattr(connection, name) for name in names},
        "factor_values": " ".join(connection.factor_values),
    }


def _saved(form: ConnectionForm, company: Any, user: Any) -> bool:
    values = dict(form.cleaned_data)
    address = values.pop("metadata_url")
    try:
        if address and values["protocol"] == SsoConnection.Protocol.SAML:
            values["metadata"] = saml.fetch_metadata(address)
        services.save_connection(company, by=user, **values)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _act(done: Callable[[HttpRequest, Any, Any], bool]) -> Callable[..., HttpResponse]:
    """An act on the connection, posted from the company's page; a fresh code comes first.

    `done` says whether it used that code up.
    """

    @login_required
    @never_cache
    @require_http_methods(["GET", "POST"])
    @wraps(done)
    def view(request: HttpRequest, company_id: UUID) -> HttpResponse:
        company = _managed(request, company_id)
        if asked := ask_for_proof(request, services.ACT):
            return asked
        # Whoever had to prove himself first arrives here again without what was posted.
        if request.method == "POST":
            used_up = done(
                request, company, get_object_or_404(reading.connections(request.user), company=company)
            )
            if used_up:
                spend_proof(request, services.ACT)
        return redirect("sso:company", company.pk)

    return view


@_act
def test(request: HttpRequest, company: Any, connection: SsoConnection) -> bool:
    """Try the connection out."""
    problem = services.test(connection.pk, by=request.user)
    if problem:
        why = PROBLEMS.get(problem, _("The provider gave no usable answer."))
        messages.error(request, _("The test failed. %(why)s") % {"why": why})
    else:
        messages.success(request, _("The provider answers as it should."))
    # Trying changes nothing: the proof is still good for switching on what was tried.
    return False


@_act
def activate(request: HttpRequest, company: Any, connection: SsoConnection) -> bool:
    """Switch the connection on."""
    services.activate(connection.pk, by=request.user)
    messages.success(
        request, _("The people of %(name)s can sign in through it now.") % {"name": company.name}
    )
    return True


@_act
def deactivate(request: HttpRequest, company: Any, connection: SsoConnection) -> bool:
    """Switch the connection off."""
    services.deactivate(connection.pk, by=request.user)
    messages.success(request, _("Everybody signs in with a password again."))
    return True


@_act
def required(request: HttpRequest, company: Any, connection: SsoConnection) -> bool:
    """Make it compulsory, or leave the password beside it."""
    services.require_provider(connection.pk, request.POST.get("required") == "yes", by=request.user)
    messages.success(request, _("Your settings were saved."))
    return True


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Ask, then take the connection away."""
    company = _managed(request, company_id)
    if asked := ask_for_proof(request, services.ACT):
        return asked
    connection = get_object_or_404(reading.connections(request.user), company=company)
    if request.method == "POST":
        services.remove_connection(connection.pk, by=request.user)
        spend_proof(request, services.ACT)
        messages.success(request, _("The connection was removed."))
        return redirect("sso:company", company.pk)
    context = {
        "heading": _("Remove single sign-on?"),
        "text": _(
            "Everybody signs in with a password again; accounts without one ask for it by e-mail. "
            "The tokens of the company’s directory are revoked."
        ),
        "facts": [(_("Company"), company.name), (_("Issuer"), connection.issuer)],
        "button": _("Remove"),
        "danger": True,
        "back_url": reverse("sso:company", args=[company.pk]),
    }
    return render(request, "components/confirm.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def add_domain(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """The contract manager confirms a domain."""
    company = _managed(request, company_id)
    if asked := ask_for_proof(request, services.ACT):
        return asked
    form = DomainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_domain(company, form.cleaned_data["domain"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            spend_proof(request, services.ACT)
            messages.success(request, _("The domain is confirmed."))
            return redirect("sso:company", company.pk)
    context = {
        "form": form,
        "title": _("Confirm a domain"),
        "heading": company.name,
        "back_url": reverse("sso:company", args=[company.pk]),
        "button": _("Confirm"),
        "explanation": _(
            "You confirm that the company owns it: by a letter of the company, or an entry in its DNS."
        ),
    }
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def remove_domain(request: HttpRequest, domain_id: UUID) -> HttpResponse:
    """Ask, then take a domain back."""
    row = get_object_or_404(reading.domains(request.user), pk=domain_id)
    require(request.user, services.MANAGE, row.company)
    if asked := ask_for_proof(request, services.ACT):
        return asked
    if request.method == "POST":
        services.remove_domain(row.pk, by=request.user)
        spend_proof(request, services.ACT)
        messages.success(request, _("The domain was removed."))
        return redirect("sso:company", row.company_id)
    context = {
        "heading": _("Remove the domain?"),
        "text": _("Whoever has an address there signs in with a password again."),
        "facts": [(_("Domain"), row.domain), (_("Company"), row.company.name)],
        "button": _("Remove"),
        "danger": True,
        "back_url": reverse("sso:company", args=[row.company_id]),
    }
    return render(request, "components/confirm.html", context)
