"""What a web process does for its sockets: listen for knocks, and end sockets whose session has ended.

One LISTEN connection and one check of all sessions per process, whatever the number of sockets. Both start
with the first socket (an ASGI server need not say when it starts) in the server's own event loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import psycopg
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from core.live import CHANNEL
from users import services
from users.viewing import KEY

logger = logging.getLogger(__name__)

CHECK_SECONDS = 3
HEARTBEAT_SECONDS = 30
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
SOCKETS_PER_PERSON = 30
# Servers may close with codes from 3000 on; the page comes back after all of them but the first.
SIGNED_OUT, COME_BACK, TOO_MANY = 4401, 4408, 4429


def group_of(user_id: Any) -> str:
    """The channel layer's group of one person's sockets."""
    return f"user.{user_id}"


class Switchboard:
    """The open sockets of this process, and the two tasks that serve them."""

    def __init__(self) -> None:
        self.sockets: set[Any] = set()
        self._tasks: list[asyncio.Task] = []

    def plug_in(self, socket: Any) -> bool:
        """Take a socket in (it has `user_id`, `session_key`, `password`, and can `end(code)`); False if too many."""
        if sum(1 for other in self.sockets if other.user_id == socket.user_id) >= SOCKETS_PER_PERSON:
            return False
        self.sockets.add(socket)
        loop = asyncio.get_running_loop()
        if any(task.done() or task.get_loop() is not loop for task in self._tasks) or not self._tasks:
            self._tasks = [loop.create_task(self._listen()), loop.create_task(self._check_sessions())]
        return True

    def unplug(self, socket: Any) -> None:
        """Let a socket go."""
        self.sockets.discard(socket)

    async def _listen(self) -> None:
        pause, connected_before = FIRST_PAUSE, False
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as line:
                    await line.execute(f"listen {CHANNEL}")
                    if connected_before:
                        # Knocks may have been missed: whoever comes back asks anew for all he shows.
                        await self._end([(socket, COME_BACK) for socket in self.sockets])
                    pause, connected_before = FIRST_PAUSE, True
                    while True:
                        async for notify in line.notifies(timeout=HEARTBEAT_SECONDS):
                            await _hand_over(notify.payload)
                        await line.execute("select 1")
            except (psycopg.Error, OSError) as error:
                logger.warning("Live line lost (%s); trying again.", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _check_sessions(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if self.sockets:
                await self.check(set(self.sockets))

    async def check(self, sockets: set[Any]) -> None:
        """End those of these sockets whose session or account has ended; one round trip for all of them."""
        try:
            sessions, passwords, looking = await _alive(
                [socket.session_key for socket in sockets], [socket.user_id for socket in sockets]
            )
        except Exception:
            # Who cannot be checked does not stay: the browser comes back and is judged at the door.
            logger.exception("Sessions of sockets could not be checked.")
            await self._end([(socket, COME_BACK) for socket in sockets])
            return
        ending = []
        for socket in sockets:
            if socket.session_key not in sessions or socket.user_id not in passwords:
                ending.append((socket, SIGNED_OUT))
            elif passwords[socket.user_id] != socket.password or socket.session_key in looking:
                ending.append((socket, COME_BACK))
        await self._end(ending)

    async def _end(self, ending: list[tuple[Any, int]]) -> None:
        for socket, code in ending:
            self.unplug(socket)
            try:
                await socket.end(code)
            except Exception:
                logger.exception("A socket could not be closed.")


switchboard = Switchboard()


@database_sync_to_async
def _alive(session_keys: list[str], user_ids: list[Any]) -> tuple[set[str], dict[Any, str], set[str]]:
    """Of these, the sessions that have not ended, the active accounts with their password hashes, and the sessions
    that look at the portal as somebody else: they hear nothing meanwhile.
    """
    sessions = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    users = get_user_model().objects.filter(pk__in=set(user_ids), is_active=True)
    looking = set()
    if services.anybody_looks_as_another(user_ids):
        looking = {session.session_key for session in sessions if KEY in session.get_decoded()}
    return (
        set(sessions.values_list("session_key", flat=True)),
        dict(users.values_list("pk", "password")),
        looking,
    )


async def _hand_over(payload: str) -> None:
    try:
        message = json.loads(payload)
        users, topic, object_id = message["users"], message["topic"], message["id"]
    except (ValueError, KeyError, TypeError):
        logger.warning("A knock could not be read.")
        return
    layer = get_channel_layer()
    for user_id in users:
        await layer.group_send(group_of(user_id), {"type": "knock", "topic": topic, "id": object_id})


def _parameters() -> dict[str, Any]:
    """How to reach the database, without the pool and without Django's own cursors."""
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "pool"):
        parameters.pop(name, None)
    return parameters
