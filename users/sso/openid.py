"""OpenID Connect: code flow with PKCE, state and nonce (OpenID Connect Core 1.0; RFC 7636, RFC 9207)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.urls import reverse

from users.sso.assertions import Asserted, Departure, NotBelieved
from users.sso.fetching import check_address, fetch_json
from users.sso.models import SsoAttempt, SsoConnection

# Signed with the provider's private key; neither unsigned nor with a secret that others know.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# Seconds by which the clocks may differ.
LEEWAY = 60


@dataclass(frozen=True)
class Provider:
    """What the provider publishes about itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    posts_secret: bool


def callback_address(connection: SsoConnection) -> str:
    """Where the provider sends people back: an address of each connection's own, so that answers cannot be mixed up."""
    return settings.SITE_URL.rstrip("/") + reverse("sso:callback", args=[connection.pk])


def portal_link(connection: SsoConnection) -> str:
    """Where the company's own intranet leads to: a sign-in that begins here, not at the provider."""
    return settings.SITE_URL.rstrip("/") + reverse("sso:go", args=[connection.pk])


def discover(connection: SsoConnection) -> Provider:
    """Read and check the provider's configuration. Raises Unreachable, NotBelieved."""
    issuer = connection.issuer
    found = fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise NotBelieved("issuer")
    ends = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        value = found.get(name)
        if value is None and name == "userinfo_endpoint":
            ends[name] = ""
            continue
        if not isinstance(value, str):
            raise NotBelieved("configuration")
        check_address(value)
        ends[name] = value
    if "S256" not in (_words(found, "code_challenge_methods_supported") or ["S256"]):
        raise NotBelieved("no_pkce")
    methods = _words(found, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(
        authorization=ends["authorization_endpoint"],
        token=ends["token_endpoint"],
        keys=ends["jwks_uri"],
        userinfo=ends["userinfo_endpoint"],
        posts_secret="client_secret_basic" not in methods and "client_secret_post" in methods,
    )


def _words(found: dict[str, Any], name: str) -> list[str]:
    value = found.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def try_out(connection: SsoConnection) -> None:
    """Whether the provider answers and has keys that we can check. Raises Unreachable, NotBelieved."""
    provider = discover(connection)
    if not _keys(provider):
        raise NotBelieved("no_keys")


def depart(connection: SsoConnection, email: str = "") -> Departure:
    """Prepare the way to the provider. Raises Unreachable, NotBelieved."""
    provider = discover(connection)
    way = Departure(
        address="",
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
    )
    challenge = hashlib.sha256(way.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": connection.client_id,
        "redirect_uri": callback_address(connection),
        "scope": "openid email",
        "state": way.state,
        "nonce": way.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if email:
        asked["login_hint"] = email
    separator = "&" if "?" in provider.authorization else "?"
    address = f"{provider.authorization}{separator}{urlencode(asked)}"
    return Departure(address=address, state=way.state, nonce=way.nonce, verifier=way.verifier)


def redeem(connection: SsoConnection, attempt: SsoAttempt, *, code: str, issuer: str = "") -> Asserted:
    """Turn the code into what the provider says about the person. Raises Unreachable, NotBelieved.

    `issuer` is the parameter `iss` of the answer, where the provider sends one (RFC 9207).
    """
    if issuer and issuer != connection.issuer:
        raise NotBelieved("issuer")
    provider = discover(connection)
    tokens = _tokens(connection, provider, attempt, code)
    claims = _claims(connection, provider, attempt, tokens)
    said = claims
    if "email" not in claims and provider.userinfo and isinstance(tokens.get("access_token"), str):
        said = fetch_json(provider.userinfo, headers={"Authorization": f"Bearer {tokens['access_token']}"})
        if said.get("sub") != claims["sub"]:
            raise NotBelieved("subject")
    email = said.get("email")
    if not isinstance(email, str) or not email or not email.isprintable():
        raise NotBelieved("no_email")
    if said.get("email_verified") not in (True, "true"):
        raise NotBelieved("email_not_verified")
    return Asserted(subject=claims["sub"], email=email, factor=_factor(connection, claims))


def _tokens(connection: SsoConnection, provider: Provider, attempt: SsoAttempt, code: str) -> dict[str, Any]:
    box = get_adapter()
    secret = box.decrypt(connection.secret) if connection.secret else ""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_address(connection),
        "code_verifier": box.decrypt(attempt.verifier),
    }
    headers = {"Accept": "application/json"}
    if not secret or provider.posts_secret:
        form |= {"client_id": connection.client_id} | ({"client_secret": secret} if secret else {})
    else:
        # RFC 6749, 2.3.1: both are form-encoded first.
        pair = f"{quote(connection.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return fetch_json(provider.token, form=form, headers=headers)


def _claims(
    connection: SsoConnection, provider: Provider, attempt: SsoAttempt, tokens: dict[str, Any]
) -> dict[str, Any]:
    token = tokens.get("id_token")
    if not isinstance(token, str):
        raise NotBelieved("no_token")
    try:
        key = _key_of(token, _keys(provider))
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=connection.client_id,
            issuer=connection.issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )
    except jwt.PyJWTError as error:
        raise NotBelieved("token") from error
    if not hmac.compare_digest(str(claims["nonce"]).encode(), attempt.nonce.encode()):
        raise NotBelieved("nonce")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else connection.client_id) != connection.client_id:
        raise NotBelieved("audience")
    sub = claims["sub"]
    if not isinstance(sub, str) or not 0 < len(sub) <= 255 or not sub.isprintable():
        raise NotBelieved("subject")
    return claims


def _keys(provider: Provider) -> list[dict[str, Any]]:
    """The provider's keys for signatures; never one that is a shared secret."""
    found = fetch_json(provider.keys).get("keys")
    keys = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [key for key in keys if key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"]


def _key_of(token: str, keys: list[dict[str, Any]]) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    algorithm, name = header.get("alg"), header.get("kid")
    fitting = [key for key in keys if name is None or key.get("kid") == name]
    if algorithm not in ALGORITHMS or len(fitting) != 1:
        raise NotBelieved("key")
    (key,) = fitting
    if key.get("alg", algorithm) != algorithm:
        raise NotBelieved("key")
    return jwt.PyJWK(key, algorithm)


def _factor(connection: SsoConnection, claims: dict[str, Any]) -> bool:
    """Whether the provider says that a second factor was given, in the words that the connection accepts."""
    if not connection.trusts_factor:
        return False
    said = {claims.get("acr")} if isinstance(claims.get("acr"), str) else set()
    amr = claims.get("amr")
    said |= {each for each in amr if isinstance(each, str)} if isinstance(amr, list) else set()
    return bool(said & set(connection.factor_values))
