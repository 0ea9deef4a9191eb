"""The activity log, as page and over the API: whose lines, in which words, and no health data in any."""

from __future__ import annotations

import ast
import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from permissions import grants
from permissions.audit import record
from permissions.events import EVENTS
from permissions.trail import AuditLine
from tests.factories_claims import open_claim

BASE = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def log(cast, sign_in):
    """The log's page as somebody reads it, in English."""

    def read(user, **query):
        user.language = "en"
        user.save(update_fields=["language"])
        with translation.override("en"):
            return sign_in(user).get(reverse("activity"), query)

    return read


def shown(response) -> set[int]:
    return {entry["number"] for entry in response.context["entries"]}


def numbers(**given) -> set[int]:
    return set(AuditLine.unrestricted.filter(**given).values_list("pk", flat=True))


def test_the_administrator_reads_his_own_company_only(cast, log):
    grants.grant(cast.keller, to=cast.zoe, preset="finance", by=cast.reto)
    grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto)
    found = shown(log(cast.claire))
    assert found
    assert found <= numbers(company=cast.rochat.pk)
    assert not found & numbers(company=cast.keller.pk)


def test_names_and_words_are_plain(cast, log):
    grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto)
    page = log(cast.claire).content.decode()
    for words in ("Access granted", "for Zoé Nobs", "HR", "Reto Tschanz"):
        assert words in page
    assert "access.granted" not in page.split("<tbody>")[1]


def test_whoever_may_not_see_cases_reads_none_in_the_log(cast, log):
    claim = open_claim(cast)
    with transaction.atomic():
        record(cast.pauline, "claim.accepted", claim)
    assert not shown(log(cast.claire)) & numbers(target=claim.pk)
    row = grants.grants_of(cast.claire)[0]
    grants.change(row, preset="administrator", extra=["claim.view", "users.manage"], by=cast.reto)
    assert shown(log(cast.claire)) & numbers(target=claim.pk)


def test_lines_on_sealed_papers_are_in_nobodys_log(cast, log):
    """Neither the superuser, who sees all the rest, nor anybody at the company."""
    with transaction.atomic():
        record(cast.pauline, "document.read", None)
        sealed = AuditLine.unrestricted.create(event="document.read", person=cast.marco.pk)
    for reader in (cast.sacha, cast.reto, cast.claire):
        assert sealed.pk not in shown(log(reader))
    assert shown(log(cast.sacha)) >= numbers(company=cast.keller.pk)


@pytest.mark.parametrize("who", ["hugo", "sonia", "felix", "nadia", "fiona", "pauline", "zoe"])
def test_everybody_else_is_told_that_he_has_no_right(cast, log, who):
    assert log(getattr(cast, who)).status_code == 403


def test_narrowed_by_event_and_day(cast, log):
    grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto)
    today = timezone.localdate()
    assert shown(log(cast.claire, event="access.granted")) == numbers(
        event="access.granted", company=cast.rochat.pk
    )
    assert not shown(log(cast.claire, event="invoice.issued"))
    assert shown(log(cast.claire, since=today.isoformat(), until=today.isoformat()))
    assert not shown(log(cast.claire, until=(today - timedelta(days=1)).isoformat()))
    refused = log(cast.claire, since="31.02.2026")
    assert refused.status_code == 200
    assert not shown(refused)
    assert b"does not exist in the calendar" in refused.content


def test_every_line_is_reached_by_turning_pages_both_ways(cast, log, monkeypatch):
    monkeypatch.setattr("permissions.views.ROWS", 3)
    for _ in range(8):
        with transaction.atomic():
            record(cast.reto, "company.edited", cast.rochat)
    page, walked = log(cast.claire), []
    while True:
        walked += [entry["number"] for entry in page.context["entries"]]
        if page.context["page"].next_url is None:
            break
        page = page.client.get(reverse("activity") + page.context["page"].next_url)
    assert walked == sorted(walked, reverse=True)
    assert len(walked) == len(set(walked)) >= 8
    back = [entry["number"] for entry in page.context["entries"]]
    while page.context["page"].previous_url:
        page = page.client.get(reverse("activity") + page.context["page"].previous_url)
        back = [entry["number"] for entry in page.context["entries"]] + back
    assert back == walked


@pytest.mark.parametrize("place", ["x", "-1", "9" * 30, "²"])
def test_a_place_that_is_none_is_the_first_page(cast, log, place):
    assert log(cast.claire, after=place).status_code == 200


def test_the_page_asks_as_often_for_many_lines_as_for_few(cast, log):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    log(cast.claire)
    counts = []
    for more in (2, 40):
        for _ in range(more):
            with transaction.atomic():
                record(cast.reto, "company.edited", cast.rochat)
        with CaptureQueriesContext(connection) as queries:
            log(cast.claire)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_api_gives_the_same_lines(cast, sign_in, log):
    grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto)
    on_page = shown(log(cast.claire))
    answer = sign_in(cast.claire).get("/api/v1/audit-events/", {"page_size": 100}).json()
    assert {line["id"] for line in answer["results"]} == on_page
    foreign = min(numbers(company=cast.keller.pk))
    nowhere = 999_999_999
    first, second = (
        sign_in(cast.claire).get(f"/api/v1/audit-events/{number}/") for number in (foreign, nowhere)
    )
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.status_code == 404
    assert sign_in(cast.hugo).get("/api/v1/audit-events/").status_code == 403


def test_every_event_that_is_recorded_has_words():
    """Read from the source: a new event without words fails here."""
    found = set()
    for path in BASE.glob("*/**/*.py"):
        # The seed of the demo tells of the past in events that are named elsewhere.
        if {"tests", ".venv", "var", "scripts", "management", "demo"} & set(path.parts[len(BASE.parts) :]):
            continue
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "record" and len(call.args) > 1:
                event = call.args[1]
                assert isinstance(event, ast.Constant), f"{path}: an event is written out"
                found.add(event.value)
    assert len(found) > 20
    assert found <= set(EVENTS), found - set(EVENTS)


# --- Narrowed down, and taken along ---------------------------------------------------------------


def test_narrowed_by_person_and_kind(cast, log):
    grants.grant(cast.rochat, to=cast.zoe, preset="finance", by=cast.reto)
    with transaction.atomic():
        record(cast.hugo, "person.created", cast.marco)
        record(cast.reto, "person.created", cast.persons.nadia)
    by_hugo, by_reto = AuditLine.unrestricted.filter(event="person.created").order_by("id")
    of_zoe = AuditLine.unrestricted.get(event="access.granted", facts__user=str(cast.zoe.pk))
    assert shown(log(cast.claire, person="zoe")) == {of_zoe.pk}
    assert by_hugo.pk in shown(log(cast.claire, person="Hugo"))
    assert by_reto.pk not in shown(log(cast.claire, person="Hugo"))
    assert not shown(log(cast.claire, person="Nobody At All"))
    assert not shown(log(cast.claire, person="!"))
    assert shown(log(cast.claire, kind="employees")) == {by_hugo.pk, by_reto.pk}
    kinds = [name for name, _words in log(cast.claire).context["form"].fields["kind"].choices]
    assert "employees" in kinds
    assert not {"claims", "invoices", "accounts"} & set(kinds)
    # A name leads to no line that is not shown anyway.
    foreign = AuditLine.unrestricted.filter(company=cast.keller.pk, actor=cast.reto.pk)
    assert foreign.exists()
    assert not shown(log(cast.claire, person="Reto")) & set(foreign.values_list("pk", flat=True))


def taken_along(answer) -> list[list[str]]:
    body = b"".join(answer.streaming_content)
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


def test_the_file_holds_what_the_page_shows_piece_by_piece(cast, log, monkeypatch):
    monkeypatch.setattr("permissions.export.PIECE", 3)
    cast.hugo.first_name = "=HYPERLINK(1)"
    cast.hugo.save()
    for by in (cast.hugo, cast.reto) * 5:
        with transaction.atomic():
            record(by, "company.edited", cast.rochat)
    page = log(cast.claire, event="company.edited")
    heading, *rows = taken_along(page.client.get(reverse("activity_export"), {"event": "company.edited"}))
    assert heading[:5] == ["Entry", "When", "What", "Details", "Who"]
    assert [int(row[0]) for row in rows] == sorted(shown(page), reverse=True)
    assert {row[4] for row in rows} == {cast.reto.name, f"'{cast.hugo.name}"}
    line = AuditLine.unrestricted.get(event="log.exported")
    assert (line.actor, line.company, line.facts) == (cast.claire.pk, None, {"filters": ["event"]})
    whole = taken_along(page.client.get(reverse("activity_export")))
    assert {int(row[0]) for row in whole[1:]} == shown(log(cast.claire))


def test_the_file_ends_where_the_right_ends(cast, log, monkeypatch):
    monkeypatch.setattr("permissions.export.PIECE", 2)
    for _ in range(6):
        with transaction.atomic():
            record(cast.reto, "company.edited", cast.rochat)
    answer = log(cast.claire).client.get(reverse("activity_export"))
    pieces = iter(answer.streaming_content)
    next(pieces)
    assert next(pieces).count(b"\r\n") == 2
    grants.write(cast.rochat, to=cast.claire, preset="administrator", withheld=["audit.view"], by=cast.reto)
    assert list(pieces) == []


def test_nobody_without_the_right_takes_anything_along(cast, sign_in):
    assert sign_in(cast.hugo).get(reverse("activity_export")).status_code == 403
    assert not AuditLine.unrestricted.filter(event="log.exported").exists()
