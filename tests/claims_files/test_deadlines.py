"""Deadlines: reckoned from the case, kept at every act, told once, and to the right side."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from claims_files import reading, services, tasks
from claims_files.course import Days
from claims_files.deadlines import Case, Rule, Terms, deadlines_of
from claims_files.due_list import DeadlineFilter, rows_of
from claims_files.models import Deadline, TimelineEntry
from companies.services import edit_person
from core.dated import Dated, Values
from core.errors import NotAllowed, NotNow, OutOfReach
from core.parameters import LAW
from correspondence.models import Notification
from documents.models import Folder
from permissions.grants import appoint
from permissions.trail import AuditLine
from tests.claims_files.cases import course, day
from tests.factories import make_user
from tests.factories_claims import open_claim
from tests.factories_documents import make_document

SEEDED = Values(rule.dated() for rule in LAW)


def reckoned(*rows, own=(), **known):
    """{rule: (day, lapses)} of an illness with this course, each as a text."""
    facts = {"branch": "ktg", "kind": "illness", "waiting_days": 30, "event_date": "2026-01-05"} | known
    facts = {name: day(value) if name in DAYS and value else value for name, value in facts.items()}
    case = Case(reported=facts.pop("reported", facts["event_date"]), course=tuple(course(*rows)), **facts)
    found = deadlines_of(case, Terms(SEEDED, Values(own)))
    return {str(due.rule): (str(due.day), due.lapses and str(due.lapses)) for due in found}


DAYS = {"event_date", "reported", "missing", "arrived", "employment_end"}


class TestReckoning:
    @pytest.mark.parametrize(
        ("waiting", "expected"),
        [(0, "2026-01-10"), (21, "2026-01-10"), (22, "2026-02-04"), (60, "2026-02-04")],
    )
    def test_a_short_waiting_period_leaves_less_time_to_report(self, waiting, expected):
        assert reckoned(("2026-01-05", None, 100), waiting_days=waiting)["notice"] == (expected, None)

    @pytest.mark.parametrize(
        ("begin", "expected"),
        [
            ("2026-01-31", "2026-02-28"),
            ("2028-01-31", "2028-02-29"),
            ("2028-02-29", "2028-03-29"),
            ("2026-03-31", "2026-04-30"),
            ("2026-12-31", "2027-01-31"),
            # The clocks go forward on 29 March 2026 and back on 25 October: a day stays a day.
            ("2026-02-28", "2026-03-28"),
            ("2026-09-25", "2026-10-25"),
        ],
    )
    def test_a_month_ends_with_its_last_day(self, begin, expected):
        assert reckoned((begin, None, 100), event_date=begin)["certificate"] == (expected, None)

    def test_the_next_certificate_is_due_a_month_after_the_last(self):
        found = reckoned(("2026-01-05", None, 100), arrived="2026-03-31")
        assert found["certificate"] == ("2026-04-30", None)

    @pytest.mark.parametrize(
        ("known", "expected"),
        [
            # Read off: the last certified day, before the month and after it.
            ({"missing": "2026-01-21"}, "2026-01-20"),
            ({"missing": "2026-04-06"}, "2026-04-05"),
            # One that came and was not read may reach further.
            ({"missing": "2026-01-21", "arrived": "2026-01-19"}, "2026-02-19"),
            ({"missing": "2026-04-06", "arrived": "2026-01-19"}, "2026-04-05"),
            ({}, None),
        ],
    )
    def test_certificates_that_were_read_say_until_when(self, known, expected):
        found = reckoned(("2026-01-05", None, 100), read=True, **known)
        assert found.get("certificate") == (expected and (expected, None))

    def test_unable_anew_leaves_a_month(self):
        rows = [("2026-01-05", "2026-01-14", 100), ("2026-01-25", None, 100)]
        assert reckoned(*rows, read=True, missing="2026-01-25")["certificate"][0] == "2026-02-25"

    def test_a_known_end_comes_before_the_next_certificate(self):
        found = reckoned(("2026-01-05", "2026-01-20", 100))
        assert "certificate" not in found
        assert found["expiry"] == ("2026-01-20", "2026-01-20")
        # Long before the half year and the two years, both matter only if the incapacity goes on.
        assert found["disability"] == ("2026-07-05", "2026-01-20")
        assert found["benefit_end"] == ("2028-01-04", "2026-01-20")

    def test_on_the_very_day_both_are_due(self):
        found = reckoned(("2026-01-05", "2026-02-05", 100))
        assert found["certificate"] == ("2026-02-05", None)
        assert found["expiry"] == ("2026-02-05", "2026-02-05")

    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            # 730 days from the first one, 2028 being a leap year; waiting days are among them.
            ([("2026-01-05", None, 100)], "2028-01-04"),
            ([("2027-03-01", None, 50)], "2029-02-27"),
            # Ten days at work, and ten below the smallest degree, are not counted.
            ([("2026-01-05", "2026-01-14", 100), ("2026-01-25", None, 100)], "2028-01-14"),
            ([("2026-01-05", "2026-01-14", 20), ("2026-01-15", None, 25)], "2028-01-14"),
        ],
    )
    def test_the_benefit_ends_with_the_last_day_of_the_contract(self, rows, expected):
        assert reckoned(*rows)["benefit_end"] == (expected, expected)

    @pytest.mark.parametrize(
        ("back", "expected"), [("2026-03-06", "2026-07-05"), ("2026-03-07", "2026-09-07")]
    )
    def test_thirty_days_at_work_begin_the_half_year_anew(self, back, expected):
        """Unable until 4 February: 29 days at work are none, 30 are an interruption."""
        found = reckoned(("2026-01-05", "2026-02-04", 100), (back, None, 100))
        assert found["disability"][0] == expected

    @pytest.mark.parametrize(
        ("left", "expected"), [("2026-02-28", "2026-05-29"), ("2028-02-29", "2028-05-29"), (None, None)]
    )
    def test_ninety_days_after_leaving_the_way_to_individual_insurance_closes(self, left, expected):
        found = reckoned(("2026-01-05", None, 100), employment_end=left)
        assert found.get("transfer") == (expected and (expected, None))

    def test_a_contract_rules_otherwise_from_its_day_on(self):
        own = [
            Dated("ktg.notice_days", day("2026-02-01"), 12, "Contract, art. 7"),
            Dated("ktg.benefit_days", day("2020-01-01"), 365, "Contract, art. 9"),
        ]
        assert reckoned(("2026-01-31", None, 100), own=own)["notice"][0] == "2026-03-02"
        late = reckoned(("2026-02-01", None, 100), own=own)
        assert (late["notice"][0], late["benefit_end"][0]) == ("2026-02-13", "2027-01-31")

    @pytest.mark.parametrize(
        ("known", "rules"),
        [
            ({"branch": "laa", "kind": "accident"}, {"certificate", "disability"}),
            ({"kind": "maternity"}, {"benefit_end"}),
            ({"kind": "other_parent"}, set()),
        ],
    )
    def test_each_branch_has_its_own(self, known, rules):
        assert set(reckoned(("2026-01-05", None, 100), **known)) == rules

    def test_a_maternity_allowance_lasts_fourteen_weeks(self):
        assert reckoned(kind="maternity", event_date="2026-01-05")["benefit_end"][0] == "2026-04-12"

    def test_every_rule_has_its_words_and_its_reminder(self):
        leads = SEEDED.on("claims.deadline_reminder_days", day("2026-01-01")).value
        assert set(leads) == {*Rule.values} - {"notice"}
        ill = {
            "branch": "ktg",
            "waiting_days": 30,
            "event_date": day("2026-01-05"),
            "reported": day("2026-01-05"),
        }
        cases = [
            Case(
                kind="illness",
                course=course(("2026-01-05", None, 100)),
                employment_end=day("2026-02-28"),
                **ill,
            ),
            Case(kind="illness", course=course(("2026-01-05", "2026-01-09", 100)), **ill),
            Case(kind="maternity", **ill),
        ]
        found = [due for case in cases for due in deadlines_of(case, Terms(SEEDED, Values([])))]
        assert {due.rule for due in found} == set(Rule)
        for language in ("fr", "de", "it"):
            with override(language):
                untold = [due.source for due in found if gettext(due.source) == due.source]
            assert untold == []


def ill(cast, *, since=20, until=None, **fields):
    """An illness of Nadia, who has an account, since so many days ago."""
    today = timezone.localdate()
    begin = today - timedelta(days=since)
    end = None if until is None else today + timedelta(days=until)
    return open_claim(
        cast, person=cast.persons.nadia, periods=((begin, end, 100),), event_date=begin, **fields
    )


def kept(claim):
    return {row.rule: row for row in Deadline.unrestricted.filter(claim_file=claim)}


class TestKeeping:
    def test_they_follow_the_acts(self, cast):
        claim = ill(cast)
        before = kept(claim)
        assert set(before) == {"notice", "certificate", "disability", "benefit_end"}
        assert before["notice"].done == timezone.localdate()
        today = timezone.localdate()
        services.change_incapacity(
            claim.pk, [Days(claim.event_date, today + timedelta(days=3), 100)], by=cast.hugo, confirmed=True
        )
        assert kept(claim)["expiry"].day == today + timedelta(days=3)
        services.take_over(claim.pk, by=cast.pauline)
        services.decline(claim.pk, reason="No cover.", legal_remedy="objection", by=cast.pauline)
        assert set(kept(claim)) == {"notice"}

    def test_a_certificate_moves_the_next_one(self, cast, settings, tmp_path):
        settings.DOCUMENT_ROOT = tmp_path
        claim = ill(cast)
        first = kept(claim)["certificate"].day
        folder = Folder.unrestricted.get(claim_file=claim)
        make_document(folder, cast.hugo, "certificate", kind="certificate")
        assert kept(claim)["certificate"].day > first

    def test_the_days_on_a_certificate_say_when_the_next_one_is_due(self, cast, settings, tmp_path):
        """Whoever entered them; the ones on a sealed paper too, of which the employer learns nothing by it."""
        settings.DOCUMENT_ROOT = tmp_path
        claim, today = ill(cast), timezone.localdate()
        folder = Folder.unrestricted.get(claim_file=claim)
        paper = make_document(folder, cast.nadia, "medical", kind="certificate")
        month_after = kept(claim)["certificate"].day
        days = {"begin": claim.event_date, "degree": 100}
        entered = services.enter_certificate(
            claim.pk, **days, end=today + timedelta(days=4), document_id=paper.pk, by=cast.nadia
        )
        row = kept(claim)["certificate"]
        assert (row.day, row.audience) == (today + timedelta(days=4), "person")
        assert {each.rule for each in reading.deadlines_of(cast.hugo, claim, today)} == {
            "notice",
            "benefit_end",
        }
        services.enter_certificate(claim.pk, **days, end=today + timedelta(days=9), by=cast.hugo)
        assert kept(claim)["certificate"].day == today + timedelta(days=9)
        # Taken out, the paper is one that nobody has read.
        services.drop_certificate(entered.pk, by=cast.pauline)
        assert kept(claim)["certificate"].day == today + timedelta(days=9)
        # What came before days were entered without naming it is what they stand on; the next one is not.
        newer = make_document(folder, cast.hugo, "certificate", kind="certificate")
        assert kept(claim)["certificate"].day == month_after
        services.enter_certificate(
            claim.pk, **days, end=today + timedelta(days=12), document_id=newer.pk, by=cast.hugo
        )
        assert kept(claim)["certificate"].day == today + timedelta(days=12)

    def test_leaving_the_company_opens_the_way_to_individual_insurance(self, cast):
        claim = open_claim(
            cast, periods=((timezone.localdate(), None, 100),), event_date=timezone.localdate()
        )
        assert "transfer" not in kept(claim)
        end = timezone.localdate() - timedelta(days=1)
        edit_person(cast.marco.pk, {"employment_end": end}, by=cast.hugo)
        assert kept(claim)["transfer"].day == end + timedelta(days=90)

    def test_a_contract_manager_rules_a_contract_otherwise(self, cast):
        claim = ill(cast)
        values = {
            "key": "ktg.benefit_days",
            "valid_from": date(2020, 1, 1),
            "number": 365,
            "source": "Art. 9",
        }
        with pytest.raises(NotAllowed):
            services.set_contract_rule(cast.ktg.pk, by=cast.fiona, **values)
        with pytest.raises(OutOfReach):
            services.set_contract_rule(cast.ktg.pk, by=cast.zoe, **values)
        with pytest.raises(ValidationError) as wrong:
            services.set_contract_rule(
                cast.ktg.pk, by=cast.reto, **values | {"key": "x", "number": 0, "source": " "}
            )
        assert set(wrong.value.message_dict) == {"key", "number", "source"}
        services.set_contract_rule(cast.ktg.pk, by=cast.reto, **values)
        with pytest.raises(NotNow):
            services.set_contract_rule(cast.ktg.pk, by=cast.reto, **values)
        tasks.keep_deadlines_of_contract(str(cast.ktg.pk))
        row = kept(claim)["benefit_end"]
        assert (row.day, row.source) == (claim.event_date + timedelta(days=364), "Art. 9")


class TestDone:
    def test_the_health_manager_says_so_once(self, cast):
        claim = ill(cast)
        row = kept(claim)["disability"]
        for who, refusal in ((cast.nadia, NotAllowed), (cast.hugo, NotAllowed), (cast.zoe, OutOfReach)):
            with pytest.raises(refusal):
                services.finish_deadline(row.pk, by=who)
        services.finish_deadline(row.pk, by=cast.pauline)
        with pytest.raises(NotNow):
            services.finish_deadline(row.pk, by=cast.pauline)
        # The next act reckons it anew, and it stays done.
        services.take_over(claim.pk, by=cast.pauline)
        row.refresh_from_db()
        assert (row.done, row.done_by) == (timezone.localdate(), cast.pauline)
        line = AuditLine.unrestricted.get(event="claim.deadline_done")
        assert line.company is None
        assert "disability" not in str(line.facts)
        assert TimelineEntry.unrestricted.get(code="deadline_done").audience == "person"

    @pytest.mark.parametrize("rule", ["notice", "benefit_end"])
    def test_what_comes_by_itself_nobody_does(self, cast, rule):
        with pytest.raises(NotNow):
            services.finish_deadline(kept(ill(cast))[rule].pk, by=cast.pauline)


class TestTelling:
    def test_each_is_told_once_to_whom_it_concerns(self, cast):
        # A certificate a month after the first day: the reminder went due two days ago.
        claim = ill(cast, since=25)
        services.take_over(claim.pk, by=cast.pauline)
        Notification.objects.all().delete()
        for _morning in range(2):
            for row in services.deadlines_to_tell(timezone.localdate()):
                tasks.remind_of_deadline(str(row.pk))
        told = Notification.objects.filter(event="claim.deadline_near")
        assert [row.user for row in told] == [cast.nadia]
        line = AuditLine.unrestricted.get(event="claim.deadline_near")
        assert (line.company, line.actor) == (None, None)

    def test_without_an_account_the_health_manager_hears(self, cast):
        begin = timezone.localdate() - timedelta(days=25)
        claim = open_claim(cast, periods=((begin, None, 100),), event_date=begin)
        services.take_over(claim.pk, by=cast.pauline)
        services.remind_of_deadline(kept(claim)["certificate"].pk)
        assert Notification.objects.get(event="claim.deadline_near").user == cast.pauline

    def test_somebody_always_hears(self, cast):
        """A closed account is none; a file nobody has taken over, or whose manager has left, is the company's manager's."""
        claim = ill(cast, since=25)
        row = kept(claim)["certificate"]
        services.take_over(claim.pk, by=cast.pauline)
        row.refresh_from_db()
        assert services.who_keeps(row) == {cast.nadia.pk}
        cast.nadia.is_active = False
        cast.nadia.save()
        row = Deadline.unrestricted.get(pk=row.pk)
        assert services.who_keeps(row) == {cast.pauline.pk}
        other = make_user("Hanna", "Neu")
        appoint(other, "health_manager")
        cast.rochat.health_manager = other
        cast.rochat.save()
        cast.pauline.is_active = False
        cast.pauline.save()
        assert services.who_keeps(Deadline.unrestricted.get(pk=row.pk)) == {other.pk}

    def test_what_matters_no_more_is_forgotten_untold(self, cast):
        claim = ill(cast, since=20, until=0)
        today = timezone.localdate()
        assert {row.rule for row in reading.deadlines(cast.nadia, today)} == {
            "expiry",
            "disability",
            "benefit_end",
        }
        assert list(reading.deadlines(cast.nadia, today + timedelta(days=1))) == []
        assert services.forget_lapsed(today) == 0
        assert services.forget_lapsed(today + timedelta(days=1)) == 3
        assert set(kept(claim)) == {"notice"}

    def test_the_day_is_the_insurers(self, cast, monkeypatch):
        """Half past eleven at night in Greenwich is the next day in Zurich, in winter and in summer."""
        row = kept(ill(cast))["certificate"]
        for at, expected in (
            (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), date(2026, 10, 25)),
            (datetime(2026, 10, 25, 22, 30, tzinfo=UTC), date(2026, 10, 25)),
            (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), date(2026, 10, 26)),
        ):
            assert timezone.localdate(at) == expected
        Deadline.unrestricted.filter(pk=row.pk).update(day=date(2026, 10, 25), remind_on=None)
        monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 25, 22, 30, tzinfo=UTC))
        shown = reading.deadlines(cast.pauline, timezone.localdate()).get(pk=row.pk)
        assert not rows_of([shown], timezone.localdate())[0].overdue
        monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 25, 23, 30, tzinfo=UTC))
        assert rows_of([shown], timezone.localdate())[0].overdue


class TestPages:
    def test_the_employer_sees_none_that_tells_of_health(self, cast, sign_in):
        claim = ill(cast, since=40, until=5)
        # The description of the API has made the field with every choice before.
        assert DeadlineFilter.base_filters["rule"].field
        shown = {}
        for who in ("hugo", "nadia", "pauline"):
            browser = sign_in(getattr(cast, who))
            pages = [
                browser.get(reverse("claims_files:deadlines")),
                browser.get(reverse("claims_files:detail", args=[claim.pk])),
                browser.get(reverse("claims_files:api-deadline-list")),
                browser.get(reverse("claims_files:api-detail", args=[claim.pk])),
            ]
            assert {page.status_code for page in pages} == {200}
            shown[who] = [page.content.decode() for page in pages]
        sealed = ("Register with the disability insurance", "current certificate")
        told = {
            (who, number, word)
            for who, pages in shown.items()
            for number, page in enumerate(pages)
            for word in sealed
            if word in page
        }
        assert told == {
            (who, number, word) for who in ("nadia", "pauline") for number in range(4) for word in sealed
        }
        assert all("known incapacity for work ends" in page for pages in shown.values() for page in pages)

    def test_what_is_near_stands_on_the_home_page_of_the_person(self, cast, sign_in):
        claim = ill(cast, since=25)
        title = "Send a current certificate of incapacity"
        assert title in sign_in(cast.nadia).get(reverse("home")).content.decode()
        assert title not in sign_in(cast.hugo).get(reverse("home")).content.decode()
        services.finish_deadline(kept(claim)["certificate"].pk, by=cast.pauline)
        assert title not in sign_in(cast.nadia).get(reverse("home")).content.decode()

    def test_done_on_the_page(self, cast, sign_in):
        claim = ill(cast)
        row = kept(claim)["disability"]
        address = reverse("claims_files:finish_deadline", args=[claim.pk, row.pk])
        browser = sign_in(cast.pauline)
        page = browser.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()
        assert address in page
        assert browser.post(address).status_code == 302
        assert browser.post(address).status_code == 409
        assert address not in browser.get(reverse("claims_files:detail", args=[claim.pk])).content.decode()

    @pytest.mark.parametrize(
        ("query", "rules"),
        [
            ("when=overdue", {"certificate"}),
            ("when=7", {"expiry"}),
            ("rule=disability", {"disability"}),
            ("mine=true", set()),
        ],
    )
    def test_filters(self, cast, sign_in, query, rules):
        ill(cast, since=40, until=7)
        answer = sign_in(cast.pauline).get(f"{reverse('claims_files:deadlines')}?{query}")
        assert {row.deadline.rule for row in answer.context["rows"]} == rules
