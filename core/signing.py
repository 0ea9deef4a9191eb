"""Signatures in papers: a PDF is signed by the portal so that nobody changes it afterwards without its being seen.

The key comes from outside (`SIGNING_KEY_FILE`, PKCS#12). Where none is named, outside production, a self-signed one is
made in the data folder: it shows how it works and proves nothing to others.
"""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

# The library of signatures is imported where it is used: it is large, and every process of the portal starts here.

FIELD = "Signature"
YEARS = 10


class NoKey(RuntimeError):
    """The signing key cannot be read: a mistake in the installation, never the reader's fault."""


@dataclass(frozen=True)
class Seal:
    """What a signature in a PDF says: whether the file is as it was signed, whose key it was, and when."""

    intact: bool
    whole: bool
    signer: str
    certificate_sha256: str
    signed: datetime | None

    @property
    def holds(self) -> bool:
        """Whether nothing was changed or added since."""
        return self.intact and self.whole


def sign(pdf: bytes, *, reason: str) -> bytes:
    """The paper with the portal's signature (PAdES, no further change allowed). Raises NoKey."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    signer = _signer(settings.SIGNING_KEY_FILE, settings.SIGNING_KEY_PASSPHRASE)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason,
        location=settings.BRAND["town"],
        name=signer.signing_cert.subject.native.get("common_name"),
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    signed = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=signer)
    return signed.getvalue()


def seal_of(pdf: bytes) -> Seal | None:
    """What the signature in a PDF says; None if it has none or cannot be read.

    Whether the certificate is to be trusted is for the reader to say: compare its fingerprint with the insurer's.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    try:
        found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not found:
            return None
        # Its own certificate stands as the root: here it is asked whether the file is unchanged, not whom to trust.
        own = ValidationContext(trust_roots=[found[-1].signer_cert], allow_fetching=False)
        status = validate_pdf_signature(found[-1], own)
    except (PdfError, SigningError, ValueError):
        return None
    certificate = status.signing_cert
    return Seal(
        intact=status.intact and status.valid,
        whole=status.coverage.name == "ENTIRE_FILE",
        signer=certificate.subject.native.get("common_name", ""),
        certificate_sha256=certificate.sha256.hex(),
        signed=status.signer_reported_dt,
    )


def certificate_fingerprint() -> str:
    """The SHA-256 of the certificate that papers are signed with now: what readers compare."""
    signer = _signer(settings.SIGNING_KEY_FILE, settings.SIGNING_KEY_PASSPHRASE)
    return signer.signing_cert.sha256.hex()


@lru_cache(maxsize=2)
def _signer(file: str, passphrase: str) -> Any:
    from pyhanko.sign.signers import SimpleSigner

    path = Path(file) if file else _own_key()
    if not path.is_file():
        raise NoKey(f"There is no file {path}: see SIGNING_KEY_FILE.")
    signer = SimpleSigner.load_pkcs12(str(path), passphrase=passphrase.encode() or None)
    if signer is None:
        raise NoKey(f"{path} is no PKCS#12 file with a key, or the passphrase is another one.")
    return signer


def _own_key() -> Path:
    """The self-signed key of a demo, made the first time."""
    path = Path(settings.DATA_DIR) / "signing-key.p12"
    if path.is_file():
        return path
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.BRAND["insurer"]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{settings.BRAND['name']} (demo)"),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    packed = pkcs12.serialize_key_and_certificates(
        b"portal", key, certificate, None, serialization.NoEncryption()
    )
    return _put(path, packed)


def _put(path: Path, content: bytes) -> Path:
    """Write it whole, readable by the portal alone; of two processes at once the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    try:
        os.link(name, path)
    except FileExistsError:
        return path
    finally:
        os.unlink(name)
    return path
