"""PATCH (RFC 7644, 3.5.2): operations applied to a resource as the protocol shows it; nothing is stored here.

What directories send beside the letter of the standard is understood, too: operations in capitals (`Replace`),
`"False"` for false, a list of members to remove beside the path.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from users.scim.errors import ScimError
from users.scim.expressions import Compare, Path, Unreadable, matches, member, parse_path

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST_OPERATIONS = 200
# Attributes of the standard's user that the portal has no use for. Directories send them all the same.
NOT_KEPT = frozenset(
    {"addresses", "entitlements", "ims", "locale", "nickname", "password", "phonenumbers", "photos", "profileurl",
     "roles", "timezone", "title", "usertype", "x509certificates"}
)  # fmt: skip
_CORE = re.compile(r"^urn:ietf:params:scim:schemas:core:2\.0:(user|group):")
# Attributes with several elements.
PLURAL = {"emails", "members", "groups"}


def apply(resource: dict[str, Any], body: Any, known: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The resource after all operations of a request's body, or ScimError and nothing is done.

    `known` names the attributes, in small letters: how each is written, and its parts likewise (under "" itself).
    """
    if not isinstance(body, dict) or PATCH not in (member(body, "schemas") or []):
        raise ScimError(400, f"The body has to be of the schema {PATCH}.", "invalidSyntax")
    operations = member(body, "Operations")
    if not isinstance(operations, list) or not 0 < len(operations) <= MOST_OPERATIONS:
        raise ScimError(400, f"Operations: a list of 1 to {MOST_OPERATIONS}.", "invalidSyntax")
    changed = deepcopy(resource)
    for operation in operations:
        if not isinstance(operation, dict):
            raise ScimError(400, "An operation is an object.", "invalidSyntax")
        _operate(changed, operation, known)
    return changed


def _operate(resource: dict[str, Any], operation: dict[str, Any], known: dict[str, dict[str, str]]) -> None:
    word, path, value = (member(operation, name) for name in ("op", "path", "value"))
    word = word.lower() if isinstance(word, str) else ""
    if word not in {"add", "remove", "replace"}:
        raise ScimError(400, "op is add, remove or replace.", "invalidSyntax")
    if path is None:
        _without_path(resource, word, value, known)
        return
    if not _kept(path):
        return
    target = _path(path, known)
    if word == "remove":
        _remove(resource, target, value)
        return
    if "value" not in {key.lower() for key in operation}:
        raise ScimError(400, f"{word} needs a value.", "invalidValue")
    _set(resource, target, value, word, known)


def _without_path(resource: dict[str, Any], word: str, value: Any, known: dict[str, dict[str, str]]) -> None:
    if word == "remove":
        raise ScimError(400, "remove needs a path.", "noTarget")
    if not isinstance(value, dict):
        raise ScimError(400, "Without a path the value is an object of attributes.", "invalidValue")
    for name, each in value.items():
        if name.lower() not in {"schemas", "id", "meta"} and _kept(name):
            _set(resource, _path(name, known), each, word, known)


def _kept(path: Any) -> bool:
    """Whether we keep what stands at a path; the standard's other attributes, and extensions, are read over."""
    name = _CORE.sub("", path.lower()) if isinstance(path, str) else ""
    return not name.startswith("urn:") and re.split(r"[.\[]", name)[0] not in NOT_KEPT


def _path(text: Any, known: dict[str, dict[str, str]]) -> Path:
    try:
        found = parse_path(text) if isinstance(text, str) else None
    except Unreadable:
        found = None
    parts = known.get(found.name) if found else None
    if found is None or parts is None or (found.sub and found.sub.lower() not in parts):
        raise ScimError(400, f"This path leads nowhere: {text}", "invalidPath")
    if found.inner is not None and found.name not in PLURAL:
        raise ScimError(400, f"{found.name} has no elements to choose from.", "invalidPath")
    return Path(parts[""], found.inner, parts.get(found.sub.lower(), "") if found.sub else "")


def _set(
    resource: dict[str, Any], target: Path, value: Any, word: str, known: dict[str, dict[str, str]]
) -> None:
    name = target.name
    if target.inner is not None:
        _set_chosen(resource, target, value)
    elif target.sub:
        if name.lower() in PLURAL:
            for each in resource.get(name, []):
                each[target.sub] = value
        else:
            resource.setdefault(name, {})[target.sub] = value
    elif name.lower() in PLURAL:
        new = [_element(each) for each in (value if isinstance(value, list) else [value])]
        kept = resource.get(name, []) if word == "add" else []
        values = {each.get("value") for each in kept}
        resource[name] = kept + [each for each in new if each.get("value") not in values]
    elif isinstance(value, dict):
        parts = known[name.lower()]
        for key, each in value.items():
            if key.lower() not in parts:
                raise ScimError(400, f"Unknown attribute: {name}.{key}", "invalidPath")
            resource.setdefault(name, {})[parts[key.lower()]] = each
    else:
        resource[name] = value


def _set_chosen(resource: dict[str, Any], target: Path, value: Any) -> None:
    chosen = [each for each in resource.get(target.name, []) if matches(target.inner, each)]
    if not chosen and isinstance(target.inner, Compare) and target.inner.operator == "eq" and target.sub:
        # “The work address is …” for somebody who has none: the element is made (as directories expect).
        chosen = [{target.inner.path[-1]: target.inner.value}]
        resource.setdefault(target.name, []).extend(chosen)
    if not chosen:
        raise ScimError(400, "No element fulfils the filter of the path.", "noTarget")
    for each in chosen:
        if target.sub:
            each[target.sub] = value
        elif isinstance(value, dict):
            each.update(value)
        else:
            raise ScimError(400, "An element is an object.", "invalidValue")


def _remove(resource: dict[str, Any], target: Path, value: Any) -> None:
    name = target.name
    if target.inner is not None:
        rows = resource.get(name, [])
        gone = [each for each in rows if matches(target.inner, each)]
        if target.sub:
            for each in gone:
                each.pop(target.sub, None)
        else:
            resource[name] = [each for each in rows if each not in gone]
    elif target.sub:
        if isinstance(resource.get(name), dict):
            resource[name].pop(target.sub, None)
    elif name.lower() in PLURAL and isinstance(value, list) and value:
        gone_values = {_element(each).get("value") for each in value}
        resource[name] = [each for each in resource.get(name, []) if each.get("value") not in gone_values]
    else:
        resource.pop(name, None)


def _element(each: Any) -> dict[str, Any]:
    found = {"value": each} if isinstance(each, str) else each
    if not isinstance(found, dict) or not isinstance(member(found, "value"), str):
        raise ScimError(400, "An element is an object with a value.", "invalidValue")
    return {
        key.lower() if key.lower() in {"value", "type", "primary"} else key: part
        for key, part in found.items()
    }
