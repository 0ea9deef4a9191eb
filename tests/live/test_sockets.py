"""The socket: who may open it, what it carries, when it closes. Against the real server."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, contextmanager

import pytest
import websockets
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone
from websockets.sync.client import connect

from core.live import knock
from enterprise_portal.live import SOCKETS_PER_PERSON
from tests.live.conftest import run_manage
from users import services
from users.viewing import KEY

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def open_socket(portal, session_key: str | None, **changes):
    """A socket as the page opens it; `origin` may be changed."""
    headers = {"Cookie": f"sessionid={session_key}"} if session_key else {}
    origin = changes.get("origin", portal.http)
    with connect(portal.ws, additional_headers=headers, origin=origin) as ws:
        yield ws


def refused(portal, session_key: str | None, **changes) -> bool:
    """Whether the server refuses to open the socket."""
    try:
        with open_socket(portal, session_key, **changes):
            return False
    except websockets.exceptions.InvalidStatus as refusal:
        return refusal.response.status_code == 403


def next_message(ws, seconds: float = 5) -> dict:
    """The next knock, TimeoutError if none comes."""
    return json.loads(ws.recv(timeout=seconds))


def until_listening(ws, user) -> None:
    """The listener starts with the first socket: knock until it answers."""
    for _ in range(50):
        knock([user.pk], "hello")
        try:
            assert (next_message(ws, 0.2))["topic"] == "hello"
        except TimeoutError:
            continue
        break
    # Late answers to the earlier knocks.
    while True:
        try:
            next_message(ws, 0.3)
        except TimeoutError:
            return


def test_a_knock_arrives_after_the_commit_at_its_people_only(portal, inside, cast):
    hugo, felix = inside(cast.hugo), inside(cast.felix)
    with open_socket(portal, hugo) as at_hugo, open_socket(portal, felix) as at_felix:
        until_listening(at_hugo, cast.hugo)

        with transaction.atomic():
            knock([cast.hugo.pk], "claims", cast.rochat.pk)
            with pytest.raises(TimeoutError):
                next_message(at_hugo, 0.3)
        assert next_message(at_hugo) == {"topic": "claims", "id": str(cast.rochat.pk)}
        with pytest.raises(TimeoutError):
            next_message(at_felix, 0.3)


def test_nothing_arrives_after_a_rollback(portal, inside, cast):
    session = inside(cast.hugo)
    with open_socket(portal, session) as ws:
        until_listening(ws, cast.hugo)

        with transaction.atomic():
            knock([cast.hugo.pk], "claims")
            transaction.set_rollback(True)
        knock([cast.hugo.pk], "after")
        assert (next_message(ws))["topic"] == "after"


def test_a_knock_arrives_from_another_process(portal, inside, cast):
    session = inside(cast.nadia)
    with open_socket(portal, session) as ws:
        until_listening(ws, cast.nadia)
        program = f"from core.live import knock; knock(['{cast.nadia.pk}'], 'documents', 'x')"
        other = run_manage("shell", "--no-imports", "-c", program)
        assert next_message(ws, 20) == {"topic": "documents", "id": "x"}
        assert other.wait(20) == 0


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", None, "http://127.0.0.1:1", "http://127.0.0.1.evil.example"]
)
def test_only_the_portals_own_pages_may_open_it(portal, inside, cast, origin):
    session = inside(cast.hugo)
    with open_socket(portal, session):
        pass
    assert refused(portal, session, origin=origin)


def test_nobody_without_session_or_second_factor(portal, inside, cast):
    half = inside(cast.hugo, second_factor=False)
    for session in (None, "a" * 32, half):
        assert refused(portal, session)


def closing(ws) -> tuple[int, float]:
    """Code (1006: cut off without a word) and seconds until the server closes."""
    begin = time.monotonic()
    while True:
        try:
            ws.recv(timeout=8)
        except websockets.exceptions.ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006, time.monotonic() - begin


def test_it_closes_when_the_session_ends(portal, inside, cast):
    session = inside(cast.hugo)
    with open_socket(portal, session) as ws:
        Session.objects.filter(pk=session).delete()
        code, seconds = closing(ws)
    assert code == 4401
    assert seconds < 5


def test_it_is_silent_while_somebody_looks_as_another(portal, inside, cast):
    session = inside(cast.claire)
    with open_socket(portal, session) as ws:
        services.start_viewing(cast.hugo.pk, cast.rochat, reason="question", by=cast.claire)
        row = Session.objects.get(pk=session)
        data = {**row.get_decoded(), KEY: "1"}
        Session.objects.filter(pk=session).update(session_data=Session.objects.encode(data))
        code, seconds = closing(ws)
    assert code == 4408
    assert seconds < 5
    assert refused(portal, session)


def test_it_closes_when_the_time_is_over(portal, inside, cast):
    """The idle limit is the session's expiry: no request has to come for the socket to end."""
    session = inside(cast.hugo)
    with open_socket(portal, session) as ws:
        Session.objects.filter(pk=session).update(expire_date=timezone.now())
        code, seconds = closing(ws)
    assert code == 4401
    assert seconds < 5
    assert refused(portal, session)


def test_it_closes_when_the_account_is_switched_off(portal, inside, cast):
    session = inside(cast.hugo)
    with open_socket(portal, session) as ws:
        until_listening(ws, cast.hugo)
        cast.hugo.is_active = False
        cast.hugo.save()
        knock([cast.hugo.pk], "session")
        code, seconds = closing(ws)
    assert code == 4401
    assert seconds < 1


def test_it_closes_when_the_password_was_changed(portal, inside, cast):
    session = inside(cast.hugo)
    with open_socket(portal, session) as ws:
        cast.hugo.set_password("another-Word-2")
        cast.hugo.save()
        code, seconds = closing(ws)
    assert code == 4408
    assert seconds < 5
    assert refused(portal, session)


def test_it_does_not_prolong_the_session_and_takes_no_long_messages(portal, inside, cast):
    session = inside(cast.hugo)
    before = Session.objects.get(pk=session)
    with open_socket(portal, session) as ws:
        until_listening(ws, cast.hugo)
        ws.send("{not json")
        ws.send("x" * 4000)
        knock([cast.hugo.pk], "still")
        assert (next_message(ws))["topic"] == "still"
        after = Session.objects.get(pk=session)
        assert (after.expire_date, after.session_data) == (before.expire_date, before.session_data)
        ws.send("x" * 5000)
        code, _seconds = closing(ws)
    assert code in {1006, 1009}


def test_the_line_is_taken_up_again_after_the_database_hung_up(portal, inside, cast):
    session = inside(cast.hugo)

    def hang_up() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and query ilike 'listen %'"
            )
            assert cursor.rowcount == 1

    with open_socket(portal, session) as ws:
        until_listening(ws, cast.hugo)
        hang_up()
        code, seconds = closing(ws)
        # The page comes back and asks anew: knocks may have been missed.
        assert code == 4408
        assert seconds < 5
    with open_socket(portal, session) as ws:
        until_listening(ws, cast.hugo)
        knock([cast.hugo.pk], "again")
        assert (next_message(ws))["topic"] == "again"


def test_a_knock_for_very_many_people_reaches_the_last_of_them(portal, inside, cast):
    from uuid import UUID

    session = inside(cast.hugo)
    crowd = [UUID(int=number) for number in range(1000)]
    with open_socket(portal, session) as ws:
        until_listening(ws, cast.hugo)
        knock([*crowd, cast.hugo.pk], "claims")
        assert (next_message(ws))["topic"] == "claims"


def test_one_person_holds_a_limited_number_of_sockets(portal, inside, cast):
    session = inside(cast.hugo)
    with ExitStack() as stack:
        for _number in range(SOCKETS_PER_PERSON):
            stack.enter_context(open_socket(portal, session))
        last = stack.enter_context(open_socket(portal, session))
        assert closing(last)[0] == 4429
        others = stack.enter_context(open_socket(portal, inside(cast.felix)))
        until_listening(others, cast.felix)
