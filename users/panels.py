"""What this room adds to the pages of a person and of a company."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from permissions.policy import can
from users import bank, people

SHOWN = 3


def account_of_person(request: HttpRequest, person: Any) -> str:
    """Whether the person has an account, and the way to close or delete it."""
    if person.user is None or not can(request.user, "users.grant_management", person.company):
        return ""
    return render_to_string("users/account_panel.html", {"person": person.user}, request)


def bank_of_person(request: HttpRequest, person: Any) -> str:
    """For the insurer and the person himself: where benefits are paid to, by the last digits."""
    rows = bank.details_of(request.user, person)
    if not rows:
        return ""
    context = {
        "rows": rows,
        "may_approve": bank.requests_to_approve(request.user).filter(person=person).exists(),
    }
    return render_to_string("users/bank_panel.html", context, request)


def activation_of_company(request: HttpRequest, company: Any) -> str:
    """For the contract manager: the letters to the management, and the button that orders one."""
    if not can(request.user, "users.grant_management", company):
        return ""
    letters = people.activations(request.user).filter(company=company)[:SHOWN]
    context = {"company": company, "letters": list(letters)}
    return render_to_string("users/activation_panel.html", context, request)
