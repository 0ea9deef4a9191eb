"""What we say about ourselves to directories: resource types, schemas, what we can do (RFC 7643, 5 to 7)."""

from __future__ import annotations

from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_CORE = "urn:ietf:params:scim:schemas:core:2.0"
MOST_RESULTS = 200


def _attribute(name: str, about: str, kind: str = "string", **differs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "type": kind,
        "multiValued": False,
        "description": about,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    return {key: value for key, value in {**found, **differs}.items() if value is not None}


_READ_ONLY = {"mutability": "readOnly"}
_USER = [
    _attribute(
        "userName",
        "The e-mail address at work, in a domain confirmed for the company. Set once.",
        required=True,
        uniqueness="server",
        mutability="immutable",
    ),
    _attribute(
        "name",
        "First and last name, as the company knows them.",
        "complex",
        subAttributes=[
            _attribute("formatted", "Both names.", **_READ_ONLY),
            _attribute("givenName", "First name."),
            _attribute("familyName", "Last name."),
        ],
    ),
    _attribute("displayName", "Both names.", **_READ_ONLY),
    _attribute(
        "active", "Whether the company lets this person in.", "boolean", caseExact=None, uniqueness=None
    ),
    _attribute("preferredLanguage", "Language of a new account: de, fr, it or en.", mutability="writeOnly"),
    _attribute(
        "emails",
        "The address of userName.",
        "complex",
        multiValued=True,
        **_READ_ONLY,
        subAttributes=[
            _attribute("value", "The address.", **_READ_ONLY),
            _attribute("type", "Always work.", canonicalValues=["work"], **_READ_ONLY),
            _attribute("primary", "Always true.", "boolean", **_READ_ONLY),
        ],
    ),
    _attribute(
        "groups",
        "The roles held on the whole company.",
        "complex",
        multiValued=True,
        **_READ_ONLY,
        subAttributes=[
            _attribute("value", "The group's id.", **_READ_ONLY),
            _attribute("display", "Its name.", **_READ_ONLY),
            _attribute("$ref", "Its address.", "reference", referenceTypes=["Group"], **_READ_ONLY),
        ],
    ),
]
_GROUP = [
    _attribute("displayName", "The role's name.", required=True, **_READ_ONLY),
    _attribute(
        "members",
        "Who holds the role on the whole company.",
        "complex",
        multiValued=True,
        subAttributes=[
            _attribute("value", "The user's id.", mutability="immutable"),
            _attribute("display", "The user's name.", **_READ_ONLY),
            _attribute(
                "$ref", "The user's address.", "reference", mutability="immutable", referenceTypes=["User"]
            ),
        ],
    ),
]


def names_of(attributes: list[dict[str, Any]], *, external_id: bool) -> dict[str, dict[str, str]]:
    """How each attribute and its parts are written, by small letters; for `users.scim.patching`."""
    found = {
        each["name"].lower(): {
            "": each["name"],
            **{part["name"].lower(): part["name"] for part in each.get("subAttributes", [])},
        }
        for each in attributes
    }
    return found | ({"externalid": {"": "externalId"}} if external_id else {})


USER_NAMES = names_of(_USER, external_id=True)
GROUP_NAMES = names_of(_GROUP, external_id=False)


def schemas(base: str) -> list[dict[str, Any]]:
    """The schemas of users and groups."""
    return [
        {
            "schemas": [f"{_CORE}:Schema"],
            "id": name,
            "name": word,
            "description": about,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{name}"},
        }
        for name, word, about, attributes in (
            (USER, "User", "One of the company's people.", _USER),
            (GROUP, "Group", "A role on the whole company.", _GROUP),
        )
    ]


def resource_types(base: str) -> list[dict[str, Any]]:
    """What there is."""
    return [
        {
            "schemas": [f"{_CORE}:ResourceType"],
            "id": word,
            "name": word,
            "endpoint": f"/{word}s",
            "description": about,
            "schema": name,
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{word}"},
        }
        for word, name, about in (
            ("User", USER, "The company's people."),
            ("Group", GROUP, "The roles that they hold."),
        )
    ]


def configuration(base: str) -> dict[str, Any]:
    """What we can do."""
    return {
        "schemas": [f"{_CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token made on the company's page “Single sign-on and provisioning”.",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def chosen(resource: dict[str, Any], wanted: list[str], unwanted: list[str]) -> dict[str, Any]:
    """The resource with the attributes asked for only, or without those not wanted (RFC 7644, 3.9)."""
    if wanted:
        kept = {"schemas", "id"}
        return {
            name: found
            for name, value in resource.items()
            if (found := value if name in kept else _part(name, value, wanted, keep=True)) is not None
        }
    if unwanted:
        kept = {"schemas", "id"}
        return {
            name: found
            for name, value in resource.items()
            if (found := value if name in kept else _part(name, value, unwanted, keep=False)) is not None
        }
    return resource


def _part(name: str, value: Any, paths: list[str], *, keep: bool) -> Any:
    """What is left of an attribute: all, some of its parts, nothing (None)."""
    own = [path.rsplit(":", 1)[-1].lower().split(".") for path in paths]
    mine = [path[1:] for path in own if path[0] == name.lower()]
    if not mine:
        return None if keep else value
    if [] in mine:
        return value if keep else None
    parts = {path[0] for path in mine}
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if (key.lower() in parts) is keep} or None
    if isinstance(value, list):
        return [{key: each for key, each in row.items() if (key.lower() in parts) is keep} for row in value]
    return None
