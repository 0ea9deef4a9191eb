"""Pages of premium invoices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from companies.chosen import chosen, reachable, within_chosen
from core.identifiers import show_iban, show_qr_reference
from core.text import chf, phone, swiss_date
from finance import services
from finance.filters import InvoiceFilter
from finance.forms import IssueForm, LineFormSet, MarkPaidForm
from finance.invoice_paper import bill_of, file_name
from finance.models import PremiumInvoice
from permissions.paging import newest_page
from permissions.policy import can, can_somewhere, require_somewhere, visible_to

# More contracts than a select can show: staff and large fiduciaries search by company instead.
MOST_CONTRACTS = 100


def _visible(request: HttpRequest) -> QuerySet[PremiumInvoice]:
    return visible_to(request.user, "invoice.view").select_related("company__contract_manager", "contract")


@require_safe
@login_required
def invoices(request: HttpRequest) -> HttpResponse:
    """The list: newest first, by state, year and contract; what is owed in all."""
    require_somewhere(request.user, "invoice.view")
    rows = within_chosen(request, _visible(request))
    found = InvoiceFilter(request.GET, queryset=rows, request=request)
    if found.form.fields["contract"].queryset[: MOST_CONTRACTS + 1].count() > MOST_CONTRACTS:
        found.form.fields["contract"].widget = found.form.fields["contract"].hidden_widget()
    page = newest_page(found.qs, request, "invoice.view")
    context = {
        "filter": found,
        "chips": _chips(found, request),
        "page": page,
        "owed": _owed(request),
        "several_companies": len(reachable(request)) > 1 and chosen(request) is None,
        "may_issue": can_somewhere(request.user, "invoice.issue"),
    }
    return render(request, "finance/invoices.html", context)


def _owed(request: HttpRequest) -> dict[str, Any]:
    """Sum and number of the unpaid invoices within reach (of the chosen company), and of the overdue ones among them."""
    late = Q(due__lt=timezone.localdate())
    rows = within_chosen(request, visible_to(request.user, "invoice.view")).unpaid()
    return rows.aggregate(
        owed=Sum("total", default=0),
        count=Count("pk"),
        late=Sum("total", filter=late, default=0),
        late_count=Count("pk", filter=late),
    )


def _chips(found: InvoiceFilter, request: HttpRequest) -> list[dict[str, Any]]:
    """The filters in force, each with the address that drops it."""
    chips = []
    values = found.form.cleaned_data if found.form.is_valid() else {}
    for name, value in values.items():
        if value in (None, ""):
            continue
        field = found.form.fields[name]
        label = field.label_from_instance(value) if hasattr(field, "label_from_instance") else None
        # The company comes with a link: it is not among the fields shown.
        label = _("One company") if name == "company" else label or dict(field.choices).get(value, value)
        query = request.GET.copy()
        for dropped in (name, "after", "before"):
            query.pop(dropped, None)
        chips.append({"label": label, "url": f"?{query.urlencode()}"})
    return chips


@require_safe
@login_required
def invoice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One invoice: lines, state, how to pay, who answers questions."""
    found = get_object_or_404(_visible(request).prefetch_related("lines"), pk=pk)
    manager = found.company.contract_manager
    context = {
        "invoice": found,
        "facts": _facts(found),
        # Drawn from the code's modules alone: nothing that anybody typed is in it.
        "qr_code": mark_safe(bill_of(found).svg()) if found.is_payable else "",
        "account": show_iban(found.parties["account"]),
        "reference": show_qr_reference(found.reference),
        "manager": manager,
        "manager_phone": phone(manager.phone) if manager else "",
        "may_issue": can(request.user, "invoice.issue", found),
    }
    return render(request, "finance/invoice.html", context)


def _facts(found: PremiumInvoice) -> list[tuple[str, str]]:
    facts = [
        (_("Total"), chf(found.total)),
        (_("Period"), f"{swiss_date(found.period_begin)} – {swiss_date(found.period_end)}"),
        (_("Invoice date"), swiss_date(found.issued)),
        (_("Due date"), swiss_date(found.due)),
    ]
    if found.paid_on:
        facts.append((_("Paid on"), swiss_date(found.paid_on)))
    if found.cancelled_on:
        facts.append((_("Cancelled on"), swiss_date(found.cancelled_on)))
    return facts


@require_GET
@login_required
def invoice_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The paper with its QR-bill, to save; kept in no cache."""
    found = get_object_or_404(_visible(request), pk=pk)
    content = services.pdf(found, by=request.user)
    return pdf_response(content, file_name(found))


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF to save under `name` (RFC 6266), stored by nobody on the way."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
            "Cache-Control": "no-store, private",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def issue(request: HttpRequest) -> HttpResponse:
    """Issue an invoice (contract manager)."""
    require_somewhere(request.user, "invoice.issue")
    form = IssueForm(
        request.POST or None, user=request.user, initial={"policy_number": request.GET.get("policy", "")}
    )
    lines = LineFormSet(request.POST or None, prefix="lines")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        values = form.cleaned_data
        try:
            made = services.issue_invoice(
                form.contract.pk,
                by=request.user,
                period_begin=values["period_begin"],
                period_end=values["period_end"],
                due=values["due"],
                lines=lines.lines(),
            )
        except ValidationError as error:
            _show(error, form)
        else:
            messages.success(request, _("Invoice %(number)s was issued.") % {"number": made.number})
            return redirect("finance:invoice", pk=made.pk)
    status = 422 if form.errors or (lines.is_bound and not lines.is_valid()) else 200
    return render(request, "finance/issue.html", {"form": form, "lines": lines}, status=status)


def _show(error: ValidationError, form: Any) -> None:
    """The service's refusals at their fields; those of fields that the form does not have, at its head."""
    problems = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for field, sentences in problems.items():
        for sentence in sentences:
            form.add_error(field if field in form.fields else None, sentence)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mark_paid(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Confirm that a payment has arrived (contract manager)."""
    found = get_object_or_404(_visible(request), pk=pk)
    form = MarkPaidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.mark_paid(found.pk, by=request.user, paid_on=form.cleaned_data["paid_on"])
        except ValidationError as error:
            _show(error, form)
        else:
            messages.success(request, _("Invoice %(number)s is marked as paid.") % {"number": found.number})
            return redirect("finance:invoice", pk=found.pk)
    return _confirm(request, found, _("Mark invoice as paid"), _("Mark as paid"), form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Confirm that an invoice is taken back (contract manager)."""
    found = get_object_or_404(_visible(request), pk=pk)
    if request.method == "POST":
        services.cancel_invoice(found.pk, by=request.user)
        messages.success(request, _("Invoice %(number)s was cancelled.") % {"number": found.number})
        return redirect("finance:invoice", pk=found.pk)
    return _confirm(
        request,
        found,
        _("Cancel invoice"),
        _("Cancel invoice"),
        text=_(
            "The customer sees at once that nothing is to be paid. A cancelled invoice cannot be reopened."
        ),
        danger=True,
    )


def _confirm(
    request: HttpRequest, found: PremiumInvoice, heading: str, button: str, **given: Any
) -> HttpResponse:
    services.require_open(found, by=request.user)
    form = given.get("form")
    context = {
        "heading": heading,
        "facts": [
            (_("Invoice number"), found.number),
            (_("Company"), found.company.name),
            (_("Total"), chf(found.total)),
        ],
        "button": button,
        "back_url": reverse("finance:invoice", args=[found.pk]),
        "back": _("Back to the invoice"),
        **given,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "components/confirm.html", context, status=status)
