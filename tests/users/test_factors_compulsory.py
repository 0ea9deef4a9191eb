"""Who needs a second factor, which one suffices, and that the last one stays."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from core.errors import NotNow, OutOfReach
from permissions import grants
from tests.users.acts import (
    NUMBER,
    SET_UP,
    give_code,
    give_password,
    prove,
    sign_in_fully,
)
from users import second_factor, services
from users.models import CodeFactor


def test_whoever_holds_only_excepted_roles_may_do_without(client, cast, settings):
    settings.SECOND_FACTOR_OPTIONAL_FOR = {"employee"}
    give_password(client, cast.nadia.email)
    assert client.get("/account/profile/").status_code == 200
    for user in (cast.hugo, cast.reto, cast.zoe):
        other = Client()
        give_password(other, user.email)
        assert other.get("/account/profile/")["Location"].startswith(SET_UP), user
    # One further role, and it is compulsory.
    grants.grant(cast.rochat, to=cast.nadia, preset="hr", by=cast.reto)
    assert client.get("/account/profile/")["Location"].startswith(SET_UP)


def test_the_insurers_own_people_need_more_than_messages(client, cast, newest):
    CodeFactor.objects.create(user=cast.reto, kind="sms", to=NUMBER)
    give_password(client, cast.reto.email)
    assert give_code(client, newest())["Location"] == "/"
    assert client.get("/account/profile/")["Location"].startswith(SET_UP)
    assert not second_factor.has_second_factor(cast.reto)
    second_factor.enrol_demo_factor(cast.reto)
    assert second_factor.has_second_factor(cast.reto)
    with pytest.raises(NotNow):
        services.remove_factor(cast.reto, "totp")
    services.remove_factor(cast.reto, "sms")


def test_the_last_compulsory_factor_stays(cast, enrolled, lines, settings, client):
    with pytest.raises(OutOfReach):
        services.remove_factor(cast.hugo, "sms")
    with pytest.raises(NotNow):
        services.remove_factor(enrolled(cast.hugo), "totp")
    assert second_factor.has_second_factor(cast.hugo)
    CodeFactor.objects.create(user=cast.hugo, kind="sms", to=NUMBER)
    services.remove_factor(cast.hugo, "totp")
    (line,) = lines("user.second_factor_removed")
    assert line.facts == {"kind": "totp"}
    settings.SECOND_FACTOR_REQUIRED = False
    services.remove_factor(cast.hugo, "sms")
    # Without any factor recovery codes mean nothing.
    assert second_factor.recovery_codes(cast.hugo) is None
    assert give_password(client, cast.hugo.email)["Location"] == "/"


def test_two_removals_at_once_leave_one(cast, transactional_db):
    second_factor.enrol_demo_factor(cast.hugo)
    CodeFactor.objects.create(user=cast.hugo, kind="sms", to=NUMBER)

    def remove(factor):
        try:
            services.remove_factor(cast.hugo, factor)
        except NotNow:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, ["totp", "sms"])) == [False, True]
    assert second_factor.has_second_factor(cast.hugo)


def test_the_page_of_the_types_removes_and_says_why_not(client, cast, enrolled):
    sign_in_fully(client, enrolled(cast.hugo))
    remove = "/account/2fa/remove/totp/"
    prove(client, cast.hugo, client.get(remove))
    assert client.get(remove).context["possible"] is False
    assert client.post(remove).status_code == 409
    CodeFactor.objects.create(user=cast.hugo, kind="sms", to=NUMBER)
    assert client.get(remove).context["possible"] is True
    assert client.post(remove)["Location"] == "/account/2fa/"
    assert not cast.hugo.authenticator_set.filter(type="totp").exists()


def test_remove_all_leaves_nothing(cast, enrolled, settings):
    settings.TRUSTED_BROWSER_DAYS = 30
    CodeFactor.objects.create(user=enrolled(cast.hugo), kind="sms", to=NUMBER)
    second_factor.remove_all(cast.hugo)
    assert second_factor.registered(cast.hugo) == {}
    assert second_factor.recovery_codes(cast.hugo) is None
