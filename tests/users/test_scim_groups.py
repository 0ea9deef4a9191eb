"""Roles given and taken by a company's directory, within the limits of whoever made its token."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from permissions import grants
from permissions.policy import can
from tests.users.directory import Directory
from users.models import User
from users.scim.schemas import GROUP

pytestmark = pytest.mark.django_db


def holders(directory, group):
    return {each["value"] for each in directory.ask("GET", f"Groups/{group}").data.get("members", [])}


def test_groups_are_the_roles(cast, directory):
    found = directory.ask("GET", "Groups").data
    names = {each["id"]: each["displayName"] for each in found["Resources"]}
    assert names["hr"] == "HR"
    assert set(names) == {"administrator", "hr", "finance", "payroll", "fiduciary", "employee"}
    hugo = directory.find(cast.hugo)
    assert [each["value"] for each in hugo["groups"]] == ["hr"]
    assert holders(directory, "hr") == {hugo["id"]}
    assert holders(directory, "employee") == {directory.find(user)["id"] for user in (cast.nadia, cast.jonas)}
    one = directory.ask("GET", 'Groups?filter=displayName eq "hr"&excludedAttributes=members').data[
        "Resources"
    ]
    assert [each["id"] for each in one] == ["hr"]
    assert "members" not in one[0]
    assert directory.ask("GET", "Groups/users.manage").status_code == 404


def test_joining_and_leaving_a_group_gives_and_takes_the_role(cast, directory, lines):
    lea = directory.add("lea").data["id"]
    user = User.objects.get(email="lea@rochat.example")
    join = {"op": "add", "path": "members", "value": [{"value": lea}]}
    assert directory.patch("Groups/hr", join).status_code == 200
    assert can(user, "person.edit", cast.persons.nadia)
    (line,) = [each for each in lines("access.granted") if each.facts["user"] == str(user.pk)]
    assert (line.actor, line.facts["preset"], "scim_token" in line.facts) == (cast.claire.pk, "hr", True)
    assert directory.patch("Groups/hr", join).status_code == 200
    assert len(grants.grants_of(user)) == 1
    leave = {"op": "remove", "path": f'members[value eq "{lea}"]'}
    assert directory.patch("Groups/hr", leave).status_code == 200
    assert not can(user, "person.edit", cast.persons.nadia)
    assert holders(directory, "hr") == {directory.find(cast.hugo)["id"]}


@pytest.mark.django_db(transaction=True)
def test_twenty_who_join_at_the_same_moment_are_all_in(cast, token):
    """Each change is made of what the one before has left, not of what was there when it came."""
    keys = [Directory(token[1]).add(f"n{number}").data["id"] for number in range(20)]

    def join(key):
        change = {"op": "add", "path": "members", "value": [{"value": key}]}
        try:
            return Directory(token[1]).patch("Groups/payroll", change).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(join, keys)) == {200}
    assert holders(Directory(token[1]), "payroll") == set(keys)


def test_replacing_a_group_is_all_or_nothing(cast, directory):
    lea = directory.add("lea").data["id"]
    before = holders(directory, "finance")
    data = {
        "schemas": [GROUP],
        "displayName": "Finance",
        "members": [{"value": lea}, {"value": str(cast.bruno.pk)}],
    }
    answer = directory.ask("PUT", "Groups/finance", data)
    assert (answer.status_code, answer.data["scimType"]) == (400, "invalidValue")
    assert holders(directory, "finance") == before
    data["members"].pop()
    assert directory.ask("PUT", "Groups/finance", data).status_code == 200
    assert holders(directory, "finance") == {lea}


def test_groups_keep_the_limits_of_granting(cast, directory):
    claire, hugo = (directory.find(user)["id"] for user in (cast.claire, cast.hugo))

    def join(group, key):
        return directory.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": key}]})

    # Nobody gives himself a role, nobody becomes an employee by it, and no group manages users.
    assert join("hr", claire).status_code == 403
    assert (join("employee", hugo).status_code, join("employee", hugo).data["scimType"]) == (
        400,
        "mutability",
    )
    assert join("administrator", hugo).status_code == 200
    assert not can(cast.hugo, "users.manage", cast.rochat)
    # Taking her administration away is not the directory's either.
    leave = {"op": "remove", "path": f'members[value eq "{claire}"]'}
    assert directory.patch("Groups/administrator", leave).status_code == 409
    assert can(cast.claire, "users.manage", cast.rochat)
    directory.switch(cast.felix, False)
    closed = directory.find(cast.felix)["id"]
    assert join("finance", closed).status_code == 400


def test_groups_cannot_be_made_renamed_or_removed(directory):
    made = directory.ask("POST", "Groups", {"schemas": [GROUP], "displayName": "Cooks"})
    assert made.status_code == 501
    again = directory.ask("POST", "Groups", {"schemas": [GROUP], "displayName": "HR"})
    assert (again.status_code, again.data["scimType"]) == (409, "uniqueness")
    renamed = directory.ask("PUT", "Groups/hr", {"schemas": [GROUP], "displayName": "Cooks"})
    assert (renamed.status_code, renamed.data["scimType"]) == (400, "mutability")
    assert directory.ask("DELETE", "Groups/hr").status_code == 501
