"""Deputies, and user management that waits for a second person: one's own page, and the acts of user management."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import NotAllowed
from core.text import swiss_date
from permissions.holders import role_of
from permissions.policy import can_somewhere
from users import deputies, people, services
from users.forms.account import put
from users.forms.deputies import DeputyForAnotherForm, DeputyForm
from users.services.deputies import MANAGE, manages_staff, may_end
from users.views.sign_in import account_tabs


@login_required
def own_deputies(request: HttpRequest) -> HttpResponse:
    """Who stands in for oneself, and for whom one does."""
    user = request.user
    found = deputies.standing(user, deputies.own(user))
    context = {
        "tabs": account_tabs("users:deputies"),
        "mine": [each for each in found if each["row"].principal_id == user.pk],
        "others": [each for each in found if each["row"].deputy_id == user.pk],
        "may_name": _may_have_one(user),
    }
    return render(request, "users/deputies.html", context)


def _may_have_one(user: Any) -> bool:
    """Whether somebody holds anything for which another one could stand in."""
    return role_of(user) is not None or bool(deputies.own_places(user))


@login_required
def propose_deputy(request: HttpRequest) -> HttpResponse:
    """Name somebody who stands in for oneself; at a company it waits for whoever manages users there."""
    if not _may_have_one(request.user):
        return redirect("users:deputies")
    form = DeputyForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.name_deputy(request.user, by=request.user, **form.rights())
        except ValidationError as error:
            put(form, error)
        else:
            _say(request, row)
            return redirect("users:deputies")
    context = {"form": form, "back": reverse("users:deputies"), "back_label": _("Deputies")}
    return render(request, "users/name_deputy.html", context, status=422 if form.errors else 200)


@login_required
def name_deputy(request: HttpRequest) -> HttpResponse:
    """Name somebody who stands in for somebody else, where one manages users; it counts at once."""
    user = request.user
    if not (can_somewhere(user, MANAGE) or manages_staff(user)):
        raise NotAllowed(MANAGE)
    form = DeputyForAnotherForm(request.POST or None, by=user, initial=_for_whom(request))
    if request.method == "POST" and form.is_valid():
        try:
            row = services.name_deputy(form.person, by=user, **form.rights())
        except ValidationError as error:
            put(form, error)
        else:
            _say(request, row)
            return redirect("users:management")
    context = {
        "form": form,
        "back": reverse("users:management"),
        "back_label": _("User management"),
        "for_another": True,
    }
    return render(request, "users/name_deputy.html", context, status=422 if form.errors else 200)


def _for_whom(request: HttpRequest) -> dict[str, Any]:
    """The address of the person from whose entry somebody comes here (`?for=`), if he sees that person."""
    try:
        person = people.person_within(request.user, request.GET.get("for") or None)
    except ValidationError:
        return {}
    return {"principal": person.email} if person is not None else {}


def _say(request: HttpRequest, row: Any) -> None:
    values = {
        "name": row.deputy.name,
        "begin": swiss_date(row.begin),
        "until": swiss_date(row.until),
    }
    words = (
        _("%(name)s stands in from %(begin)s to %(until)s.")
        if row.confirmed
        else _("%(name)s is proposed from %(begin)s to %(until)s. Whoever manages users confirms it.")
    )
    messages.success(request, words % values)


@require_POST
@login_required
def confirm_deputy(request: HttpRequest, pk: Any) -> HttpResponse:
    """Confirm a proposal with one click, or decline it."""
    if request.POST.get("answer") == "decline":
        row = services.end_deputy(pk, by=request.user)
        messages.success(request, _("%(name)s no longer stands in.") % {"name": row.deputy.name})
    else:
        _say(request, services.confirm_deputy(pk, by=request.user))
    return redirect("users:management")


@login_required
def end_deputy(request: HttpRequest, pk: Any) -> HttpResponse:
    """Ask, then end it at once, or decline a proposal."""
    user = request.user
    row = get_object_or_404(deputies.known_to(user), pk=pk)
    own = user.pk in {row.principal_id, row.deputy_id}
    if not may_end(row, user):
        raise NotAllowed(MANAGE, row)
    after = "users:deputies" if own else "users:management"
    if request.method == "POST":
        services.end_deputy(pk, by=user)
        messages.success(request, _("%(name)s no longer stands in.") % {"name": row.deputy.name})
        return redirect(after)
    context = {
        "heading": _("End the deputising of %(name)s?") % {"name": row.deputy.name},
        "text": _("It ends at once. What was done in the meantime stays."),
        "facts": [
            (_("For whom"), row.principal.name),
            (_("Company"), row.company.name if row.company else _("Insurer")),
            (_("From – to"), f"{swiss_date(row.begin)} – {swiss_date(row.until)}"),
        ],
        "button": _("End it"),
        "danger": True,
        "back_url": reverse(after),
    }
    return render(request, "components/confirm.html", context)


# --- User management by two people ------------------------------------------------------------------


@require_POST
@login_required
def answer_management(request: HttpRequest, pk: Any) -> HttpResponse:
    """Confirm that somebody may manage users, or decline it; whoever asked takes it back."""
    # “Approve” is what the button on the home page says, for every kind of request.
    if request.POST.get("answer") in {"confirm", "approve"}:
        asked = services.confirm_management(pk, by=request.user)
        words = _("%(name)s may manage users now.")
    else:
        asked = services.decline_management(pk, by=request.user)
        words = _("User management for %(name)s does not come into force.")
    messages.success(request, words % {"name": asked.name})
    return redirect("users:management")


def say_what_waits(request: HttpRequest, wanted: dict[str, Any], made: Any) -> None:
    """After an act that was to give user management: that it waits, where the role or invitation `made` has it not yet."""
    if MANAGE in wanted["extra"] and (MANAGE not in made.extra_actions or wanted["until"] != made.until):
        messages.info(
            request, _("User management waits until a second person confirms it. All the rest counts now.")
        )


@login_required
def ask_management(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Ask that a colleague may manage users where he has access; a second person confirms it."""
    row = people.grant_managed(request.user, uuid)
    if request.method == "POST":
        services.request_management(uuid, by=request.user)
        messages.success(
            request, _("A second person has to confirm it. You are told as soon as it is answered.")
        )
        return redirect("users:management")
    context = {
        "heading": _("Ask for user management for %(name)s?") % {"name": row.user.name},
        "text": _("%(name)s will be able to invite people and change their access. It takes two people.")
        % {"name": row.user.first_name},
        "facts": [(_("Name"), row.user.name), (_("Access to"), people.place_of(request.user, row))],
        "button": _("Ask for it"),
        "back_url": reverse("users:management"),
    }
    return render(request, "components/confirm.html", context)
