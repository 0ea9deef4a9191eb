"""Pages of companies and their people."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from companies import export, panels, services
from companies.chosen import within_chosen
from companies.filters import CompanyFilter, PersonFilter, offer_sites
from companies.forms import (
    CompanyForm,
    ContractForm,
    NewCompanyForm,
    NewPersonForm,
    PersonForm,
    SiteForm,
)
from companies.models import Company
from core.paging import CappedPaginator
from core.tables import CONTENT_TYPES, table_answer
from permissions.policy import can, can_somewhere, require, require_somewhere
from permissions.reach import reach_of

PAGE = 25


# --- People -------------------------------------------------------------------------------------


@login_required
@require_GET
def persons(request: HttpRequest) -> HttpResponse:
    """The insured persons one sees, by name."""
    require_somewhere(request.user, "person.view")
    people = within_chosen(request, services.persons(request.user)).order_by("sort_key", "id")
    filterset = PersonFilter(request.GET, queryset=people, request=request)
    offer_sites(filterset, list(services.sites(request.user).select_related("company")[:101]))
    # Everybody is no answer to a search that could not be read.
    readable = not filterset.form.errors
    found = filterset.qs if readable else people.none()
    page = CappedPaginator(found, PAGE).get_page(request.GET.get("page"))
    several = len({person.company_id for person in page.object_list}) > 1
    context = _listed(request, filterset, page) | {"several_companies": several}
    context["may_add"] = services.companies_to_staff(request.user).exists()
    context["query"] = request.GET.urlencode()
    return render(request, "companies/persons.html", context, status=200 if readable else 422)


@login_required
@require_GET
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One insured person: data, cases by policy, and the button to report a case."""
    found = get_object_or_404(services.persons(request.user), pk=person_id)
    closely = services.knows_closely(request.user, found)
    context = {
        "person": found,
        "closely": closely,
        "moved": found.address_by_person and (closely or bool(reach_of(request.user).staff_preset)),
        "may_edit": can(request.user, "person.edit", found),
        "may_report": can(request.user, "declaration.create", found),
        "report_url": _address("declarations:start", person=found.pk),
        "panels": panels.draw(panels.PERSON, request, found),
        "crumbs": [(_("Employees"), reverse("companies:persons")), (found.name, "")],
    }
    return render(request, "companies/person.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """HR keeps workplace, salary and address up to date."""
    found = get_object_or_404(services.persons(request.user), pk=person_id)
    require(request.user, "person.edit", found)
    choices = services.sites(request.user).filter(company=found.company_id)
    form = PersonForm(_posted(request), person=found, sites=choices)
    saved = request.method == "POST" and form.is_valid()
    if saved and _save(form, services.edit_person, found.pk, request.user):
        messages.success(request, _("The data of %(name)s is saved.") % {"name": found.name})
        return redirect("companies:person", found.pk)
    context = {"form": form, "heading": found.name, "back_url": reverse("companies:person", args=[found.pk])}
    context["explanation"] = _(
        "Name, AHV number and date of birth are changed by the insurer: ask your contract manager."
    )
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def add_person(request: HttpRequest) -> HttpResponse:
    """Whose employee is to be added: straight to the form for whoever may do it at one company only."""
    require_somewhere(request.user, "person.create")
    companies = services.companies_to_staff(request.user)
    return choose_company(request, companies, "companies:new_person", _("Add an employee"))


@login_required
@require_GET
def import_persons(request: HttpRequest) -> HttpResponse:
    """Whose employees are to be imported: straight to the page for whoever may do it at one company only."""
    require_somewhere(request.user, "person.create")
    companies = services.companies_to_staff(request.user)
    return choose_company(request, companies, "companies:import", _("Import employees"))


def choose_company(
    request: HttpRequest,
    companies: QuerySet[Company],
    route: str,
    title: str,
    back: str = "companies:persons",
) -> HttpResponse:
    """Choose one of these companies for the page `route`; straight there if there is one only."""
    rows = within_chosen(request, companies)
    filterset = CompanyFilter(
        request.GET, queryset=rows.select_related(*services.MANAGERS).order_by("sort_key", "id")
    )
    page = CappedPaginator(filterset.qs, PAGE).get_page(request.GET.get("page"))
    if not request.GET and len(page.object_list) == 1:
        return redirect(route, page.object_list[0].pk)
    context = _listed(request, filterset, page) | {"adding": title, "route": route, "back_url": reverse(back)}
    return render(request, "companies/list.html", context)


@login_required
@require_GET
def export_persons(request: HttpRequest, table: str) -> HttpResponse:
    """The list of employees with its filters, as a file."""
    require_somewhere(request.user, "person.view")
    if table not in CONTENT_TYPES:
        raise Http404
    people = within_chosen(request, services.persons(request.user))
    filterset = PersonFilter(request.GET, queryset=people, request=request)
    if filterset.form.errors:
        # The page says what is wrong with the filter: a file would hold more than was asked for.
        return redirect(f"{reverse('companies:persons')}?{request.GET.urlencode()}")
    body = export.export_persons(filterset.qs, table, by=request.user)
    return table_answer(body, table, _("employees"))


@login_required
@require_http_methods(["GET", "POST"])
def new_person(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """HR or the contract manager adds an employee."""
    found = _company(request, company_id, "person.create")
    choices = services.sites(request.user).filter(company=found)
    form = NewPersonForm(_posted(request), sites=choices, initial={"language": found.language})
    made = _made(form, services.create_person, found.pk, by=request.user)
    if made is not None:
        messages.success(request, _("%(name)s is added.") % {"name": made.name})
        return redirect("companies:person", made.pk)
    context = _adding(found, form) | {
        "no_site": not choices.exists(),
        "may_edit": can(request.user, "company.edit", found),
    }
    return render(request, "companies/new_person.html", context, status=422 if form.errors else 200)


# --- Companies ----------------------------------------------------------------------------------


@login_required
@require_GET
def companies(request: HttpRequest) -> HttpResponse:
    """The companies one sees, by name; straight to the company for whoever sees one only and adds none."""
    require_somewhere(request.user, "company.view")
    rows = services.companies(request.user).select_related("contract_manager", "health_manager")
    filterset = CompanyFilter(request.GET, queryset=rows.order_by("sort_key", "id"), request=request)
    page = CappedPaginator(filterset.qs, PAGE).get_page(request.GET.get("page"))
    may_add = can_somewhere(request.user, "company.edit")
    if not request.GET and len(page.object_list) == 1 and not may_add:
        return redirect("companies:company", page.object_list[0].pk)
    context = _listed(request, filterset, page) | {"may_add": may_add}
    return render(request, "companies/list.html", context)


@login_required
@require_GET
def company(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """One company: sites, contracts, contacts; for the contract manager its claim numbers."""
    rows = services.companies(request.user).select_related("contract_manager", "health_manager")
    found = get_object_or_404(rows, pk=company_id)
    user = request.user
    contacts = [
        {"person": found.health_manager, "role": _("Health manager"), "tone": ""},
        {"person": found.contract_manager, "role": _("Contract manager"), "tone": "alt"},
    ]
    context = {
        "company": found,
        "sites": services.sites(user).filter(company=found),
        "contracts": services.contracts(user).filter(company=found) if _sees_contracts(user) else None,
        "contacts": [contact for contact in contacts if contact["person"]],
        "may_edit": can(user, "company.edit", found),
        "may_add_person": can(user, "person.create", found),
        "panels": panels.draw(panels.COMPANY, request, found),
        "users_url": _address("users:management", company=found.pk) if can(user, "users.view", found) else "",
    }
    return render(request, "companies/company.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit_company(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """The contract manager keeps the data up to date, and says who of the insurer looks after the company."""
    found = _company(request, company_id, "company.edit")
    form = CompanyForm(_posted(request), company=found)
    saved = request.method == "POST" and form.is_valid()
    if saved and _save(form, services.edit_company, found.pk, request.user):
        messages.success(request, _("The data of %(name)s is saved.") % {"name": found.name})
        # Whoever handed the company over sees it no longer.
        kept = services.companies(request.user).filter(pk=found.pk).exists()
        return redirect("companies:company", found.pk) if kept else redirect("companies:list")
    context = {"form": form, "heading": found.name, "back_url": reverse("companies:company", args=[found.pk])}
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def new_company(request: HttpRequest) -> HttpResponse:
    """A contract manager adds a company to his portfolio."""
    require_somewhere(request.user, "company.edit")
    form = NewCompanyForm(_posted(request), initial={"language": get_language()})
    made = _made(form, services.create_company, by=request.user)
    if made is not None:
        messages.success(
            request, _("%(name)s is added. Now add its sites and contracts.") % {"name": made.name}
        )
        return redirect("companies:company", made.pk)
    context = {
        "form": form,
        "title": _("New company"),
        "explanation": _("You become its contract manager."),
        "heading": _("Companies"),
        "back_url": reverse("companies:list"),
        "button": _("Add"),
    }
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def new_site(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """The contract manager adds a place of work."""
    found = _company(request, company_id, "company.edit")
    form = SiteForm(_posted(request))
    made = _made(form, services.create_site, found.pk, by=request.user)
    if made is not None:
        messages.success(request, _("The site %(name)s is added.") % {"name": made.name})
        return redirect("companies:company", found.pk)
    context = _adding(found, form) | {"title": _("Add a site")}
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def new_contract(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """The contract manager adds an insurance contract."""
    found = _company(request, company_id, "company.edit")
    form = ContractForm(_posted(request))
    made = _made(form, services.create_contract, found.pk, by=request.user)
    if made is not None:
        messages.success(request, _("The contract %(number)s is added.") % {"number": made.policy_number})
        return redirect("companies:company", found.pk)
    context = _adding(found, form) | {"title": _("Add a contract")}
    return render(request, "companies/edit.html", context, status=422 if form.errors else 200)


# --- What the pages have in common --------------------------------------------------------------


def _company(request: HttpRequest, key: UUID, action: str) -> Company:
    """A company on which the signed-in person may do this."""
    found = get_object_or_404(services.companies(request.user), pk=key)
    require(request.user, action, found)
    return found


def _adding(company: Company, form: Any) -> dict[str, Any]:
    """What every page needs on which something is added to a company."""
    back_url = reverse("companies:company", args=[company.pk])
    return {
        "company": company,
        "form": form,
        "heading": company.name,
        "back_url": back_url,
        "button": _("Add"),
    }


def _made(form: Any, act: Any, *within: Any, by: Any) -> Any:
    """What the act makes of a form that was sent; None while there are objections, which stand at the fields."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return act(*within, dict(form.cleaned_data), by=by)
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _sees_contracts(user: Any) -> bool:
    return can_somewhere(user, "contract.view")


def _posted(request: HttpRequest) -> Any:
    """What was sent; an empty form was sent, too."""
    return request.POST if request.method == "POST" else None


def _address(name: str, **query: Any) -> str:
    """The address of a page of a room above, or nothing where this portal has no such page."""
    try:
        return f"{reverse(name)}?{urlencode(query)}"
    except NoReverseMatch:
        return ""


def _listed(request: HttpRequest, filterset: Any, page: Any) -> dict[str, Any]:
    chips = _chips(filterset, request)
    return {
        "filter": filterset,
        "form": filterset.form,
        "has_errors": bool(filterset.form.errors),
        "page": page,
        "exact": page.paginator.count_exact,
        "chips": chips,
        "clear_url": request.path if len(chips) > 1 else "",
        "filtered": bool(chips),
        "here": request.path,
    }


def _chips(filterset: Any, request: HttpRequest) -> list[dict[str, str]]:
    """One chip for each filter in force, with the address that takes it away."""
    form = filterset.form
    if not form.is_bound or not form.is_valid():
        return []
    chips = []
    for name, value in form.cleaned_data.items():
        if value in (None, ""):
            continue
        field = form.fields[name]
        choices = dict(getattr(field, "choices", None) or getattr(field.widget, "choices", None) or [])
        query = request.GET.copy()
        for gone in (name, "page"):
            query.pop(gone, None)
        text = _("One company") if name == "company" else f"{field.label}: {choices.get(value, value)}"
        chips.append({"label": text, "url": f"?{query.urlencode()}"})
    return chips


def _save(form: Any, act: Any, key: UUID, user: Any) -> bool:
    """Do the act; its objections stand at the form's fields."""
    try:
        act(key, dict(form.cleaned_data), by=user)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True
