"""The policy, asked as people ask it."""

import pytest
from django.utils import timezone

from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from permissions.ledger import CompanyGrant, Deputy
from permissions.policy import can, can_somewhere, explain, require, users_who_can, visible_to
from permissions.reach import remembered, settled
from tests.factories import make_manager


def test_company_is_seen_by_its_people_and_by_nobody_else(cast):
    for insider in (
        cast.claire,
        cast.hugo,
        cast.sonia,
        cast.felix,
        cast.nadia,
        cast.fiona,
        cast.reto,
        cast.sacha,
    ):
        assert can(insider, "company.view", cast.rochat), insider
    for outsider in (cast.bruno, cast.elena, cast.zoe):
        assert not can(outsider, "company.view", cast.rochat), outsider


def test_hr_of_a_site_sees_the_people_of_that_site_only(cast):
    assert set(visible_to(cast.sonia, "person.view")) == {cast.marco}
    assert cast.marco in visible_to(cast.hugo, "person.view")
    assert cast.persons.nadia in visible_to(cast.hugo, "person.view")
    assert cast.persons.elena not in visible_to(cast.hugo, "person.view")


def test_employee_sees_himself_only(cast):
    assert list(visible_to(cast.nadia, "person.view")) == [cast.persons.nadia]


def test_out_of_reach_differs_from_not_allowed(cast):
    with pytest.raises(OutOfReach):
        require(cast.bruno, "person.edit", cast.marco)
    with pytest.raises(NotAllowed):
        require(cast.sonia, "person.edit", cast.marco)
    require(cast.hugo, "person.edit", cast.marco)


def test_nobody_edits_himself_as_hr(cast):
    own = cast.marco
    own.user = cast.hugo
    own.save()
    assert not can(cast.hugo, "person.edit", own)
    assert can(cast.hugo, "person.view", own)


def test_deactivated_people_reach_nothing(cast):
    cast.hugo.is_active = False
    cast.hugo.save()
    assert not visible_to(cast.hugo, "person.view").exists()
    assert cast.hugo.pk not in users_who_can("person.view", cast.marco)


def test_unknown_words_raise(cast):
    with pytest.raises(LookupError):
        visible_to(cast.hugo, "person.fire")
    with pytest.raises(LookupError):
        can(cast.hugo, "contract.view", cast.marco)


def test_user_management_is_granted_by_the_contract_manager_only(cast):
    with pytest.raises(NotAllowed):
        grants.grant(cast.rochat, to=cast.zoe, preset="administrator", extra=["users.manage"], by=cast.claire)
    for alone in ({}, {"second": cast.reto}):
        with pytest.raises(NotAllowed):
            grants.grant(
                cast.rochat,
                to=cast.zoe,
                preset="administrator",
                extra=["users.manage"],
                by=cast.reto,
                **alone,
            )
    make_manager(cast, cast.zoe)
    assert can(cast.zoe, "users.manage", cast.rochat)


def test_nobody_grants_to_himself_or_elsewhere(cast):
    with pytest.raises(NotAllowed):
        grants.grant(cast.rochat, to=cast.claire, preset="hr", by=cast.claire)
    with pytest.raises(OutOfReach):
        grants.grant(cast.keller, to=cast.zoe, preset="hr", by=cast.claire)
    with pytest.raises(NotAllowed):
        grants.grant(cast.rochat, to=cast.zoe, preset="hr", by=cast.hugo)


def test_last_administrator_stays(cast):
    (row,) = [row for row in grants.grants_of(cast.claire) if row.preset == "administrator"]
    with pytest.raises(NotNow):
        grants.revoke(row, by=cast.claire)


def test_an_act_asks_anew_what_was_remembered_in_its_request(cast):
    with remembered():
        assert can(cast.hugo, "person.edit", cast.marco)
        # In another request meanwhile.
        CompanyGrant.objects.filter(user=cast.hugo).delete()
        with pytest.raises(OutOfReach):
            require(cast.hugo, "person.edit", cast.marco)


def test_where_rights_are_settled_nothing_is_asked_anew_and_afterwards_everything(cast):
    with settled():
        require(cast.hugo, "person.edit", cast.marco)
        CompanyGrant.objects.filter(user=cast.hugo).delete()
        require(cast.hugo, "person.edit", cast.marco)
    with pytest.raises(OutOfReach):
        require(cast.hugo, "person.edit", cast.marco)


def test_explain_names_the_grant(cast):
    (way,) = explain("person.view", cast.marco, cast.sonia)
    assert (way.preset, way.scope_kind, way.scope_id) == ("hr_site", "site", cast.morges.pk)
    assert not explain("person.view", cast.marco, cast.bruno)


def test_menus_ask_somewhere(cast):
    assert can_somewhere(cast.felix, "invoice.view")
    assert not can_somewhere(cast.felix, "claim.view")
    assert can_somewhere(cast.nadia, "claim.view")


def test_scoped_models_have_no_open_default(cast):
    from companies.models import Company
    from permissions.scoped import PolicyBypassed

    assert not hasattr(Company, "objects")
    with pytest.raises(PolicyBypassed):
        Company._default_manager.all()
    with pytest.raises(PolicyBypassed):
        cast.rochat.sites.all()


def test_nobody_gives_rights_in_somebody_elses_stead(cast):
    """Félix stands in for Claire, who administers: he sees what she sees, and decides on nobody's access."""
    assert not can(cast.felix, "audit.view", cast.rochat)
    today = timezone.localdate()
    Deputy.unrestricted.create(
        principal=cast.claire,
        deputy=cast.felix,
        company=cast.rochat,
        begin=today,
        until=today,
        confirmed=timezone.now(),
    )
    assert can(cast.claire, "users.manage", cast.rochat)
    assert can(cast.felix, "audit.view", cast.rochat)
    for action in ("users.manage", "users.grant_management", "users.confirm_management", "users.view_as"):
        assert not can(cast.felix, action, cast.rochat), action
    assert not can_somewhere(cast.felix, "users.manage")
    assert cast.felix.pk not in users_who_can("users.manage", cast.rochat)
