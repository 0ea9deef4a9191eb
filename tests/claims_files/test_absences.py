"""Absences of a company in sum: what is counted, and that no small group can be reckoned from what is shown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from claims_files import absences, services
from claims_files.absences import Cause, Employed, Spell, lost_days, summarize
from claims_files.models import ClaimFile
from declarations.models import Declaration
from permissions import grants
from tests.declarations.answers import sent
from tests.factories import make_company, make_person, make_site, make_user
from tests.factories_claims import open_claim

TODAY = date(2026, 11, 22)
LONG_AGO = date(2020, 1, 1)


def spell(begin, end, degree=100, cause=Cause.ILLNESS):
    return Spell(cause, date.fromisoformat(begin), date.fromisoformat(end) if end else None, degree)


class TestDaysLost:
    def test_a_day_at_fifty_percent_is_half_a_day(self):
        lost = lost_days([spell("2026-02-20", "2026-03-10", 50)], date(2026, 2, 1), date(2026, 2, 28))
        assert lost == {Cause.ILLNESS: Decimal("4.5")}

    def test_two_cases_on_one_day_lose_that_day_once(self):
        spells = [spell("2026-02-01", "2026-02-10", 60), spell("2026-02-06", None, 100, Cause.ACCIDENT)]
        lost = lost_days(spells, date(2026, 2, 1), date(2026, 2, 12))
        assert lost == {Cause.ILLNESS: Decimal(6), Cause.ACCIDENT: Decimal(4)}

    @given(
        st.lists(
            st.tuples(st.integers(0, 60), st.integers(0, 60) | st.none(), st.integers(1, 100)), max_size=4
        ),
        st.integers(1, 59),
    )
    def test_the_parts_of_a_period_make_the_whole_and_no_day_is_lost_twice(self, rows, cut):
        begin, last = date(2028, 2, 1), date(2028, 3, 31)
        spells = [
            Spell(
                Cause.ILLNESS,
                begin + timedelta(first),
                None if days is None else begin + timedelta(first + days),
                degree,
            )
            for first, days, degree in rows
        ]
        middle = begin + timedelta(cut)
        whole = sum(lost_days(spells, begin, last).values())
        parts = [lost_days(spells, begin, middle - timedelta(1)), lost_days(spells, middle, last)]
        assert whole == sum(sum(each.values()) for each in parts)
        assert 0 <= whole <= (last - begin).days + 1


class TestGroups:
    def test_the_months_are_the_twelve_whole_ones_before_this(self):
        months = absences.months_before(date(2028, 3, 1))
        assert (months[0][0], months[-1]) == (date(2027, 3, 1), (date(2028, 2, 1), date(2028, 2, 29)))

    def test_nine_people_are_too_few_and_ten_are_enough(self):
        nine = [Employed("Bern", LONG_AGO, None)] * 9
        assert summarize(nine, TODAY, 10) == absences.Summary(10)
        assert len(summarize([*nine, nine[0]], TODAY, 10).months) == 12

    def test_a_month_with_too_few_people_ends_what_is_shown_and_counts_in_no_sum(self):
        old = [Employed("Bern", LONG_AGO, None, (spell("2026-01-01", "2026-08-31"),))] * 9
        joined = Employed("Bern", date(2026, 8, 15), None)
        found = summarize([*old, joined], TODAY, 10)
        assert [month for month, _figures in found.months] == [
            date(2026, 8, 1),
            date(2026, 9, 1),
            date(2026, 10, 1),
        ]
        assert found.whole.total == 9 * 31

    @given(st.lists(st.integers(1, 25), min_size=1, max_size=8))
    def test_no_site_shown_nor_what_is_left_of_the_whole_is_too_small(self, sizes):
        group = [
            Employed(f"site {number}", LONG_AGO, None)
            for number, size in enumerate(sizes)
            for _each in range(size)
        ]
        found = summarize(group, TODAY, 10)
        shown = [each.figures.people for each in found.sites]
        assert all(size >= 10 for size in shown)
        assert not shown or sum(shown) == found.whole.people == len(group)
        assert len(shown) != 1

    def test_who_is_away_today_is_counted_once(self):
        away = Employed("Bern", LONG_AGO, None, (spell("2026-11-01", None), spell("2026-11-20", None, 50)))
        partly = Employed("Bern", LONG_AGO, None, (spell("2026-11-01", "2026-11-22", 50),))
        back = Employed("Bern", LONG_AGO, None, (spell("2026-11-01", "2026-11-21"),))
        left = Employed("Bern", LONG_AGO, date(2026, 11, 21), (spell("2026-11-01", None),))
        found = summarize([away, partly, back, left, *[Employed("Bern", LONG_AGO, None)] * 7], TODAY, 10)
        assert (found.people, found.away_fully, found.away_partly) == (10, 1, 1)


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def people(self, cast):
        """Enough people for a sum at Lausanne, two at another site; Marco was away in the month before this."""
        other = make_site(cast.rochat, "Nyon")
        for number in range(12):
            make_person(cast.rochat, cast.lausanne, last_name=f"Person{number}")
        for number in range(2):
            make_person(cast.rochat, other, last_name=f"Nyon{number}")

    def test_the_page_sums_up_and_names_nobody(self, cast, people, sign_in):
        declaration = sent(cast.marco, by=cast.hugo)
        begin = declaration.claim_file.incapacity_periods(manager="unrestricted").first().begin
        when = begin.replace(day=1) + timedelta(days=40)
        summary = absences.of_company(cast.rochat, cast.claire, when)
        assert summary.whole.lost[Cause.ILLNESS] > 0
        assert [group.site for group in summary.sites] == []
        page = sign_in(cast.claire).get(reverse("claims_files:absences"))
        assert page.status_code == 200
        words = page.content.decode()
        assert "Nyon" not in words
        assert "Bernasconi" not in words
        withdrawn = ClaimFile.unrestricted.filter(pk=declaration.claim_file_id)
        withdrawn.update(
            state="closed",
            employer_state="closed",
            outcome="withdrawn",
            withdrawal="mistake",
            closed_at=timezone.now(),
        )
        assert Declaration.unrestricted.filter(pk=declaration.pk).exists()
        assert absences.of_company(cast.rochat, cast.claire, when).whole.total == 0

    def test_nobody_is_counted_for_himself_and_a_site_s_hr_sees_the_site(self, cast, people):
        everybody = absences.of_company(cast.rochat, cast.claire)
        insured = absences.of_company(cast.rochat, cast.sonia)
        assert everybody.people > 12
        assert insured.people <= everybody.people

    def test_too_few_people_are_said_in_words(self, cast, sign_in):
        page = sign_in(cast.bruno).get(reverse("claims_files:absences"))
        assert "from 10 employees on" in page.content.decode()
        answer = sign_in(cast.bruno).get(reverse("claims_files:api-absences", args=[cast.keller.pk])).json()
        assert (answer["people"], answer["months"], answer["sites"]) == (0, [], [])

    def test_a_case_counts_once_and_no_longer_than_somebody_tells_of_it(self, cast, people):
        """Reported twice, at 60 percent: not 120. Closed with an open end: nobody has told of the days after."""
        now = timezone.localdate()
        begin = now.replace(day=1) - timedelta(days=62)
        first, second = (
            open_claim(cast, periods=((begin, None, 60),), event_date=begin) for _each in range(2)
        )
        assert absences.of_company(cast.rochat, cast.claire, now).away_fully == 1
        services.take_over(second.pk, by=cast.pauline)
        services.close_as_duplicate(second.pk, original=first.number, by=cast.pauline)
        found = absences.of_company(cast.rochat, cast.claire, now)
        assert (found.away_fully, found.away_partly) == (0, 1)
        services.take_over(first.pk, by=cast.pauline)
        services.decline(first.pk, reason="No cover.", legal_remedy="objection", by=cast.pauline)
        services.close(first.pk, by=cast.pauline)
        assert absences.of_company(cast.rochat, cast.claire, now).away_partly == 1
        assert absences.of_company(cast.rochat, cast.claire, now + timedelta(days=1)).away_partly == 0

    def test_a_company_without_people_has_a_page(self, cast, sign_in):
        empty = make_company("Nova SA", contract_manager=cast.reto)
        user = make_user("Nils", "Nova")
        grants.grant(empty, to=user, preset="administrator", by=cast.reto)
        page = sign_in(user).get(reverse("claims_files:absences"))
        assert page.status_code == 200
        assert "from 10 employees on" in page.content.decode()

    def test_by_site_no_cause_is_told_by_the_api_either(self, cast, people, sign_in):
        bern = make_site(cast.rochat, "Bern")
        for number in range(12):
            make_person(cast.rochat, bern, last_name=f"Bern{number}")
        answer = sign_in(cast.claire).get(reverse("claims_files:api-absences", args=[cast.rochat.pk])).json()
        assert answer["sites"]
        assert "by_cause" in answer["whole"]
        assert all("by_cause" not in group["figures"] for group in answer["sites"])

    def test_another_company_is_not_there(self, cast, sign_in):
        claire = sign_in(cast.claire)
        address = reverse("claims_files:absences")
        for asked in (cast.keller.pk, "nonsense", ""):
            assert claire.get(address, {"company": asked}).status_code == 404
        assert claire.get(address, {"company": cast.rochat.pk}).status_code == 200
