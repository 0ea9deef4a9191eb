"""User management: who has access to the same information as I do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import NotAllowed, OutOfReach
from core.paging import CappedPaginator
from permissions.audit import record_refusal
from permissions.holders import people_within
from permissions.policy import can_somewhere, require
from users import deputies, management_requests, people, services, summary
from users.filters import PeopleFilter
from users.forms import InviteForm
from users.places import FEW
from users.rights import MANAGE
from users.services.deputies import manages_staff
from users.views.asking import page_of_users
from users.views.deputies import say_what_waits
from users.views.places import place_asked, put, sentence_of

PAGE = 25


@login_required
def management(request: HttpRequest) -> HttpResponse:
    """People with access, pending invitations and open requests; without the right, who can give it."""
    user = request.user
    if not can_somewhere(user, "users.view"):
        record_refusal(user, "users.view")
        context = people.whom_to_ask(user, "users.view")
        return render(request, "users/no_management.html", context, status=403)
    found = PeopleFilter(request.GET or None, queryset=people_within(user), request=request)
    chosen = found.form.cleaned_data if found.is_bound and found.is_valid() else {}
    company = chosen.get("company")
    scope = company.pk if company else None
    page = CappedPaginator(found.qs, PAGE).get_page(request.GET.get("page"))
    may_manage = can_somewhere(user, MANAGE)
    # Of more companies than a list holds, one is chosen on its own page.
    several = 1 < found.form.fields["company"].queryset[: FEW + 1].count() <= FEW
    chips = [{"label": company.name, "url": reverse("users:management")}] if company and not several else []
    context = {
        "filter": found,
        "filtered": any(chosen.values()),
        "page": page,
        "entries": people.entries(user, page.object_list, company=scope),
        "invitations": people.pending_invitations(user, company=scope),
        "requests": people.open_requests(user, company=scope),
        "management_requests": management_requests.open_ones(user, company=scope),
        "deputies": deputies.standing(user, deputies.within(user, company=scope)),
        "may_name_deputies": may_manage or manages_staff(user),
        "closed": people.closed_accounts(user, chosen.get("q") or "")[:PAGE],
        "staff": people.staff_for(user),
        "may_manage": may_manage,
        "several_companies": several,
        "chips": chips,
        "scope": scope,
    }
    if not may_manage:
        context |= people.whom_to_ask(user, MANAGE)
    return render(request, "users/management.html", context)


# --- Inviting ---------------------------------------------------------------------------------------


@login_required
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody: address, place, role and end on one page."""
    user = request.user
    if not can_somewhere(user, MANAGE):
        raise NotAllowed(MANAGE)
    asked = place_asked(request)
    if asked.choices is None:
        context = {"asked": asked, "heading": _("Where is the new user to get access?")}
        return render(request, "users/choose_place.html", context)
    initial = {"language": user.language, "where": asked.value}
    form = InviteForm(request.POST or None, by=user, scope=asked.scope, places=asked.choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("email", "first_name", "last_name", "language")}
        try:
            invitation = services.invite(form.scope, by=user, **values, **form.rights())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(
                request,
                _("The invitation is on its way to %(email)s. It is valid for %(days)s days.")
                % {"email": invitation.email, "days": settings.INVITATION_DAYS},
            )
            say_what_waits(request, form.rights(), invitation)
            return redirect("users:management")
    context = {
        "form": form,
        "asked": asked,
        "sentence": sentence_of(form),
        "days": settings.INVITATION_DAYS,
    }
    return render(request, "users/invite.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def preview(request: HttpRequest) -> HttpResponse:
    """The summary sentence while the form is being filled in."""
    user = request.user
    if not can_somewhere(user, MANAGE):
        raise NotAllowed(MANAGE)
    data = request.POST.copy()
    for name, stand_in in (("email", "a@b.example"), ("first_name", _("This person")), ("last_name", "-")):
        data[name] = data.get(name) or stand_in
    data["email"] = "a@b.example"
    form = InviteForm(data, by=user, places=[(data.get("where", ""), "")])
    return render(request, "users/preview.html", {"sentence": sentence_of(form)})


@require_POST
@login_required
def resend_invitation(request: HttpRequest, pk: Any) -> HttpResponse:
    """Mail the link of an invitation once more."""
    invitation = services.resend(pk, by=request.user)
    messages.success(request, _("A new link is on its way to %(email)s.") % {"email": invitation.email})
    return redirect("users:management")


@login_required
def withdraw_invitation(request: HttpRequest, pk: Any) -> HttpResponse:
    """Ask, then take an invitation back."""
    invitation = get_object_or_404(people.invitations(request.user), pk=pk)
    require(request.user, MANAGE, invitation)
    if request.method == "POST":
        services.withdraw_invitation(pk, by=request.user)
        messages.success(request, _("The invitation was withdrawn. Its link no longer works."))
        return redirect("users:management")
    context = {
        "heading": _("Withdraw the invitation?"),
        "text": _("The link in the e-mail stops working at once."),
        "facts": [(_("Name"), invitation.name), (_("E-mail"), invitation.email)],
        "button": _("Withdraw"),
        "danger": True,
        "back_url": reverse("users:management"),
    }
    return render(request, "components/confirm.html", context)


# --- Changing and taking away -----------------------------------------------------------------------


def _grant(request: HttpRequest, uuid: Any) -> Any:
    row = people.grant_managed(request.user, uuid)
    people.prepare(request.user, [row])
    return row


@login_required
def remove_access(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Ask, then take access away at once."""
    row = _grant(request, uuid)
    right = summary.right_of(row, row.user.first_name)
    if request.method == "POST":
        services.remove_access(row.uuid, by=request.user)
        messages.success(request, _("%(name)s no longer has this access.") % {"name": row.user.name})
        return redirect(
            page_of_users(request, request.GET.get("next", ""))
            or ("users:management" if can_somewhere(request.user, "users.view") else "home")
        )
    context = {
        "heading": _("Remove the access of %(name)s?") % {"name": row.user.name},
        "text": _("It ends at once, also on devices where %(name)s is signed in now.")
        % {"name": row.user.first_name},
        "facts": [(_("Role"), right.role), (_("Access to"), right.where)],
        "button": _("Remove access"),
        "danger": True,
        "back_url": page_of_users(request, request.GET.get("next", ""))
        or reverse("users:person", args=[row.user_id]),
    }
    return render(request, "components/confirm.html", context)


@login_required
def deactivate(request: HttpRequest, pk: Any) -> HttpResponse:
    """Ask, then close somebody's account."""
    person = people.account_within(request.user, pk)
    if person is None:
        raise OutOfReach
    if request.method == "POST":
        services.deactivate(pk, by=request.user)
        messages.success(request, _("The account of %(name)s is closed.") % {"name": person.name})
        return redirect("users:management")
    (entry,) = people.entries(request.user, [person])
    if not all(right["removable"] for right in entry.rights):
        raise NotAllowed(MANAGE, entry.rights[0]["row"].content_object)
    context = {
        "heading": _("Close the account of %(name)s?") % {"name": person.name},
        "text": _("All sessions end at once and signing in is no longer possible."),
        "facts": [(_("E-mail"), person.email)],
        "button": _("Close the account"),
        "danger": True,
        "back_url": reverse("users:management"),
    }
    return render(request, "components/confirm.html", context)
