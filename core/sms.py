"""Outgoing text messages: one short text to one number, by the way the insurer has chosen, or by none."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from core.models import OutboxMessage

log = logging.getLogger(__name__)


class NotSent(Exception):
    """The message did not leave and may be tried again. Says nothing of the number or the text."""


class Backend(Protocol):
    """A way for text messages to leave."""

    def send(self, to: str, text: str) -> None:
        """Send `text` to the number `to` (E.164). Raises NotSent where trying again may help."""


def is_offered() -> bool:
    """Whether text messages can leave at all; without a way nothing that needs them is offered."""
    return bool(settings.SMS_BACKEND)


def send(to: str, text: str) -> None:
    """Send a text message. Called from jobs, after the commit; raises NotSent where a later attempt may succeed.

    Raises ImproperlyConfigured where no way is set.
    """
    if not settings.SMS_BACKEND:
        raise ImproperlyConfigured("Text messages have no way out: set SMS_GATEWAY_URL.")
    import_string(settings.SMS_BACKEND)().send(to, text)


class OutboxBackend:
    """Keeps text messages in the database, to be read at `/demo/outbox/`."""

    def send(self, to: str, text: str) -> None:
        OutboxMessage.objects.create(kind=OutboxMessage.Kind.SMS, to=to, text=text)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that sends us elsewhere is not followed: the message and the token were meant for it alone."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class HttpGateway:
    """Posts each message as JSON to the insurer's gateway (`SMS_GATEWAY`: address, token, names of the fields)."""

    def send(self, to: str, text: str) -> None:
        gateway = settings.SMS_GATEWAY
        body = {gateway["to_field"]: to, gateway["text_field"]: text}
        if gateway["sender"]:
            body[gateway["sender_field"]] = gateway["sender"]
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if gateway["token"]:
            headers["Authorization"] = f"Bearer {gateway['token']}"
        request = urllib.request.Request(  # noqa: S310 - the address is the insurer's setting
            gateway["url"], data=json.dumps(body).encode(), headers=headers, method="POST"
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=gateway["timeout"]):
                return
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        except (OSError, ValueError) as error:
            # No `from`: what went wrong underneath may quote the request.
            raise NotSent(f"The gateway did not answer: {type(error).__name__}.") from None
        if status >= 500 or status in {408, 429}:
            raise NotSent(f"The gateway answered {status}.")
        # Asking again would be answered alike; who it was for stays out of the log.
        log.error("The text message gateway refused a message with status %s.", status)
