"""The socket at `/ws/`: it carries knocks to the browser and nothing else, in neither direction."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from enterprise_portal.live import SIGNED_OUT, TOO_MANY, group_of, switchboard
from users.gates import is_inside
from users.viewing import KEY


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """One open page of somebody fully signed in: `{"topic": "claims", "id": "…"}` whenever something changed.

    Never writes the session: an open page does not keep anybody signed in.
    """

    user_id: Any = None
    session_key = ""
    password = ""

    async def connect(self) -> None:
        user = self.scope["user"]
        if not _same_site(self.scope) or not user.is_authenticated or not user.is_active:
            await self.close()
            return
        # Whoever looks at the portal as somebody else hears nothing meanwhile.
        looking = await database_sync_to_async(lambda: KEY in self.scope["session"])()
        if looking or not await database_sync_to_async(is_inside)(user):
            await self.close()
            return
        self.user_id, self.password = user.pk, user.password
        self.session_key = self.scope["session"].session_key
        await self.channel_layer.group_add(group_of(self.user_id), self.channel_name)
        await self.accept()
        if not switchboard.plug_in(self):
            await self.close(TOO_MANY)

    async def disconnect(self, code: int) -> None:
        switchboard.unplug(self)
        if self.user_id is not None:
            await self.channel_layer.group_discard(group_of(self.user_id), self.channel_name)

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """Whatever a browser sends is dropped unread."""

    async def knock(self, event: dict[str, Any]) -> None:
        """Pass a knock on; one about the session first asks whether it still stands."""
        if event["topic"] == "session":
            await switchboard.check({self})
            if self not in switchboard.sockets:
                return
        await self.send_json({"topic": event["topic"], "id": event["id"]})

    async def end(self, code: int = SIGNED_OUT) -> None:
        """Close, because the session has ended or has to be judged anew; no knock passes from here on."""
        await self.channel_layer.group_discard(group_of(self.user_id), self.channel_name)
        await self.close(code)


def _same_site(scope: dict[str, Any]) -> bool:
    """Whether the page that opens the socket is ours: its origin is this very host, or one of the trusted ones."""
    headers = dict(scope.get("headers", ()))
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    host = headers.get(b"host", b"").decode("latin-1").lower()
    return bool(host) and (
        urlsplit(origin).netloc == host
        or origin in {trusted.lower() for trusted in settings.CSRF_TRUSTED_ORIGINS}
    )
