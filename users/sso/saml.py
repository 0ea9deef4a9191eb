"""SAML 2.0, Web Browser SSO: our request by redirect, the provider's signed answer by post.

The XML and its signatures are checked by python3-saml; what it leaves to choice is demanded here: one signed
assertion, for our audience, in answer to our own request, at our address, with a subject that lasts.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Words
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from users.sso.assertions import Asserted, Departure, NotBelieved
from users.sso.fetching import Unreachable, check_address, fetch
from users.sso.models import SsoConnection

MOST_CHARACTERS = 256 * 1024
# What providers call the e-mail address.
EMAIL_ATTRIBUTES = (
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "email",
    "mail",
)


def entity_id(connection: SsoConnection) -> str:
    """Our name towards the provider; our metadata lies there, too."""
    return settings.SITE_URL.rstrip("/") + reverse("sso:metadata", args=[connection.pk])


def answer_address(connection: SsoConnection) -> str:
    """Where the provider lets the browser post its answer (assertion consumer service)."""
    return settings.SITE_URL.rstrip("/") + reverse("sso:acs", args=[connection.pk])


def fetch_metadata(address: str) -> str:
    """The provider's metadata from its address. Raises ValidationError at `metadata_url`."""
    try:
        return fetch(address).decode()
    except (Unreachable, UnicodeDecodeError) as error:
        raise ValidationError(
            {"metadata_url": _("Nothing usable came from this address. Paste the metadata instead.")}
        ) from error


def check_metadata(connection: SsoConnection) -> None:
    """Read issuer and ways from the metadata. Raises ValidationError at `metadata`."""
    try:
        found = _provider(connection.metadata)
    except NotBelieved as error:
        raise ValidationError(
            {
                "metadata": _(
                    "These are not the metadata of one provider with a certificate for signatures and an https address for redirects."
                )
            }
        ) from error
    connection.issuer = found["entityId"]


def try_out(connection: SsoConnection) -> None:
    """Whether a request for the provider can be made. Raises NotBelieved."""
    try:
        depart(connection)
        metadata(connection)
    except Unreachable as error:
        raise NotBelieved(error.code) from error


def metadata(connection: SsoConnection) -> bytes:
    """What we publish about ourselves, for the provider, as XML."""
    found = OneLogin_Saml2_Settings(_settings(connection, None), sp_validation_only=True)
    return found.get_sp_metadata()


def depart(connection: SsoConnection) -> Departure:
    """Prepare the way to the provider. Raises NotBelieved."""
    provider = _provider(connection.metadata)
    request = OneLogin_Saml2_Authn_Request(OneLogin_Saml2_Settings(_settings(connection, provider)))
    address = provider["singleSignOnService"]["url"]
    separator = "&" if "?" in address else "?"
    sent = urlencode({"SAMLRequest": request.get_request()})
    return Departure(address=f"{address}{separator}{sent}", state=request.get_id())


def read_answer(connection: SsoConnection, answer: str) -> tuple[str, Asserted]:
    """The id of the request that a posted answer belongs to, and what it says. Raises NotBelieved."""
    if len(answer) > MOST_CHARACTERS:
        raise NotBelieved("too_large")
    try:
        plain = base64.b64decode(answer, validate=False)
        # Text beside a comment is read differently by different readers: nobody needs comments in an answer.
        if any(sign in plain for sign in (b"<!--", b"<!DOCTYPE", b"<!ENTITY", b"<?xml-stylesheet")):
            raise NotBelieved("xml")
        found = OneLogin_Saml2_Response(
            OneLogin_Saml2_Settings(_settings(connection, _provider(connection.metadata))), answer
        )
        if not found.is_valid(_request_data(connection)):
            raise NotBelieved("answer")
        return _asserted(connection, found)
    except NotBelieved:
        raise
    except Exception as error:
        # Whatever breaks on it, somebody made it: it is no answer.
        raise NotBelieved("answer") from error


def _asserted(connection: SsoConnection, found: Any) -> tuple[str, Asserted]:
    request_id = found.get_in_response_to()
    (assertion,) = found.document.iter(f"{{{Words.NS_SAML}}}Assertion")
    confirmed = [
        each
        for each in assertion.iter(f"{{{Words.NS_SAML}}}SubjectConfirmationData")
        if each.get("InResponseTo") == request_id
        and each.get("Recipient") == answer_address(connection)
        and each.get("NotOnOrAfter")
    ]
    if not request_id or not confirmed:
        raise NotBelieved("unasked")
    if entity_id(connection) not in found.get_audiences():
        raise NotBelieved("audience")
    name, kind = found.get_nameid(), found.get_nameid_format()
    if not name or len(name) > 500 or kind == Words.NAMEID_TRANSIENT:
        raise NotBelieved("subject")
    contexts = set(found.get_authn_contexts())
    factor = connection.trusts_factor and bool(contexts & set(connection.factor_values))
    email = _email(found.get_attributes(), name if kind == Words.NAMEID_EMAIL_ADDRESS else "")
    return request_id, Asserted(name, email, factor, assertion.get("ID", ""))


def _email(attributes: dict[str, list[Any]], name: str) -> str:
    values = {str(value) for key in EMAIL_ATTRIBUTES for value in attributes.get(key, [])} or {name}
    if len(values) != 1 or not (email := values.pop()) or len(email) > 254:
        raise NotBelieved("no_email")
    return email


def _provider(text: str) -> dict[str, Any]:
    """The provider as its metadata describe it. Raises NotBelieved."""
    if not text or len(text) > MOST_CHARACTERS:
        raise NotBelieved("metadata")
    try:
        found = OneLogin_Saml2_IdPMetadataParser.parse(text.encode())["idp"]
        address = found["singleSignOnService"]["url"]
        certificates = found.get("x509cert") or found.get("x509certMulti", {}).get("signing")
        if not found["entityId"] or not certificates or not urlsplit(address).netloc:
            raise NotBelieved("metadata")
        check_address(address)
    except NotBelieved:
        raise
    except Exception as error:
        # Somebody else's XML: whatever breaks on it, it is no description of a provider.
        raise NotBelieved("metadata") from error
    return found


def _settings(connection: SsoConnection, provider: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "strict": True,
        "debug": False,
        "sp": {
            "entityId": entity_id(connection),
            "assertionConsumerService": {
                "url": answer_address(connection),
                "binding": Words.BINDING_HTTP_POST,
            },
            "NameIDFormat": Words.NAMEID_UNSPECIFIED,
        },
        "security": {
            "wantAssertionsSigned": True,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "allowSingleLabelDomains": True,
        },
        **({"idp": provider} if provider else {}),
    }


def _request_data(connection: SsoConnection) -> dict[str, Any]:
    """Where the answer arrived: what the portal is called, not what the request says."""
    parts = urlsplit(answer_address(connection))
    return {
        "https": "on" if parts.scheme == "https" else "off",
        "http_host": parts.netloc,
        "script_name": parts.path,
        "get_data": {},
        "post_data": {},
    }
