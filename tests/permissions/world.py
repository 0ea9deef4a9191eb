"""A small world with rows of every kind the policy speaks of, for laws that hold for all grants."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction

from claims_files.models import Bill, ClaimFile, CoreArrival, Deadline, Guarantee, Statement
from declarations.models import Declaration, PrivatePart
from documents.models import Document, Folder
from finance.models import PremiumInvoice
from permissions.trail import AuditLine
from tests.factories import make_company, make_contract, make_person, make_site, make_user
from users.models import (
    AccessRequest,
    AccessReview,
    BankDetails,
    CorrectionRequest,
    Invitation,
    ReviewedRight,
    ScimToken,
    SsoConnection,
    SsoDomain,
)

# Several rows were made in the same instant: the order falls back on the key.
MOMENTS = [datetime(2026, 11, day, 8, tzinfo=ZoneInfo("UTC")) for day in (3, 3, 3, 4, 5)]


def build() -> SimpleNamespace:
    """Two companies with sites, contracts, people and all that hangs on them; nobody holds anything yet."""
    insurer = make_user("Otto", "Dritter")
    staff = {"contract_manager": insurer, "health_manager": insurer}
    world = SimpleNamespace(
        users=[make_user("Ines", "Erste"), make_user("Ugo", "Zweiter")],
        companies=[make_company("Alpha SA", **staff), make_company("Beta AG", **staff)],
        sites=[],
        contracts=[],
        persons=[],
        claims=[],
        running=0,
    )
    for company in world.companies:
        world.sites += [make_site(company, "North"), make_site(company, "South")]
        world.contracts += [make_contract(company, "ktg"), make_contract(company, "laa")]
    for site in world.sites:
        world.persons.append(make_person(site.company, site))
    for person in world.persons:
        for contract in world.contracts:
            if contract.company_id == person.company_id:
                _case(world, person, contract)
    for person in world.persons:
        _number, created = _next(world)
        BankDetails.unrestricted.create(
            person=person, company=person.company, holder="H", iban="CH9300762011623852957", last_four="2957",
            created=created,
        )  # fmt: skip
    for contract in world.contracts:
        _invoice(world, contract)
    for company in world.companies:
        _of_company(world, company)
    _lines(world)
    return world


def _next(world: Any) -> tuple[int, datetime]:
    world.running += 1
    return world.running, MOMENTS[world.running % len(MOMENTS)]


def _case(world: Any, person: Any, contract: Any) -> None:
    stands = {"company": person.company, "site": person.site, "person": person}
    number, created = _next(world)
    claim = ClaimFile.unrestricted.create(
        number=f"S-{number}", kind="illness", event_date=date(2026, 11, 3), person_sort_key=person.sort_key,
        contract=contract, created=created, **stands,
    )  # fmt: skip
    world.claims.append(claim)
    sent = _folder(world, "sent", claim_file=claim, contract=contract, **stands)
    _declaration(world, "sent", sent, claim_file=claim, contract=contract, **stands)
    number, created = _next(world)
    Bill.unrestricted.create(
        number=f"R-{number}", key=uuid4(), company=person.company, person=person, contract=contract, claim_file=claim,
        folder=sent, kind="doctor", amount=Decimal(1), provider="P", provider_key="p", date=date(2026, 11, 3),
        paid_already=True, sent_by=world.users[0], created=created,
    )  # fmt: skip
    number, created = _next(world)
    Guarantee.unrestricted.create(
        number=f"G-{number}", key=uuid4(), company=person.company, person=person, claim_file=claim, kind="aid",
        provider="P", begin=date(2026, 11, 3), entered_by=world.users[0], created=created,
    )  # fmt: skip
    for phase in ("draft", "issued"):
        number, created = _next(world)
        whole = {
            "number": f"B-{number}",
            "issued_at": created,
            "issued_by": world.users[0],
            "sha256": f"{number:064x}",
        }
        Statement.unrestricted.create(
            claim_file=claim, contract=contract, phase=phase, begin=date(2026, 11, 3), end=date(2026, 11, 4),
            annual_salary=Decimal(1), course_version=1, payee="company", basis={}, total=Decimal(0),
            drafted_by=world.users[0], created=created, **stands, **(whole if phase == "issued" else {}),
        )  # fmt: skip
    CoreArrival.unrestricted.create(
        source="core", kind="number", external_id=f"C-{number}", claim_file=claim, company=person.company,
        by=world.users[0], taken=created, created=created,
    )  # fmt: skip
    for rule, audience in (("expiry", "all"), ("disability", "person")):
        _number, created = _next(world)
        Deadline.unrestricted.create(
            claim_file=claim, contract=contract, rule=rule, audience=audience, owner="person",
            day=date(2026, 12, 3), source="S", created=created, **stands,
        )  # fmt: skip
    for stage in ("private", "employer"):
        draft = _folder(world, stage, **stands)
        _declaration(world, stage, draft, **stands)


def _folder(world: Any, stage: str, **stands: Any) -> Folder:
    _number, created = _next(world)
    folder = Folder.unrestricted.create(stage=stage, created=created, **stands)
    for visibility in ("administrative", "certificate", "medical"):
        number, created = _next(world)
        Document.unrestricted.create(
            folder=folder, stage=stage, visibility=visibility, name="p.pdf", content_type="application/pdf",
            size=1, sha256=f"{number:064x}", created=created, **stands,
        )  # fmt: skip
    return folder


def _declaration(world: Any, privacy: str, folder: Folder, **stands: Any) -> None:
    number, created = _next(world)
    sending: dict[str, Any] = {}
    if privacy == "sent":
        sending = {"sent": created, "sent_by": world.users[0], "content_sha256": f"{number:064x}"}
    declaration = Declaration.unrestricted.create(
        number=f"D-{number}",
        kind="illness",
        state="sent" if privacy == "sent" else "draft",
        privacy=privacy,
        side="employee" if privacy == "private" else "employer",
        folder=folder,
        language="fr",
        created_by=world.users[0],
        created=created,
        **sending,
        **stands,
    )
    PrivatePart.unrestricted.create(
        declaration=declaration, company=stands["company"], person=stands["person"], created=created
    )


def _invoice(world: Any, contract: Any) -> None:
    number, created = _next(world)
    PremiumInvoice.unrestricted.create(
        number=f"P-{number}", company=contract.company, contract=contract, period_begin=date(2026, 1, 1),
        period_end=date(2026, 12, 31), issued=date(2026, 1, 2), due=date(2026, 1, 31), total=Decimal(100),
        reference=f"{number:027d}", language="fr", parties={}, created=created,
    )  # fmt: skip


def _of_company(world: Any, company: Any) -> None:
    own = {"site": world.sites, "contract": world.contracts, "claim_file": world.claims, "company": []}
    for kind, scopes in own.items():
        number, created = _next(world)
        place = {kind: next(scope for scope in scopes if scope.company_id == company.pk)} if scopes else {}
        Invitation.unrestricted.create(
            email=f"n{number}@people.example", first_name="N", last_name="N", company=company, preset="hr",
            created=created, **place,
        )  # fmt: skip
    _number, created = _next(world)
    AccessRequest.unrestricted.create(
        user=world.users[0], company=company, action="invoice.view", created=created
    )
    number, created = _next(world)
    CorrectionRequest.unrestricted.create(
        number=f"K-{number}", user=make_user(), company=company, subject="name", wanted="N", created=created
    )
    review = AccessReview.unrestricted.create(
        company=company,
        begin=date(2026, 10, 1),
        end=date(2026, 12, 31),
        due=date(2026, 11, 1),
        created=created,
    )
    for kind, scopes in own.items():
        place = {kind: next(scope for scope in scopes if scope.company_id == company.pk)} if scopes else {}
        insured = {"person": place["claim_file"].person} if kind == "claim_file" else {}
        ReviewedRight.unrestricted.create(
            review=review, company=company, user=world.users[0], grant=uuid4(), preset="hr", granted=created,
            created=created, **place, **insured,
        )  # fmt: skip
    SsoConnection.unrestricted.create(company=company, protocol="oidc", issuer="i", created=created)
    SsoDomain.unrestricted.create(company=company, domain=f"{company.pk}.example", created=created)
    ScimToken.unrestricted.create(
        company=company,
        name="T",
        digest=str(company.pk),
        made_by=world.users[0],
        expires=created,
        created=created,
    )


def _lines(world: Any) -> None:
    person = world.persons[0]
    with transaction.atomic():
        for company, insured in (
            (world.companies[0], None),
            (world.companies[0], person),
            (world.companies[1], None),
            (None, person),
            (None, None),
        ):
            AuditLine.unrestricted.create(
                event="document.received",
                company=company and company.pk,
                person=insured and insured.pk,
                at=MOMENTS[0] + timedelta(hours=1),
            )
