"""What is foreign and what does not exist are one: for every kind of thing, wherever its id can stand.

In an address every door is tried by `test_doors`: status, headers and body. Here: that no kind of thing is missing
there, and the ids that stand in a body or behind a question mark. And what somebody has lost is foreign to him.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone

from claims_files.models import ClaimFile
from companies.models import InsuredPerson
from correspondence.models import Notification
from correspondence.tasks import send_news
from documents.models import Document
from finance.models import PremiumInvoice
from permissions import grants
from permissions.vocabulary import MODELS_OF_NOUN, VIEW_OF_MODEL
from tests.house.doors import INSIDERS, bare, outcome, path_of, scene
from tests.house.routes import body_of, meaning, patterns
from tests.house.test_doors import lines

pytestmark = pytest.mark.django_db

# What an id in an address stands for (`tests.house.routes`) → the model.
KINDS = {
    "access_request": "users.AccessRequest",
    "activation": "users.Activation",
    "bank": "users.BankDetails",
    "bill": "claims_files.Bill",
    "claim": "claims_files.ClaimFile",
    "company": "companies.Company",
    "connection": "users.SsoConnection",
    "contract": "companies.Contract",
    "correction": "users.CorrectionRequest",
    "deadline": "claims_files.Deadline",
    "declaration": "declarations.Declaration",
    "deputy": "permissions.Deputy",
    "document": "documents.Document",
    "domain": "users.SsoDomain",
    "folder": "documents.Folder",
    "guarantee": "claims_files.Guarantee",
    "own_part": "declarations.PrivatePart",
    "invitation": "users.Invitation",
    "invoice": "finance.PremiumInvoice",
    "line": "permissions.AuditLine",
    "management_request": "users.ManagementRequest",
    "person": "companies.InsuredPerson",
    "registration_link": "users.RegistrationLink",
    "review": "users.AccessReview",
    "reviewed_right": "users.ReviewedRight",
    "scim_token": "users.ScimToken",
    "site": "companies.Site",
    "statement": "claims_files.Statement",
    "viewing": "users.Viewing",
}
# Opened at the insurer alone, where both companies of the scene are the same person's.
INSURERS = {"activation", "correction", "registration_link"}
# Shown in a list alone: no address names one of them.
LISTED = {"claims_files.CoreArrival"}


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    """An empty store for papers."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"


def test_every_kind_of_thing_is_looked_for_at_the_doors():
    spoken = {label for labels in MODELS_OF_NOUN.values() for label in labels}
    assert set(KINDS.values()) | LISTED == spoken == set(VIEW_OF_MODEL)
    tried = {
        meaning(name, placeholder)
        for name, placeholders in patterns()
        for placeholder in placeholders
        for (line, _subject, _method), promised in lines().items()
        if line == name and any(promised[who] != "404" for who in INSIDERS)
    }
    assert set(KINDS) - INSURERS <= tried


# --- In a body, behind a question mark -------------------------------------------------------------------------

API = "/api/v1/"
# Who · how · where · with what, `ID` standing for the thing · of which kind.
NAMED: list[tuple[str, str, str, dict[str, Any], str]] = [
    *(
        ("claire", "POST", f"{API}grants/",
         {"user": "COLLEAGUE", "scope_kind": kind, "scope": "ID", "preset": "hr"}, thing)
        for kind, thing in (("company", "company"), ("site", "site"), ("contract", "contract"), ("claim_file", "claim"))
    ),
    ("claire", "POST", f"{API}grants/",
     {"user": "ID", "scope_kind": "company", "scope": "OWN", "preset": "hr"}, "user"),
    *(
        ("claire", "POST", f"{API}invitations/",
         {"scope_kind": kind, "scope": "ID", "preset": "hr", "email": "x@y.example", "first_name": "X", "last_name": "Y"},
         thing)
        for kind, thing in (("company", "company"), ("site", "site"), ("contract", "contract"), ("claim_file", "claim"))
    ),
    ("hugo", "POST", f"{API}access-requests/", {"company": "ID", "action": "invoice.view"}, "company"),
    ("hugo", "POST", f"{API}correction-requests/", {"company": "ID", "subject": "name", "wanted": "N"}, "company"),
    ("hugo", "POST", f"{API}declarations/", {"person": "ID", "kind": "illness"}, "person"),
    ("hugo", "POST", f"{API}insured-persons/",
     {"company": "ID", "site": "ID", "first_name": "X", "last_name": "Y"}, "company"),
    ("claire", "POST", f"{API}scim-tokens/", {"company": "ID", "name": "N", "days": 1}, "company"),
    ("nadia", "POST", f"{API}own-parts/", {"declaration": "ID"}, "declaration"),
    ("hugo", "PAGE", "/users/requests/", {"action": "invoice.view", "scope": "ID"}, "company"),
    ("hugo", "PAGE", "/companies/switch/", {"company": "ID"}, "company"),
    ("hugo", "PAGE", "/declarations/new/", {"person": "ID", "kind": "illness"}, "person"),
    ("claire", "PAGE", "/users/invite/",
     {"where": "company:ID", "email": "x@y.example", "first_name": "X", "last_name": "Y", "preset": "hr"}, "company"),
    ("claire", "PAGE", "/users/invite/",
     {"where": "claim_file:ID", "email": "x@y.example", "first_name": "X", "last_name": "Y", "preset": "hr"}, "claim"),
    ("claire", "GET", "/users/invite/", {"scope": "site:ID"}, "site"),
    ("claire", "GET", "/users/", {"company": "ID"}, "company"),
    ("claire", "GET", "/activity/", {"company": "ID"}, "company"),
    ("hugo", "GET", "/claims/", {"company": "ID"}, "company"),
    ("hugo", "GET", "/declarations/new/", {"person": "ID"}, "person"),
    ("hugo", "GET", "/employees/", {"site": "ID"}, "site"),
    ("felix", "GET", "/finance/premium-invoices/", {"contract": "ID"}, "contract"),
    *(
        ("claire", "GET", f"{API}{name}/", {key: "ID"}, thing)
        for name, key, thing in (
            ("users", "company", "company"),
            ("grants", "company", "company"),
            ("grants", "user", "user"),
            ("invitations", "company", "company"),
            ("access-requests", "company", "company"),
            ("access-requests", "user", "user"),
            ("audit-events", "company", "company"),
            ("audit-events", "target", "claim"),
        )
    ),
    *(
        ("hugo", "GET", f"{API}{name}/", {key: "ID"}, thing)
        for name, key, thing in (
            ("claim-files", "company", "company"),
            ("claim-files", "person", "person"),
            ("declarations", "company", "company"),
            ("documents", "claim_file", "claim"),
            ("documents", "folder", "folder"),
            ("insured-persons", "company", "company"),
            ("contracts", "company", "company"),
            ("sites", "company", "company"),
        )
    ),
]  # fmt: skip


def ask(browser: Any, method: str, path: str, data: dict[str, Any]) -> Any:
    """The answer; what it did is undone, and what the browser was told is forgotten."""
    cache.clear()
    kept = browser.cookies.copy()
    with transaction.atomic():
        if method == "GET":
            answer = browser.get(path, data)
        elif method == "PAGE":
            answer = browser.post(path, data)
        else:
            answer = browser.post(path, json.dumps(data), content_type="application/json")
        transaction.set_rollback(True)
    browser.cookies = kept
    return answer


def test_an_id_in_a_body_or_a_question_says_nothing(cast, sign_in):
    here = scene(cast)
    browsers = {who: sign_in(getattr(cast, who), on=Client()) for who in ("claire", "hugo", "felix", "nadia")}
    wrong, lost = [], set()
    for who, method, path, data, kind in NAMED:

        def filled(key: Any, data: dict[str, Any] = data) -> dict[str, Any]:
            put = {"COLLEAGUE": str(cast.sonia.pk), "OWN": str(cast.rochat.pk)}
            return {name: str(put.get(value, value)).replace("ID", str(key)) for name, value in data.items()}

        near, far, none = (
            ask(browsers[who], method, path, filled(key))
            for key in (here.near[kind], here.far[kind], uuid4())
        )
        if bare(far) != bare(none):
            wrong.append(
                f"{who} {method} {path} {data}: {far.status_code}, {none.status_code} or another text"
            )
        if bare(near) != bare(none):
            lost.add((path, kind))
    assert not wrong, "\n".join(wrong)
    # The counter-proof: with an own thing most of these answer something else.
    assert len(lost) > 25, lost


# --- What is lost ------------------------------------------------------------------------------------------------


def secrets_of(here: Any) -> set[str]:
    """What stands on pages about Rochat's things, and nowhere else."""
    near = here.near
    document = Document.unrestricted.get(pk=near["document"])
    return {
        ClaimFile.unrestricted.get(pk=near["claim"]).number,
        PremiumInvoice.unrestricted.get(pk=near["invoice"]).number,
        document.sha256,
        *(str(near[kind]) for kind in ("claim", "person", "document", "folder", "contract", "invoice")),
    }


def end_yesterday(cast: Any) -> None:
    """Hugo's only grant has ended; nobody clicked anything, his session goes on."""
    (row,) = grants.grants_of(cast.hugo)
    type(row).objects.filter(pk=row.pk).update(until=timezone.localdate() - timedelta(days=1))


def unlink(cast: Any) -> None:
    """Nadia's account is no longer that of the insured person."""
    InsuredPerson.unrestricted.filter(user=cast.nadia).update(user=None)


# Told without a thing that it is about, what one has written oneself, and that one stands in for somebody or he for
# oneself: they stay whatever is lost.
STAY = {
    "correction-request-detail",
    "correspondence:api-detail",
    "correspondence:follow",
    "deputy-detail",
    "users:end_deputy",
}
SEARCHES = ("claims_files:list", "claims_files:api-list", "documents:archive", "companies:persons")


def doors_lost(who: str, here: Any) -> list[tuple[str, str, str]]:
    """Name and path of every door behind which somebody finds more than Zoé, with what she finds; all lists, searches."""
    number = ClaimFile.unrestricted.get(pk=here.near["claim"]).number
    found = []
    for (name, subject, method), promised in lines().items():
        if method != "GET" or name in STAY:
            continue
        path = path_of(name, here.near, subject)
        if promised[who] != promised["zoe"] or name.endswith("-list") or name == "home":
            found.append((name, path, promised["zoe"]))
        if name in SEARCHES:
            found.append((name, f"{path}?q={number}", promised["zoe"]))
    return found


def test_who_has_lost_his_right_finds_every_door_as_a_stranger_does(cast, sign_in, mailoutbox):
    """Pages, lists, searches, files, API: all answer as they do to Zoé, who never had any right. No mail tells of it."""
    here, wrong = scene(cast), []
    secrets = secrets_of(here)
    for user, who, loss in ((cast.hugo, "hugo", end_yesterday), (cast.nadia, "nadia", unlink)):
        browser, paths = sign_in(user, on=Client()), doors_lost(who, here)
        # The counter-proof: where Zoé is let in as well, there was something to see before.
        common = [path for _name, path, word in paths if word == "200"]
        told = [path for path in common if _words(ask(browser, "GET", path, {}), path, secrets)]
        assert len(told) >= 4, told
        Notification.objects.filter(user=user).update(mailed=None, read=None)
        Notification.objects.filter(user=user, target=None).delete()
        assert Notification.objects.filter(user=user).exists()
        loss(cast)
        for name, path, word in paths:
            answer = ask(browser, "GET", path, {})
            if outcome(answer) != word:
                wrong.append(f"{who} {name}: {outcome(answer)}, not {word}")
            if found := _words(answer, path, secrets):
                wrong.append(f"{who} {name}: still tells {found}")
        send_news([str(user.pk)])
    assert not wrong, "\n".join(wrong)
    assert not mailoutbox


def _words(answer: Any, path: str, secrets: set[str]) -> set[str]:
    """The secrets in an answer, except for those that were asked with."""
    if answer.streaming:
        return set(secrets) if answer.status_code == 200 else set()
    text = body_of(answer).decode("utf-8", "replace")
    return {word for word in secrets if word in text and word not in path}
