"""The list of claim files, ready to be shown: rows, filters, chips, order, saved views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from claims_files import certificates, reading, states
from claims_files.filters import INSURERS, OF_SOME, VIEWS, ClaimFilter
from claims_files.models import ClaimFile, WorklistView
from claims_files.services.together import Act
from companies import services as companies
from companies.chosen import within_chosen
from companies.filters import offer_sites
from core.paging import COUNT_LIMIT, CappedPaginator
from core.text import swiss_date
from permissions.newest import count_up_to
from permissions.paging import newest_page
from permissions.policy import can_each, can_somewhere, visible_to
from permissions.reach import reach_of

ACTION = "claim.view"
PAGE = 25
# Only up to this many rows another order than the newest first is worth its cost.
SORTABLE = COUNT_LIMIT - 1
ORDERS = {
    "name": ("person_sort_key", "id"),
    "-name": ("-person_sort_key", "-id"),
    "event": ("event_date", "id"),
    "-event": ("-event_date", "-id"),
}


@dataclass(frozen=True)
class Row:
    """One claim file in the list."""

    claim: ClaimFile
    state: str
    tone: str
    periods: list[Any]
    may_take_over: bool
    due: Any
    overdue: bool
    certified_until: Any


def context(request: HttpRequest) -> dict[str, Any]:
    """Everything the list page shows; the fragment for htmx shows a part of it."""
    user = request.user
    filterset = ClaimFilter(
        request.GET, queryset=within_chosen(request, reading.everything()), request=request
    )
    worklist = can_somewhere(user, "claim.take_over")
    offer_sites(filterset, [] if worklist else list(companies.sites(user).select_related("company")[:101]))
    found = filterset.qs
    order = request.GET.get("sort", "")
    page, too_many = _page(found, request, order, _asked_by(request))
    claims = list(getattr(page, "rows", None) or getattr(page, "object_list", []))
    chips = _chips(filterset, request)
    return {
        "filter": filterset,
        "form": filterset.form,
        "has_errors": bool(filterset.form.errors),
        "page": page,
        "rows": rows_of(claims, user, worklist=worklist),
        "columns": _columns(request, order if order in ORDERS and not too_many else ""),
        "too_many_to_sort": too_many,
        "chips": chips,
        "clear_url": _without(request, *ClaimFilter.base_filters) if len(chips) > 1 else "",
        "worklist": worklist,
        "views": _tabs(request) if worklist else [],
        "acts": together_urls(request) if worklist and claims else [],
        "save_url": f"{reverse('claims_files:views')}?{kept}"
        if worklist and (kept := kept_query(request.GET))
        else "",
        "empty": _empty(request, user, bool(chips), worklist),
        "today": timezone.localdate(),
        "address": request.get_full_path(),
        "query": request.GET.urlencode(),
        "report_url": reverse("declarations:start") if can_somewhere(user, "declaration.create") else "",
    }


def _asked_by(request: HttpRequest) -> str:
    """The right by which the list is read: a view asks for the insurer's already, and to ask for two costs time."""
    return INSURERS if request.GET.get("view") in dict(VIEWS) else ACTION


def _page(found: QuerySet, request: HttpRequest, order: str, action: str) -> tuple[Any, bool]:
    """The page in the order asked for, and whether there are too many rows for that order."""
    if order not in ORDERS:
        return newest_page(found, request, action, PAGE), False
    rows = in_order(found, request.user, order)
    if rows is None:
        return newest_page(found, request, action, PAGE), True
    return CappedPaginator(rows, PAGE).get_page(request.GET.get("page")), False


def in_order(found: QuerySet, user: Any, order: str) -> QuerySet | None:
    """The rows of `found` that `user` sees, in one of ORDERS; None if there are too many for that."""
    if count_up_to(found, user, ACTION) > SORTABLE:
        return None
    return visible_to(user, ACTION, found).order_by(*ORDERS[order])


def rows_of(claims: list[ClaimFile], user: Any, *, worklist: bool = False) -> list[Row]:
    """The rows of a list as `user` is shown them; some queries, however many rows."""
    sides = reading.sides_of(user, claims)
    periods = reading.periods_of(claims)
    asked = reading.papers_of(user, claims)
    new = [claim for claim in claims if claim.state == ClaimFile.State.RECEIVED]
    may_take_over = can_each(user, "claim.take_over", new) if worklist else set()
    today = timezone.localdate()
    ends = certificates.ends_of(claims, today) if worklist else {}
    rows = []
    for claim in claims:
        state = reading.shown_state(claim, sides[claim.pk])
        due = min((paper.due for paper in asked[claim.pk] if paper.state == "open"), default=None)
        rows.append(
            Row(
                claim=claim,
                state=str(ClaimFile.State(state).label),
                tone=states.TONES[ClaimFile.State(state)],
                periods=periods[claim.pk],
                may_take_over=claim.pk in may_take_over,
                due=due,
                overdue=due is not None and due < today,
                certified_until=ends.get(claim.pk),
            )
        )
    return rows


def _columns(request: HttpRequest, order: str) -> dict[str, dict[str, str]]:
    found = {}
    for key in ("name", "event"):
        current = {key: "ascending", f"-{key}": "descending"}.get(order, "")
        following = f"-{key}" if current == "ascending" else key
        found[key] = {"url": _with(request, sort=following), "sorted": current}
    return found


def saved_views(request: HttpRequest) -> list[dict[str, Any]]:
    """The saved views of the worklist with their capped counts."""
    current = request.GET.get("view", "")
    address = reverse("claims_files:list")
    found = [{"label": _("All"), "url": address, "current": not current, "state": ""}]
    hidden = OF_SOME - _views_of_some(request.user)
    for key, label in VIEWS:
        if key in hidden:
            continue
        everything = within_chosen(request, reading.everything())
        rows = ClaimFilter({"view": key}, queryset=everything, request=request).qs
        count = count_up_to(rows, request.user, INSURERS, 100)
        found.append(
            {
                "label": label,
                "url": f"{address}?view={key}",
                "current": current == key,
                "state": "99+" if count > 99 else str(count),
            }
        )
    return found


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The views as tabs; where an own one is looked at, none of the others is."""
    views, own = saved_views(request), own_views(request)
    if any(view["current"] for view in own):
        views = [{**view, "current": False} for view in views]
    return [*views, *own]


def _views_of_some(user: Any) -> set[str]:
    """Which of the views that not everybody needs this person does."""
    found = set()
    if reading.stood_in_for(user):
        found.add("deputy")
    if reach_of(user).scopes(INSURERS).everywhere and reading.portfolio_of(user):
        found.add("portfolio")
    return found


def own_views(request: HttpRequest) -> list[dict[str, Any]]:
    """The views that somebody saved himself, `pk` and name and address; without counts, for there may be many."""
    address, current = reverse("claims_files:list"), kept_filters(request.GET)
    return [
        {
            "pk": view.pk,
            "label": view.name,
            "url": f"{address}?{urlencode(view.filters)}",
            "current": view.filters == current,
            "state": "",
        }
        for view in WorklistView.objects.filter(user=request.user.pk)
    ]


def kept_filters(query: Any) -> dict[str, str]:
    """The filters of the list that a query sets, and its order, as a saved view keeps them; none if one is wrong."""
    form = ClaimFilter(query, queryset=reading.everything()).form
    if not form.is_valid():
        return {}
    found = {name: query[name] for name in form.fields if query.get(name)}
    return {**found, "sort": query["sort"]} if query.get("sort") in ORDERS else found


def kept_query(query: Any) -> str:
    """The same as the query of an address; empty where nothing was set."""
    return urlencode(kept_filters(query))


def together_urls(request: HttpRequest) -> list[dict[str, str]]:
    """Where one act is done on all claim files that the list shows now."""
    address, query = reverse("claims_files:together"), kept_query(request.GET)
    return [
        {"label": Act(act).label, "url": f"{address}?act={act}{'&' if query else ''}{query}"}
        for act in Act.values
    ]


def _chips(filterset: ClaimFilter, request: HttpRequest) -> list[dict[str, str]]:
    """One chip for each filter in force, with the address that takes it away."""
    form = filterset.form
    if not form.is_bound:
        return []
    form.is_valid()
    chips = []
    for name, value in form.cleaned_data.items():
        if value in (None, "") or name == "view":
            continue
        field = form.fields[name]
        choices = dict(getattr(field, "choices", None) or getattr(field.widget, "choices", None) or [])
        if name in {"company", "contract", "person", "manager"}:
            text = {
                "manager": _("One health manager"),
                "company": _("One company"),
                "contract": _("One contract"),
                "person": _("One person"),
            }[name]
        else:
            shown = swiss_date(value) if hasattr(value, "year") else choices.get(value, value)
            text = f"{field.label}: {shown}"
        chips.append({"label": text, "url": _without(request, name)})
    return chips


def _empty(request: HttpRequest, user: Any, filtered: bool, worklist: bool) -> dict[str, str]:
    """The words for an empty list: nothing matches, nothing to do, or nothing yet."""
    if filtered:
        return {"kind": "filtered", "url": reverse("claims_files:list"), "action": _("Clear all filters")}
    if worklist:
        return {"kind": "done"}
    words = {"title": _("No claims yet"), "text": _("Claims appear here as soon as a case was reported.")}
    if can_somewhere(user, "declaration.create"):
        words |= {"url": reverse("declarations:start"), "action": _("Report a case")}
    return words


def _with(request: HttpRequest, **values: str) -> str:
    query = _first_page(request)
    for name, value in values.items():
        query[name] = value
    return f"?{query.urlencode()}"


def _without(request: HttpRequest, *names: str) -> str:
    query = _first_page(request)
    for name in names:
        query.pop(name, None)
    return f"?{query.urlencode()}"


def _first_page(request: HttpRequest) -> Any:
    query = request.GET.copy()
    for name in ("page", "after", "before"):
        query.pop(name, None)
    return query
