"""Tables of cases: each row a draft to complete, none sent by itself, none begun twice, nobody's private draft told of."""

from __future__ import annotations

import io
from datetime import date

import pytest

from core import imports
from core.errors import NotAllowed, OutOfReach
from declarations import services
from declarations.imports import CASES
from declarations.models import Declaration
from permissions.trail import AuditLine
from tests.declarations.answers import FIRST_DAY, sent
from tests.factories import make_person

HEADING = "Insured number;Last name;First name;Date of birth;Kind;Date of the event;First day of incapacity;Last day of incapacity;Degree of incapacity"


def case(person, kind, day, *more):
    return ";".join([person.insured_number, "", "", "", kind, day, *more])


def brought(company, *rows, by):
    return imports.bring(CASES, company.pk, io.BytesIO("\r\n".join([HEADING, *rows]).encode()), by=by)


def judged(row):
    return {
        line.number: [f"{each.column} {each.code}".strip() for each in line.problems] or line.outcome
        for line in imports.lines_of(row.rows.order_by("number"))
    }


def test_each_row_becomes_a_draft_once(cast, sign_in):
    marco, nadia = cast.marco, cast.persons.nadia
    own = make_person(cast.rochat, cast.morges, "Hugo", "Selbst", user=cast.hugo)
    # Her private draft of the same case is nobody's business.
    private = services.start(nadia, "illness", by=cast.nadia)
    services.save_part(private.pk, "event", {"first_day": "2026-10-01"}, by=cast.nadia)
    born = f"{marco.birth_date:%d.%m.%Y}"
    cases = [
        (case(nadia, "Maladie", "1.10.2026", "", "9.10.2026", "50"), "new"),
        (f";Bernasconi;Marco;{born};Unfall;2.10.2026;4.10.2026;;", "new"),
        (case(marco, "accident", "3.10.2026"), "new"),
        (case(marco, "accident", "3.10.2026"), ["double"]),
        (case(marco, "", ""), ["kind missing", "event_date missing"]),
        (case(marco, "headache", "3.10.2026"), ["kind choice"]),
        (case(marco, "accident", "3.10.2090"), ["event_date latest"]),
        (case(marco, "accident", "3.10.2017"), ["event_date before"]),
        (case(marco, "accident", "3.10.2026", "2.10.2026"), ["incapacity_begin too_early"]),
        (case(marco, "illness", "3.10.2026", "4.10.2026"), ["incapacity_begin first_day"]),
        (case(marco, "illness", "3.10.2026", "", "2.10.2026"), ["incapacity_end ends_before"]),
        (case(marco, "accident", "4.10.2026", "", "", "50"), ["incapacity_begin missing"]),
        (f";Nobody;Marco;{born};illness;2.10.2026;;;", ["nobody"]),
        (case(own, "illness", "3.10.2026"), ["insured_number unknown"]),
        (case(cast.persons.elena, "illness", "3.10.2026"), ["insured_number unknown"]),
    ]
    row = brought(cast.rochat, *(text for text, _wanted in cases), by=cast.hugo)
    for number, (text, wanted) in enumerate(cases, 2):
        assert judged(row)[number] == wanted, text
    before = Declaration.unrestricted.count()
    browser = sign_in(cast.hugo)
    page = f"/declarations/import/{row.pk}/"
    assert "Take over 3 rows" in browser.get(page).content.decode()
    browser.post(page)
    assert Declaration.unrestricted.count() == before
    imports.carry_on(row.pk)
    drafts = {
        line.number: Declaration.unrestricted.get(pk=line.made)
        for line in imports.lines_of(row.rows.exclude(made=None))
    }
    assert {each.state for each in drafts.values()} == {"draft"}
    first, second, third = (drafts[number] for number in (2, 3, 4))
    assert (first.person, first.kind, first.privacy) == (nadia, "illness", "employer")
    assert first.parts["event"]["first_day"] == "2026-10-01"
    assert first.parts["incapacity"]["periods"] == [
        {"begin": "2026-10-01", "end": "2026-10-09", "degree": 50}
    ]
    assert second.parts["incapacity"]["unable"] == "yes"
    assert second.parts["incapacity"]["periods"][0]["begin"] == "2026-10-04"
    assert "incapacity" not in third.parts
    assert third.contract == cast.laa
    assert f"/declarations/{third.pk}/check/" in browser.get(page, {"show": "new"}).content.decode()
    again = brought(cast.rochat, *(text for text, _wanted in cases[:3]), by=cast.hugo)
    assert set(judged(again).values()) == {"unchanged"}
    (over,) = AuditLine.unrestricted.filter(event="declaration.import_over")
    assert over.facts == {"table": str(row.pk), "rows": 3, "left_out": 0}


def test_what_was_taken_back_may_be_reported_anew(cast):
    report = sent(cast.marco, "accident", by=cast.hugo)
    row = case(cast.marco, "accident", f"{FIRST_DAY:%d.%m.%Y}")
    assert judged(brought(cast.rochat, row, by=cast.hugo)) == {2: "unchanged"}
    services.withdraw(report.pk, reason="mistake", by=cast.hugo)
    assert judged(brought(cast.rochat, row, by=cast.hugo)) == {2: "new"}


def test_who_may(cast):
    """Whoever reports cases for others: HR, HR of a site for its people, the fiduciary; nobody for himself alone."""
    lausanne = make_person(cast.rochat, cast.lausanne, "Lara", "Laus")
    text = [case(each, "accident", f"{date(2026, 10, 1):%d.%m.%Y}") for each in (cast.marco, lausanne)]
    row = brought(cast.rochat, *text, by=cast.sonia)
    assert judged(row) == {2: "new", 3: ["insured_number unknown"]}
    for who in (cast.nadia, cast.claire, cast.reto):
        with pytest.raises(NotAllowed):
            brought(cast.rochat, *text, by=who)
    with pytest.raises(OutOfReach):
        brought(cast.keller, *text, by=cast.hugo)
