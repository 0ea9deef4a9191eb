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
# Before the certificate ends, `manage.py check --deploy` warns.
WARNING_DAYS = 30


class NoKey(RuntimeError):
    """The signing key cannot be used: a mistake in the installation, never the reader's fault."""


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
    """The paper with the portal's signature (PAdES, no further change allowed).

    Raises NoKey, also outside the days for which the certificate holds: nobody would trust such a signature.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    signer = _current()
    _check_time(signer.signing_cert.not_valid_before, signer.signing_cert.not_valid_after)
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
    signer = _current()
    return signer.signing_cert.sha256.hex()


def days_left() -> int:
    """For how many whole days the signing key can still be used. Raises NoKey where it cannot be."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    file = settings.SIGNING_KEY_FILE
    passphrase = settings.SIGNING_KEY_PASSPHRASE.encode() or None
    try:
        key, certificate, _chain = pkcs12.load_key_and_certificates(Path(file).read_bytes(), passphrase)
    except OSError as error:
        raise NoKey(f"{file} cannot be read: see SIGNING_KEY_FILE.") from error
    except ValueError as error:
        raise NoKey(f"{file} is no PKCS#12 file, or the passphrase is another one.") from error
    if key is None or certificate is None:
        raise NoKey(f"{file} holds no key with its certificate.")
    _check_time(certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    return (certificate.not_valid_after_utc - datetime.now(UTC)).days


def _check_time(begin: datetime, end: datetime) -> None:
    if not begin <= datetime.now(UTC) <= end:
        days = f"from {begin:%Y-%m-%d} to {end:%Y-%m-%d}"
        raise NoKey(
            f"The certificate of SIGNING_KEY_FILE holds {days} only: nothing is signed with it today."
        )


def _current() -> Any:
    """What signs now; a file that was replaced is read anew."""
    path = Path(settings.SIGNING_KEY_FILE) if settings.SIGNING_KEY_FILE else _own_key()
    try:
        written = path.stat().st_mtime_ns
    except OSError as error:
        raise NoKey(f"There is no file {path}: see SIGNING_KEY_FILE.") from error
    return _signer(path, settings.SIGNING_KEY_PASSPHRASE, written)


@lru_cache(maxsize=2)
def _signer(path: Path, passphrase: str, written: int) -> Any:
    from pyhanko.sign.signers import SimpleSigner

    signer = SimpleSigner.load_pkcs12(str(path), passphrase=passphrase.encode() or None)
    if signer is None:
        raise NoKey(f"{path} is no PKCS#12 file with a key, or the passphrase is another one.")
    return signer


def _own_key() -> Path:
    """The self-signed key of a demo, made the first time."""
    path = Path(settings.DATA_DIR) / "signing-key.p12"
    if path.is_file():
        return path
    now = datetime.now(UTC)
    packed = self_signed(
        settings.BRAND["insurer"],
        f"{settings.BRAND['name']} (demo)",
        begin=now - timedelta(days=1),
        end=now + timedelta(days=365 * YEARS),
    )
    return _put(path, packed)


def self_signed(organisation: str, name: str, *, begin: datetime, end: datetime) -> bytes:
    """A new key with a certificate that proves nothing to others, as PKCS#12 without a passphrase."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
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
    return pkcs12.serialize_key_and_certificates(
        b"portal", key, certificate, None, serialization.NoEncryption()
    )


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
