"""What every page's shell needs: brand, navigation, companies, unread notifications."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from companies.chosen import chosen, reachable
from correspondence.notices import unread_count
from permissions.policy import can_somewhere
from permissions.reach import reach_of
from users.gates import is_inside
from users.people import askable
from users.sessions import mark_of, time_left, warning_seconds

ASKED_WITH_ANOTHER = frozenset({"claims_files:deadlines", "users:reviews"})


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the shell; navigation only for somebody signed in."""
    context: dict[str, Any] = {
        "brand": settings.BRAND,
        "portal_version": settings.VERSION,
        "demo": settings.DEMO,
        "languages": settings.LANGUAGES,
    }
    user = getattr(request, "user", None)
    if user is None or not is_inside(user):
        return context
    context["navigation"] = navigation(request)
    viewing = getattr(request, "viewing", None)
    if viewing is None:
        context["profile_links"] = profile_links(request)
        context["unread_count"] = unread_count(user)
    else:
        context["viewing_as"] = viewing
        # The account in the corner, and what it is told, stay one's own.
        context["signed_in"] = request.viewer  # type: ignore[attr-defined]
    context["companies_reachable"] = reachable(request)
    context["company_current"] = chosen(request)
    context["session_clock"] = session_clock(request)
    context["further_areas"] = SimpleLazyObject(lambda: further_areas(request))
    return context


def session_clock(request: HttpRequest) -> dict[str, Any]:
    """How long the session lasts, in seconds without activity and at most, and whose it is."""
    idle, whole = time_left(request)
    signed_in = getattr(request, "viewer", request.user)
    return {"idle": idle, "whole": whole, "warning": warning_seconds(), "who": mark_of(signed_in.pk)}


def profile_links(request: HttpRequest) -> list[dict[str, str]]:
    """The entries of the menu under one's own name; signing out stands below them."""
    entries = [
        (_("Account settings"), "users:account", "user", None),
        (_("Sign-in and account"), "users:sign_in_and_account", "key-round", None),
        (_("Who opened my file"), "claims_files:own_readers", "eye", "claim.view_readers"),
        (_("Language and appearance"), "users:preferences", "languages", None),
        (_("Devices and sessions"), "usersessions_list", "laptop", None),
        (
            _("User management"),
            "users:management",
            "users",
            None if _works_for_a_company(request.user) else "users.view",
        ),
        (_("Configuration"), "admin:index", "settings", "settings.manage"),
        (_("Interface gallery"), "styleguide", "layers", "settings.manage"),
    ]
    found = []
    for label, name, icon, action in entries:
        if action and not can_somewhere(request.user, action):
            continue
        with suppress(NoReverseMatch):
            found.append({"label": label, "url": reverse(name), "icon": icon})
    return found


def further_areas(request: HttpRequest) -> list[dict[str, str]]:
    """The parts of the portal that somebody of a company has no right for.

    `action` is what is asked for there. `refuses`: the page says who can give it; the company's own page opens
    without its contracts.
    """
    if not _works_for_a_company(request.user):
        return []
    return [
        {
            "label": label,
            "url": reverse(name),
            "icon": icon,
            "action": askable(action),
            "refuses": name != "companies:list",
        }
        for label, name, icon, action, _group in _sections(request.user)
        # Access reviews go with the right to user management, deadlines with that to claims.
        if action
        and askable(action)
        and name not in ASKED_WITH_ANOTHER
        and not can_somewhere(request.user, action)
    ]


def _works_for_a_company(user: Any) -> bool:
    """Whether somebody holds a right at a company; being insured there is none."""
    scopes = reach_of(user).scopes("company.view")
    held = scopes.company or scopes.site or scopes.contract or scopes.claim_file
    return bool(held) and not reach_of(user).staff_preset


def _sections(user: Any) -> list[tuple[Any, str, str, str | None, Any]]:
    """The parts of the portal: label, name of the address, icon, the right it takes, group.

    The first four that somebody has stand in the bar of the phone.
    """
    own = _sees_himself_only(user)
    return [
        (_("Home"), "home", "house", None, ""),
        (_("Report a case"), "declarations:start", "file-plus", "declaration.create", ""),
        (_("Claims"), "claims_files:list", "folder-open", "claim.view", ""),
        (_("Documents"), "documents:archive", "file-text", "document.view", ""),
        (_("Deadlines"), "claims_files:deadlines", "calendar-days", "claim.view", ""),
        (_("Bills"), "claims_files:bills", "wallet", "bill.view", ""),
        (_("Cost guarantees"), "claims_files:guarantees", "file-check", "guarantee.answer", ""),
        (_("Statements"), "claims_files:statements", "receipt", "statement.view", ""),
        (_("My details"), "companies:person", "id-card", "person.view", "")
        if own
        else (_("Employees"), "companies:persons", "users", "person.view", ""),
        (_("Absences"), "claims_files:absences", "calendar-days", "person.view_absences", ""),
        (_("Premium invoices"), "finance:invoices", "receipt", "invoice.view", _("Finance")),
        (_("User management"), "users:management", "settings", "users.view", _("Administration")),
        (_("Access reviews"), "users:reviews", "list-checks", "users.view", _("Administration")),
        (_("Corrections"), "users:corrections", "id-card", "correction.answer", _("Administration")),
        (_("Bank details"), "users:bank_requests", "id-card", "bank.approve", _("Administration")),
        (_("Company and contracts"), "companies:list", "building-2", "contract.view", _("Administration")),
        (_("Core system"), "claims_files:core_journal", "refresh-cw", "core.view", _("Administration")),
        (_("Activity log"), "activity", "history", "audit.view", _("Administration")),
    ]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries of the left-hand menu this person has a use for."""
    own = _sees_himself_only(request.user)
    found = []
    for label, name, icon, action, group in _sections(request.user):
        if action and not can_somewhere(request.user, action):
            continue
        try:
            url = reverse(name, args=[own] if name == "companies:person" else [])
        except NoReverseMatch:
            continue
        current = request.path == url or (url != "/" and request.path.startswith(url))
        found.append(
            {"label": label, "url": url, "icon": icon, "group": group, "current": current, "badge": 0}
        )
    if further_areas(request):
        url = reverse("further_areas")
        found.append(
            {
                "label": _("Further areas"),
                "url": url,
                "icon": "key-round",
                "group": "",
                "current": request.path == url,
                "badge": 0,
            }
        )
    return found


def _sees_himself_only(user: Any) -> Any:
    """The insured person that somebody is himself, if he sees nobody else: a list of one helps nobody."""
    scopes = reach_of(user).scopes("person.view")
    others = scopes.everywhere or scopes.company or scopes.site or scopes.contract or scopes.claim_file
    return next(iter(scopes.own)) if len(scopes.own) == 1 and not others else None
