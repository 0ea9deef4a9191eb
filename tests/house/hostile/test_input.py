"""Hostile texts in forms, bodies, filters and headers: refused, or shown as text."""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from drf_spectacular.generators import SchemaGenerator
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from claims_files import services as claims
from claims_files.guarantees import services as guarantees
from claims_files.models import Bill, ClaimFile, Guarantee
from declarations import services as declarations
from declarations.models import Declaration, PrivatePart
from declarations.private import services as own_parts
from documents.models import Document, Folder
from documents.services import receive
from tests import papers
from tests.declarations.answers import answers, fill
from tests.factories_bills import send_bill
from tests.factories_documents import upload_of
from tests.factories_guarantees import ask_for
from tests.house import doors
from tests.house.hostile.spoilt import FORM, JSON, TEXTS, VALUES, WORKERS, lists, may_end, some, undone
from tests.house.routes import addresses, body_of
from tests.house.shares import WHOLE
from users.models import AccessRequest, Invitation
from users.services import invite, request_access

# --- Forms --------------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.long]


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


def test_no_form_ends_in_an_error_of_ours(scene, browsers, refusals):
    broken, sent, visitors, drawn = [], set(), {}, Counter()
    for who in (*WORKERS, "nobody"):
        browser = browsers.get(who) or Client(raise_request_exception=False)
        for name, path in addresses(lists(scene.near)):
            if name.startswith(("account_logout", "api_", "styleguide")) or "/api/" in path:
                continue
            # Where the table of doors promises no page, there is no form.
            if not may_end(who, name, "200"):
                continue
            # In an ordinary run a page is drawn a few times, for whoever comes first.
            if drawn[name] >= 3 and not WHOLE:
                continue
            with undone(browser), doors.known_visitors(visitors):
                page = browser.get(path)
                body_of(page)
            if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
                continue
            drawn[name] += 1
            for form in Forms(page.content.decode()).found:
                action = form["action"] or path
                key = (action, form["method"], frozenset(form["fields"]))
                if key in sent or not action.startswith("/"):
                    continue
                sent.add(key)
                trials = [*((label, False) for label in TEXTS), ("nul", True), ("signs", True)]
                for label, everywhere in some(trials, str(sorted(form["fields"]))):
                    data = filled(form["fields"], TEXTS[label], everywhere=everywhere)
                    cache.clear()
                    with undone(browser):
                        answer = getattr(browser, form["method"].lower())(action, data)
                    if answer.status_code >= 500:
                        broken.append(f"{who} {form['method']} {action} {label} {sorted(data)}")
    assert not broken, "\n".join(broken)
    # Forms were found, those of the shell and those of the rooms.
    assert len(sent) > 80, len(sent)


# --- The API ------------------------------------------------------------------------------------------


@functools.cache
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
    plain = re.sub(r"\{(?:id|pk|uuid|\w+_id)\}", str(uuid.UUID(int=0)), path).replace("{part}", "event")
    if plain.endswith(f"audit-events/{uuid.UUID(int=0)}/"):
        return path.replace("{id}", str(ids["line"]))
    match = resolver.resolve(plain)
    return doors.path_of(match.view_name, ids) if match.kwargs else plain


UNREADABLE = ("[" * 100_000, '{"a":' * 5000, "{", "NaN", '{"a": 1e999}', "\ufeff{}", '"\\ud800"')


# What an act needs to get as far as its service; each field is then spoilt in turn.
def good_bodies(cast: Any, ids: dict[str, Any]) -> dict[str, dict[str, Any]]:
    company = str(cast.rochat.pk)
    place = {"scope_kind": "company", "scope": company, "preset": "finance", "until": "2030-01-01"}
    person = {"first_name": "A", "last_name": "B", "language": "fr", "email": "a@b.example"}
    line = {"persons_group": "All", "payroll": "1000.00", "rate_percent": "1.0", "amount": "10.00"}
    return {
        "/access-requests/": {"company": company, "action": "claim.view"},
        "/declarations/": {"person": str(cast.marco.pk), "kind": "illness"},
        "/add-insurance/": {"contract": str(ids["contract"])},
        "/decline/": {"reason": "No.", "legal_remedy": "objection"},
        "/duplicate/": {"original": "S-2000-00001"},
        "/hand-over/": {"insurer": "Suva"},
        "/leave-unclear/": {"reason": "Clarifying.", "advances": False, "expected": "2026-12-01", "known": 0},
        "/relapse/": {"event_date": "2026-11-20"},
        "/revise/": {"number": 1, "outcome": "accepted", "reason": "x"},
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
        bodies = [[], "x", None, 5, {}]
        bodies += [dict.fromkeys(fields, value) for value in some(VALUES.values(), method + path)]
        bodies += [base | {name: value} for name in base for value in some(VALUES.values(), path + name)]
        if path.endswith("/parts/{part}/"):
            bodies += [
                {"values": {name: value}}
                for name in ("first_day", "cause", "?")
                for value in some(VALUES.values(), name)
            ]
        if path.endswith("/premium-invoices/"):
            line = base["lines"][0]
            bodies += [
                base | {"lines": [line | {name: value}]}
                for name in line
                for value in some(VALUES.values(), name)
            ]
        raw = [json.dumps(body) for body in bodies]
        # What is no JSON is the same parser's at every address.
        raw += some(UNREADABLE, path + method)
        for who in WORKERS:
            with undone():
                first = browsers[who].generic(method.upper(), address, raw[4], content_type=JSON)
            if first.status_code in {403, 404, 405}:
                continue
            reached.add(path)
            # Where there are no fields, many are the same.
            for body in dict.fromkeys(raw):
                with undone():
                    answer = browsers[who].generic(method.upper(), address, body, content_type=JSON)
                if answer.status_code >= 500:
                    broken.append(f"{who} {method} {address} {body[:120]!r}")
            break
    assert not broken, "\n".join(broken)
    assert len(reached) > 15
    assert {end for end in good if not any(path.endswith(end) for path in reached)} == set()


def test_no_filter_cursor_or_page_number_ends_in_an_error_of_ours(scene, browsers):
    broken, visitors = [], {}
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
        trials = [
            {name: text} for name in [*query, "format", "unknown"] for text in some(hostile, path + name)
        ]
        trials += [{text: "x"} for text in some(hostile, path)]
        for query_string in trials:
            with undone(), doors.known_visitors(visitors):
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
            for text in some(hostile, path):
                with undone(), doors.known_visitors(visitors):
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
        hugo.generic("POST", "/companies/switch/", b"company=x", content_type=f"{FORM}; charset=rot13"),
        visitor.generic("POST", "/account/login/", b"login=x", content_type=f"{FORM}; charset=base64"),
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
        if by == cast.nadia:
            part = own_parts.begin(draft.pk, by=by)
            own_parts.save(part.pk, {"complaints": MARKUP, "treated_by": MARKUP}, by=by)
            send_bill(by, provider=MARKUP, claim=claim)
            asked = ask_for(by, claim, provider=MARKUP, details=MARKUP)
            said = {"conditions": MARKUP, "reason": MARKUP}
            guarantees.answer(asked.pk, outcome="partly", by=cast.pauline, **said)
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


def test_what_somebody_typed_is_never_markup(cast, sign_in, mailoutbox, refusals):
    everywhere_typed(cast)
    ids: dict[str, list[Any]] = {
        "part": ["person", "event", "treatment"],
        "question": ["cause", "doctor"],
        "company": [cast.rochat.pk],
        "person": [cast.persons.nadia.pk, cast.marco.pk],
        "user": [cast.felix.pk],
    }
    for kind, model in doors_models().items():
        ids[kind] = list(model.unrestricted.values_list("pk", flat=True))
    leaks, texts, visitors, read, drawn = [], 0, {}, set(), Counter()
    for who in ("pauline", "nadia", "hugo", "claire", "reto"):
        browser = sign_in(getattr(cast, who), on=Client())
        for name, path in addresses(ids):
            if name in {"account_logout", "api_schema", "declarations:pdf"} or "/api/" in path:
                continue
            # What is not found says nothing of anybody. Of reports the table tries drafts alone; here they are sent.
            if not (name.startswith("declarations:") or may_end(who, name, "200", "302", "403", "409")):
                continue
            # In an ordinary run a page is drawn a few times, for whoever comes first.
            if drawn[name] >= 4 and not WHOLE:
                continue
            with doors.known_visitors(visitors):
                answer = browser.get(path)
            drawn[name] += answer.status_code == 200
            if answer.streaming:
                body_of(answer)
                assert answer["Content-Disposition"].startswith("attachment")
                assert "sandbox" in answer["Content-Security-Policy"]
                continue
            if answer["Content-Type"].startswith("text/html"):
                page = answer.content.decode()
                leaks += [f"{who} {path}: {place}" for place in markup_in(page)]
                found = page.count("&lt;q0 onq=1&gt;")
                texts += found
                read |= {(who, name)} if found else set()
    assert not leaks, "\n".join(leaks)
    # The counter-proof: what was typed is there, as text.
    assert texts > 300
    assert {
        ("nadia", "claims_files:bill"),
        ("nadia", "claims_files:guarantee"),
        ("nadia", "declarations:own_part_questions"),
        ("nadia", "declarations:question"),
        ("nadia", "declarations:sent"),
        ("pauline", "declarations:sent"),
    } <= read
    for job in ProcrastinateJob.objects.filter(status="todo"):
        jobs.tasks[job.task_name].func(**job.args)
    bodies = [part.content for mail in mailoutbox for part in mail.alternatives]
    assert bodies
    assert not [place for body in bodies for place in markup_in(body)]
    assert not [mail.subject for mail in mailoutbox if "\n" in mail.subject or "q0" in mail.subject]


def doors_models() -> dict[str, Any]:
    """Models whose rows the walk opens."""

    return {
        "access_request": AccessRequest,
        "bill": Bill,
        "claim": ClaimFile,
        "declaration": Declaration,
        "document": Document,
        "folder": Folder,
        "guarantee": Guarantee,
        "invitation": Invitation,
        "own_part": PrivatePart,
    }
