"""The scene and the walk of `test_doors`: two companies with one of everything, and everybody at every door."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from copy import copy
from datetime import timedelta
from http.cookies import SimpleCookie
from time import monotonic
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.cache import cache
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from claims_files import services as claims
from claims_files.models import Deadline, PaperRequest, StatementLine, WorklistView
from claims_files.plans import services as plans
from claims_files.term_imports import TERMS
from companies.imports import PERSONS
from core import imports
from correspondence.models import Notification
from declarations import services as declarations
from declarations.imports import CASES
from declarations.private import services as own_parts
from documents.models import Folder
from documents.services import begin, request_merge
from permissions import grants, reach
from permissions.naming import name_preset
from permissions.trail import AuditCheck, AuditLine
from tests import kept
from tests.factories import make_user
from tests.factories_bills import send_bill
from tests.factories_claims import make_template, open_claim
from tests.factories_documents import make_document
from tests.factories_finance import make_invoice
from tests.factories_guarantees import ask_for
from tests.factories_statements import accepted, issued
from tests.house.routes import meaning, patterns
from tests.house.shares import left_out
from users import second_factor
from users.models import (
    ApiToken,
    Invitation,
    PersonalLetter,
    RegistrationLink,
    ReviewedRight,
    Viewing,
    digest,
    new_api_token,
)
from users.scim import tokens
from users.services import (
    bring_rows,
    enter_bank_details,
    invite,
    name_deputy,
    open_review,
    order_activation,
    request_access,
    request_correction,
    request_management,
)
from users.sessions import PRECISION
from users.sso import services as sso

PEOPLE = (
    "claire", "hugo", "sonia", "felix", "nadia", "jonas", "bruno", "elena", "fiona",
    "reto", "pauline", "sacha", "zoe",
)  # fmt: skip
METHODS = ("GET", "POST", "PATCH", "DELETE")
# The room of an address: each is walked in a test of its own.
ROOMS = (
    "account",
    "claims_files",
    "companies",
    "correspondence",
    "declarations",
    "documents",
    "finance",
    "users",
    "",
)
# Who belongs to Rochat alone: Keller's things are foreign to them.
INSIDERS = ("claire", "hugo", "felix", "nadia")
# Pages whose whole content follows from who is refused what, and why.
REFUSALS = frozenset(
    {"403.html", "403_csrf.html", "404.html", "errors/403.html", "errors/404.html", "errors/409.html"}
)


def scene(cast: Any) -> SimpleNamespace:
    """One of everything at Rochat (of Nadia, in Lausanne) and at Keller (of Elena), by what a placeholder means."""
    return kept.once(make_scene, cast)


def make_scene(cast: Any) -> SimpleNamespace:
    """The same, made by the services: for a test in which more than the cast stands already."""
    near = _company(cast, cast.rochat, cast.persons.nadia, cast.ktg, by=cast.hugo)
    far = _company(cast, cast.keller, cast.persons.elena, cast.keller_ktg, by=cast.fiona)
    for ids in (near, far):
        ids |= {
            "part": "event",
            "question": "cause",
            "token": "x" * 43,
            "none": "x",
            "table": "csv",
            "terms": uuid.UUID(int=2),
            "factor": "sms",
            "page": 1,
            "preset": "hr",
        }
        ids["passkey"] = uuid.UUID(int=7)
        ids["kind"] = "claim"
    name_preset("hr", {"it": "Personale"}, by=cast.sacha)
    near["bulk"], far["bulk"] = (bring_rows([{}], by=by).pk for by in (cast.claire, cast.bruno))
    near["person_import"], far["person_import"] = (
        imports.bring_rows(PERSONS, company.pk, [{"last_name": "New"}], by=by).pk
        for company, by in ((cast.rochat, cast.hugo), (cast.keller, cast.reto))
    )
    near["case_import"], far["case_import"] = (
        imports.bring_rows(CASES, company.pk, [{"last_name": "New"}], by=by).pk
        for company, by in ((cast.rochat, cast.hugo), (cast.keller, cast.fiona))
    )
    of_insurer = {
        "template": make_template(cast.sacha).pk,
        "term_import": imports.bring_rows(TERMS, None, [{"code": "X1"}], by=cast.sacha).pk,
    }
    near |= of_insurer
    far |= of_insurer
    near["private"] = declarations.start(cast.persons.nadia, "illness", by=cast.nadia).pk
    # Without it nobody hands a report over.
    declarations.save_part(near["private"], "event", {"cause": "illness"}, by=cast.nadia)
    return SimpleNamespace(near=near, far=far)


def _company(cast: Any, company: Any, person: Any, contract: Any, *, by: Any) -> dict[str, Any]:
    claim = open_claim(cast, person=person, contract=contract, by=by)
    folder = Folder.unrestricted.get(claim_file=claim)
    document = make_document(folder, by, "administrative")
    medical = make_document(folder, person.user, "medical")
    day = claim.event_date
    certified = claims.enter_certificate(claim.pk, begin=day, end=day, degree=50, by=by)
    claims.take_over(claim.pk, by=cast.pauline)
    claims.request_paper(claim.pk, kind="wage_statement", addressee="employer", by=cast.pauline)
    plans.propose(claim.pk, steps=[plans.Step(day, 50)], by=cast.pauline)
    colleague = make_user("Colette", "Neuve")
    row = grants.grant(company, to=colleague, preset="finance", by=cast.reto)
    told = Notification.objects.create(user=by, event="claim.taken_over", company=company.pk)
    review = open_review(company.pk)
    declaration = declarations.start(person, "illness", by=by)
    statement = issued(cast, accepted(cast, person=person, contract=contract, by=by))
    return {
        "api_token": token_of(colleague).pk,
        "bank": enter_bank_details(person.user, holder=person.name, iban="CH9300762011623852957")[0].pk,
        "bill": send_bill(person.user, contract=contract).pk,
        "guarantee": ask_for(person.user, statement.claim_file).pk,
        "correction": request_correction(person.user, company, "name", "Another name").pk,
        "access_request": request_access(colleague, company, "claim.view").pk,
        "activation": order_activation(company.pk, by=cast.reto).pk,
        "certificate": certified.pk,
        "check": AuditCheck.objects.create(by=cast.sacha).pk,
        "claim": claim.pk,
        "company": company.pk,
        "connection": sso.save_connection(
            company, by=cast.reto, protocol="oidc", issuer="https://login.example", client_id="portal"
        ).pk,
        "contract": contract.pk,
        "deputy": name_deputy(
            by, colleague, company=company, begin=timezone.localdate(), until=timezone.localdate(), by=by
        ).pk,
        "management_request": request_management(row.uuid, by=cast.reto).pk,
        "deadline": Deadline.unrestricted.get(claim_file=claim, rule="notice").pk,
        "declaration": declaration.pk,
        "document": document.pk,
        "domain": sso.add_domain(company, f"{company.pk}.example", by=cast.reto).pk,
        "folder": folder.pk,
        "grant": row.uuid,
        "invitation": _invitation(company, cast.reto).pk,
        "invoice": make_invoice(contract, cast.reto).pk,
        "letter": PersonalLetter.objects.create(
            kind="puk", user=person.user, person=person, company=company, waiting=timezone.now()
        ).pk,
        "line": AuditLine.unrestricted.filter(company=company.pk, event="access.granted").first().pk,
        "medical": medical.pk,
        "merge": request_merge(
            folder.pk, documents=[document.pk, medical.pk], name="Case", by=cast.pauline
        ).pk,
        "notification": told.pk,
        "own_part": own_parts.ask(declaration.pk, by=by).pk,
        "paper": PaperRequest.unrestricted.get(claim_file=claim).pk,
        "person": person.pk,
        "review": review.pk,
        "statement": statement.pk,
        "statement_line": StatementLine.unrestricted.filter(statement=statement).first().pk,
        "reviewed_right": ReviewedRight.unrestricted.get(review=review, user=colleague).pk,
        "registration_link": RegistrationLink.unrestricted.create(
            company=company, person=person, email="n@new.example"
        ).pk,
        "scim_token": tokens.make_token(company, name="T", days=1, by=cast.reto)[0].pk,
        "site": person.site_id,
        "upload": begin(
            folder.pk, name="w.pdf", length=9, visibility="administrative", kind="other", by=by
        ).pk,
        "user": colleague.pk,
        "worklist_view": WorklistView.objects.create(
            user=colleague, name="V", filters={"state": "accepted"}
        ).pk,
        "viewing": Viewing.unrestricted.create(
            viewer=cast.reto, viewed=colleague, company=company, reason="rights", ended=timezone.now()
        ).pk,
    }


def _invitation(company: Any, by: Any) -> Invitation:
    return invite(
        company, email=f"new@{company.pk}.example", first_name="N", last_name="N", preset="finance", by=by
    )


def token_of(user: Any, actions: tuple[str, ...] = ("claim.view",)) -> ApiToken:
    """An API token of somebody, whatever he may do; its text is its name."""
    name = new_api_token()
    return ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest(name),
        beginning=name[:7],
        actions=list(actions),
        expires=timezone.now() + timedelta(days=1),
    )


def read(table: str) -> dict[tuple[str, str, str], dict[str, str]]:
    """`{(address, other thing, method): {who: outcome}}` of a table."""
    found = {}
    for line in table.strip().splitlines():
        door, method, nobody, half, people = line.split(maxsplit=4)
        name, _, subject = door.partition("@")
        outcomes = {"nobody": nobody, "half": half}
        for group in people.split(" · "):
            word, *who = group.split()
            named = who if who != ["rest"] else [each for each in PEOPLE if each not in outcomes]
            outcomes |= dict.fromkeys(named, word)
        assert set(outcomes) == {"nobody", "half", *PEOPLE}, line
        assert (name, subject, method) not in found, line
        found[name, subject, method] = outcomes
    return found


def asked(promised: dict[str, str], door: str) -> Iterator[tuple[str, str]]:
    """Who is sent to a door: of the many with the same promise another sixth at each; `make torture` sends everybody."""
    commonest, _count = Counter(promised.values()).most_common(1)[0]
    for who, word in promised.items():
        if word != commonest or not left_out(door, who, of=6):
            yield who, word


def room_of(name: str) -> str:
    """The room whose test walks this address."""
    return next(room for room in ROOMS if name.startswith(room))


@contextmanager
def refusals_drawn_once(drawn: set[tuple[str, ...]] | None = None) -> Iterator[None]:
    """Within this block a page of refusal is drawn once for each person and all it is given; from then on it is empty.

    Most doors are closed to most people, and what is drawn of the same is the same. `drawn` remembers it over several
    blocks. Status and headers, and what is found out for the page, stay what they are.
    """
    usual = Template.render
    known = set() if drawn is None else drawn

    def render(template: Any, context: Any = None, request: Any = None) -> Any:
        name = template.template.name
        if name not in REFUSALS or request is None:
            return usual(template, context, request)
        given = (f"{key} {value}" for key, value in (context or {}).items() if key != "request_path")
        page = str(request.user.pk), name, *given
        if page in known:
            return ""
        known.add(page)
        return usual(template, context, request)

    Template.render = render  # type: ignore[method-assign]
    try:
        yield
    finally:
        Template.render = usual  # type: ignore[method-assign]


@contextmanager
def known_visitors(known: dict[tuple[str, Any], Any] | None = None) -> Iterator[None]:
    """Within this block who a visitor is, his second factors and his grants are read once each: for looks alone.

    Whoever walks through hundreds of pages has the same ones at each. What follows from them is found out each time.
    `known` remembers them over several blocks.
    """
    known = {} if known is None else known

    def once(name: str, usual: Callable[..., Any]) -> Callable[..., Any]:
        def read(*given: Any) -> Any:
            key = name, getattr(given[-1], "pk", given[-1])
            if key not in known:
                known[key] = usual(*given)
            # A request leaves something behind in what it was given.
            return copy(known[key])

        return read

    with ExitStack() as patched:
        for owner, name in ((ModelBackend, "get_user"), (second_factor, "registered"), (reach, "_rows")):
            patched.enter_context(patch.object(owner, name, once(name, getattr(owner, name))))
        yield


class Walker:
    """Somebody for every kind of visitor; every visit is undone."""

    def __init__(self, cast: Any, sign_in: Any) -> None:
        # One client with everybody's cookies in turn: each new one would load the middleware anew.
        self.client = Client(raise_request_exception=False)
        self.cookies: dict[str, Any] = {"nobody": None}
        # Who was told what by a page of refusal; who the visitors are; answers that lack what protects them.
        self.drawn: set[tuple[str, ...]] = set()
        self.known: dict[tuple[str, Any], Any] = {}
        self.lacking: list[str] = []
        for who in PEOPLE:
            self.cookies[who] = sign_in(getattr(cast, who), on=Client()).cookies
        half = Client()
        half.force_login(make_user("Hanna", "Halb"), backend=settings.AUTHENTICATION_BACKENDS[0])
        self.cookies["half"] = half.cookies
        self.fresh = -PRECISION

    def _freshen(self) -> None:
        """Whoever is active is written down once a minute: not at a visit that is undone, nor between two alike."""
        if monotonic() - self.fresh > PRECISION / 2:
            for cookies in filter(None, self.cookies.values()):
                self.client.cookies = cookies.copy()
                self.client.get(reverse("account_session"))
            self.fresh = monotonic()

    def outcome(self, who: str, method: str, path: str) -> str:
        """How one visit ends."""
        with refusals_drawn_once(self.drawn):
            answer = self.visit(who, method, path)
        self.lacking += [f"{who} {method} {path} ({answer.status_code}): {each}" for each in lacking(answer)]
        return outcome(answer)

    def visit(self, who: str, method: str, path: str) -> Any:
        """The answer to one visit, with nothing typed in but what `BODIES` says."""
        self._freshen()
        # Limits of attempts count in the cache.
        cache.clear()
        client = self.client
        client.cookies = SimpleCookie() if self.cookies[who] is None else self.cookies[who].copy()
        with transaction.atomic(), known_visitors(self.known) if method == "GET" else nullcontext():
            if path.startswith("/api/") and method != "GET":
                words = path.rstrip("/").rsplit("/", 1)[-1]
                body = json.dumps(BODIES.get(words, BODIES["parts"] if "/parts/" in path else {}))
                answer = client.generic(method, path, body, content_type="application/json")
            else:
                answer = client.get(path) if method == "GET" else client.post(path)
            if answer.streaming:
                b"".join(answer.streaming_content)
                # Not `close()`: it would end the connection, and with it the transaction to undo.
                for close in answer._resource_closers:
                    close()
            transaction.set_rollback(True)
        return answer


# What an act over the API needs before anybody's rights are looked at, by the last word of its address.
BODIES: dict[str, dict[str, Any]] = {
    "amend": {"part": "person", "values": {"town": "Vevey"}},
    "answer": {"answer": "Done."},
    "change-incapacity": {"periods": [{"begin": "2026-11-03", "degree": 20}], "confirmed": True},
    "add-insurance": {"contract": str(uuid.UUID(int=1))},
    "classify": {"visibility": "certificate"},
    "merges": {"documents": [str(uuid.UUID(int=1)), str(uuid.UUID(int=2))], "name": "Case"},
    "reopen-paper": {"paper": str(uuid.UUID(int=1))},
    "confirm": {"version": "another"},
    "decline": {"reason": "Not insured.", "legal_remedy": "objection"},
    "agree-return-plan": {"version": 1},
    "duplicate": {"original": "S-2000-00001"},
    "propose-return-plan": {"steps": [{"begin": "2026-12-01", "degree": 50}]},
    "hand-over": {"insurer": "Suva"},
    "leave-unclear": {"reason": "Clarifying.", "advances": False},
    "reassign": {"manager": str(uuid.UUID(int=1))},
    "relapse": {"event_date": "2026-11-20"},
    "remove-insurance": {"insurance": str(uuid.UUID(int=1))},
    "revise": {"number": 1, "outcome": "accepted"},
    "parts": {"values": {}},
    "release": {"informers": ["doctors"], "name": "N", "sha256": "0" * 64},
    "release-text": {"informers": ["doctors"]},
    "confirm-certificate": {"certificate": str(uuid.UUID(int=1))},
    "drop-certificate": {"certificate": str(uuid.UUID(int=1))},
    "enter-certificate": {"begin": "2026-11-03", "end": "2026-11-04", "degree": 100},
    "request-from-template": {"template": str(uuid.UUID(int=1))},
    "drop": {"version": "another"},
    "hand-on": {"version": "another"},
    "keep-role": {"preset": "finance", "number": 2},
    "request-paper": {"kind": "certificate", "addressee": "employer"},
    "advances": {"begin": "2026-11-03", "end": "2026-11-04", "amount": "1.00"},
    "split": {"pages": "1", "visibility": "medical"},
    "remind": {"addressee": "employer"},
    "settle-paper": {"paper": str(uuid.UUID(int=1)), "received": True},
    "way": {"guided": True},
    "withdraw": {"reason": "twice"},
}


def path_of(name: str, ids: dict[str, Any], subject: str = "") -> str:
    """The address of a route with these ids; `subject` stands for one of another kind (`medical`)."""
    placeholders = dict(patterns())[name]
    kinds = {each: meaning(name, each) for each in placeholders}
    if subject:
        last = placeholders[-1] if placeholders[-1] not in {"part", "question", "number"} else placeholders[0]
        kinds[last] = subject
    return reverse(name, kwargs={each: ids[kind] for each, kind in kinds.items()})


def nowhere(ids: dict[str, Any]) -> dict[str, Any]:
    """Ids of the same form that belong to nothing."""
    kept = {"part", "question", "page", "table", "token", "none", "terms", "factor", "preset", "kind"}
    return {
        kind: value if kind in kept else 10**15 if kind == "line" else uuid.uuid4()
        for kind, value in ids.items()
    }


def bare(answer: Any) -> tuple[int, str, str]:
    """Status, headers and body of an answer without what differs by chance: ids, tokens, times."""
    cookies = {name: {key: value for key, value in each.items() if key not in {"expires", "max-age"}}
               for name, each in sorted(answer.cookies.items())}  # fmt: skip
    headers = _plain(f"{sorted(answer.headers.items())} {cookies}")
    if answer.streaming:
        return answer.status_code, headers, "a file"
    return answer.status_code, headers, _plain(answer.content.decode())


def _plain(text: str) -> str:
    for changing in (
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        r"\b[A-Za-z0-9]{64}\b",
        r"\b\d{2}:\d{2}:\d{2}\b",
        r"\b\d{1,16}\b",
    ):
        text = re.sub(changing, "…", text)
    return text


def lacking(answer: Any) -> list[str]:
    """What of all that protects an answer is not in its headers."""
    headers = answer.headers
    policy = headers.get("Content-Security-Policy", "")
    wanted = {
        "policy": "default-src 'none'" in policy and "unsafe" not in policy,
        "frames": headers.get("X-Frame-Options") == "DENY",
        "type": headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": headers.get("Referrer-Policy") == "same-origin",
        # What nobody in particular is told may be kept.
        "cache": "no-store" in headers.get("Cache-Control", "")
        or not answer.wsgi_request.user.is_authenticated,
        "server": "Server" not in headers and "X-Powered-By" not in headers,
    }
    return [name for name, there in wanted.items() if not there]


def outcome(answer: Any) -> str:
    """How a visit ends: `login` and `factor` for being sent to sign in or to the second factor, else the status."""
    target = answer.get("Location", "")
    if answer.status_code == 302 and "/login/" in target:
        return "login"
    if answer.status_code == 302 and "/2fa/" in target:
        return "factor"
    return str(answer.status_code)


def grouped(outcomes: dict[str, str]) -> str:
    """Outcomes in the table's words: `200 hugo fiona · 404 rest`, the commonest last."""
    by_outcome = defaultdict(list)
    for who, word in outcomes.items():
        by_outcome[word].append(who)
    *few, most = sorted(by_outcome.items(), key=lambda pair: (len(pair[1]), pair[0]))
    return " · ".join([*(f"{word} {' '.join(who)}" for word, who in few), f"{most[0]} rest"])
