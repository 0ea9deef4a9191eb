"""Hostile input, from outside: into every form, every field of the API, every filter.

Bad input is answered with a sentence (4xx), never with an error of ours; what somebody typed comes back as text,
never as markup; the key of something foreign in a body is answered like the key of nothing.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from contextlib import contextmanager
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from drf_spectacular.generators import SchemaGenerator
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from claims_files import services as claims
from claims_files.models import ClaimFile
from declarations import services as declarations
from declarations.models import Declaration
from documents.models import Document, Folder
from documents.services import open_folder, receive
from permissions.trail import AuditLine
from tests import papers
from tests.declarations.answers import answers, fill
from tests.factories_documents import upload_of
from tests.house import doors
from tests.house.routes import addresses, body_of
from users.models import AccessRequest, Invitation, InvitationLink, digest, new_token
from users.services import invite, request_access

pytestmark = pytest.mark.django_db

JSON = "application/json"
WORKERS = ("hugo", "nadia", "claire", "reto", "pauline", "sacha")
TEXTS = {
    "nul": "a\x00b",
    "long": "x" * 25_000,
    "digits": "9" * 5000,
    "signs": "'\"><%s%(x)s{0}{{7*7}}\\\r\nSet-Cookie: a=b\u202e\ufeff🦊",
    "date": "31.12.9999",
    "none": "",
}
VALUES: dict[str, Any] = {
    **TEXTS,
    "half": "\ud800",
    "null": None,
    "huge": 10**40,
    "small": -(10**40),
    "float": 1e308,
    "true": True,
    "list": [[], {}, None, "\x00"],
    "dict": {"a": {"b": []}, "\x00": 1},
}


@pytest.fixture(autouse=True)
def calm(settings, tmp_path):
    """A store of its own, and no attempts counted so far."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    settings.CLAMD_SOCKET = ""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def scene(cast) -> SimpleNamespace:
    return doors.scene(cast)


@pytest.fixture
def browsers(cast, sign_in) -> dict[str, Client]:
    """Everybody who works with the portal, signed in."""
    return {
        who: sign_in(getattr(cast, who), on=Client(raise_request_exception=False)) for who in doors.PEOPLE
    }


@contextmanager
def undone(browser: Client | None = None) -> Any:
    """What happens in here leaves no trace: not in the database, not in the browser's cookies."""
    kept = browser.cookies.copy() if browser else None
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    if browser:
        browser.cookies = kept


def lists(ids: dict[str, Any]) -> dict[str, list[Any]]:
    """The ids of a scene as `addresses` takes them."""
    return {kind: [value] for kind, value in ids.items()} | {"document": [ids["document"], ids["medical"]]}


# --- Forms --------------------------------------------------------------------------------------------


class Forms(HTMLParser):
    """The forms of a page: method, action, and for each field its kind and the values it offers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            fields: dict[str, tuple[str, list[str]]] = {}
            self.found.append(
                {"method": given.get("method", "get"), "action": given.get("action", ""), "fields": fields}
            )
        if not self.found:
            return
        fields, name = self.found[-1]["fields"], given.get("name", "")
        if tag == "option" and self.select:
            fields[self.select][1].append(given.get("value", ""))
        if tag == "select":
            self.select = name
        if name and tag in {"input", "textarea", "select", "button"}:
            kind = given.get("type", "text") if tag == "input" else tag
            fields.setdefault(name, (kind, []))[1].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


def filled(fields: dict[str, tuple[str, list[str]]], text: str, *, everywhere: bool) -> dict[str, Any]:
    """The fields with `text` in each; not `everywhere`: only where people type, the rest chosen as offered."""
    typed: dict[str, Any] = {}
    for name, (kind, offered) in fields.items():
        if kind == "file":
            continue
        chosen = next((value for value in reversed(offered) if value), "on")
        free = kind in {"text", "textarea", "email", "password", "search", "tel", "date", "number"}
        typed[name] = text if everywhere or free else chosen
    return typed


def test_no_form_ends_in_an_error_of_ours(scene, browsers):
    broken, sent = [], set()
    for who in (*WORKERS, "nobody"):
        browser = browsers.get(who) or Client(raise_request_exception=False)
        for name, path in addresses(lists(scene.near)):
            if name.startswith(("account_logout", "api_", "styleguide")) or "/api/" in path:
                continue
            with undone(browser):
                page = browser.get(path)
                body_of(page)
            if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
                continue
            for form in Forms(page.content.decode()).found:
                action = form["action"] or path
                key = (action, form["method"], frozenset(form["fields"]))
                if key in sent or not action.startswith("/"):
                    continue
                sent.add(key)
                for label, everywhere in [
                    *((label, False) for label in TEXTS),
                    ("nul", True),
                    ("signs", True),
                ]:
                    data = filled(form["fields"], TEXTS[label], everywhere=everywhere)
                    cache.clear()
                    with undone(browser):
                        answer = getattr(browser, form["method"].lower())(action, data)
                    if answer.status_code >= 500:
                        broken.append(f"{who} {form['method']} {action} {label} {sorted(data)}")
    assert not broken, "\n".join(broken)
    # Forms were found, those of the shell and those of the rooms.
    assert len(sent) > 30


# --- The API ------------------------------------------------------------------------------------------


def operations() -> list[tuple[str, str, list[str], list[str]]]:
    """Method, path, fields of the body and parameters of the query, of every operation in the schema."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            body: dict[str, Any] = next(iter(content.values()))["schema"] if content else {}
            if "$ref" in body:
                body = schema["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]
            query = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
            found.append((method, path, sorted(body.get("properties", {})), query))
    return found


def filled_in(path: str, ids: dict[str, Any]) -> str:
    """A path of the schema with ids for its placeholders."""
    resolver = get_resolver()
    plain = re.sub(r"\{id\}|\{pk\}|\{uuid\}", str(uuid.UUID(int=0)), path).replace("{part}", "event")
    if plain.endswith(f"audit-events/{uuid.UUID(int=0)}/"):
        return path.replace("{id}", str(ids["line"]))
    match = resolver.resolve(plain)
    return doors.path_of(match.view_name, ids) if match.kwargs else plain


# What an act needs to get as far as its service; each field is then spoilt in turn.
def good_bodies(cast: Any, ids: dict[str, Any]) -> dict[str, dict[str, Any]]:
    company = str(cast.rochat.pk)
    place = {"scope_kind": "company", "scope": company, "preset": "finance", "until": "2030-01-01"}
    person = {"first_name": "A", "last_name": "B", "language": "fr", "email": "a@b.example"}
    line = {"persons_group": "All", "payroll": "1000.00", "rate_percent": "1.0", "amount": "10.00"}
    return {
        "/access-requests/": {"company": company, "action": "claim.view"},
        "/declarations/": {"person": str(cast.marco.pk), "kind": "illness"},
        "/decline/": {"reason": "No.", "legal_remedy": "objection"},
        "/grants/": {**place, "user": str(ids["user"])},
        "/insured-persons/{id}/": {
            "street": "A", "house_number": "1", "postcode": "1", "town": "B", "occupation": "C",
            "annual_salary": "1000.00", "degree_percent": "80.00", "employment_end": "2030-01-01",
            "language": "fr", "site": str(ids["site"]),
        },
        "/invitations/": {**place, **person},
        "/me/": {"language": "de", "theme": "dark"},
        "/parts/{part}/": {"values": {"first_day": "3.11.2026"}, "version": 1},
        "/premium-invoices/": {
            "contract": str(ids["contract"]), "period_begin": "2021-01-01", "period_end": "2021-03-31",
            "issued": "2026-01-01", "due": "2026-02-01", "lines": [line],
        },
        "/request-paper/": {"kind": "id_copy", "addressee": "person", "due": "2030-01-01", "note": ""},
    }  # fmt: skip


def test_no_body_over_the_api_ends_in_an_error_of_ours(cast, scene, browsers):
    broken, reached = [], set()
    good = good_bodies(cast, scene.near)
    for method, path, fields, _query in operations():
        if method == "get":
            continue
        address = filled_in(path, scene.near)
        base = next((body for end, body in good.items() if path.endswith(end)), {})
        bodies = [[], "x", None, 5, {}, *(dict.fromkeys(fields, value) for value in VALUES.values())]
        bodies += [base | {name: value} for name in base for value in VALUES.values()]
        if path.endswith("/parts/{part}/"):
            bodies += [
                {"values": {name: value}} for name in ("first_day", "cause", "?") for value in VALUES.values()
            ]
        if path.endswith("/premium-invoices/"):
            line = base["lines"][0]
            bodies += [base | {"lines": [line | {name: value}]} for name in line for value in VALUES.values()]
        raw = [json.dumps(body) for body in bodies]
        raw += ["[" * 100_000, '{"a":' * 5000, "{", "NaN", '{"a": 1e999}', "\ufeff{}", '"\\ud800"']
        for who in WORKERS:
            with undone():
                first = browsers[who].generic(method.upper(), address, raw[4], content_type=JSON)
            if first.status_code in {403, 404, 405}:
                continue
            reached.add(path)
            for body in raw:
                with undone():
                    answer = browsers[who].generic(method.upper(), address, body, content_type=JSON)
                if answer.status_code >= 500:
                    broken.append(f"{who} {method} {address} {body[:120]!r}")
            break
    assert not broken, "\n".join(broken)
    assert len(reached) > 15
    assert {end for end in good if not any(path.endswith(end) for path in reached)} == set()


def test_no_filter_cursor_or_page_number_ends_in_an_error_of_ours(scene, browsers):
    broken = []
    hostile = [
        "a\x00b",
        "9" * 5000,
        "-1",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "ÿ" * 300,
    ]
    hostile += [
        "MjAyNi0xMS0yMVQyMzoxMTo1NS42NDYyNTIrMjM6NTl8eA",
        "1.1.0001",
        "31.12.9999",
        "../..",
        "{",
        "\\",
    ]
    for method, path, _fields, query in operations():
        if method != "get" or "{" in path or "schema" in path:
            continue
        who = next((who for who in WORKERS if browsers[who].get(path).status_code == 200), "hugo")
        trials = [{name: text} for name in query for text in hostile]
        trials += [
            dict.fromkeys(("after", "before", "page", "page_size", "format"), text) for text in hostile
        ]
        for query_string in trials:
            with undone():
                answer = browsers[who].get(path, query_string)
            if answer.status_code >= 500:
                broken.append(f"{who} {path} {query_string}")
    parameters = (
        "after",
        "before",
        "page",
        "sort",
        "next",
        "scope",
        "person",
        "kind",
        "policy",
        "show",
        "add",
    )
    for name, path in addresses({}):
        if "/api/" not in path and name not in {"styleguide", "account_logout"}:
            for text in hostile:
                with undone():
                    answer = browsers["claire"].get(path, dict.fromkeys(parameters, text))
                if answer.status_code >= 500:
                    broken.append(f"{path} {text[:60]!r}")
    assert not broken, "\n".join(broken)


def test_odd_headers_and_addresses_end_in_no_error_of_ours(scene, browsers):
    hugo, visitor = browsers["hugo"], Client(raise_request_exception=False)
    papers_ = reverse("documents:papers", args=[scene.near["folder"]])
    asked = [
        hugo.get(papers_, headers={"hx-request": "true", "hx-current-url": "http://["}),
        hugo.get(
            "/claims/", headers={"accept": ";;;,/,*/", "accept-language": "\xff;q=x", "range": "bytes=9-1"}
        ),
        hugo.get("/claims/", headers={"accept-language": "x" * 5000, "cookie": "a=" + "b" * 5000}),
        hugo.get("/claims/%00/"),
        hugo.get("/documents/%ed%a0%80/"),
        visitor.get("/users/invitation/%00/"),
        visitor.get("/users/invitation/" + "a" * 5000 + "/"),
        visitor.get("/account/password/reset/key/" + "z" * 200 + "-abc/"),
        visitor.get("/account/password/reset/key/0-" + "a" * 5000 + "/"),
        hugo.generic("POST", reverse("documents:api-list"), b"x", content_type="multipart/form-data"),
        hugo.generic("POST", reverse("documents:api-list"), b"x", content_type="text/xml"),
        hugo.generic(
            "POST", reverse("documents:api-list"), b"{}", content_type="application/json; charset=rot13"
        ),
        hugo.post("/companies/switch/", {f"f{number}": "" for number in range(1500)}),
    ]
    assert [answer.status_code for answer in asked if answer.status_code >= 500] == []


# --- Markup -------------------------------------------------------------------------------------------

TAG = "<q0 onq=1>"
QUOTES = "\"onq='1"
MARKUP = f"{TAG}{QUOTES}"


def everywhere_typed(cast: Any) -> None:
    """Markup in every text that somebody can type, of every room."""
    for user in (cast.nadia, cast.hugo, cast.pauline, cast.claire, cast.felix, cast.reto):
        user.first_name, user.last_name, user.function = f"A{MARKUP}", f"B{MARKUP}", MARKUP
        user.save()
    for person in (cast.persons.nadia, cast.marco):
        person.first_name, person.last_name, person.occupation = f"C{MARKUP}", f"D{MARKUP}", MARKUP
        person.street, person.town = MARKUP, MARKUP
        person.save()
    for company in (cast.rochat, cast.keller):
        company.name, company.street, company.town = f"E{MARKUP}", MARKUP, MARKUP
        company.save()
    for site, first in ((cast.morges, "F"), (cast.lausanne, "G")):
        site.name = f"{first}{MARKUP}"
        site.save()
    cast.ktg.persons_groups = [MARKUP]
    cast.ktg.save()
    free = {"activity": MARKUP, "course": f"{MARKUP}\n{MARKUP}", "place": MARKUP, "persons": MARKUP}
    treatment = {"doctor": MARKUP, "doctor_town": MARKUP}
    for person, by in ((cast.persons.nadia, cast.nadia), (cast.marco, cast.hugo)):
        draft = declarations.start(person, "accident", by=by)
        fill(
            draft,
            answers("accident", event=free, treatment=treatment, employment={"occupation": MARKUP}),
            by=by,
        )
        claim = declarations.submit(draft.pk, by=by)
        folder = Folder.unrestricted.get(claim_file=claim)
        for number, visibility in enumerate(("administrative", "medical")):
            upload = upload_of(papers.text_pdf("Paper", str(number)), "x.pdf")
            upload.name = f"{MARKUP}.pdf"
            receive(folder.pk, upload, visibility=visibility, title=MARKUP, by=by)
        # The intake takes such signs out of names; what an earlier one let through is shown all the same.
        Document.unrestricted.filter(folder=folder).update(name=f"{MARKUP}.pdf")
        claims.take_over(claim.pk, by=cast.pauline)
        claims.decline(claim.pk, reason=MARKUP, legal_remedy="objection", by=cast.pauline)
        wrong = declarations.start(person, "illness", by=by)
        fill(wrong, {"event": {"cause": MARKUP, "first_day": MARKUP}, "person": {"street": MARKUP}}, by=by)
    invite(cast.rochat, email="x@b.example", first_name=MARKUP, last_name=MARKUP, preset="hr", by=cast.claire)
    request_access(cast.felix, cast.rochat, "claim.view")


def markup_in(text: str) -> list[str]:
    """Places where what was typed stands as markup: its tag as a tag, or its quotes unescaped."""
    found = [text[max(0, place - 60) : place + 40] for place in _places(text, "<q0")]
    return found + [text[max(0, place - 60) : place + 40] for place in _places(text, "\"onq='")]


def _places(text: str, sign: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(sign), text)]


def test_what_somebody_typed_is_never_markup(cast, sign_in, mailoutbox):
    everywhere_typed(cast)
    ids: dict[str, list[Any]] = {
        "part": ["person", "event", "treatment"],
        "company": [cast.rochat.pk],
        "person": [cast.persons.nadia.pk, cast.marco.pk],
        "user": [cast.felix.pk],
    }
    for kind, model in doors_models().items():
        ids[kind] = list(model.unrestricted.values_list("pk", flat=True))
    leaks, texts = [], 0
    for who in ("hugo", "nadia", "claire", "reto", "pauline"):
        browser = sign_in(getattr(cast, who), on=Client())
        for name, path in addresses(ids):
            if name in {"account_logout", "api_schema", "declarations:pdf"} or "/api/" in path:
                continue
            answer = browser.get(path)
            if answer.streaming:
                body_of(answer)
                assert answer["Content-Disposition"].startswith("attachment")
                assert "sandbox" in answer["Content-Security-Policy"]
                continue
            if answer["Content-Type"].startswith("text/html"):
                page = answer.content.decode()
                leaks += [f"{who} {path}: {place}" for place in markup_in(page)]
                texts += page.count("&lt;q0 onq=1&gt;")
    assert not leaks, "\n".join(leaks)
    # The counter-proof: what was typed is there, as text.
    assert texts > 300
    for job in ProcrastinateJob.objects.filter(status="todo"):
        jobs.tasks[job.task_name].func(**job.args)
    bodies = [part.content for mail in mailoutbox for part in mail.alternatives]
    assert bodies
    assert not [place for body in bodies for place in markup_in(body)]
    assert not [mail.subject for mail in mailoutbox if "\n" in mail.subject or "q0" in mail.subject]


def doors_models() -> dict[str, Any]:
    """Models whose rows the walk opens."""
    from declarations.models import Declaration

    return {
        "access_request": AccessRequest,
        "claim": ClaimFile,
        "declaration": Declaration,
        "document": Document,
        "folder": Folder,
        "invitation": Invitation,
    }


# --- Keys of others -----------------------------------------------------------------------------------


def test_a_foreign_key_in_a_body_is_answered_like_none(cast, scene, browsers):
    near, far = scene.near, scene.far
    nothing = str(uuid.uuid4())
    period = {"period_begin": "2021-01-01", "period_end": "2021-03-31"}
    line = {"persons_group": "All", "payroll": "1000.00", "rate_percent": "1.0"}
    place = {"scope_kind": "company", "preset": "hr"}
    someone = {"email": "a@b.example", "first_name": "A", "last_name": "B"}

    def api(who: str, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        return browsers[who].generic(method, f"/api/v1/{path}", json.dumps(body), content_type=JSON)

    def page(who: str, path: str, body: dict[str, Any], method: str = "post") -> Any:
        return getattr(browsers[who], method)(path, body)

    def file(key: Any) -> Any:
        body = {"folder": key, "visibility": "medical", "file": upload_of(papers.small_png(), "a.png")}
        return browsers["hugo"].post("/api/v1/documents/", body)

    medical, elena, keller = far["medical"], str(cast.persons.elena.pk), str(cast.keller.pk)
    trials: dict[str, tuple[Any, Any]] = {
        "report about": (lambda key: api("hugo", "declarations/", {"person": key, "kind": "illness"}), elena),
        "begin": (lambda key: page("hugo", f"/declarations/new/?person={key}", {"kind": "illness"}), elena),
        "begin, look": (lambda key: page("hugo", "/declarations/new/", {"person": key}, "get"), elena),
        "send into": (file, far["folder"]),
        "send into a private folder": (file, private_folder(near)),
        "classify": (
            lambda key: api("hugo", f"documents/{key}/classify/", {"visibility": "medical"}),
            near["medical"],
        ),
        "ask for access": (
            lambda key: api("hugo", "access-requests/", {"company": key, "action": "invoice.view"}),
            keller,
        ),
        "ask on the page": (
            lambda key: page("hugo", "/users/requests/", {"scope": key, "action": "invoice.view"}),
            keller,
        ),
        "grant on": (
            lambda key: api("claire", "grants/", {**place, "user": str(near["user"]), "scope": key}),
            keller,
        ),
        "grant to": (
            lambda key: api("claire", "grants/", {**place, "user": key, "scope": str(cast.rochat.pk)}),
            str(cast.bruno.pk),
        ),
        "grant on a claim of others": (
            lambda key: api(
                "claire",
                "grants/",
                {"preset": "hr", "user": str(near["user"]), "scope_kind": "claim_file", "scope": key},
            ),
            str(far["claim"]),
        ),
        "invite to": (lambda key: api("claire", "invitations/", {**place, **someone, "scope": key}), keller),
        "invite on the page": (
            lambda key: page(
                "claire", "/users/invite/", {**someone, "where": f"company:{key}", "preset": "hr"}
            ),
            keller,
        ),
        "deactivate": (lambda key: api("claire", f"users/{key}/deactivate/", {}), str(cast.bruno.pk)),
        "move to a site": (
            lambda key: api("hugo", f"insured-persons/{cast.marco.pk}/", {"site": key}, "PATCH"),
            str(cast.winterthur.pk),
        ),
        "move on the page": (
            lambda key: page("hugo", f"/employees/{cast.marco.pk}/edit/", {"site": key}),
            str(cast.winterthur.pk),
        ),
        "invoice a contract": (
            lambda key: api("felix", "premium-invoices/", {**period, "contract": key, "lines": [line]}),
            str(cast.keller_ktg.pk),
        ),
        "settle": (
            lambda key: api(
                "pauline",
                f"claim-files/{near['claim']}/settle-paper/",
                {"paper": key, "received": True},
            ),
            str(far["paper"]),
        ),
        "choose": (lambda key: page("hugo", "/companies/switch/", {"company": key}), keller),
        "filter claims": (lambda key: page("hugo", "/api/v1/claim-files/", {"person": key}, "get"), elena),
        "filter papers": (
            lambda key: page("hugo", "/api/v1/documents/", {"folder": key}, "get"),
            far["folder"],
        ),
        "filter reports": (lambda key: page("hugo", "/api/v1/declarations/", {"person": key}, "get"), elena),
        "filter invoices": (
            lambda key: page("felix", "/api/v1/premium-invoices/", {"contract": key}, "get"),
            str(cast.keller_ktg.pk),
        ),
        "filter people": (lambda key: page("claire", "/api/v1/users/", {"company": key}, "get"), keller),
        "filter grants": (
            lambda key: page("claire", "/api/v1/grants/", {"user": key}, "get"),
            str(cast.bruno.pk),
        ),
        "filter the log": (
            lambda key: page("sacha", "/api/v1/audit-events/", {"target": key}, "get"),
            medical,
        ),
    }
    told_apart = []
    for label, (attempt, foreign) in trials.items():
        outcomes = []
        for key in (str(foreign), nothing):
            with undone():
                answer = attempt(key)
                outcomes.append((doors.bare(answer), AuditLine.unrestricted.count()))
        if outcomes[0] != outcomes[1]:
            told_apart.append(f"{label}: {outcomes[0]} / {outcomes[1]}")
        (status, _target, _body), _lines = outcomes[0]
        assert status in {200, 302, 400, 403, 404, 422}, (label, status)
    assert not told_apart, "\n".join(told_apart)


def private_folder(ids: dict[str, Any]) -> Any:
    return Declaration.unrestricted.get(pk=ids["private"]).folder_id


# --- Ways in and out ----------------------------------------------------------------------------------

EVIL = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "///evil.example", "https:evil.example",
    "\t//evil.example", "javascript:alert(1)", "http://testserver@evil.example/", "/\t/evil.example",
    "https://testserver.evil.example/", "\x00//evil.example", "http:///evil.example",
)  # fmt: skip


def test_no_address_of_others_is_ever_a_target(cast, scene, browsers, sign_in):
    folder, document = scene.near["folder"], scene.near["document"]
    led = []
    for evil in EVIL:
        upload = {
            "files": [upload_of(papers.small_png(), "a.png")],
            "visibility": "certificate",
            "kind": "other",
        }
        with undone():
            given = [
                browsers["hugo"].post("/i18n/setlang/", {"language": "de", "next": evil}),
                browsers["hugo"].post("/companies/switch/", {"company": "", "next": evil}),
                browsers["hugo"].post("/users/requests/", {"action": "invoice.view", "next": evil}),
                browsers["hugo"].post(reverse("documents:upload", args=[folder]), upload | {"next": evil}),
                browsers["nadia"].post(
                    reverse("documents:classify", args=[document]), {"visibility": "medical", "next": evil}
                ),
                browsers["hugo"].get(reverse("account_login"), {"next": evil}),
                browsers["hugo"].post(reverse("account_logout"), {"next": evil}),
            ]
        browsers["hugo"] = sign_in(cast.hugo, on=Client())
        cache.clear()
        visitor = Client()
        password = {"login": cast.felix.email, "password": "secret-Word-1"}
        with undone():
            given.append(visitor.post(f"{reverse('account_login')}?next=x", {**password, "next": evil}))
        led += [
            (evil, answer["Location"])
            for answer in given
            if answer.status_code in {301, 302, 303, 307, 308}
            and "evil" in answer["Location"].split("next=")[0]
        ]
        pages = [answer.content.decode() for answer in given if answer.status_code == 200]
        led += [(evil, "page") for page in pages if re.search(r'(?:href|action)="[^"?]*evil', page)]
    assert led == []


FROM_ELSEWHERE = [
    ("POST", "application/x-www-form-urlencoded", b"x=1"),
    ("POST", "text/plain", b"x=1"),
    ("POST", JSON, b"{}"),
    ("PATCH", JSON, b"{}"),
    ("DELETE", JSON, b"{}"),
]


def test_no_act_is_done_without_the_token_of_our_own_page(scene, browsers):
    """Every address, by every method that changes something, as somebody signed in, from elsewhere."""
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = browsers["hugo"].cookies
    before = AuditLine.unrestricted.count()
    done = []
    for name, path in addresses(lists(scene.near)):
        for method, kind, body in FROM_ELSEWHERE:
            answer = strict.generic(
                method, path, body, content_type=kind, headers={"origin": "https://evil.example"}
            )
            if answer.status_code not in {403, 405, 415}:
                done.append(f"{method} {name} {kind} {answer.status_code}")
    assert not done, "\n".join(done)
    assert AuditLine.unrestricted.count() == before


def test_a_method_is_what_it_is(scene, browsers):
    """No header and no field turns a reading into a writing."""
    hugo, path = browsers["hugo"], f"/api/v1/declarations/{scene.near['declaration']}/"
    for headers in (
        {"x-http-method-override": "DELETE"},
        {"x-method-override": "DELETE"},
        {"x-http-method": "DELETE"},
    ):
        assert hugo.get(path, headers=headers).status_code == 200
        assert hugo.post(path, {"_method": "DELETE"}, headers=headers).status_code == 405
    assert hugo.get(path).status_code == 200


def test_every_answer_carries_what_protects_it(scene, browsers):
    """Policy, type, frame and cache on pages, files, refusals and errors alike."""
    lacking = []
    answers_: list[tuple[str, Any]] = []
    for who in ("hugo", "nadia", "sacha"):
        answers_ += [
            (f"{who} {path}", browsers[who].get(path)) for _name, path in addresses(lists(scene.near))
        ]
        answers_ += [
            (f"{who} {path}", browsers[who].get(path))
            for path in ("/nowhere/", "/api/v1/nowhere/", "/claims/x/", f"/claims/{uuid.uuid4()}/")
        ]
        answers_ += [
            (f"{who} post {path}", browsers[who].post(path, {"x": "\x00"}))
            for path in ("/users/invite/", "/api/v1/declarations/", "/users/requests/", "/companies/")
        ]
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = browsers[who].cookies
        answers_.append((f"{who} csrf", strict.post("/users/requests/", {})))
    for label, answer in answers_:
        headers = answer.headers
        policy = headers.get("Content-Security-Policy", "")
        wanted = {
            "policy": "default-src 'none'" in policy and "unsafe" not in policy,
            "frames": headers.get("X-Frame-Options") == "DENY",
            "type": headers.get("X-Content-Type-Options") == "nosniff",
            "referrer": headers.get("Referrer-Policy") == "same-origin",
            "cache": "no-store" in headers.get("Cache-Control", ""),
            "server": "Server" not in headers and "X-Powered-By" not in headers,
        }
        lacking += [f"{label} ({answer.status_code}): {name}" for name, there in wanted.items() if not there]
        body_of(answer)
    assert not lacking, "\n".join(lacking)


def line_of(record: logging.LogRecord) -> str:
    """A log line as the portal writes it."""
    written = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    return written[0].format(record)


def test_an_error_of_the_database_leaves_no_row_in_the_log(cast, caplog):
    try:
        with transaction.atomic():
            Declaration.unrestricted.create(
                number="D-1", kind="none", privacy="employer", side="employer", company=cast.rochat,
                site=cast.morges, person=cast.marco, language="fr", created_by=cast.hugo,
                folder=open_folder(company=cast.rochat, person=cast.marco),
                parts={"event": {"course": "Lumbago\n\nand pain"}},
            )  # fmt: skip
    except IntegrityError:
        logging.getLogger("portal").exception("It did not work.")
    line = line_of(caplog.records[-1])
    assert "Failing row" in logging.Formatter().format(caplog.records[-1])
    assert "Lumbago" not in line
    assert "and pain" not in line
    assert "declaration_kind_known" in line


def test_links_that_open_something_stand_in_no_log(cast, caplog):
    caplog.set_level(logging.INFO)
    invitation = invite(
        cast.rochat, email="new@rochat.example", first_name="A", last_name="B", preset="hr", by=cast.claire
    )
    token = new_token()
    InvitationLink.objects.create(invitation=invitation, digest=digest(token), expires=invitation.expires)
    path = reverse("users:accept", args=[token])
    visitor = Client(raise_request_exception=False)
    assert visitor.post(path, {"password": "password"}).status_code == 422
    assert visitor.put(path).status_code in {200, 405}
    for _attempt in range(25):
        last = visitor.post(path, {"password": "password"})
    assert last.status_code == 429
    lines = [line_of(record) for record in caplog.records]
    assert any("/users/invitation/…/" in line for line in lines)
    assert not [line for line in lines if token in line]


def test_somebody_else_at_the_same_browser_inherits_nothing(cast, sign_in):
    """A session is worth nothing after signing out, and a new one has another key."""
    browser = sign_in(cast.hugo, on=Client())
    old = browser.cookies["sessionid"].value
    browser.post("/companies/switch/", {"company": str(cast.rochat.pk)})
    browser.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get("/claims/").status_code == 302
    sign_in(cast.nadia, on=browser)
    assert browser.cookies["sessionid"].value != old
    assert "company" not in browser.session
