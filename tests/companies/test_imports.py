"""Tables of insured persons: every row judged before anything is written, written once, whatever is killed meanwhile."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from openpyxl import load_workbook
from procrastinate.contrib.django.models import ProcrastinateJob

from companies import services
from companies.imports import PERSONS
from companies.models import InsuredPerson
from core import imports
from core.errors import NotAllowed, NotNow, OutOfReach
from core.imports import running
from core.models import TableImport
from core.tables import read_table
from enterprise_portal.demo.companies import ahv_number
from permissions import grants
from permissions.audit import by_means_of
from permissions.narrowing import narrowed
from permissions.trail import AuditLine
from tests.factories import make_person

HEADING = (
    "Insured number;AHV number;Last name;First name;Date of birth;Sex;Site;Begin of employment;End of employment;"
    "Level of employment;Annual salary;Occupation"
)
CELLS = (
    "insured_number", "ahv_number", "last_name", "first_name", "birth_date", "sex", "site", "employment_begin",
    "employment_end", "degree_percent", "annual_salary", "occupation",
)  # fmt: skip
State = TableImport.State


def table(*rows, heading=HEADING):
    return io.BytesIO("\r\n".join([heading, *rows]).encode())


def upload(*rows, **given):
    return SimpleUploadedFile("list.csv", table(*rows, **given).getvalue())


def joiner(number, **cells):
    """A row of somebody new."""
    values = {
        "insured": "", "ahv": ahv_number(900_000 + number), "last": f"Neu {number}", "first": "Nora",
        "born": "17.5.1990", "sex": "female", "site": "Lausanne", "begin": "1.2.2026", "end": "", "degree": "80",
        "salary": "60000", "occupation": "Joiner",
    } | cells  # fmt: skip
    return ";".join(values.values())


def known(person, **cells):
    """A row that says of somebody what the records say."""
    values = {
        "insured": person.insured_number, "ahv": person.ahv_number, "last": person.last_name,
        "first": person.first_name, "born": f"{person.birth_date:%d.%m.%Y}", "sex": "", "site": person.site.name,
        "begin": "", "degree": "100", "salary": "78’000", "occupation": person.occupation,
    } | cells  # fmt: skip
    return joiner(0, **values)


def judged(row):
    """Of each row outcome, changes and what is wrong."""
    return {
        line.number: (
            line.outcome,
            line.changes,
            [f"{each.column} {each.code}".strip() for each in line.problems],
        )
        for line in imports.lines_of(row.rows.order_by("number"))
    }


def brought(cast, *rows, by=None, **given):
    return imports.bring(PERSONS, cast.rochat.pk, table(*rows, **given), by=by or cast.hugo)


def test_each_row_is_judged_by_itself(cast):
    """One file with everything that can be wrong or right; nothing is written, and it takes few queries."""
    marco, jonas = cast.marco, cast.persons.jonas
    twins = [make_person(cast.rochat, cast.morges, "Tina", "Twin") for _ in range(2)]
    own = make_person(cast.rochat, cast.morges, "Hugo", "Selbst", user=cast.hugo)
    far = cast.persons.elena
    cases = [
        (joiner(1), "new"),
        (joiner(2, site="morges", sex="Frau", born="1990-05-17"), "new"),
        (joiner(3, ahv="756.1234.5678.90"), ["ahv_number checksum"]),
        (joiner(4, last=""), ["last_name missing"]),
        (joiner(5, site="Winterthur"), ["site site"]),
        (joiner(6, site=""), ["site missing"]),
        (joiner(7, born="31.2.1990"), ["birth_date impossible"]),
        (joiner(8, born="1.1.2090"), ["birth_date latest"]),
        (joiner(9, sex="x"), ["sex choice"]),
        (joiner(10, degree="120"), ["degree_percent invalid"]),
        (joiner(11, degree="33.333"), ["degree_percent decimals"]),
        (joiner(12, salary="much"), ["annual_salary invalid"]),
        (joiner(13, end="1.1.2026"), ["employment_end ends_before"]),
        (joiner(14, begin="1.1.1980"), ["birth_date born_later"]),
        (joiner(15, last="L" * 61), ["last_name long"]),
        (joiner(1), ["double"]),
        (joiner(16, insured="99999999"), ["insured_number unknown"]),
        (joiner(17, insured=far.insured_number, ahv=""), ["insured_number unknown"]),
        (known(marco), "unchanged"),
        (known(jonas, insured=""), "unchanged"),
        (known(twins[0], insured="", ahv=""), ["several"]),
        (known(own, degree="50"), ["no_right"]),
        (known(jonas, ahv=marco.ahv_number, insured=jonas.insured_number), ["insured_number two_people"]),
        (known(twins[1], last="Other", degree="50"), ["last_name identity"]),
    ]  # fmt: skip
    before = InsuredPerson.unrestricted.count()
    with CaptureQueriesContext(connection) as queries:
        row = brought(cast, *(text for text, _wanted in cases))
    found = judged(row)
    for number, (text, wanted) in enumerate(cases, 2):
        outcome, changes, problems = found[number]
        if isinstance(wanted, str):
            assert (outcome, problems) == (wanted, []), text
        else:
            assert (outcome, problems, changes) == ("fault", wanted, []), text
    assert len(queries) < 60, len(queries)
    assert (row.state, row.ignored, InsuredPerson.unrestricted.count()) == (State.CHECKED, [], before)
    # Whatever is wrong is said in words, in each language; a foreign number like one that does not exist.
    for code in ("fr", "de", "it", "en"):
        with translation.override(code):
            said = [
                PERSONS.words(each) for line in imports.lines_of(row.rows.all()) for each in line.problems
            ]
            assert all(said)
            assert not any("%(" in words for words in said)


def lines(event):
    return list(AuditLine.unrestricted.filter(event=event).order_by("id"))


def test_the_whole_way_on_the_pages(cast, sign_in):
    """Hugo brings a list, looks, says yes twice; one job writes it; brought again it changes nothing."""
    browser, marco = sign_in(cast.hugo), cast.marco
    last_day = timezone.localdate() + timedelta(days=9)
    rows = [joiner(1), known(marco, end=f"{last_day:%d.%m.%Y}"), joiner(2, sex="?")]
    before = InsuredPerson.unrestricted.count()
    page = f"/employees/import/company/{cast.rochat.pk}/"
    assert browser.get("/employees/import/").url == page
    assert browser.post(page, {"file": upload(joiner(1), heading="Town")}).status_code == 422
    text = browser.post(page, {"file": upload(*rows)}, follow=True).content.decode()
    assert "Take over 2 rows" in text
    assert "Choose one of: female, male." in text
    assert InsuredPerson.unrestricted.count() == before
    row = TableImport.objects.get()
    where = f"/employees/import/{row.pk}/"
    assert f"– → {last_day:%d.%m.%Y}" in browser.get(where, {"show": "leaves"}).content.decode()
    assert [browser.post(where).url for _twice in range(2)] == [where, where]
    assert 'max="100" value="0"' in browser.get(where).content.decode()
    assert browser.post(f"{where}discard/").status_code == 409
    waiting = ProcrastinateJob.objects.filter(task_name="core.carry_on_import")
    assert [job.args for job in waiting] == [{"table_id": str(row.pk)}]
    imports.carry_on(row.pk)
    marco.refresh_from_db()
    assert (InsuredPerson.unrestricted.count(), marco.employment_end) == (before + 1, last_day)
    assert "2 rows were taken over" in browser.get(where).content.decode()
    (over,) = lines("person.import_over")
    assert over.facts == {"table": str(row.pk), "rows": 2, "left_out": 0}
    assert {line.facts["table"] for line in lines("person.created") + lines("person.edited")} == {str(row.pk)}
    # What was wrong comes back as a file that can be brought as it is.
    (heading, wrong), *_rest = [
        read_table(io.BytesIO(browser.get(f"{where}faults/{kind}/").content)) for kind in ("csv", "xlsx")
    ]
    assert (heading[1][0], wrong[1][0], wrong[1][-1]) == ("Row", "4", "Sex: Choose one of: female, male.")
    again = brought(cast, *rows)
    assert imports.counts(again) | {"unchanged": 2, "fault": 1, "new": 0, "leaves": 0} == imports.counts(
        again
    )
    with pytest.raises(NotNow):
        imports.confirm(PERSONS, again.pk, by=cast.hugo)


class Killed(BaseException):
    """What a worker's end looks like from within."""


def test_killed_half_way_it_goes_on_and_writes_nothing_twice(cast, monkeypatch):
    """Sixty rows, some faulty; the worker dies in the middle of a batch, twice; the next one ends the work."""
    monkeypatch.setattr(running, "WRITTEN", 10)
    rows = [joiner(number, salary="?" if number % 20 == 7 else "60000") for number in range(60)]
    row = brought(cast, *rows)
    imports.confirm(PERSONS, row.pk, by=cast.hugo)
    before = InsuredPerson.unrestricted.count()
    write, calls = PERSONS.write, []

    def dies(lines, *given, **named):
        write(lines, *given, **named)
        calls.append(len(lines))
        if len(calls) in {2, 4}:
            raise Killed

    monkeypatch.setattr(PERSONS, "write", dies)
    for left in (10, 20):
        TableImport.objects.update(expires=timezone.now() + timedelta(minutes=1))
        with pytest.raises(Killed):
            imports.carry_on(row.pk)
        imports.forget_old()
        row.refresh_from_db()
        # A table that is worked on stays for a day after the last step.
        assert row.expires > timezone.now() + timedelta(hours=23)
        # What the dead batch wrote is gone with it, and the bar shows what is really there.
        assert (row.done, InsuredPerson.unrestricted.count() - before) == (left, left)
    imports.carry_on(row.pk)
    row.refresh_from_db()
    assert (row.state, row.done, InsuredPerson.unrestricted.count() - before) == (State.DONE, 57, 57)
    numbers = InsuredPerson.unrestricted.filter(company=cast.rochat).values_list("insured_number", flat=True)
    assert len(set(numbers)) == len(numbers)
    assert len(lines("person.created")) == 57
    assert imports.counts(row) | {"done": 57, "left_out": 0, "fault": 3} == imports.counts(row)
    # One that no job brought to its end does not stay for ever.
    TableImport.objects.update(state=State.RUNNING, expires=timezone.now())
    imports.forget_old()
    assert not TableImport.objects.exists()


def test_what_is_no_longer_as_it_was_shown_is_left_out(cast):
    """Between the look and the yes somebody else changes a salary, adds a joiner; a leaver is the last administrator."""
    marco, jonas = cast.marco, cast.persons.jonas
    row = brought(cast, known(marco, salary="80000"), joiner(1), known(jonas, degree="50"))
    services.edit_person(marco.pk, {"annual_salary": Decimal(79_000)}, by=cast.hugo)
    other = brought(cast, joiner(1))
    for each in (other, row):
        imports.confirm(PERSONS, each.pk, by=cast.hugo)
        imports.carry_on(each.pk)
    marco.refresh_from_db()
    jonas.refresh_from_db()
    assert (marco.annual_salary, jonas.degree_percent) == (79_000, 50)
    results = {
        line.number: (line.result, [each.code for each in line.problems])
        for line in imports.lines_of(row.rows.all())
    }
    assert results == {2: ("left_out", ["moved_on"]), 3: ("left_out", ["moved_on"]), 4: ("done", [])}


def test_whoever_loses_the_right_meanwhile_writes_nothing(cast):
    row = brought(cast, joiner(1))
    imports.confirm(PERSONS, row.pk, by=cast.hugo)
    before = InsuredPerson.unrestricted.count()
    (grant,) = grants.grants_of(cast.hugo)
    grants.revoke(grant, by=cast.reto)
    imports.carry_on(row.pk)
    row.refresh_from_db()
    assert (row.state, InsuredPerson.unrestricted.count()) == (State.STOPPED, before)


def test_who_may(cast):
    """HR and the contract manager add people, HR alone changes them; a table is its owner's only; others are refused."""
    row = brought(cast, known(cast.marco, degree="50"), joiner(1), by=cast.reto)
    assert [outcome for outcome, _changes, _problems in judged(row).values()] == ["fault", "new"]
    for who, refusal in ((cast.claire, NotAllowed), (cast.sonia, NotAllowed), (cast.bruno, OutOfReach)):
        with pytest.raises(refusal):
            brought(cast, joiner(1), by=who)
    with pytest.raises(OutOfReach):
        imports.find(PERSONS, row.pk, by=cast.hugo)


def test_what_is_exported_comes_back_unchanged(cast, sign_in):
    """The list of employees as CSV and as workbook, whole for HR and masked for others; no cell is a formula."""
    services.edit_person(cast.marco.pk, {"occupation": "=2+5"}, by=cast.hugo)
    browser = sign_in(cast.hugo)
    for kind in ("csv", "xlsx"):
        body = browser.get(f"/employees/export/{kind}/").content
        if kind == "csv":
            assert "'=2+5" in body.decode("utf-8-sig")
        row = imports.bring(PERSONS, cast.rochat.pk, io.BytesIO(body), by=cast.hugo)
        assert {(outcome, *problems) for outcome, _changes, problems in judged(row).values()} == {
            ("unchanged",)
        }
        assert row.ignored == ["Company"]
    text = sign_in(cast.claire).get("/employees/export/csv/").content.decode("utf-8-sig")
    assert cast.marco.ahv_number not in text
    assert cast.marco.insured_number in text
    assert "78000" not in text
    assert browser.get("/employees/export/pdf/").status_code == 404
    assert [line.facts["kind"] for line in lines("person.exported")] == ["csv", "xlsx", "csv"]


def test_the_template_is_read_in_every_language(cast, sign_in):
    """Headings and choices of each language; what is not asked for stays empty."""
    browser = sign_in(cast.hugo)
    for number, code in enumerate(("fr", "de", "it", "en")):
        body = browser.get("/employees/import/template/xlsx/", {"language": code}).content
        book = load_workbook(io.BytesIO(body))
        sheet = book.worksheets[0]
        with translation.override(code):
            names = {str(column.label): name for name, column in PERSONS.columns.items()}
            sex = str(InsuredPerson.Sex.FEMALE.label)
        filled = dict(zip(CELLS, joiner(number, sex=sex).split(";"), strict=True))
        sheet.append([filled.get(names[cell.value], "") for cell in sheet[1]])
        out = io.BytesIO()
        book.save(out)
        row = imports.bring(PERSONS, cast.rochat.pk, io.BytesIO(out.getvalue()), by=cast.hugo)
        assert judged(row) == {2: ("new", [], [])}, code


def test_a_token_writes_no_more_than_it_is_scoped_to(cast, monkeypatch):
    """Scoped to adding people, it changes nobody: not by a job either, nor by saying yes to what its holder looked at."""
    text = [known(cast.marco, degree="50"), joiner(1)]
    looked_at = brought(cast, *text)
    monkeypatch.setattr(running, "AT_ONCE", 0)
    with narrowed(cast.hugo.pk, ["person.create", "person.view", "company.view"]), by_means_of(token="t"):
        through = brought(cast, *text)
        imports.confirm(PERSONS, looked_at.pk, by=cast.hugo)
    for row in (looked_at, through):
        imports.carry_on(row.pk)
    cast.marco.refresh_from_db()
    assert cast.marco.degree_percent == 100
    assert judged(through)[2] == ("fault", [], ["no_right"])
    assert imports.counts(looked_at) | {"done": 1, "left_out": 1} == imports.counts(looked_at)
    assert lines("person.created")[-1].facts == {"token": "t", "table": str(looked_at.pk)}
