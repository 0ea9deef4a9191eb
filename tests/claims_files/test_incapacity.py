"""The course of the incapacity for work after the report: extended, corrected, in versions that stay."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from claims_files import course, reading, services
from claims_files.course import Days
from claims_files.models import ClaimFile, IncapacityPeriod, TimelineEntry
from core.errors import NotAllowed, NotNow, OutOfReach
from documents.models import Folder
from permissions.trail import AuditLine
from tests.factories_claims import open_claim
from tests.factories_documents import make_document

TODAY = timezone.localdate()


def day(number):
    """So many days after today."""
    return TODAY + timedelta(days=number)


FIRST = Days(day(-20), day(-4), 100)
REPORTED = [(FIRST.begin, FIRST.end, FIRST.degree)]


def reported(cast, **fields):
    return open_claim(cast, periods=REPORTED, event_date=FIRST.begin, **fields)


def rows_of(claim):
    return [(each.begin, each.end, each.degree) for each in reading.periods_of([claim])[claim.pk]]


# The course that is sent, then what is kept and what the change is called.
CHANGES = {
    "goes on": ([FIRST, Days(day(-3), None, 100)], [(day(-20), None, 100)], "extension"),
    "in steps": (
        [FIRST, Days(day(-3), day(3), 50), Days(day(4), day(20), 20), Days(day(21), None, 0)],
        [*REPORTED, (day(-3), day(3), 50), (day(4), day(20), 20)],
        "extension",
    ),
    "at work between": (
        [FIRST, Days(day(-3), day(-2), 0), Days(day(-1), None, 80)],
        [*REPORTED, (day(-1), None, 80)],
        "extension",
    ),
    "shorter": ([Days(day(-20), day(-10), 100)], [(day(-20), day(-10), 100)], "correction"),
    "lower": ([Days(day(-20), None, 60)], [(day(-20), None, 60)], "correction"),
}


@pytest.mark.django_db
def test_every_change_is_a_version_and_none_is_lost(cast):
    for name, (rows, kept, change) in CHANGES.items():
        claim = reported(cast)
        made = services.change_incapacity(claim.pk, rows, by=cast.hugo, version=1)
        assert (made.version, made.change, made.by) == (2, change, cast.hugo), name
        assert rows_of(claim) == kept, name
        newest, first = reading.courses_of(claim)
        assert [(each.begin, each.end, each.degree) for each in first[1]] == REPORTED
        assert first[0].change == "reported"
        claim.refresh_from_db()
        assert claim.arrived_at is not None
        entry = TimelineEntry.unrestricted.get(claim_file=claim, code="incapacity")
        assert entry.facts == {"change": change, "version": 2}
        line = AuditLine.unrestricted.get(target=claim.pk, event="claim.incapacity_changed")
        assert line.facts["change"] == change
        for model in (newest[0], newest[1][0]):
            with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
                type(model).unrestricted.filter(pk=model.pk).update(version=9)


WRONG = {
    "gap": ([FIRST, Days(day(-1), None, 50)], "periods.1.begin"),
    "overlap": ([FIRST, Days(day(-4), None, 50)], "periods.1.begin"),
    "open in the middle": ([Days(day(-20), None, 100), Days(day(-3), None, 50)], "periods.0.end"),
    "ends before it begins": ([Days(day(-20), day(-21), 100)], "periods.0.end"),
    "before the event": ([Days(day(-21), None, 100)], "periods.0.begin"),
    "too far ahead": ([Days(day(-20), day(100), 100), Days(day(101), None, 50)], "periods.1.begin"),
    "years": ([Days(day(-20), day(900), 100)], "periods.0.end"),
    "nothing left": ([Days(day(-20), None, 0)], "periods"),
    "the same": ([FIRST], "__all__"),
}


@pytest.mark.django_db
def test_a_course_without_gap_or_overlap_or_not_at_all(cast):
    claim = reported(cast)
    for name, (rows, field) in WRONG.items():
        with pytest.raises(ValidationError) as refused:
            services.change_incapacity(claim.pk, rows, by=cast.hugo)
        assert list(refused.value.message_dict if field != "__all__" else {"__all__": 1}) == [field], name
    assert len(reading.courses_of(claim)) == 1
    with pytest.raises(NotNow) as stale:
        services.change_incapacity(claim.pk, [Days(day(-20), None, 100)], by=cast.hugo, version=2)
    assert stale.value.code == "changed_by_another"


@pytest.mark.django_db
def test_what_is_seldom_right_is_asked_again(cast):
    cases = {
        "long past": (reported(cast), [FIRST, Days(day(-3), None, 100)], False),
        "back-dated": (open_claim(cast, periods=[(day(-20), day(-9), 50)], event_date=day(-20)),
                       [Days(day(-20), day(-9), 50), Days(day(-8), None, 50)], True),
        "eighteen months": (open_claim(cast, periods=[(day(-600), day(-100), 100)], event_date=day(-600)),
                            [Days(day(-600), day(1), 100)], True),
        "only less": (reported(cast), [Days(day(-20), day(-15), 100)], False),
    }  # fmt: skip
    for name, (claim, rows, asked) in cases.items():
        if asked:
            with pytest.raises(services.Unusual):
                services.change_incapacity(claim.pk, rows, by=cast.hugo)
            assert len(reading.courses_of(claim)) == 1, name
        services.change_incapacity(claim.pk, rows, by=cast.hugo, confirmed=asked)
        assert len(reading.courses_of(claim)) == 2, name


# Marco's claim file: ok, 403 (sees it), 404.
WHO = {"hugo": "ok", "sonia": "ok", "fiona": "ok", "pauline": "ok", "felix": 404, "claire": 404, "nadia": 404,
       "elena": 404, "reto": 403, "sacha": 404}  # fmt: skip


@pytest.mark.django_db
def test_who_may_change_it_and_until_when(cast):
    claim = reported(cast)
    end = 0
    for name, may in WHO.items():
        rows = [Days(day(-20), day(end), 100)]
        if may == "ok":
            services.change_incapacity(claim.pk, rows, by=getattr(cast, name))
            end += 1
        else:
            with pytest.raises(NotAllowed if may == 403 else OutOfReach):
                services.change_incapacity(claim.pk, rows, by=getattr(cast, name))
    own = reported(cast, person=cast.persons.nadia)
    services.change_incapacity(own.pk, [Days(day(-20), None, 100)], by=cast.nadia)
    own.refresh_from_db()
    assert own.arrived_at is not None
    services.change_incapacity(own.pk, [Days(day(-20), None, 80)], by=cast.pauline)
    own.refresh_from_db()
    # The insurer's own change waits for nobody.
    assert own.arrived_at is None
    services.take_over(own.pk, by=cast.pauline)
    services.decline(own.pk, reason="No cover.", legal_remedy="objection", by=cast.pauline)
    with translation.override("en"), pytest.raises(NotNow, match="declined"):
        services.change_incapacity(own.pk, [Days(day(-20), None, 50)], by=cast.nadia)


def fields(*rows):
    names = ("begin", "end", "degree")
    return {f"periods-{n}-{name}": value for n, row in enumerate(rows) for name, value in zip(names, row, strict=True)}  # fmt: skip


@pytest.mark.django_db
def test_the_page_from_the_first_row_to_the_version(cast, sign_in):
    claim = open_claim(cast, periods=[(day(-20), day(-9), 100)], event_date=day(-20))
    here = reverse("claims_files:change_incapacity", args=[claim.pk])
    browser = sign_in(cast.hugo)
    tab = reverse("claims_files:incapacity", args=[claim.pk])
    assert f"{here}?add=1" in browser.get(tab).content.decode()
    written = [f"{each:%d.%m.%Y}" for each in (day(-20), day(-9), day(-8), day(30))]
    page = browser.get(f"{here}?add=1").content.decode()
    # The next row begins the day after the last one.
    assert written[2] in page
    gap = fields((written[0], written[1], "100"), (f"{day(-6):%d.%m.%Y}", "", "50"))
    answer = browser.post(here, {**gap, "version": "1"})
    assert answer.status_code == 422
    assert 'href="#id_periods-1-begin"' in answer.content.decode()
    good = fields((written[0], written[1], "100"), (written[2], written[3], "50 %"))
    asked = browser.post(here, {**good, "version": "1"}).content.decode()
    assert "Is this right?" in asked
    assert 'value="50 %"' in asked
    back = browser.post(here, {**good, "version": "1", "back": "1"})
    assert back.status_code == 200
    assert IncapacityPeriod.unrestricted.filter(claim_file=claim).count() == 1
    saved = browser.post(here, {**good, "version": "1", "confirmed": "yes"})
    assert saved["Location"] == tab
    shown = browser.get(tab).content.decode()
    assert "Extension" in shown
    # A second click finds it done; what somebody else typed meanwhile is kept, and shown beside what holds now.
    assert browser.post(here, {**good, "version": "1", "confirmed": "yes"})["Location"] == tab
    other = fields((written[0], written[1], "100"), (written[2], written[3], "40"))
    stale = browser.post(here, {**other, "version": "1"})
    text = stale.content.decode()
    assert (stale.status_code, 'name="version" value="2"' in text, 'value="40"' in text) == (409, True, True)
    assert "Somebody else has changed the incapacity" in text
    assert "What holds now" in text
    assert IncapacityPeriod.unrestricted.filter(claim_file=claim, version=3).count() == 0
    assert cast.hugo.name in shown
    ClaimFile.unrestricted.filter(pk=claim.pk).update(
        state="closed", employer_state="closed", closed_at=timezone.now(), outcome="settled",
        taken_over_at=timezone.now(), health_manager=cast.pauline,
    )  # fmt: skip
    assert browser.get(here).status_code == 409
    assert here not in browser.get(tab).content.decode()


@pytest.mark.django_db
def test_a_minor_accident_that_outgrows_its_days_says_so_on_its_pages(cast, sign_in):
    """Three days of the calendar, the day of the accident included; nothing of it where the form asked for all."""
    words, wages = "This is no minor accident any more", "Send the wage statement"
    for kind, end, says in (
        ("minor_accident", day(-18), False),
        ("minor_accident", day(-17), True),
        ("minor_accident", None, True),
        ("accident", None, False),
    ):
        claim = open_claim(cast, kind=kind, periods=[(day(-20), end, 100)], event_date=day(-20))
        for tab in ("detail", "incapacity"):
            shown = sign_in(cast.hugo).get(reverse(f"claims_files:{tab}", args=[claim.pk])).content.decode()
            assert (words in shown, wages in shown) == (says, says), (kind, end, tab)
    grown = ClaimFile.unrestricted.filter(kind="minor_accident").latest("created")
    here = reverse("claims_files:detail", args=[grown.pk])
    seen = sign_in(cast.pauline).get(here).content.decode()
    assert (words in seen, wages in seen) == (True, False)
    make_document(Folder.unrestricted.get(claim_file=grown), cast.hugo, kind="wage_statement")
    sent = sign_in(cast.hugo).get(here).content.decode()
    assert (words in sent, wages in sent) == (True, False)


@pytest.mark.django_db
def test_the_same_over_the_api(cast, sign_in):
    claim = reported(cast)
    browser = sign_in(cast.hugo)
    here = reverse("claims_files:api-change-incapacity", args=[claim.pk])
    rows = [
        {"begin": str(day(-20)), "end": str(day(-2)), "degree": 100},
        {"begin": str(day(-1)), "degree": 40},
    ]
    wrong = browser.post(here, {"periods": rows[1:], "version": 7}, "application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "changed_by_another")
    made = browser.post(here, {"periods": rows, "version": 1}, "application/json")
    assert (made.status_code, made.json()["change"], made.json()["by"]) == (201, "extension", cast.hugo.name)
    whole = browser.get(reverse("claims_files:api-detail", args=[claim.pk])).json()
    assert [each["version"] for each in whole["incapacity_versions"]] == [2, 1]
    assert whole["incapacity"][-1] == {"begin": str(day(-1)), "end": None, "degree": 40}


def test_days_at_work_between_two_periods_stand_in_the_course():
    kept = [Days(date(2026, 1, 1), date(2026, 1, 5), 100), Days(date(2026, 1, 9), None, 50)]
    whole = course.gapless(kept)
    assert whole[1] == Days(date(2026, 1, 6), date(2026, 1, 8), 0)
    assert course.merged(whole) == whole
    assert [course.degree_on(whole, date(2026, 1, number)) for number in (1, 6, 9)] == [100, 0, 50]
