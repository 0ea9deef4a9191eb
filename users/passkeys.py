"""Passkeys and security keys (WebAuthn): allauth and fido2 do the cryptography, the rules are here.

A challenge is good for one try. A key whose counter does not rise has been copied and is refused.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AuthenticationResponse,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from users.models import User


class Refused(Exception):
    """What the browser sent is no proof: a wrong key, an old challenge, another address, or nonsense."""


def work_at(request: HttpRequest) -> bool:
    """Whether browsers allow passkeys at this address: they want a name, and numbers are none."""
    try:
        ipaddress.ip_address(request.get_host().rsplit(":", 1)[0].strip("[]"))
    except ValueError:
        return True
    return False


def local_address(request: HttpRequest) -> str:
    """In the demo, the address of this machine by its name: there browsers allow passkeys. Empty elsewhere."""
    return f"http://localhost:{request.get_port()}/" if settings.DEMO and not work_at(request) else ""


def begin_adding(user: Any) -> dict[str, Any]:
    """What the browser needs to make a key. One that can stand alone (it knows its owner) is preferred."""
    options, state = auth.get_server().register_begin(
        user=auth.build_user_payload(user),
        credentials=auth.get_credentials(user),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        extensions=auth.EXTENSIONS,
    )
    auth.set_state(state)
    return dict(options)


def finish_adding(credential: Any) -> dict[str, Any]:
    """What is to be kept of a new key. Raises Refused."""
    state = auth.get_state()
    auth.clear_state()
    try:
        answer = RegistrationResponse.from_dict(credential)
        auth.get_server().register_complete(state, credential)
        stands_alone = credential.get("clientExtensionResults", {}).get("credProps", {}).get("rk") is True
    except _NONSENSE as error:
        raise Refused from error
    # Rebuilt from what was read: nothing else of what came is kept.
    return {
        "id": answer.id,
        "rawId": answer.id,
        "type": "public-key",
        "response": {
            "clientDataJSON": answer.response.client_data.b64,
            "attestationObject": websafe_encode(bytes(answer.response.attestation_object)),
        },
        "clientExtensionResults": {"credProps": {"rk": stands_alone}},
    }


def store(user: Any, name: str, credential: dict[str, Any]) -> Authenticator:
    """Keep a new key under a name; within the caller's transaction."""
    row = auth.WebAuthn.add(user, name, credential).instance
    row.data["key"] = str(uuid4())
    row.save(update_fields=["data"])
    return row


def of(user: Any) -> list[Authenticator]:
    """Somebody's keys, the first one first."""
    return list(
        Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("created_at")
    )


def begin_proof(user: Any | None) -> dict[str, Any]:
    """What the browser needs to prove a key of this person; of whoever signs in with the key alone for None."""
    return auth.begin_authentication(user)


def owner_of(credential: Any) -> User | None:
    """Whose key the browser says it is; nothing is proven by it."""
    try:
        user = auth.extract_user_from_response(credential)
    except (*_NONSENSE, ValidationError):
        return None
    return user if user.is_active else None


def finish_proof(user: Any, credential: Any, *, alone: bool = False) -> Authenticator:
    """The key that is proven, for the challenge of this session; `alone` it must have verified its owner.

    Raises Refused.
    """
    state = auth.get_state()
    auth.clear_state()
    try:
        answer = AuthenticationResponse.from_dict(credential)
        proven = auth.get_server().authenticate_complete(state, auth.get_credentials(user), credential)
    except _NONSENSE as error:
        raise Refused from error
    # The challenge of a second factor asks for less: its answer must not stand for the password as well.
    if alone and not answer.response.authenticator_data.is_user_verified():
        raise Refused
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.WEBAUTHN)
        row = next((row for row in rows if _id_of(row) == proven.credential_id), None)
        counter = answer.response.authenticator_data.counter
        before = row.data.get("counter", 0) if row is not None else 0
        # One that has counted goes on counting (WebAuthn 7.2); keys that never do say 0 for ever.
        if row is None or ((counter or before) and counter <= before):
            raise Refused
        row.data["counter"] = counter
        row.save(update_fields=["data"])
    row.user = user
    return row


def _id_of(row: Authenticator) -> bytes:
    return websafe_decode(row.data["credential"]["id"])


# What the libraries raise at something that is no answer of a browser.
_NONSENSE = (AttributeError, EOFError, LookupError, TypeError, ValueError, struct.error)
