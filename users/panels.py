"""What this room adds to the pages of a person and of a company."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from core.errors import NotNow
from permissions.policy import can
from users import bank, people, reviews, services
from users.services.address import settles

SHOWN = 3


def account_of_person(request: HttpRequest, person: Any) -> str:
    """Whether the person has an account, and the way to close or delete it; without one, the registration link."""
    if not can(request.user, "users.grant_management", person.company):
        return ""
    if person.user is None:
        links = people.registration_links(request.user).filter(person=person)[:SHOWN]
        context = {"person": person, "links": list(links), "refusal": _refusal(person)}
        context["waiting"] = _waiting(request, person)
        return render_to_string("users/registration_link_panel.html", context, request)
    context = {
        "person": person.user,
        "waiting": _waiting(request, person),
        "may_order_puk": person.user.pk != request.user.pk and people.waits_for_nothing(person.user),
    }
    return render_to_string("users/account_panel.html", context, request)


def _waiting(request: HttpRequest, person: Any) -> dict[str, Any] | None:
    """The letter to this person that has waited the longest, and since when the address is to be checked; or None."""
    letter = people.waiting_letters(request.user).filter(person=person).first()
    if letter is None:
        return None
    entered = services.held_since(letter)
    own = request.user.pk in {person.address_entered_by_id, letter.user_id}
    return {
        "letter": letter,
        "entered": entered,
        "settles": entered and settles(entered),
        "may_release": not own,
    }


def _refusal(person: Any) -> str:
    """Why no registration link can be sent now; empty if one can."""
    try:
        services.check_linkable(person)
    except NotNow as refusal:
        return str(refusal.sentence)
    return ""


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


def review_of_company(request: HttpRequest, company: Any) -> str:
    """For those who see who has access: the access review under way, and the last report."""
    if not can(request.user, "users.view", company):
        return ""
    open_one = reviews.open_review_of(request.user, company)
    last = reviews.last_review_of(request.user, company)
    if open_one is None and last is None:
        return ""
    context: dict[str, Any] = {"open": open_one, "last": last}
    if open_one is not None:
        context["period"] = reviews.period_in_words(open_one)
        context["done"] = open_one.total - open_one.left
        context["tone"] = reviews.tone_of(open_one)
    if last is not None:
        context["last_tone"] = reviews.tone_of(last)
    return render_to_string("users/review_panel.html", context, request)
