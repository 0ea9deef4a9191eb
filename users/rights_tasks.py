"""Mails about deputies and about user management that waits for a second person, sent after the commit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from permissions.ledger import Deputy
from users.models import ManagementRequest, User
from users.tasks import RETRY, _mail, address


def _wants(user: User | None) -> bool:
    return user is not None and user.is_active and User.News.ACCESS not in user.unmailed


@app.task(name="users.tell_of_deputy", retry=RETRY)
def tell_of_deputy(deputy_id: str, what: str, by: str = "") -> None:
    """Tell whoever confirms of a proposal; both people of everything else, but not of what they did themselves.

    `what` is `proposed`, `named`, `confirmed` or `ended`; `by` the id of who did it.
    """
    from users.services.deputies import who_confirms

    row = Deputy.unrestricted.select_related("principal", "deputy", "company").filter(pk=deputy_id).first()
    if row is None:
        return
    context: dict[str, Any] = {
        "company": row.company.name if row.company else "",
        "begin": row.begin,
        "until": row.until,
    }
    if what == "proposed":
        if row.state != Deputy.State.WAITING:
            return
        for user in filter(_wants, who_confirms(row)):
            _mail("deputy_proposed", user, address("users:management"), _("Answer the proposal"), **context)
        return
    for user in filter(_wants, (row.principal, row.deputy)):
        if str(user.pk) != by:
            own = user.pk == row.principal_id
            link = address("users:deputies")
            _mail("deputy_told", user, link, _("Open the deputies"), **context, what=what, own=own)


@app.task(name="users.tell_of_management_request", retry=RETRY)
def tell_of_management_request(request_id: str) -> None:
    """Tell those who can confirm that somebody is to manage users; while it waits."""
    from users.services.management_requests import who_confirms

    asked = _request(request_id)
    if asked is None or asked.state != ManagementRequest.State.OPEN:
        return
    for user in filter(_wants, who_confirms(asked)):
        link = address("users:management")
        _mail("management_requested", user, link, _("Answer the request"), company=asked.company.name)


@app.task(name="users.tell_of_management_answer", retry=RETRY)
def tell_of_management_answer(request_id: str) -> None:
    """Tell whoever asked, and who manages users from now on, how it was answered."""
    asked = _request(request_id)
    if asked is None:
        return
    confirmed = asked.state == ManagementRequest.State.CONFIRMED
    for user in (asked.asked_by, asked.user if confirmed else None):
        if user is not None and _wants(user):
            context = {"company": asked.company.name, "confirmed": confirmed, "own": user != asked.asked_by}
            link = address("users:management")
            _mail("management_answered", user, link, _("Open the portal"), **context)


def _request(request_id: str) -> ManagementRequest | None:
    rows = ManagementRequest.unrestricted.select_related("user", "asked_by", "company", "site", "contract")
    return rows.filter(pk=request_id).first()
