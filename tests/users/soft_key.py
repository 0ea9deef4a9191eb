"""A security key in software: what a browser answers to the options of the portal, for tests without a browser."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftKey:
    """One key for one address. `verifies`: whether it checks its owner (PIN, finger); `counter` rises with each use."""

    def __init__(self, origin: str = "http://localhost", *, verifies: bool = True) -> None:
        self.origin, self.verifies, self.counter = origin, verifies, 0
        self.identity = secrets.token_bytes(16)
        self.owner = b""
        self._private = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to the options of a set-up."""
        wanted = options["publicKey"]
        self.owner = wanted["user"]["id"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self._private.public_key())))
        attested = bytes(16) + struct.pack(">H", len(self.identity)) + self.identity + public
        data = self._data(wanted["rp"]["id"], ATTESTED) + attested
        return self._answer(
            clientDataJSON=self._client("webauthn.create", wanted["challenge"]),
            attestationObject=websafe_encode(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})),
        )

    def get(self, options: dict[str, Any], owner: str | None = None) -> dict[str, Any]:
        """The answer to the options of a proof; `owner` to claim to be somebody else's."""
        wanted = options["publicKey"]
        self.counter += 1
        client = self._client("webauthn.get", wanted["challenge"])
        data = self._data(wanted["rpId"], 0)
        hashed = hashlib.sha256(self._plain).digest()
        signature = self._private.sign(data + hashed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=client,
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
            userHandle=owner or self.owner,
        )

    def _client(self, kind: str, challenge: str) -> str:
        self._plain = json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()
        return websafe_encode(self._plain)

    def _data(self, address: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(address.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _answer(self, **response: str) -> dict[str, Any]:
        name = websafe_encode(self.identity)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }
