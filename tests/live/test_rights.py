"""Rights that change while a page is open: what is lost is no longer heard of. Against the real server."""

from __future__ import annotations

import pytest

from claims_files import services as claims
from permissions import grants
from tests.factories_claims import open_claim
from tests.live.test_sockets import closing, next_message, open_socket, refused, until_listening
from users import services

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cases(cast):
    """A claim file at each of the two companies that Fiona looks after."""
    near = open_claim(cast, person=cast.persons.nadia)
    far = open_claim(cast, person=cast.persons.elena, by=cast.fiona)
    for claim in (near, far):
        claims.take_over(claim.pk, by=cast.pauline)
    return near, far


def heard(ws, seconds: float = 0.7) -> list[tuple[str, str]]:
    """Topic and id of all knocks until it is quiet for so long."""
    found = []
    while True:
        try:
            message = next_message(ws, seconds)
        except TimeoutError:
            return found
        found.append((message["topic"], message["id"]))


def ask_for_a_paper(claim, cast, kind) -> None:
    """An act of the insurer on a claim file; whoever sees the file hears of it."""
    claims.request_paper(claim.pk, kind=kind, addressee="employer", by=cast.pauline)


def row_at(user, scope):
    return next(row for row in grants.grants_of(user) if row.content_object == scope)


def test_of_what_was_taken_away_nothing_is_heard_any_more(portal, inside, cast, cases):
    near, far = cases
    with open_socket(portal, inside(cast.fiona)) as ws:
        until_listening(ws, cast.fiona)
        ask_for_a_paper(near, cast, "wage_statement")
        assert str(near.pk) in {key for _topic, key in heard(ws)}

        services.remove_access(row_at(cast.fiona, cast.rochat).uuid, by=cast.claire)
        # The page asks anew what it may show; it stays open, for there is something left.
        assert ("session", str(cast.fiona.pk)) in heard(ws)
        ask_for_a_paper(near, cast, "id_copy")
        assert heard(ws) == []
        ask_for_a_paper(far, cast, "id_copy")
        knocks = heard(ws)
        assert str(far.pk) in {key for _topic, key in knocks}
        assert str(near.pk) not in {key for _topic, key in knocks}


def test_of_what_was_withheld_nothing_is_heard_any_more(portal, inside, cast, cases):
    near, far = cases
    with open_socket(portal, inside(cast.fiona)) as ws:
        until_listening(ws, cast.fiona)
        row = row_at(cast.fiona, cast.keller)
        services.change_grant(row.uuid, preset="fiduciary", withheld=["claim.view"], by=cast.reto)
        assert ("session", str(cast.fiona.pk)) in heard(ws)
        ask_for_a_paper(far, cast, "id_copy")
        assert heard(ws) == []
        ask_for_a_paper(near, cast, "id_copy")
        assert str(near.pk) in {key for _topic, key in heard(ws)}


def test_it_closes_with_the_last_right(portal, inside, cast):
    session = inside(cast.felix)
    with open_socket(portal, session) as ws, open_socket(portal, inside(cast.hugo)) as other:
        until_listening(ws, cast.felix)
        until_listening(other, cast.hugo)
        services.remove_access(row_at(cast.felix, cast.rochat).uuid, by=cast.claire)
        code, seconds = closing(ws)
        assert code == 4401
        assert seconds < 2
        # Nobody else is sent away.
        assert heard(other) == []
    assert refused(portal, session)


def test_it_closes_when_an_administrator_closes_the_account(portal, inside, cast):
    session = inside(cast.hugo)
    with open_socket(portal, session) as first, open_socket(portal, session) as second:
        until_listening(first, cast.hugo)
        services.deactivate(cast.hugo.pk, by=cast.claire)
        for ws in (first, second):
            code, seconds = closing(ws)
            assert code == 4401
            assert seconds < 2
    assert refused(portal, session)
