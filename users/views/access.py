"""One person in user management, and what is given to him: further access, changes, a single claim file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.holders import in_force
from permissions.policy import can, can_somewhere, require
from users import people, rights, services, single_files, summary
from users.forms import OpenFileForm, PlaceForm, RightsForm
from users.rights import MANAGE
from users.services.management_requests import GRANT
from users.views.deputies import say_what_waits
from users.views.places import place_asked, put, sentence_of, typed

READ = ["GET", "HEAD", "POST"]


@login_required
@require_GET
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything somebody holds within the reader's reach, since when and by whom, and what can be done about it."""
    user = request.user
    found = people.person_within(user, pk)
    if found is None:
        raise OutOfReach
    (entry,) = people.entries(user, [found])
    for right in entry.rights:
        right["areas"] = [] if right["ended"] else rights.in_areas(rights.held_by(right["row"]))
    may_manage = any(right["removable"] for right in entry.rights)
    context = {
        "entry": entry,
        "person": found,
        "own": found.pk == user.pk,
        "may_give": found.pk != user.pk and found.is_active and can_somewhere(user, MANAGE),
        "may_close": found.pk != user.pk and found.is_active and may_manage,
        "may_delete": not found.is_active
        and any(
            can(user, "users.grant_management", right["row"].content_object) for right in entry.rights[:1]
        ),
        "invitations": people.pending_invitations(user, email=found.email),
    }
    return render(request, "users/person.html", context)


# --- Further access ---------------------------------------------------------------------------------


@login_required
@require_http_methods(READ)
def give_access(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give somebody who has an account a further role: where, which, until when."""
    user = request.user
    found = people.person_within(user, pk)
    if found is None:
        raise OutOfReach
    if found.pk == user.pk or not can_somewhere(user, MANAGE):
        raise NotAllowed(MANAGE)
    if not found.is_active:
        raise NotNow(_("This account is deactivated already."))
    asked = place_asked(request)
    if asked.choices is None:
        context = {"asked": asked, "heading": _("Where is %(name)s to get access?") % {"name": found.name}}
        return render(request, "users/choose_place.html", context | {"person": found})
    if asked.scope is not None:
        grants.check_employed(found, asked.scope)
    initial = {"where": asked.value}
    form = PlaceForm(request.POST or None, by=user, scope=asked.scope, places=asked.choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.rights()
        if _holds_otherwise(found, form.scope, given):
            form.add_error(
                "preset", _("%(name)s has this role here already: change it there.") % {"name": found.name}
            )
        elif made := _done(form, services.give_access, form.scope, to=found, by=user, **given):
            messages.success(request, sentence_of(form, found.first_name))
            say_what_waits(request, given, made)
            return redirect("users:person", found.pk)
    context = {
        "form": form,
        "person": found,
        "asked": asked,
        "sentence": sentence_of(form, found.first_name),
    }
    return render(request, "users/give_access.html", context, status=422 if form.errors else 200)


def _holds_otherwise(person: Any, scope: Any, given: dict[str, Any]) -> bool:
    """Whether he has this role there in another way: giving it would overwrite that unseen."""
    rows = [row for row in in_force(grants.grants_of(person)) if row.content_object == scope]
    return any(row.preset == given["preset"] and not rights.is_the_same(row, given) for row in rows)


def _done(form: Any, act: Any, *args: Any, **values: Any) -> Any:
    """The ledger row that the act wrote; None, with its objections at the fields, if it did not."""
    try:
        return act(*args, **values)
    except ValidationError as error:
        put(form, error)
        return None


# --- Changing ---------------------------------------------------------------------------------------


def _changeable(request: HttpRequest, uuid: UUID) -> Any:
    """Somebody else's ledger row that the reader may change. Raises OutOfReach, NotAllowed."""
    row = grants.find(uuid)
    if not can(request.user, "users.view", row.content_object):
        raise OutOfReach
    require(request.user, MANAGE, row.content_object)
    if row.user_id == request.user.pk:
        raise NotAllowed(MANAGE, row.content_object)
    people.prepare(request.user, [row])
    return row


@login_required
@require_http_methods(READ)
def change_grant(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change what somebody holds on one scope: role, rights, end. Nothing is saved before its difference was shown.

    Where something is taken away, or user management given, the difference is a page of its own that asks.
    """
    row = _changeable(request, uuid)
    form = RightsForm(request.POST or None, by=request.user, row=row)
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
        given = form.rights()
        difference = rights.difference(row, given)
        confirmed = request.POST.get("confirmed") == difference.mark
        shown = request.POST.get("shown") == difference.mark and not difference.weighty
        if not difference:
            messages.info(
                request, _("Nothing was changed: %(name)s has just this access.") % {"name": row.user.name}
            )
            return redirect("users:person", row.user_id)
        if not confirmed and not shown:
            context = _difference(row, given, difference) | {"kept": _kept(request.POST)}
            return render(
                request, "users/check_change.html", context | {"again": "confirmed" in request.POST}
            )
        if changed := _done(form, services.change_grant, row.uuid, by=request.user, **given):
            messages.success(request, _("The access of %(name)s was changed.") % {"name": row.user.name})
            say_what_waits(request, given, changed)
            return redirect("users:person", row.user_id)
    context = {
        "form": form,
        "row": row,
        "right": summary.right_of(row, row.user.first_name),
        "may_ask_management": not grants.limited(row) and not can(request.user, GRANT, row.content_object),
    }
    if form.is_bound and form.is_valid():
        context |= _difference(row, form.rights(), rights.difference(row, form.rights()))
    return render(request, "users/change_grant.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def preview_change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What saving would change, while the form is being filled in."""
    row = _changeable(request, uuid)
    form = RightsForm(request.POST, by=request.user, row=row)
    context: dict[str, Any] = {"row": row}
    if form.is_valid():
        given = form.rights()
        context |= _difference(row, given, rights.difference(row, given))
    return render(request, "users/difference.html", context)


def _difference(row: Any, given: dict[str, Any], difference: rights.Difference) -> dict[str, Any]:
    where = summary.scope_name(row.content_object)
    words = {name: value for name, value in given.items() if name != "preset"}
    return {
        "row": row,
        "where": where,
        "difference": difference,
        "before": summary.right_of(row, row.user.first_name).sentence,
        "after": summary.sentence(row.user.first_name, given["preset"], where, kind=row.SCOPE, **words),
    }


def _kept(data: QueryDict) -> list[tuple[str, str]]:
    """What was typed, for the page that asks once more."""
    own = {"csrfmiddlewaretoken", "confirmed", "shown", "edit"}
    return [(name, value) for name, values in data.lists() if name not in own for value in values]


# --- A single claim file ----------------------------------------------------------------------------


@login_required
@require_http_methods(READ)
def open_claim(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Open one claim file to a named colleague; whoever has got it so, and the way to take it back."""
    user = request.user
    claim = single_files.find(user, claim_id)
    chosen = single_files.candidate(user, claim, request.POST.get("person") or request.GET.get("person"))
    form = OpenFileForm(request.POST or None)
    if request.method == "POST" and chosen is not None and form.is_valid():
        given = form.rights()
        if _done(form, services.give_access, claim, to=chosen, by=user, **given):
            where = summary.scope_name(claim)
            messages.success(
                request, summary.sentence(chosen.first_name, where=where, kind="claim_file", **given)
            )
            return redirect("users:open_claim", claim.pk)
    words = typed(request)
    context = {
        "claim": claim,
        "chosen": chosen,
        "form": form,
        "hints": OpenFileForm.hints(),
        "words": words,
        "candidates": [] if chosen else single_files.candidates(user, claim, words),
        "holders": single_files.holders(user, claim),
        "invited": single_files.invited(user, claim),
    }
    return render(request, "users/open_claim.html", context, status=422 if form.errors else 200)
