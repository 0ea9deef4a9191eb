"""Every address of the portal with ids to fill in, read from the URL configuration: nobody keeps a second list.

An address whose placeholders are not known here fails the tests that walk: say which ids it takes.
"""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import pypdf
from django.http import HttpResponseBase
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern

# What a placeholder stands for, by its name …
BY_NAME = {
    "bill_id": "bill",
    "guarantee_id": "guarantee",
    "line_id": "statement_line",
    "statement_id": "statement",
    "code": "none",
    "word": "none",
    "check_id": "check",
    "certificate_id": "certificate",
    "claim_id": "claim",
    "company_id": "company",
    "contract_id": "contract",
    "connection_id": "connection",
    "deadline_id": "deadline",
    "document_id": "document",
    "domain_id": "domain",
    "factor": "factor",
    "folder_id": "folder",
    "merge_id": "merge",
    "notification_id": "notification",
    "number": "page",
    "paper_id": "paper",
    "part": "part",
    "passkey_id": "passkey",
    "person_id": "person",
    "preset": "preset",
    "question": "question",
    "rest": "none",
    "source": "none",
    "external_id": "none",
    "scim_token_id": "scim_token",
    "table": "table",
    "template_id": "template",
    "token": "token",
    "upload_id": "upload",
    "uuid": "grant",
    "uidb36": "none",
    "key": "none",
    "kind": "kind",
    "object_id": "claim",
    "user_id": "user",
    "view_id": "worklist_view",
}
# … and what `pk` stands for, by the beginning of the address' name.
PK = {
    "access-request-": "access_request",
    "access-review-": "review",
    "api-token-": "api_token",
    "activation-letter-": "activation",
    "audit-check-": "check",
    "audit-event-": "line",
    "bank-details-": "bank",
    "bulk-invitation": "bulk",
    "claims_files:api-bill": "bill",
    "claims_files:api-guarantee": "guarantee",
    "claims_files:api-term-import": "term_import",
    "claims_files:term_import": "term_import",
    "claims_files:api-statement": "statement",
    "claims_files:api-deadline": "deadline",
    "claims_files:api-view": "worklist_view",
    "claims_files:": "claim",
    "companies:api-company": "company",
    "companies:api-contract": "contract",
    "companies:api-import": "person_import",
    "companies:api-person": "person",
    "companies:import_": "person_import",
    "companies:api-site": "site",
    "correction-request-": "correction",
    "correspondence:": "notification",
    "deputy-": "deputy",
    "declarations:api-import": "case_import",
    "declarations:import_": "case_import",
    "declarations:api-own-part": "own_part",
    "declarations:own_part": "own_part",
    "declarations:release": "own_part",
    "declarations:send_own_part": "own_part",
    "declarations:withdraw_release": "own_part",
    "declarations:": "declaration",
    "documents:": "document",
    "finance:": "invoice",
    "grant-": "grant",
    "invitation-": "invitation",
    "management-request-": "management_request",
    "registration-link-": "registration_link",
    "reviewed-right-": "reviewed_right",
    "scim:api-token": "scim_token",
    "sso:api-connection": "connection",
    "sso:api-domain": "domain",
    "terms_version": "terms",
    "user-": "user",
    "users:answer_correction": "correction",
    "users:answer_management": "management_request",
    "users:confirm_deputy": "deputy",
    "users:answer_request": "access_request",
    "users:bulk_": "bulk",
    "users:deactivate": "user",
    "users:decide_bank_details": "bank",
    "users:end_deputy": "deputy",
    "users:give_access": "user",
    "users:order_puk_for": "user",
    "users:review": "review",
    "users:person": "user",
    "users:revoke_token": "api_token",
    "users:delete_account": "user",
    "users:sees": "user",
    "users:view_as": "user",
    "users:release_letter": "letter",
    "users:resend_invitation": "invitation",
    "users:withdraw_invitation": "invitation",
    "users:withdraw_request": "access_request",
    "viewing-": "viewing",
    "waiting-letter-": "letter",
}


@cache
def patterns() -> list[tuple[str, list[str]]]:
    """Name and placeholders of every address, once each (format suffixes left out)."""
    found: dict[str, list[str]] = {}
    for name, pattern in walk(get_resolver().url_patterns):
        placeholders = list(pattern.pattern.regex.groupindex)
        if "format" not in placeholders:
            found[name] = placeholders
    return sorted(found.items())


def walk(entries: Any, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Name and pattern of every address in these entries."""
    for entry in entries:
        if isinstance(entry, URLPattern):
            yield space + (entry.name or ""), entry
        else:
            yield from walk(entry.url_patterns, space + (f"{entry.namespace}:" if entry.namespace else ""))


def meaning(name: str, placeholder: str) -> str:
    """What a placeholder of the address `name` stands for. Raises AssertionError if nobody said it."""
    if placeholder != "pk":
        assert placeholder in BY_NAME, f"What is <{placeholder}> of {name}? Say it in {__name__}."
        return BY_NAME[placeholder]
    kind = next((kind for start, kind in PK.items() if name.startswith(start)), None)
    assert kind, f"What is <pk> of {name}? Say it in {__name__}."
    return kind


def addresses(ids: Mapping[str, list[Any]]) -> list[tuple[str, str]]:
    """Name and path of every address, with every combination of the known ids filled in."""
    found = []
    for name, placeholders in patterns():
        choices = [ids.get(meaning(name, placeholder), []) for placeholder in placeholders]
        found += [
            (name, reverse(name, kwargs=dict(zip(placeholders, values, strict=True))))
            for values in itertools.product(*choices)
        ]
    return found


def body_of(answer: HttpResponseBase) -> bytes:
    """The whole body of an answer, a streamed one too; its files are closed, the connection stays open."""
    if not answer.streaming:
        return answer.content
    body = b"".join(answer.streaming_content)
    # `close()` would say that the request has ended, and with it end the test's connection.
    for close in answer._resource_closers:
        close()
    return body


def told(answer: Any) -> str:
    """Everything an answer says: headers, body, the text of a PDF, the files of an archive or a spreadsheet."""
    body = body_of(answer)
    text = body.decode("utf-8", "replace")
    if body.startswith(b"%PDF-"):
        text += _text_of_pdf(body)
    elif body.startswith(b"PK\x03\x04"):
        text += _text_of_archive(body)
    return f"{answer.headers}\n{text}"


@lru_cache(maxsize=64)
def _text_of_archive(body: bytes) -> str:
    """What stands in its files; a table of a spreadsheet is one, too."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@lru_cache(maxsize=64)
def _text_of_pdf(body: bytes) -> str:
    """What stands on its pages, once more without blanks; many are given the same paper."""
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)
    # The text of a page may be broken anywhere; our words have no spaces.
    return text + re.sub(r"\s", "", text)
