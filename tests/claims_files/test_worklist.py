"""The worklist: views, own views, handing over, one act on many claim files, the portfolio."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from claims_files import services
from claims_files.filters import ClaimFilter
from claims_files.models import ClaimFile, TimelineEntry, WorklistView
from claims_files.reading import everything
from core.errors import NotAllowed, NotNow, OutOfReach
from core.text import swiss_date
from correspondence.models import Notification
from permissions import grants
from permissions.audit import record
from permissions.ledger import Deputy
from permissions.policy import visible_to
from permissions.trail import AuditLine
from tests.declarations.test_later import least
from tests.factories import make_user
from tests.factories_claims import open_claim

LIST = "claims_files:list"


def manager(cast, name="Hanna", *, all_companies=True):
    """Another health manager."""
    user = make_user(name, "Neu")
    grants.appoint(user, "health_manager", all_companies=all_companies)
    return user


def stand_in(principal, deputy):
    today = timezone.localdate()
    Deputy.unrestricted.create(
        principal=principal, deputy=deputy, company=None, begin=today, until=today, named_by=principal,
        confirmed=timezone.now(),
    )  # fmt: skip


def in_view(user, view):
    request = type("Request", (), {"user": user})()
    return set(ClaimFilter({"view": view}, queryset=everything(), request=request).qs)


class TestViews:
    def test_each_finds_its_own(self, cast):
        today = timezone.localdate()
        other = manager(cast)
        ending = open_claim(cast, periods=((today, today + timedelta(days=7), 100),), event_date=today)
        later = open_claim(cast, periods=((today, today + timedelta(days=8), 100),), event_date=today)
        silent, spoken, closed = (open_claim(cast, periods=()) for _each in range(3))
        for claim in (silent, spoken, closed):
            services.take_over(claim.pk, by=other)
        services.decline(closed.pk, reason="No cover.", legal_remedy="objection", by=other)
        services.close(closed.pk, by=other)
        # Fourteen days without contact are allowed, on the fifteenth the file is shown.
        for claim, days in ((silent, 15), (spoken, 14), (closed, 40)):
            ClaimFile.unrestricted.filter(pk=claim.pk).update(
                last_activity=timezone.now() - timedelta(days=days)
            )
        assert in_view(cast.pauline, "expiring") == {ending}
        # Whose certificate has run out is the most urgent of all; an incapacity that is over needs none.
        begin = today - timedelta(days=40)
        out = open_claim(cast, periods=((begin, None, 100),), event_date=begin)
        over = open_claim(cast, periods=((begin, today - timedelta(days=1), 60),), event_date=begin)
        services.enter_certificate(
            over.pk, begin=begin, end=today - timedelta(days=1), degree=60, by=cast.hugo
        )
        assert in_view(cast.pauline, "expiring") == {ending, out}
        ClaimFile.unrestricted.filter(pk__in=[out.pk, over.pk]).update(
            state="in_progress", employer_state="in_progress", health_manager=cast.reto, taken_over_at=timezone.now(),
        )  # fmt: skip
        assert in_view(cast.pauline, "new") == {ending, later}
        assert in_view(cast.pauline, "quiet") == {silent}
        assert in_view(other, "mine") == {silent, spoken}
        assert in_view(cast.pauline, "portfolio") == {ending, later, silent, spoken, out, over}
        assert in_view(other, "portfolio") == set()
        # A deputy sees those of whom he stands in for.
        assert in_view(cast.pauline, "deputy") == set()
        stand_in(other, cast.pauline)
        assert in_view(cast.pauline, "deputy") == {silent, spoken}
        # Nobody outside the insurer is answered.
        assert in_view(cast.hugo, "quiet") == set()

    def test_tabs_are_those_somebody_needs(self, cast, sign_in):
        other = manager(cast)
        shown = [tab["label"] for tab in sign_in(cast.pauline).get(reverse(LIST)).context["views"]]
        assert "As a deputy" not in shown
        assert "My companies" not in shown
        stand_in(other, cast.pauline)
        shown = [tab["label"] for tab in sign_in(cast.pauline).get(reverse(LIST)).context["views"]]
        assert "As a deputy" in shown

    def test_whose_certificate_runs_out_is_flagged_for_the_insurer_alone(self, cast, sign_in):
        today = timezone.localdate()
        claim = open_claim(cast, periods=((today, None, 100),), event_date=today)
        services.enter_certificate(
            claim.pk, begin=today, end=today + timedelta(days=7), degree=100, by=cast.hugo
        )
        assert in_view(cast.pauline, "expiring") == {claim}
        flag = f"Certificate until {swiss_date(today + timedelta(days=7))}"
        assert flag in sign_in(cast.pauline).get(reverse(LIST)).content.decode()
        assert flag not in sign_in(cast.hugo).get(reverse(LIST)).content.decode()

    def test_answers_that_are_open_are_found_by_who_may_know_of_them(self, cast):
        open_claim(cast)
        claim = least(cast.persons.nadia, "illness", by=cast.nadia).claim_file
        rows = claim.open_answers.model.unrestricted.filter(claim_file=claim)
        assert {row.addressee for row in rows} == {"person", "employer"}

        def found(user):
            request = type("Request", (), {"user": user})()
            rows = ClaimFilter({"answers": "open"}, queryset=everything(), request=request).qs
            return set(visible_to(user, "claim.view", rows))

        everybody = (cast.pauline, cast.hugo, cast.nadia)
        assert [found(user) for user in everybody] == [{claim}] * 3
        # What the insured person alone owes does not exist for the employer.
        rows.filter(addressee="employer").delete()
        assert [found(user) for user in everybody] == [{claim}, set(), {claim}]


class TestOwnViews:
    def test_saved_shown_overwritten_removed(self, cast, sign_in):
        open_claim(cast)
        browser = sign_in(cast.pauline)
        address = f"{reverse('claims_files:views')}?state=received&q=marco"
        assert browser.post(address, {"name": " "}).status_code == 422
        # What the list does not understand is nothing to save.
        odd = f"{reverse('claims_files:views')}?q=%00&state=nonsense"
        assert browser.post(odd, {"name": "Odd"}).status_code == 200
        answer = browser.post(address, {"name": "Marco’s  new ones"})
        assert answer.url == f"{reverse(LIST)}?q=marco&state=received"
        page = browser.get(answer.url)
        assert [(tab["label"], tab["current"]) for tab in page.context["views"]][-1] == (
            "Marco’s new ones",
            True,
        )
        browser.post(f"{reverse('claims_files:views')}?kind=illness", {"name": "Marco’s new ones"})
        view = WorklistView.objects.get(user=cast.pauline)
        assert view.filters == {"kind": "illness"}
        # It is his alone, and what it is called stands in no trail.
        other = manager(cast)
        with pytest.raises(OutOfReach):
            services.remove_view(view.pk, by=other)
        assert browser.post(reverse("claims_files:remove_view", args=[view.pk])).status_code == 302
        assert not WorklistView.objects.exists()
        assert "arco" not in str(list(AuditLine.unrestricted.filter(event__startswith="user.view_").values()))

    def test_twenty_are_enough(self, cast):
        for number in range(20):
            services.save_view(cast.pauline, name=f"V{number}", filters={"state": "accepted"})
        with pytest.raises(NotNow):
            services.save_view(cast.pauline, name="One more", filters={"state": "accepted"})
        services.save_view(cast.pauline, name="V3", filters={"state": "closed"})
        with pytest.raises(NotAllowed):
            services.save_view(cast.hugo, name="V", filters={"state": "closed"})

    def test_they_go_with_the_person(self, cast):
        services.save_view(cast.pauline, name="V", filters={"state": "accepted"})
        _feed, secret = services.make_feed(cast.pauline)
        with transaction.atomic():
            record(cast.pauline, "user.erased", cast.pauline)
        assert not WorklistView.objects.exists()
        assert services.find_feed(secret) is None

    def test_over_the_api(self, cast, sign_in):
        browser = sign_in(cast.pauline)
        address = reverse("claims_files:api-view-list")
        for filters in ({"nonsense": "1"}, {"state": "nonsense"}, {}):
            wrong = {"name": "V", "filters": filters}
            assert browser.post(address, wrong, content_type="application/json").status_code == 400
        made = browser.post(
            address, {"name": "V", "filters": {"view": "mine"}}, content_type="application/json"
        )
        assert made.status_code == 201
        assert browser.get(address).json()["results"] == [made.json()]
        assert browser.delete(f"{address}{made.json()['id']}/").status_code == 204


class TestHandingOver:
    def test_the_new_one_hears_and_what_arrived_still_waits(self, cast, sign_in):
        claim, other = open_claim(cast), manager(cast)
        services.take_over(claim.pk, by=cast.pauline)
        arrived = timezone.now()
        ClaimFile.unrestricted.filter(pk=claim.pk).update(arrived_at=arrived)
        Notification.objects.all().delete()
        address = reverse("claims_files:reassign", args=[claim.pk])
        browser = sign_in(cast.pauline)
        assert browser.post(address, {"manager": ""}).status_code == 422
        assert browser.post(address, {"manager": other.pk, "known": cast.pauline.pk}).status_code == 302
        claim.refresh_from_db()
        assert (claim.health_manager, claim.arrived_at) == (other, arrived)
        assert [row.user for row in Notification.objects.all()] == [other]
        assert TimelineEntry.unrestricted.get(code="reassigned").audience == "all"
        assert AuditLine.unrestricted.filter(event="claim.reassigned").count() == 1
        # The second click finds it done; so does a page on which somebody else stood.
        third = manager(cast, "Ines")
        stale = browser.post(address, {"manager": third.pk, "known": cast.pauline.pk})
        assert (stale.status_code, f"Health manager: {other.name}" in stale.content.decode()) == (409, True)
        assert f'name="known" value="{other.pk}"' in stale.content.decode()
        assert browser.post(address, {"manager": other.pk}).status_code == 409

    def test_only_to_who_reaches_it(self, cast):
        claim, other = open_claim(cast), manager(cast, all_companies=False)
        for wrong in (other, cast.reto, cast.hugo):
            with pytest.raises(ValidationError):
                services.reassign(claim.pk, to=wrong.pk, by=cast.pauline)
        # As a deputy he does.
        stand_in(cast.pauline, other)
        services.reassign(claim.pk, to=other.pk, by=cast.pauline)
        claim.refresh_from_db()
        assert (claim.state, claim.health_manager) == ("received", other)

    def test_not_when_it_is_closed_nor_by_anybody(self, cast):
        claim, other = open_claim(cast), manager(cast)
        for who, refusal in ((cast.hugo, NotAllowed), (cast.reto, NotAllowed), (cast.zoe, OutOfReach)):
            with pytest.raises(refusal):
                services.reassign(claim.pk, to=other.pk, by=who)
        services.take_over(claim.pk, by=cast.pauline)
        services.decline(claim.pk, reason="No cover.", legal_remedy="objection", by=cast.pauline)
        services.close(claim.pk, by=cast.pauline)
        with pytest.raises(NotNow):
            services.reassign(claim.pk, to=other.pk, by=cast.pauline)


class TestTogether:
    def test_looked_at_done_and_harmless_the_second_time(self, cast, sign_in):
        first, second = open_claim(cast), open_claim(cast)
        taken = open_claim(cast)
        services.take_over(taken.pk, by=cast.pauline)
        browser = sign_in(cast.pauline)
        address = f"{reverse('claims_files:together')}?act=take_over"
        page = browser.get(address)
        assert {row["claim"].pk: bool(row["against"]) for row in page.context["rows"]} == {
            first.pk: False, second.pk: False, taken.pk: True,
        }  # fmt: skip
        assert ClaimFile.unrestricted.filter(state="received").count() == 2
        assert browser.post(address, {}).status_code == 422
        chosen = {"claim": [first.pk, second.pk, taken.pk]}
        done = browser.post(address, chosen)
        assert (done.context["done"], done.context["left"]) == (2, 1)
        assert "You can request a document" in done.content.decode()
        again = browser.post(address, chosen)
        assert (again.context["done"], again.context["left"]) == (0, 3)
        assert AuditLine.unrestricted.filter(event="claim.taken_over").count() == 3

    def test_handing_over_needs_a_name(self, cast, sign_in):
        claim, other = open_claim(cast), manager(cast)
        browser = sign_in(cast.pauline)
        address = f"{reverse('claims_files:together')}?act=assign&state=received"
        assert browser.post(address, {"claim": [claim.pk]}).status_code == 422
        done = browser.post(address, {"claim": [claim.pk], "manager": other.pk})
        assert done.context["done"] == 1
        assert done.context["back_url"] == f"{reverse(LIST)}?state=received"

    def test_who_owes_nothing_is_not_reminded(self, cast, sign_in):
        claim, foreign = open_claim(cast), open_claim(cast, person=cast.persons.elena)
        other = manager(cast, all_companies=False)
        cast.rochat.health_manager = other
        cast.rochat.save()
        results = services.act_on_each("remind", [claim.pk, foreign.pk, claim.pk], by=other)
        assert [(each.claim_id, each.done) for each in results] == [(claim.pk, False), (foreign.pk, False)]
        assert all(each.sentence for each in results)
        answer = sign_in(other).post(
            reverse("claims_files:api-together"),
            {"act": "remind", "claim_files": [str(claim.pk)]},
            content_type="application/json",
        )
        (told,) = answer.json()
        assert (told["claim_file"], told["done"]) == (str(claim.pk), False)
        assert told["sentence"].startswith("Nothing is open")

    def test_open_answers_are_reminded_once_a_day(self, cast):
        claim = least(cast.persons.nadia, "illness", by=cast.nadia).claim_file
        assert services.foreseen("remind", [claim], by=cast.pauline) == {claim.pk: ""}
        sides = claim.open_answers.model.unrestricted.filter(claim_file=claim).count()
        assert [each.done for each in services.act_on_each("remind", [claim.pk], by=cast.pauline)] == [True]
        assert TimelineEntry.unrestricted.filter(code="answers_reminded").count() == sides
        (again,) = services.act_on_each("remind", [claim.pk], by=cast.pauline)
        assert not again.done
        assert str(services.foreseen("remind", [claim], by=cast.pauline)[claim.pk]) == str(again.sentence)


def test_the_portfolio_counts_what_is_open(cast, sign_in):
    claim, closed = open_claim(cast), open_claim(cast)
    open_claim(cast, person=cast.persons.elena)
    services.take_over(closed.pk, by=cast.pauline)
    services.decline(closed.pk, reason="No cover.", legal_remedy="objection", by=cast.pauline)
    services.close(closed.pk, by=cast.pauline)
    page = sign_in(cast.pauline).get(f"{reverse('claims_files:portfolio')}?mine")
    assert {row["company"].name: row["open"] for row in page.context["rows"]} == {
        "Atelier Rochat SA": 1, "Keller Holzbau AG": 1,
    }  # fmt: skip
    assert claim.health_manager is None
