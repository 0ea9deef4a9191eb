"""The private calendar: RFC 5545 to the letter, a secret address, and nothing in it that tells of anybody."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from claims_files import services
from claims_files.models import CalendarFeed, Deadline
from core.errors import NotNow
from core.ical import DayEvent, calendar
from permissions import grants
from permissions.trail import AuditLine
from tests.factories_claims import open_claim
from tests.users.acts import have_proven
from users.services import raise_suspicion

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def unfolded(data):
    """The lines as a program reads them, after looking at what RFC 5545 says of their form (3.1)."""
    text = data.decode()
    assert text.endswith("\r\n")
    lines = text.split("\r\n")[:-1]
    assert all(len(line.encode()) <= 75 and "\n" not in line for line in lines)
    return text.replace("\r\n ", "").split("\r\n")[:-1]


class TestForm:
    def test_a_day_is_a_day(self):
        """On leap days, at the turn of the year and when the clocks change: the end is the day after."""
        days = ["2028-02-29", "2026-12-31", "2026-03-29", "2026-10-25"]
        events = [DayEvent(f"k{number}", date.fromisoformat(day), "T") for number, day in enumerate(days)]
        lines = unfolded(calendar("C", events, product="P", host="portal.example", now=NOW))
        assert [line for line in lines if line.startswith("DT") and "STAMP" not in line] == [
            "DTSTART;VALUE=DATE:20280229", "DTEND;VALUE=DATE:20280301",
            "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101",
            "DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330",
            "DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026",
        ]  # fmt: skip
        assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
        assert lines.count("DTSTAMP:20260329T003000Z") == 4

    def test_text_is_escaped_and_folded_between_letters(self):
        title = "Échéance; délai, suite \\ fin\nà " + "é" * 60
        lines = unfolded(
            calendar("C", [DayEvent("k", date(2026, 1, 1), title)], product="P", host="h", now=NOW)
        )
        (summary,) = [line for line in lines if line.startswith("SUMMARY:")]
        assert summary == "SUMMARY:Échéance\\; délai\\, suite \\\\ fin\\nà " + "é" * 60


@pytest.fixture
def fetch(client):
    """Fetch a calendar as a program does: without a session."""

    def get(secret):
        client.logout()
        return client.get(reverse("claims_files:feed", args=[secret]))

    return get


def ill(cast, person):
    begin = timezone.localdate() - timedelta(days=40)
    return open_claim(cast, person=person, contract=cast.ktg, periods=((begin, None, 100),), event_date=begin)


class TestFeed:
    def test_days_and_numbers_and_nothing_else(self, cast, fetch):
        claim = ill(cast, cast.persons.nadia)
        services.take_over(claim.pk, by=cast.pauline)
        _feed, secret = services.make_feed(cast.nadia)
        answer = fetch(secret)
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert "no-store" in answer["Cache-Control"]
        lines = unfolded(answer.content)
        titles = {line for line in lines if line.startswith("SUMMARY:")}
        assert titles == {
            f"SUMMARY:{claim.number}: une échéance arrive aujourd’hui".replace(": une", "\u00a0: une")
        }
        said = "\n".join(lines)
        for word in (
            "Nadia",
            cast.persons.nadia.last_name,
            "Rochat",
            "invalidité",
            "incapacité",
            str(claim.pk),
        ):
            assert word not in said

    def test_each_sees_what_is_his(self, cast, fetch):
        claim = ill(cast, cast.persons.nadia)
        found = {}
        for who in ("hugo", "nadia", "pauline"):
            lines = unfolded(fetch(services.make_feed(getattr(cast, who))[1]).content)
            found[who] = {line.split(":")[1] for line in lines if line.startswith("DTSTART")}
        days = {row.rule: f"{row.day:%Y%m%d}" for row in Deadline.unrestricted.filter(claim_file=claim)}
        # The benefit ends in two years: too far ahead.
        assert found["nadia"] == {days["certificate"], days["disability"]}
        assert found["hugo"] == set()
        # It is nobody's yet at the insurer.
        assert found["pauline"] == set()
        services.take_over(claim.pk, by=cast.pauline)
        assert days["disability"].encode() in fetch(services.make_feed(cast.pauline)[1]).content

    def test_a_requested_paper_is_a_day_too(self, cast, fetch):
        claim = ill(cast, cast.persons.nadia)
        services.take_over(claim.pk, by=cast.pauline)
        paper = services.request_paper(claim.pk, kind="wage_statement", addressee="employer", by=cast.pauline)
        services.request_paper(claim.pk, kind="medical_report", addressee="person", by=cast.pauline)
        lines = unfolded(fetch(services.make_feed(cast.hugo)[1]).content)
        assert [line for line in lines if line.startswith("DTSTART")] == [
            f"DTSTART;VALUE=DATE:{paper.due:%Y%m%d}"
        ]

    def test_somebody_else_was_here(self, cast, fetch):
        """Who was in the account may have taken the address along."""
        ill(cast, cast.persons.nadia)
        _feed, secret = services.make_feed(cast.hugo)
        assert fetch(secret).status_code == 200
        raise_suspicion(cast.hugo)
        assert fetch(secret).status_code == 404
        assert not CalendarFeed.objects.exists()

    def test_renewed_ended_deactivated_and_without_rights(self, cast, fetch):
        ill(cast, cast.persons.nadia)
        _feed, first = services.make_feed(cast.hugo)
        _feed, second = services.make_feed(cast.hugo)
        assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)
        cast.hugo.is_active = False
        cast.hugo.save()
        assert fetch(second).status_code == 404
        cast.hugo.is_active = True
        cast.hugo.save()
        services.end_feed(cast.hugo)
        assert fetch(second).status_code == 404
        with pytest.raises(NotNow):
            services.end_feed(cast.hugo)
        _feed, zoes = services.make_feed(cast.zoe)
        assert fetch(zoes).status_code == 404
        assert fetch("x" * 43).status_code == 404
        # The secret is nowhere.
        kept = str(list(CalendarFeed.objects.values())) + str(list(AuditLine.unrestricted.values("facts")))
        assert second not in kept
        assert zoes not in kept

    def test_made_on_the_account_page(self, cast, sign_in, fetch):
        browser = sign_in(cast.nadia)
        page = browser.get(reverse("claims_files:calendar"))
        assert reverse("claims_files:new_calendar") in page.content.decode()
        # Only with a fresh code, and for one address.
        address = reverse("claims_files:new_calendar")
        assert "/2fa/" in browser.get(address).url
        have_proven(browser, cast.nadia, "calendar")
        assert browser.get(address).status_code == 200
        made = browser.post(address)
        assert made.status_code == 200
        secret = made.context["address"].split("/calendar/")[1].split("/")[0]
        assert "/2fa/" in browser.post(address).url
        page = browser.get(reverse("claims_files:calendar")).content.decode()
        assert secret not in page
        assert services.find_feed(secret).user == cast.nadia
        assert browser.post(reverse("claims_files:end_calendar")).status_code == 302
        assert services.find_feed(secret) is None

    def test_made_renewed_and_dropped_over_the_api(self, cast, sign_in, fetch):
        ill(cast, cast.persons.nadia)
        browser, address = sign_in(cast.nadia), reverse("claims_files:api-calendar")
        assert browser.get(address).json() == {"made": None, "last_used": None}
        assert browser.post(address).json()["code"] == "fresh_proof_required"
        made = []
        for _time in range(2):
            have_proven(browser, cast.nadia, "calendar")
            answer = browser.post(address, headers={"idempotency-key": f"k{len(made)}"})
            assert answer.status_code == 201
            made.append(answer.json()["address"].split("/calendar/")[1].split("/")[0])
            # The code is used up, and the secret is not told twice.
            assert browser.post(address).json()["code"] == "fresh_proof_required"
            again = browser.post(address, headers={"idempotency-key": f"k{len(made) - 1}"})
            assert again.json()["code"] == "secret_shown_once"
        assert [services.find_feed(secret) is None for secret in made] == [True, False]
        assert made[1] not in browser.get(address).content.decode()
        assert [browser.delete(address).status_code for _time in range(2)] == [204, 409]
        assert fetch(made[1]).status_code == 404

    def test_who_works_at_the_insurer_has_his_own_case_in_it(self, cast, fetch):
        person = cast.persons.nadia
        claim = ill(cast, person)
        grants.appoint(cast.nadia, "health_manager", all_companies=True)
        day = Deadline.unrestricted.get(claim_file=claim, rule="disability").day
        assert f"{day:%Y%m%d}" in fetch(services.make_feed(cast.nadia)[1]).content.decode()
