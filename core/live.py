"""The knock: tells open pages that something changed, never what.

`pg_notify` within the business transaction: delivered after its commit, never after a rollback, from web
and worker alike. Each web process listens (`enterprise_portal.live`) and hands the knock to its sockets;
the browser then asks again through the usual door.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

CHANNEL = "portal_live"
# PostgreSQL takes payloads below 8,000 bytes; an id with its quotes and comma has 39.
IDS_PER_KNOCK = 180


def knock(user_ids: Iterable[Any], topic: str, object_id: Any = None) -> None:
    """Knock at the open pages of these people: `topic` is a word of the page (`claims`), `object_id` its thing."""
    ids = sorted({str(user_id) for user_id in user_ids if user_id is not None})
    for start in range(0, len(ids), IDS_PER_KNOCK):
        payload = {
            "topic": topic,
            "id": None if object_id is None else str(object_id),
            "users": ids[start : start + IDS_PER_KNOCK],
        }
        with connection.cursor() as cursor:
            cursor.execute("select pg_notify(%s, %s)", [CHANNEL, json.dumps(payload, separators=(",", ":"))])
