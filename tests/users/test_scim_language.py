"""Filters and PATCH of SCIM, on the standard's own examples (RFC 7644, 3.4.2.2 and 3.5.2)."""

from __future__ import annotations

import pytest

from users.scim.errors import ScimError
from users.scim.expressions import Path, Unreadable, matches, parse, parse_path
from users.scim.patching import PATCH, apply
from users.scim.schemas import GROUP_NAMES, USER_NAMES, chosen

BARBARA = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "2819c223-7f76-453a-919d-413861904646",
    "userName": "bjensen@example.com",
    "name": {"formatted": "Barbara Jensen O'Malley", "familyName": "O'Malley", "givenName": "Barbara"},
    "title": "Vice President",
    "userType": "Employee",
    "active": True,
    "emails": [
        {"type": "work", "value": "bjensen@example.com", "primary": True},
        {"type": "home", "value": "babs@jensen.org"},
    ],
    "ims": [{"type": "xmpp", "value": "babs@foo.com"}],
    "meta": {"resourceType": "User", "lastModified": "2011-05-13T04:42:34Z", "version": 'W/"a"'},
}

# The standard's figure 2 ff., and whether Barbara is found by it.
FILTERS = {
    'userName Eq "bjensen@example.com"': True,
    'userName Eq "john"': False,
    """name.familyName co "O'Malley\"""": True,
    'userName sw "B"': True,
    'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"': False,
    "title pr": True,
    'meta.lastModified gt "2011-05-13T04:42:34Z"': False,
    'meta.lastModified ge "2011-05-13T04:42:34Z"': True,
    'meta.lastModified lt "2011-05-13T04:42:34Z"': False,
    'meta.lastModified le "2011-05-13T06:42:34+02:00"': True,
    'title pr and userType eq "Employee"': True,
    'title pr or userType eq "Intern"': True,
    'schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"': False,
    'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")': True,
    'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")': False,
    'userType eq "Employee" and (emails.type eq "work")': True,
    'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]': True,
    'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]': True,
    # One and the same element, not one each.
    'emails[type eq "home" and value co "@example.com"]': False,
    # “and” binds closer than “or”.
    'userName eq "x" and title pr or active eq true': True,
    'userName eq "x" and (title pr or active eq true)': False,
    "active eq false": False,
    "active eq true": True,
    "nickName pr": False,
    "nickName eq null": True,
    "title eq null": False,
    "title ne null": True,
    'nickName ne "x"': True,
    'USERNAME ew "EXAMPLE.COM"': True,
    'id eq "2819C223-7F76-453A-919D-413861904646"': False,
    'userName eq "a\\"b"': False,
    "active gt true": None,
    'userName gt "a"': True,
    "userName eq 5": False,
}


@pytest.mark.parametrize(("text", "found"), FILTERS.items())
def test_filters_of_the_standard(text, found):
    if found is None:
        with pytest.raises(Unreadable):
            parse(text)
        return
    assert matches(parse(text), BARBARA) is found


@pytest.mark.parametrize(
    "text",
    [
        "", "userName", "userName eq", "userName xx \"a\"", 'eq "a"', 'userName eq "a', "userName eq a",
        '(userName eq "a"', 'userName eq "a")', 'not userName eq "a"', 'emails[type eq "work"', "userName pr pr",
        'userName eq "a" userName eq "b"', 'userName eq "a" and', "and", "userName eq 'a'", '"a" eq userName',
        "(" * 50 + "active pr" + ")" * 50, "x" * 3000, "userName eq \"\\x\"", "; drop table users", "userName..x pr",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text):
    with pytest.raises(Unreadable):
        parse(text)


def test_paths():
    assert parse_path("members") == Path("members")
    assert parse_path("name.familyName") == Path("name", sub="familyname")
    chosen_path = parse_path('addresses[type eq "work"].streetAddress')
    assert (chosen_path.name, chosen_path.sub) == ("addresses", "streetAddress")
    assert parse_path("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName").name == "name"
    for text in ("", "a.b.c", 'members[value eq "x"', "members]", 'members[value eq "x"] x', "a b"):
        with pytest.raises(Unreadable):
            parse_path(text)


def patched(*operations, resource=BARBARA, known=USER_NAMES):
    return apply(resource, {"schemas": [PATCH], "Operations": list(operations)}, known)


GROUP = {
    "displayName": "HR",
    "members": [{"value": "2819c223", "display": "Babs"}, {"value": "902c246b", "display": "Jim"}],
}


def members(*operations):
    found = patched(*operations, resource=GROUP, known=GROUP_NAMES)
    return [each["value"] for each in found.get("members", [])]


def test_members_are_added_once():
    new = [{"display": "Babs", "value": "2819c223"}, {"value": "6c5bb468"}]
    assert members({"op": "add", "path": "members", "value": new}) == ["2819c223", "902c246b", "6c5bb468"]


def test_members_are_removed_as_the_standard_says():
    assert members({"op": "remove", "path": 'members[value eq "2819c223"]'}) == ["902c246b"]
    assert members({"op": "remove", "path": "members"}) == []
    again = {"op": "add", "path": "members", "value": [{"value": "019c223"}]}
    assert members({"op": "remove", "path": 'members[value eq "2819c223"]'}, again) == ["902c246b", "019c223"]


def test_members_are_replaced():
    new = [{"value": "2819c223"}, {"value": "902c246b"}, {"value": "x"}]
    assert members({"op": "replace", "path": "members", "value": new}) == ["2819c223", "902c246b", "x"]
    assert members({"op": "Replace", "value": {"members": [{"value": "x"}]}}) == ["x"]


def test_members_are_removed_as_some_directories_do():
    assert members({"op": "Remove", "path": "members", "value": [{"value": "2819c223"}]}) == ["902c246b"]


def test_users_are_changed_with_and_without_a_path():
    found = patched({"op": "replace", "path": "name.familyName", "value": "Keller"})
    assert found["name"]["familyName"] == "Keller"
    assert BARBARA["name"]["familyName"] == "O'Malley"
    found = patched({"op": "add", "value": {"NAME": {"GIVENNAME": "Babs"}, "externalid": "7"}})
    assert (found["name"]["givenName"], found["externalId"]) == ("Babs", "7")
    found = patched({"op": "replace", "path": "Active", "value": False})
    assert found["active"] is False
    found = patched({"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@example.com"})
    assert [each["value"] for each in found["emails"]] == ["b@example.com", "babs@jensen.org"]
    found = patched({"op": "remove", "path": "externalId"})
    assert "externalId" not in found
    assert "givenName" not in patched({"op": "remove", "path": "name.givenName"})["name"]


def test_what_is_not_kept_is_read_over():
    extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    found = patched(
        {"op": "add", "path": f"{extension}:department", "value": "Joinery"},
        {"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "+41 21 555 01 00"},
        {"op": "replace", "value": {"title": "Joiner", extension: {"department": "x"}, "active": False}},
    )
    assert found == {**BARBARA, "active": False}


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "nowhere", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "name.nowhere", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "emails[", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": 5, "value": 1}, "invalidPath"),
        ({"op": "replace", "path": 'name[givenName eq "x"]', "value": 1}, "invalidPath"),
        ({"op": "replace", "path": 'emails[type eq "x" and value pr].value', "value": "x"}, "noTarget"),
        ({"op": "replace", "path": "active"}, "invalidValue"),
        ({"op": "add", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": "emails", "value": 5}, "invalidValue"),
        ({"op": "move", "path": "active"}, "invalidSyntax"),
        ({"op": 5}, "invalidSyntax"),
        ("x", "invalidSyntax"),
    ],
)
def test_what_is_no_operation_is_refused_in_the_words_of_the_standard(operation, kind):
    with pytest.raises(ScimError) as caught:
        patched(operation)
    assert (caught.value.status, caught.value.kind) == (400, kind)


@pytest.mark.parametrize("body", [None, [], {}, {"schemas": [PATCH]}, {"schemas": [PATCH], "Operations": {}},
                                  {"schemas": ["x"], "Operations": [{"op": "add"}]}])  # fmt: skip
def test_what_is_no_patch_is_refused(body):
    with pytest.raises(ScimError):
        apply(BARBARA, body, USER_NAMES)


def test_attributes_asked_for():
    assert set(chosen(BARBARA, ["userName"], [])) == {"schemas", "id", "userName"}
    assert chosen(BARBARA, ["name.givenName"], [])["name"] == {"givenName": "Barbara"}
    assert chosen(BARBARA, ["emails.value"], [])["emails"][0] == {"value": "bjensen@example.com"}
    left = chosen(BARBARA, [], ["emails", "NAME.formatted", "id"])
    assert "emails" not in left
    assert set(left["name"]) == {"familyName", "givenName"}
    assert left["id"]
