"""Lists ask the database as often for many rows as for five; on pages and over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from claims_files.models import (
    Bill,
    BillPaper,
    ContractRule,
    CoreArrival,
    Guarantee,
    GuaranteeAnswer,
    ReturnPlan,
    WorklistView,
)
from correspondence.models import Notification
from declarations import services as declarations
from declarations.private import services as own_parts
from documents.models import Document, Folder
from permissions import grants
from permissions.audit import record
from permissions.ledger import Deputy
from permissions.trail import AuditCheck
from tests.factories import make_company, make_contract, make_person, make_site, make_user
from tests.factories_claims import open_claim
from tests.factories_finance import make_invoice
from tests.factories_statements import accepted, issued
from tests.house.doors import token_of
from tests.house.shares import WHOLE
from users.models import (
    AccessReview,
    ManagementRequest,
    PersonalLetter,
    RegistrationLink,
    ScimToken,
    Viewing,
)
from users.services import (
    approve_bank_details,
    enter_bank_details,
    invite,
    open_review,
    order_activation,
    request_access,
    request_correction,
)
from users.sso import services as sso

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def more(cast: Any, number: int) -> None:
    """One more of everything that stands in a list, each with its own people and things around it."""
    site = make_site(cast.rochat, f"Site {number}")
    person = make_person(cast.rochat, site, "Max", f"Muster {number}")
    claim = open_claim(cast, person=person)
    WorklistView.objects.create(user=cast.pauline, name=f"View {number}", filters={"state": "accepted"})
    ContractRule.unrestricted.create(
        contract=cast.ktg, company=cast.rochat, key="ktg.notice_days", number=9, source="S",
        valid_from=date(2020, 1, 1) + timedelta(days=number),
    )  # fmt: skip
    folder = Folder.unrestricted.get(claim_file=claim)
    Document.unrestricted.create(
        folder=folder, company=folder.company, site=folder.site, contract=folder.contract, claim_file=claim,
        person=folder.person, stage=folder.stage, visibility="administrative", name="p.pdf", size=1,
        content_type="application/pdf", sha256=f"{number:064x}", uploaded_by=make_user(),
    )  # fmt: skip
    own = open_claim(cast, person=cast.persons.nadia)
    bill = Bill.unrestricted.create(
        number=f"R-{number}", key=uuid4(), company=cast.rochat, person=cast.persons.nadia, contract=cast.ktg,
        claim_file=own, folder=folder, kind="doctor", amount=number + 1, provider="P", provider_key="p", sent_by=cast.nadia,
        date=date(2026, 11, 3), paid_already=True, state="asked", health_manager=make_user("Hanna", f"Neue {number}"),
        asked_note="legible", asked_due=date(2026, 12, 1),
    )  # fmt: skip
    BillPaper.unrestricted.create(bill=bill, document=Document.unrestricted.get(folder=folder))
    guarantee = Guarantee.unrestricted.create(
        number=f"G-{number}", key=uuid4(), company=cast.rochat, person=cast.persons.nadia, claim_file=own, kind="aid",
        provider="P", begin=date(2026, 11, 3), entered_by=cast.nadia, state="answered", outcome="granted",
    )  # fmt: skip
    GuaranteeAnswer.unrestricted.create(
        guarantee=guarantee, number=1, outcome="granted", by=make_user("Hanna", f"Andere {number}")
    )
    ReturnPlan.unrestricted.create(claim_file=claim, by=make_user("Hanna", f"Planerin {number}"))
    issued(cast, accepted(cast, person=person))
    CoreArrival.unrestricted.create(
        source="core", kind="number", external_id=f"C-{number}", claim_file=claim, company=cast.rochat, by=cast.sacha,
        taken=timezone.now(),
    )  # fmt: skip
    declarations.start(person, "illness", by=cast.hugo)
    own_parts.ask(declarations.start(cast.persons.nadia, "illness", by=cast.hugo).pk, by=cast.hugo)
    RegistrationLink.unrestricted.create(company=cast.rochat, person=person, email=f"n{number}@new.example")
    make_invoice(make_contract(cast.rochat), cast.reto, begin=date(2020, 1, 1) + timedelta(days=number))
    colleague = make_user("Colette", f"Neuve {number}")
    grant = grants.grant(cast.rochat, to=colleague, preset="finance", by=cast.reto)
    PersonalLetter.objects.create(
        kind="puk", user=colleague, person=person, company=cast.rochat, waiting=timezone.now()
    )
    request_access(colleague, cast.rochat, "claim.view")
    ManagementRequest.unrestricted.create(
        user=colleague,
        grant=grant.uuid,
        company=cast.rochat,
        asked_by=cast.reto if number % 2 else cast.claire,
    )
    day = timezone.localdate() + timedelta(days=number)
    for principal, deputy in ((cast.hugo, colleague), (colleague, cast.hugo)):
        Deputy.unrestricted.create(
            principal=principal, deputy=deputy, company=cast.rochat, begin=day, until=day, named_by=principal
        )
    request_correction(colleague, cast.rochat, "name", "N")
    order_activation(cast.rochat.pk, by=cast.reto)
    insured = make_person(cast.rochat, site, "Mia", f"Paid {number}", user=make_user("Mia", f"Paid {number}"))
    details = enter_bank_details(insured.user, holder=insured.name, iban="CH9300762011623852957")
    if number % 2:
        approve_bank_details(details[0].pk, by=cast.reto)
    invite(
        cast.rochat, email=f"n{number}@new.example", first_name="N", last_name=str(number), preset="hr",
        by=cast.reto,
    )  # fmt: skip
    Notification.objects.create(
        user=cast.hugo, event="claim.taken_over", target_type="claims_files.ClaimFile", target=claim.pk,
        company=cast.rochat.pk,
    )  # fmt: skip
    with transaction.atomic():
        record(make_user(), "company.edited", cast.rochat)
        record(cast.hugo, "claim.opened", open_claim(cast, person=cast.persons.nadia), way="hr")
    AuditCheck.objects.create(by=make_user(), state="done")
    token_of(cast.hugo)
    Viewing.unrestricted.create(
        viewer=cast.claire, viewed=colleague, company=cast.rochat, reason="rights", ended=timezone.now()
    )
    staff = {"contract_manager": cast.reto, "health_manager": cast.pauline}
    company = make_company(f"Company {number}", **staff)
    grants.write(company, to=cast.fiona, preset="fiduciary", by=cast.reto)
    open_review(company.pk)
    AccessReview.unrestricted.update(ended=timezone.now())
    open_review(cast.rochat.pk, today=date(2030 + number, 1, 1))
    sso.save_connection(company, by=cast.reto, protocol="oidc", issuer="https://login.example", client_id="p")
    sso.add_domain(cast.rochat, f"n{number}.example", by=cast.reto)
    ScimToken.unrestricted.create(
        company=cast.rochat, name="T", digest=str(number), made_by=cast.claire, expires=timezone.now()
    )


# Who looks where. Every list of the portal stands here.
LISTS: list[tuple[str, str]] = [
    ("hugo", "home"),
    ("pauline", "home"),
    ("reto", "home"),
    ("hugo", "claims_files:list"),
    ("pauline", "claims_files:list"),
    ("hugo", "claims_files:deadlines"),
    ("pauline", "claims_files:deadlines"),
    ("pauline", "claims_files:portfolio"),
    ("pauline", "claims_files:views"),
    ("pauline", "claims_files:api-deadline-list"),
    ("pauline", "claims_files:api-view-list"),
    ("reto", "claims_files:api-contract-rule-list"),
    ("hugo", "companies:persons"),
    ("fiona", "companies:list"),
    ("reto", "companies:list"),
    ("reto", "companies:add_person"),
    ("felix", "finance:invoices"),
    ("reto", "finance:invoices"),
    ("claire", "users:management"),
    ("reto", "users:management"),
    ("sacha", "users:management"),
    ("hugo", "documents:archive"),
    ("hugo", "declarations:drafts"),
    ("hugo", "further_areas"),
    ("hugo", "declarations:start"),
    ("nadia", "declarations:own_parts"),
    ("nadia", "declarations:api-own-part-list"),
    ("hugo", "correspondence:notifications"),
    ("claire", "activity"),
    ("sacha", "activity"),
    ("hugo", "claims_files:api-list"),
    ("pauline", "claims_files:api-list"),
    ("hugo", "companies:api-person-list"),
    ("hugo", "companies:api-contract-list"),
    ("hugo", "companies:api-site-list"),
    ("fiona", "companies:api-company-list"),
    ("hugo", "declarations:api-list"),
    ("hugo", "documents:api-list"),
    ("hugo", "documents:api-held-list"),
    ("felix", "finance:api-list"),
    ("hugo", "correspondence:api-list"),
    ("claire", "user-list"),
    ("claire", "grant-list"),
    ("claire", "invitation-list"),
    ("claire", "access-request-list"),
    ("claire", "home"),
    ("sacha", "home"),
    ("hugo", "users:deputies"),
    ("hugo", "deputy-list"),
    ("claire", "deputy-list"),
    ("sacha", "management-request-list"),
    ("reto", "correction-request-list"),
    ("reto", "users:corrections"),
    ("nadia", "users:account"),
    ("reto", "users:bank_requests"),
    ("reto", "bank-details-list"),
    ("claire", "users:reviews"),
    ("reto", "users:reviews"),
    ("reto", "access-review-list"),
    ("claire", "reviewed-right-list"),
    ("claire", "audit-event-list"),
    ("sacha", "audit-check-list"),
    ("sacha", "verification"),
    ("nadia", "claims_files:own_readers"),
    ("claire", "claims_files:absences"),
    ("nadia", "claims_files:bills"),
    ("pauline", "claims_files:bills"),
    ("nadia", "claims_files:new_bill"),
    ("nadia", "claims_files:api-bill-list"),
    ("pauline", "claims_files:api-bill-list"),
    ("nadia", "claims_files:guarantees"),
    ("pauline", "claims_files:guarantees"),
    ("nadia", "claims_files:api-guarantee-list"),
    ("pauline", "claims_files:api-guarantee-list"),
    ("nadia", "claims_files:api-opening-list"),
    ("hugo", "claims_files:statements"),
    ("pauline", "claims_files:statements"),
    ("hugo", "claims_files:api-statement-list"),
    ("reto", "claims_files:core_journal"),
    ("reto", "claims_files:api-core-arrival-list"),
    ("hugo", "api-token-list"),
    ("hugo", "users:api_access"),
    ("reto", "sso:api-connection-list"),
    ("claire", "sso:api-domain-list"),
    ("claire", "scim:api-token-list"),
    ("reto", "activation-letter-list"),
    ("reto", "registration-link-list"),
    ("reto", "waiting-letter-list"),
    ("claire", "users:viewings"),
    ("claire", "viewing-list"),
]


@pytest.fixture
def visits(cast, sign_in, client_of) -> dict[tuple[str, str], Callable[[], Any]]:
    """A visit for each list."""
    return {pair: client_of(getattr(cast, pair[0]), pair[1]) for pair in LISTS}


@pytest.fixture
def client_of(sign_in) -> Callable[[Any, str], Callable[[], Any]]:
    """`client_of(user, route)()` looks at a list as this person, a hundred rows at once over the API."""
    from django.test import Client

    def visit(user: Any, route: str) -> Callable[[], Any]:
        browser = sign_in(user, on=Client())
        path = reverse(route)
        return lambda: browser.get(path, {"page_size": 100} if path.startswith("/api/") else {})

    return visit


# Fifty with `make torture`.
MANY = 50 if WHOLE else 20


def test_lists_ask_as_often_for_many_rows_as_for_five(cast, visits, settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    for number in range(5):
        more(cast, number)
    few = {pair: count(visit, warm=False) for pair, visit in visits.items()}
    for number in range(5, MANY):
        more(cast, number)
    # After a minute a session notes that it is alive: whoever asks more often is looked at once more.
    grown = {
        pair: f"{few[pair]} queries for 5 rows, {found} for {MANY}"
        for pair, visit in visits.items()
        if count(visit) > few[pair] and (found := count(visit)) > few[pair]
    }
    assert grown == {}


def count(visit: Callable[[], Any], *, warm: bool = True) -> int:
    """The queries of a visit when the caches are warm; those of the first visits are warmed, the limits forgotten."""
    if not warm:
        cache.clear()
        assert visit().status_code == 200
    with CaptureQueriesContext(connection) as queries:
        assert visit().status_code == 200
    return len(queries)


def test_every_list_of_the_api_stands_here():
    from tests.house.routes import patterns

    lists = {name for name, placeholders in patterns() if name.endswith("-list") and not placeholders}
    assert lists <= {route for _who, route in LISTS}
