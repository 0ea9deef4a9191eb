"""A SAML 2.0 provider that says whatever it is told to: `python -m tests.users.odd_saml_provider PORT`.

`PUT /next` with JSON says how the following answers differ from proper ones: the values of `_answer`, and
`sign` (`none`, `response`, `sha1`), `key` (`other`), `spoil` (a name of `SPOILS`).
"""

from __future__ import annotations

import base64
import json
import sys
import zlib
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

SAMLP, SAML = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
MFA = "https://refeds.org/profile/mfa"
NEXT: dict[str, Any] = {}


def made_key() -> tuple[bytes, x509.Certificate]:
    """A private key with its certificate."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, builder.sign(key, hashes.SHA256())


KEYS = {"own": made_key(), "other": made_key()}


def metadata(address: str) -> str:
    """What the provider publishes."""
    body = "".join(KEYS["own"][1].public_bytes(Encoding.PEM).decode().splitlines()[1:-1])
    return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{address}/metadata">
  <md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
      <ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{address}/sso"/>
  </md:IDPSSODescriptor></md:EntityDescriptor>"""


def sign(root: Any, *, sha1: bool = False, key: str = "own") -> None:
    """Sign an element that has an ID and an issuer."""
    method = xmlsec.Transform.RSA_SHA1 if sha1 else xmlsec.Transform.RSA_SHA256
    digest = xmlsec.Transform.SHA1 if sha1 else xmlsec.Transform.SHA256
    signature = xmlsec.template.create(root, xmlsec.Transform.EXCL_C14N, method, ns="ds")
    root.find(f"{{{SAML}}}Issuer").addnext(signature)
    reference = xmlsec.template.add_reference(signature, digest, uri=f"#{root.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(KEYS[key][0], xmlsec.KeyFormat.PEM)
    xmlsec.tree.add_ids(root, ["ID"])
    context.sign(signature)


def moment(seconds: int) -> str:
    """So many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(address: str, request: Any) -> str:
    """The answer to a request, as proper as it is told to be."""
    told = {
        "issuer": f"{address}/metadata",
        "audience": request.find(f"{{{SAML}}}Issuer").text,
        "recipient": request.get("AssertionConsumerServiceURL"),
        "destination": request.get("AssertionConsumerServiceURL"),
        "in_response_to": request.get("ID"),
        "id": f"_{uuid4().hex}",
        "status": "urn:oasis:names:tc:SAML:2.0:status:Success",
        "from": -60,
        "until": 300,
        "confirmed_until": 300,
        "subject": "subject-1",
        "format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "emails": ["hugo@rochat.example"],
        "context": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        **{name: value for name, value in NEXT.items() if name not in {"sign", "key", "spoil"}},
    }
    asked = f' InResponseTo="{told["in_response_to"]}"' if told["in_response_to"] else ""
    audience = (
        f"<saml:AudienceRestriction><saml:Audience>{told['audience']}</saml:Audience></saml:AudienceRestriction>"
        if told["audience"]
        else ""
    )
    recipient = f' Recipient="{told["recipient"]}"' if told["recipient"] else ""
    values = "".join(f"<saml:AttributeValue>{escape(each)}</saml:AttributeValue>" for each in told["emails"])
    attributes = (
        f"<saml:AttributeStatement><saml:Attribute Name='email'>{values}</saml:Attribute></saml:AttributeStatement>"
        if values
        else ""
    )
    assertion = etree.fromstring(f"""<saml:Assertion xmlns:saml="{SAML}" ID="{told["id"]}" Version="2.0" IssueInstant="{moment(0)}">
<saml:Issuer>{told["issuer"]}</saml:Issuer><saml:Subject><saml:NameID Format="{told["format"]}">{told["subject"]}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{moment(told["confirmed_until"])}"{recipient}{asked}/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{moment(told["from"])}" NotOnOrAfter="{moment(told["until"])}">{audience}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{moment(0)}"><saml:AuthnContext><saml:AuthnContextClassRef>{told["context"]}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>{attributes}</saml:Assertion>""")
    way = NEXT.get("sign", "assertion")
    if way in {"assertion", "sha1"}:
        sign(assertion, sha1=way == "sha1", key=NEXT.get("key", "own"))
    response = etree.fromstring(f"""<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_{uuid4().hex}" Version="2.0" IssueInstant="{moment(0)}" Destination="{told["destination"]}"{asked}>
<saml:Issuer>{told["issuer"]}</saml:Issuer><samlp:Status><samlp:StatusCode Value="{told["status"]}"/></samlp:Status></samlp:Response>""")
    response.append(assertion)
    if way == "response":
        sign(response)
    text = etree.tostring(response).decode()
    return SPOILS[NEXT["spoil"]](text) if "spoil" in NEXT else text


# --- What is done to a signed answer on its way -----------------------------------------------------


def _forged(text: str) -> tuple[Any, Any, Any]:
    """The answer, its signed assertion, and a copy without signature that names somebody else."""
    root = etree.fromstring(text)
    real = root.find(f"{{{SAML}}}Assertion")
    forged = etree.fromstring(etree.tostring(real))
    forged.remove(forged.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
    forged.set("ID", "_forged")
    for value in forged.iter(f"{{{SAML}}}AttributeValue"):
        value.text = "claire@rochat.example"
    return root, real, forged


def tampered(text: str) -> str:
    """Another address after the signature."""
    return text.replace("hugo@rochat.example", "claire@rochat.example")


def before(text: str) -> str:
    """A forged assertion before the signed one."""
    root, real, forged = _forged(text)
    real.addprevious(forged)
    return etree.tostring(root).decode()


def around(text: str) -> str:
    """A forged assertion around the signed one: in its own advice."""
    root, real, forged = _forged(text)
    root.replace(real, forged)
    advice = etree.SubElement(forged, f"{{{SAML}}}Advice")
    advice.append(real)
    return etree.tostring(root).decode()


def in_signature(text: str) -> str:
    """A forged assertion that bears the signature of the real one, which hides in an object of that signature."""
    root, real, forged = _forged(text)
    signature = real.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    real.remove(signature)
    forged.find(f"{{{SAML}}}Issuer").addnext(signature)
    hidden = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
    root.replace(real, forged)
    hidden.append(real)
    return etree.tostring(root).decode()


def same_id(text: str) -> str:
    """A forged assertion with the id of the real one, which hides in an extension."""
    root, real, forged = _forged(text)
    forged.set("ID", real.get("ID"))
    root.replace(real, forged)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(real)
    root.find(f"{{{SAML}}}Issuer").addnext(extensions)
    return etree.tostring(root).decode()


def comment(text: str) -> str:
    """A comment in the address, which the signature does not cover."""
    return text.replace("hugo@rochat.example", "hugo@rochat.example<!-- x -->.evil.example").replace(
        "subject-1", "sub<!-- x -->ject-1"
    )


def comment_only(text: str) -> str:
    """A comment that changes nothing but what careless readers read."""
    return text.replace("hugo@rochat.example", "hugo@rochat<!-- x -->.example")


def external(text: str) -> str:
    """A document type that asks for a file of the machine."""
    return '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + text.replace("subject-1", "&x;")


def bomb(text: str) -> str:
    """A document type that grows."""
    kinds = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    return f'<!DOCTYPE r [<!ENTITY a0 "x">{kinds}]>' + text.replace("subject-1", "&a9;")


SPOILS = {
    each.__name__: each
    for each in (tampered, before, around, in_signature, same_id, comment, comment_only, external, bomb)
}


class Provider(BaseHTTPRequestHandler):
    """One request."""

    def log_message(self, *args: Any) -> None:
        """Silence."""

    def _send(self, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        NEXT.clear()
        NEXT.update(told)
        self._send("{}", "application/json")

    def do_GET(self) -> None:
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        parts = urlsplit(self.path)
        if parts.path == "/metadata":
            self._send(metadata(address), "application/samlmetadata+xml")
            return
        packed = base64.b64decode(parse_qs(parts.query)["SAMLRequest"][0])
        request = etree.fromstring(zlib.decompress(packed, -15))
        posted = base64.b64encode(answer(address, request).encode()).decode()
        target = request.get("AssertionConsumerServiceURL")
        self._send(
            f'<form method="post" action="{target}"><input name="SAMLResponse" value="{posted}">'
            "<button>Continue</button></form>",
            "text/html",
        )


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
