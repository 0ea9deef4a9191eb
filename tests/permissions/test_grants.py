"""Granting, taking away, and the last administrator, also when two people act at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.ledger import CompanyGrant
from permissions.policy import can, users_who_can
from permissions.reach import reach_of, remembered
from permissions.trail import AuditLine

MANAGER = {"preset": "administrator", "extra": ["users.manage"]}


def management(user):
    """The ledger row by which somebody manages users at Rochat."""
    rows = [row for row in grants.grants_of(user) if "users.manage" in row.extra_actions]
    (row,) = rows
    return row


@pytest.fixture
def second(cast):
    """Zoé administers Rochat beside Claire."""
    grants.grant(cast.rochat, to=cast.zoe, by=cast.reto, second=cast.sacha, **MANAGER)
    return cast.zoe


def test_granting_again_may_not_take_user_management_silently(cast, second):
    with pytest.raises(NotAllowed):
        grants.grant(cast.rochat, to=second, preset="administrator", by=cast.claire)
    assert can(second, "users.manage", cast.rochat)
    grants.grant(cast.rochat, to=second, preset="administrator", by=cast.reto)
    assert not can(second, "users.manage", cast.rochat)


def test_granting_again_may_not_leave_a_company_without_administrator(cast):
    with pytest.raises(NotNow):
        grants.grant(cast.rochat, to=cast.claire, preset="administrator", by=cast.reto)
    with pytest.raises(NotNow):
        grants.change(management(cast.claire), preset="hr", by=cast.reto)
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(NotNow):
        grants.change(management(cast.claire), until=tomorrow, by=cast.reto, **MANAGER)
    assert can(cast.claire, "users.manage", cast.rochat)


def test_an_administrator_neither_shortens_nor_prolongs_user_management_of_another(cast, second):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(NotAllowed):
        grants.change(management(second), until=tomorrow, by=cast.claire, **MANAGER)
    row = grants.change(management(second), until=tomorrow, by=cast.reto, **MANAGER)
    with pytest.raises(NotAllowed):
        grants.change(row, until=None, by=cast.claire, **MANAGER)
    # What stays as it was is no obstacle to changing the rest.
    grants.change(
        row, preset="administrator", extra=["users.manage", "claim.view"], until=tomorrow, by=cast.claire
    )


def test_an_expired_row_is_no_way_back_to_user_management(cast, second):
    CompanyGrant.objects.filter(pk=management(second).pk).update(
        until=timezone.localdate() - timedelta(days=1)
    )
    assert not can(second, "users.manage", cast.rochat)
    with pytest.raises(NotAllowed):
        grants.change(management(second), by=cast.claire, **MANAGER)
    with pytest.raises(NotAllowed):
        grants.grant(cast.rochat, to=second, by=cast.claire, **MANAGER)
    grants.revoke(management(second), by=cast.claire)


def test_a_grant_ends_with_its_last_day(cast):
    today = timezone.localdate()
    row = grants.grant(cast.rochat, to=cast.zoe, preset="finance", until=today, by=cast.reto)
    assert can(cast.zoe, "company.view", cast.rochat)
    assert cast.zoe.pk in users_who_can("company.view", cast.rochat)
    CompanyGrant.objects.filter(pk=row.pk).update(until=today - timedelta(days=1))
    assert not can(cast.zoe, "company.view", cast.rochat)
    assert cast.zoe.pk not in users_who_can("company.view", cast.rochat)
    with pytest.raises(ValidationError):
        grants.grant(
            cast.rochat, to=cast.zoe, preset="finance", until=today - timedelta(days=1), by=cast.reto
        )


def test_withheld_counts_against_the_row_and_unknown_words_are_refused(cast):
    grants.grant(cast.rochat, to=cast.zoe, preset="hr", withheld=["claim.view"], by=cast.reto)
    assert not reach_of(cast.zoe).scopes("claim.view").anything
    for words in ({"extra": ["document.read_medical"]}, {"extra": ["claim.decide"]}, {"withheld": ["x.y"]}):
        with pytest.raises(ValidationError):
            grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto, **words)
    with pytest.raises(ValidationError):
        grants.grant(cast.rochat, to=cast.zoe, preset="health_manager", by=cast.reto)
    with pytest.raises(LookupError):
        grants.write(cast.rochat, to=cast.zoe, preset="employee", by=cast.reto)


def test_the_insurers_people_and_the_customers_people_are_not_the_same(cast):
    with pytest.raises(ValidationError):
        grants.grant(cast.rochat, to=cast.pauline, preset="hr", by=cast.reto)
    with pytest.raises(ValidationError):
        grants.appoint(cast.hugo, "health_manager", by=cast.sacha)
    with pytest.raises(NotAllowed):
        grants.appoint(cast.zoe, "health_manager", by=cast.claire)
    with pytest.raises(NotAllowed):
        grants.appoint(cast.sacha, "health_manager", by=cast.sacha)
    with pytest.raises(ValidationError):
        grants.appoint(cast.zoe, "hr", by=cast.sacha)


def test_somebody_deactivated_elsewhere_reaches_nothing_even_through_an_old_object(cast):
    old = type(cast.hugo).objects.get(pk=cast.hugo.pk)
    type(old).objects.filter(pk=old.pk).update(is_active=False)
    assert old.is_active
    assert not reach_of(old).by_action


def test_reach_is_remembered_within_a_request_and_read_anew_after_a_change(cast, django_assert_num_queries):
    with remembered():
        reach_of(cast.zoe)
        with django_assert_num_queries(0):
            assert not reach_of(cast.zoe).scopes("claim.view").anything
        grants.write(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto)
        assert reach_of(cast.zoe).scopes("claim.view").company == {cast.rochat.pk}


def test_every_grant_and_revocation_leaves_one_line(cast):
    before = AuditLine.unrestricted.count()
    row = grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.reto)
    grants.revoke(row, by=cast.reto)
    events = list(AuditLine.unrestricted.order_by("id").values_list("event", flat=True)[before:])
    assert events == ["access.granted", "access.revoked"]


def together(*acts: Any) -> list[Any]:
    """Run the acts at the same moment, each in a thread; what each raised, or None."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Any) -> None:
        try:
            start.wait()
            act()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    """Of two who act at the same moment one stays; twenty times, because luck is no proof."""

    def test_two_administrators_leave_at_once_and_one_stays(self, cast, second):
        for _round in range(20):
            rows = [management(cast.claire), management(second)]
            errors = together(
                lambda row=rows[0]: grants.revoke(row, by=cast.claire),
                lambda row=rows[1]: grants.revoke(row, by=second),
            )
            assert sorted(type(error) for error in errors if error) == [NotNow], errors
            left = [user for user in (cast.claire, second) if can(user, "users.manage", cast.rochat)]
            assert len(left) == 1
            (gone,) = {cast.claire, second} - set(left)
            grants.grant(cast.rochat, to=gone, by=cast.reto, second=cast.sacha, **MANAGER)

    def test_two_administrators_remove_each_other_at_once_and_both_stay(self, cast, second):
        errors = together(
            lambda: grants.revoke(management(second), by=cast.claire),
            lambda: grants.revoke(management(cast.claire), by=second),
        )
        assert [type(error) for error in errors] == [NotAllowed, NotAllowed]

    def test_contract_manager_and_the_other_administrator_act_at_once_and_one_stays(self, cast, second):
        for _round in range(10):
            errors = together(
                lambda: grants.revoke(management(second), by=cast.reto),
                lambda: grants.revoke(management(cast.claire), by=cast.claire),
            )
            assert sorted(type(error) for error in errors if error) == [NotNow], errors
            for user in (cast.claire, second):
                if not can(user, "users.manage", cast.rochat):
                    grants.grant(cast.rochat, to=user, by=cast.reto, second=cast.sacha, **MANAGER)

    def test_two_administrators_deactivate_each_other_at_once_and_one_stays(self, cast, second):
        from users import services

        errors = together(
            lambda: services.deactivate(second.pk, by=cast.claire),
            lambda: services.deactivate(cast.claire.pk, by=second),
        )
        assert len([error for error in errors if error]) >= 1
        left = users_who_can("users.manage", cast.rochat) & {cast.claire.pk, second.pk}
        assert left

    def test_whoever_lost_his_right_while_waiting_may_not_use_it(self, cast, second):
        """Claire reads her rights, Reto takes them, Claire's grant comes after him in the queue."""
        from django.db import transaction

        row = management(cast.claire)
        asked, done = threading.Event(), []

        def grant_late() -> None:
            try:
                with remembered():
                    assert can(cast.claire, "users.manage", cast.rochat)
                    asked.set()
                    grants.grant(cast.rochat, to=cast.jonas, preset="hr", by=cast.claire)
            except Exception as error:
                done.append(type(error))
            finally:
                connection.close()

        late = threading.Thread(target=grant_late)
        with transaction.atomic():
            grants.revoke(row, by=cast.reto)
            late.start()
            asked.wait(5)
            late.join(0.3)
        late.join()
        assert done[0] in {NotAllowed, OutOfReach}
