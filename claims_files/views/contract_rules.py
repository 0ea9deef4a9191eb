"""What a contract rules otherwise than everybody's deadlines: read by who sees the contract, set by its manager."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from claims_files import reading, services
from claims_files.forms import ContractRuleForm
from claims_files.views.asking import done, posted, status_of
from permissions.policy import can, require, visible_to


@login_required
@require_http_methods(["GET", "POST"])
def contract_rules(request: HttpRequest, contract_id: UUID) -> HttpResponse:
    """The rules of one contract, the newest of each first, and the form for the next one."""
    contract = get_object_or_404(
        visible_to(request.user, "contract.view").select_related("company"), pk=contract_id
    )
    if request.method == "POST":
        require(request.user, "company.edit", contract.company)
    form = ContractRuleForm(*posted(request)) if can(request.user, "company.edit", contract.company) else None
    if form is not None and request.method == "POST" and form.is_valid():
        rule = done(form, services.set_contract_rule, contract.pk, by=request.user, **form.cleaned_data)
        if rule:
            messages.success(
                request, _("The rule is saved. Open claim files of the contract are reckoned anew.")
            )
            return redirect("claims_files:contract_rules", contract.pk)
    context = {
        "contract": contract,
        "form": form,
        "has_errors": bool(form and form.errors),
        "rules": reading.contract_rules(request.user).filter(contract=contract),
        "back_url": reverse("companies:company", args=[contract.company_id]),
    }
    return render(request, "claims_files/contract_rules.html", context, status=status_of(form))
