"""Who opened my file: which looks leave a line, who reads these lines, and what the employer does not learn of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from claims_files.openings import note_opening
from declarations.models import Declaration
from documents.models import Folder
from documents.services import read
from permissions import grants
from permissions.audit import by_means_of, record
from permissions.log import lines_for
from permissions.trail import AuditLine
from tests.declarations.answers import complete, sent
from tests.factories_claims import open_claim
from tests.factories_documents import make_document

pytestmark = pytest.mark.django_db

OWN = reverse("claims_files:own_readers")


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    """An empty store."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"


@pytest.fixture
def claim(cast):
    """Nadia's case."""
    return open_claim(cast, person=cast.persons.nadia)


@pytest.fixture
def look(sign_in):
    """`look(user, route, key)`: open a page as somebody, in English."""

    def visit(user, route, *keys, **query):
        user.language = "en"
        user.save(update_fields=["language"])
        with translation.override("en"):
            return sign_in(user, on=Client()).get(reverse(route, args=keys), query)

    return visit


def opened(**given) -> list[AuditLine]:
    return list(AuditLine.unrestricted.filter(event="claim.opened", **given).order_by("id"))


WAYS = ["detail", "incapacity", "documents", "timeline", "api-detail"]


@pytest.mark.parametrize("route", WAYS)
def test_every_way_into_the_file_leaves_one_line_with_the_right_behind_it(cast, claim, look, route):
    for _again in range(2):
        assert look(cast.hugo, f"claims_files:{route}", claim.pk).status_code == 200
    (line,) = opened()
    assert (line.actor, line.target, line.person) == (cast.hugo.pk, claim.pk, cast.persons.nadia.pk)
    assert line.facts == {"way": "hr", "scope": "company"}


def test_a_quarter_of_an_hour_later_it_is_another_opening(cast, claim, look):
    look(cast.pauline, "claims_files:detail", claim.pk)
    AuditLine.unrestricted.update(at=timezone.now() - timedelta(minutes=16))
    look(cast.pauline, "claims_files:timeline", claim.pk)
    look(cast.hugo, "claims_files:detail", claim.pk)
    assert [line.facts["way"] for line in opened()] == ["health_manager", "health_manager", "hr"]


def test_neither_the_insured_person_nor_the_refused_leave_a_line(cast, claim, look):
    assert look(cast.nadia, "claims_files:detail", claim.pk).status_code == 200
    for stranger in (cast.felix, cast.elena, cast.reto):
        assert look(stranger, "claims_files:detail", claim.pk).status_code in {403, 404}
    assert not opened()


def test_what_somebody_reads_through_the_own_eyes_is_shown(cast, claim, look):
    """A person who looks at the portal as Nadia sees it is not Nadia."""
    with by_means_of(viewed=cast.nadia.pk, viewing="1"):
        for _again in range(2):
            note_opening(claim, by=cast.nadia)
    note_opening(claim, by=cast.nadia)
    (line,) = opened()
    with transaction.atomic():
        record(cast.claire, "claim.opened", claim, **line.facts)
    (shown,) = look(cast.nadia, "claims_files:readers", claim.pk).context["openings"]
    words = f"Looked at the portal as {cast.nadia.name} sees it."
    assert (shown.who, shown.role, shown.why) == (cast.claire.name, "", words)


def test_a_deputy_is_shown_with_the_one_he_stands_in_for(cast, claim, look):
    with transaction.atomic():
        record(cast.sonia, "claim.opened", claim, way="hr", scope="company", deputy_for=cast.hugo.pk)
    (shown,) = look(cast.nadia, "claims_files:readers", claim.pk).context["openings"]
    assert (shown.role, shown.why) == ("HR", f"Stands in for {cast.hugo.name}.")


def test_a_report_that_was_sent_is_the_file_too(cast, look):
    report = sent(cast.persons.nadia, by=cast.hugo)
    assert not opened()
    for who, route in (("hugo", "sent"), ("fiona", "pdf"), ("pauline", "api-detail"), ("fiona", "api-proof")):
        look(getattr(cast, who), f"declarations:{route}", report.pk)
    assert [line.actor for line in opened(target=report.claim_file_id)] == [
        cast.hugo.pk,
        cast.fiona.pk,
        cast.pauline.pk,
    ]


def test_the_insured_person_reads_who_when_and_why(cast, claim, look):
    folder = Folder.unrestricted.get(claim_file=claim)
    paper = make_document(folder, cast.nadia, "medical")
    look(cast.hugo, "claims_files:detail", claim.pk)
    look(cast.fiona, "claims_files:detail", claim.pk)
    for reader in (cast.pauline, cast.nadia):
        read(paper.pk, by=reader)[1].close()
    page = look(cast.nadia, "claims_files:readers", claim.pk)
    assert [(each.who, each.role, each.what) for each in page.context["openings"]] == [
        (cast.pauline.name, "Health manager", "Document opened: Other document"),
        (cast.fiona.name, "Fiduciary", "Claim file opened"),
        (cast.hugo.name, "HR", "Claim file opened"),
    ]
    text = page.content.decode()
    assert "Handles your case at the insurer." in text
    assert "Handles the cases of your company." in text
    whole = look(cast.nadia, "claims_files:own_readers")
    assert [each.number for each in whole.context["openings"]] == [
        each.number for each in page.context["openings"]
    ]
    answer = look(cast.nadia, "claims_files:api-opening-list", claim_file=claim.pk).json()
    assert [row["who"] for row in answer["results"]] == [cast.pauline.name, cast.fiona.name, cast.hugo.name]


def test_nobody_else_reads_it(cast, claim, look):
    look(cast.hugo, "claims_files:detail", claim.pk)
    for who in ("hugo", "fiona", "pauline"):
        assert look(getattr(cast, who), "claims_files:readers", claim.pk).status_code == 403
    for who in ("elena", "jonas", "claire", "sacha", "zoe"):
        assert look(getattr(cast, who), "claims_files:readers", claim.pk).status_code == 404
    assert look(cast.hugo, "claims_files:own_readers").status_code == 403
    assert look(cast.hugo, "claims_files:api-opening-list").status_code == 403
    assert not look(cast.elena, "claims_files:own_readers").context["openings"]
    assert look(cast.elena, "claims_files:api-opening-list", claim_file=claim.pk).json()["results"] == []
    assert look(cast.elena, "claims_files:api-opening-list", claim_file="x").status_code == 400


def test_of_the_employers_draft_the_insured_person_learns_once_it_was_sent(cast, look):
    from declarations import services as declarations

    draft = complete(cast.persons.nadia, by=cast.hugo)
    paper = make_document(draft.folder, cast.hugo, "administrative")
    read(paper.pk, by=cast.hugo)[1].close()
    assert AuditLine.unrestricted.filter(event="document.read", person=cast.persons.nadia.pk).exists()
    assert not look(cast.nadia, "claims_files:own_readers").context["openings"]
    assert Declaration.unrestricted.filter(pk=draft.pk, state="draft").exists()
    # Then the paper is hers, and so is who opened it before; the own sending is no opening.
    declarations.submit(draft.pk, by=cast.hugo)
    (shown,) = look(cast.nadia, "claims_files:own_readers").context["openings"]
    assert (shown.who, shown.role, shown.what) == (cast.hugo.name, "HR", "Document opened: Other document")


def test_the_company_reads_its_own_peoples_openings_and_none_of_the_insurer(cast, claim, look):
    row = grants.grants_of(cast.claire)[0]
    grants.change(row, preset="administrator", extra=["claim.view", "users.manage"], by=cast.reto)
    for reader in (cast.pauline, cast.hugo):
        look(reader, "claims_files:detail", claim.pk)
    seen = {
        who: set(lines_for(getattr(cast, who)).filter(event="claim.opened")) for who in ("claire", "sacha")
    }
    by_insurer, by_company = opened()
    assert seen == {"claire": {by_company}, "sacha": {by_insurer, by_company}}


def test_the_page_asks_as_often_for_many_openings_as_for_few(cast, claim, sign_in):
    browser, counts = sign_in(cast.nadia), []
    for number in (3, 40):
        for _ in range(number):
            with transaction.atomic():
                record(cast.hugo, "claim.opened", claim, way="hr", scope="company")
        browser.get(OWN)
        with CaptureQueriesContext(connection) as queries:
            browser.get(OWN)
        counts.append(len(queries))
    assert counts[0] == counts[1]
