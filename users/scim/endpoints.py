"""The endpoints of SCIM 2.0: users, groups, and what we say about ourselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import OutOfReach
from users.models import ProvisionedUser
from users.scim import groups, patching, people, schemas
from users.scim.errors import ScimError
from users.scim.expressions import Compare, member
from users.scim.protocol import ScimView, address, read_filter
from users.scim.schemas import GROUP, GROUP_NAMES, SEARCH, USER, USER_NAMES

# Attributes by which directories look somebody up, and the column behind each.
_COLUMNS = {"username": "user__email", "externalid": "external_id", "emails": "user__email"}


def in_turn(act: Callable[..., Response]) -> Callable[..., Response]:
    """One change of a company after the other: what is read before a change is still so when it is made."""

    @wraps(act)
    def alone(view: ScimView, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            people.lock(view.token)
            return act(view, request, *args, **kwargs)

    return alone


def user_resource(row: ProvisionedUser, held: list[str]) -> dict[str, Any]:
    """One of the company's people as the protocol shows him."""
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    found = {
        "schemas": [USER],
        "id": str(row.pk),
        "externalId": row.external_id,
        "userName": row.user.email,
        "name": {
            key: value
            for key, value in (
                ("formatted", name),
                ("givenName", row.first_name),
                ("familyName", row.last_name),
            )
            if value
        },
        "displayName": name,
        "active": row.active,
        "emails": [{"value": row.user.email, "type": "work", "primary": True}],
        "groups": [
            {"value": group, "display": groups.name_of(group), "$ref": address("Groups", group)}
            for group in held
        ],
        "meta": {
            "resourceType": "User",
            "created": row.created.isoformat(),
            "lastModified": row.modified.isoformat(),
            "location": address("Users", str(row.pk)),
        },
    }
    return {key: value for key, value in found.items() if value not in (None, "", [], {})}


def group_resource(group: str, members: list[ProvisionedUser]) -> dict[str, Any]:
    """A role as the protocol shows it."""
    return {
        "schemas": [GROUP],
        "id": group,
        "displayName": groups.name_of(group),
        "members": [
            {
                "value": str(row.pk),
                "display": f"{row.first_name} {row.last_name}".strip(),
                "$ref": address("Users", str(row.pk)),
                "type": "User",
            }
            for row in members
        ],
        "meta": {"resourceType": "Group", "location": address("Groups", group)},
    }


class _People(ScimView):
    def one(self, row: ProvisionedUser) -> dict[str, Any]:
        """Somebody as a resource, read anew."""
        return user_resource(row, groups.held_by(self.token, [row])[row.user_id])

    def found(self, asked: Any) -> Response:
        """The list of users that was asked for."""
        rows = people.rows_of(self.token)
        if text := asked.get("filter"):
            tree = read_filter(text) if isinstance(text, str) else None
            # The question of every synchronisation: answered by an index instead of by reading everybody.
            if isinstance(tree, Compare) and tree.operator == "eq" and isinstance(tree.value, str):
                column = _COLUMNS.get(tree.path[0])
                if column and tree.path[1:] in {(), ("value",)}:
                    value = tree.value if column == "external_id" else tree.value.lower()
                    rows = rows.filter(**{column: value.replace("\x00", "")})
        rows = list(rows)
        held = groups.held_by(self.token, rows)
        return self.show_list([user_resource(row, held[row.user_id]) for row in rows], asked)


class Users(_People):
    """The company's people."""

    def get(self, request: Request) -> Response:
        return self.found(request.query_params)

    def post(self, request: Request) -> Response:
        return self.show(self.one(people.create(self.token, request.data)), 201)


class User(_People):
    """One of the company's people."""

    def get(self, request: Request, key: str) -> Response:
        return self.show(self.one(people.find(self.token, key)))

    @in_turn
    def put(self, request: Request, key: str) -> Response:
        self.check_version(self.one(people.find(self.token, key)))
        return self.show(self.one(people.replace(self.token, key, request.data)))

    @in_turn
    def patch(self, request: Request, key: str) -> Response:
        present = self.one(people.find(self.token, key))
        self.check_version(present)
        changed = patching.apply(present, request.data, USER_NAMES)
        return self.show(self.one(people.replace(self.token, key, changed)))

    @in_turn
    def delete(self, request: Request, key: str) -> Response:
        self.check_version(self.one(people.find(self.token, key)))
        people.delete(self.token, key)
        return Response(status=204)


class _Roles(ScimView):
    def all(self) -> list[dict[str, Any]]:
        """Every group with its members."""
        rows = list(people.rows_of(self.token))
        held = groups.held_by(self.token, rows)
        return [
            group_resource(group, [row for row in rows if group in held[row.user_id]])
            for group in groups.GROUPS
        ]

    def one(self, key: str) -> dict[str, Any]:
        """A group with its members. Raises OutOfReach."""
        groups.check(key)
        return next(each for each in self.all() if each["id"] == key)


class Groups(_Roles):
    """The roles."""

    def get(self, request: Request) -> Response:
        return self.show_list(self.all(), request.query_params)

    def post(self, request: Request) -> Response:
        name = member(request.data, "displayName") if isinstance(request.data, dict) else None
        if name in {each["displayName"] for each in self.all()}:
            raise ScimError(409, "There is this group already.", "uniqueness")
        raise ScimError(501, "The groups are the portal's roles: none can be added.")


class Group(_Roles):
    """One role."""

    def get(self, request: Request, key: str) -> Response:
        return self.show(self.one(key))

    @in_turn
    def put(self, request: Request, key: str) -> Response:
        return self._replace(key, self._checked(key), request.data)

    @in_turn
    def patch(self, request: Request, key: str) -> Response:
        present = self._checked(key)
        return self._replace(key, present, patching.apply(present, request.data, GROUP_NAMES))

    @in_turn
    def delete(self, request: Request, key: str) -> Response:
        self._checked(key)
        raise ScimError(501, "The groups are the portal's roles: none can be removed.")

    def _checked(self, key: str) -> dict[str, Any]:
        present = self.one(key)
        self.check_version(present)
        return present

    def _replace(self, key: str, present: dict[str, Any], data: Any) -> Response:
        if not isinstance(data, dict) or GROUP not in (member(data, "schemas") or []):
            raise ScimError(400, f"The body has to be of the schema {GROUP}.", "invalidSyntax")
        if member(data, "displayName") not in {None, present["displayName"]}:
            raise ScimError(400, "The roles have their names from the portal.", "mutability")
        members = member(data, "members") or []
        values = [member(each, "value") if isinstance(each, dict) else None for each in members]
        if not isinstance(members, list) or not all(isinstance(value, str) for value in values):
            raise ScimError(400, "members is a list of objects with a value.", "invalidValue")
        groups.set_members(self.token, key, [str(value) for value in values])
        return self.show(self.one(key))


class UserSearch(_People):
    """A search as a body (RFC 7644, 3.4.3): what is looked for does not stand in the address."""

    def post(self, request: Request) -> Response:
        return self.found(searched(request.data))


class GroupSearch(_Roles):
    """A search for roles as a body."""

    def post(self, request: Request) -> Response:
        return self.show_list(self.all(), searched(request.data))


def searched(data: Any) -> dict[str, Any]:
    """The body of a search, checked. Raises ScimError."""
    if not isinstance(data, dict) or SEARCH not in (data.get("schemas") or []):
        raise ScimError(400, f"The body has to be of the schema {SEARCH}.", "invalidSyntax")
    return data


class Configuration(ScimView):
    """What we can do."""

    def get(self, request: Request) -> Response:
        return Response(schemas.configuration(address()))


class _Described(ScimView):
    # The entries, for the address of this service.
    entries: Callable[[str], list[dict[str, Any]]]

    def get(self, request: Request, key: str = "") -> Response:
        entries = self.entries(address())
        if not key:
            if "filter" in request.query_params:
                raise ScimError(403, "These cannot be filtered.")
            answer = {"schemas": [schemas.LIST], "totalResults": len(entries), "startIndex": 1}
            return Response({**answer, "itemsPerPage": len(entries), "Resources": entries})
        entry = next((each for each in entries if each["id"] == key), None)
        if entry is None:
            raise OutOfReach
        return Response(entry)


class ResourceTypes(_Described):
    """What there is."""

    entries = staticmethod(schemas.resource_types)


class Schemas(_Described):
    """Of what it consists."""

    entries = staticmethod(schemas.schemas)


class NotOffered(ScimView):
    """What the protocol knows and we do not (501), and what nobody knows (404)."""

    def handle(self, request: Request, rest: str = "") -> Response:
        if rest.strip("/").split("/")[0] in {"Bulk", "Me", ".search"}:
            raise ScimError(501, "This is not offered.")
        raise OutOfReach

    get = post = put = patch = delete = handle
