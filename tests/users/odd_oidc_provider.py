"""An OpenID Connect provider that says whatever it is told to: `python -m tests.users.odd_oidc_provider PORT`.

`PUT /next` with JSON says how the following answers differ from proper ones: `claims` (replaced; null leaves one
out), `algorithm`, `key` (`other`, `public`), `header`, `configuration`, `userinfo`, `code_again`, `status`, `size`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEYS = {name: rsa.generate_private_key(65537, 2048) for name in ("own", "other")}
SECRET = "a secret of the provider: 1&2"
CODES: dict[str, dict[str, str]] = {}
NEXT: dict[str, Any] = {}
SEEN: dict[str, Any] = {}


def part(data: Any) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


class Provider(BaseHTTPRequestHandler):
    """One request."""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def log_message(self, *args: Any) -> None:
        """Silence."""

    def answer(self, data: Any, status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(NEXT.get("status", status))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        NEXT.clear()
        NEXT.update(told)
        body = b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            configuration = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "code_challenge_methods_supported": ["S256"],
            }
            self.answer(configuration | NEXT.get("configuration", {}) | {"pad": "x" * NEXT.get("size", 0)})
        elif parts.path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEYS["own"].public_key()))
            self.answer({"keys": [{**public, "kid": "own", "use": "sig"}]})
        elif parts.path == "/authorize":
            code = secrets.token_urlsafe(16)
            CODES[code] = asked
            back = {"code": code, "state": asked["state"], "iss": NEXT.get("iss", self.issuer)}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif parts.path == "/userinfo":
            self.answer(NEXT.get("userinfo", {}))
        elif parts.path == "/seen":
            self.answer(SEEN)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = CODES.get(form["code"][0], {}) if NEXT.get("code_again") else CODES.pop(form["code"][0], {})
        challenge = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        SEEN["authorization"] = self.headers.get("Authorization", "")
        proven = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked.get("code_challenge")
        if not proven or asked["redirect_uri"] != form["redirect_uri"][0]:
            self.answer({"error": "invalid_grant"}, 400)
            return
        self.answer({"access_token": "access", "token_type": "Bearer", "id_token": self.token(asked)})

    def token(self, asked: dict[str, str]) -> str:
        """The ID token, as proper as it is told to be."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": asked.get("login_hint", ""),
            "email_verified": True,
        }
        claims |= NEXT.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"kid": "own", **NEXT.get("header", {})}
        algorithm = NEXT.get("algorithm", "RS256")
        if algorithm == "none":
            return f"{part({'alg': 'none', **header})}.{part(claims)}."
        if NEXT.get("key") == "public":
            # The public key, which everybody knows, taken for a shared secret.
            public = KEYS["own"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            signed = f"{part({'alg': 'HS256', **header})}.{part(claims)}"
            mac = hmac.new(public, signed.encode(), hashlib.sha256).digest()
            return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        return jwt.encode(claims, KEYS[NEXT.get("key", "own")], algorithm=algorithm, headers=header)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
