"""How the house is built, read from its source: which doors exist, who may use them, how large rooms get."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

BASE = Path(__file__).resolve().parent.parent.parent
ROOMS = [
    "core", "permissions", "companies", "users", "documents", "claims_files", "finance", "declarations",
    "correspondence", "enterprise_portal",
]  # fmt: skip
# Files that speak to people or machines outside: they reach rows through the policy or not at all.
FRONT = {"views", "api", "forms", "filters", "consumers", "home", "context"}
OPEN_DOORS = {"unrestricted", "_base_manager", "_default_manager"}


def sources(*, tests: bool = False) -> list[Path]:
    """The Python files of the rooms, without migrations."""
    rooms = [*ROOMS, "scripts", *(["tests"] if tests else [])]
    files = [path for room in rooms for path in (BASE / room).rglob("*.py")]
    return sorted(path for path in files if "migrations" not in path.parts)


def in_front(path: Path) -> bool:
    """Whether a file is one of `FRONT`, alone or as a package."""
    parts = path.relative_to(BASE).with_suffix("").parts
    return bool(FRONT & set(parts[1:]))


def attributes(path: Path) -> Iterator[tuple[ast.Attribute, list[ast.AST]]]:
    """Every `thing.name` of a file, with what it stands in, the nearest first."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            around, place = [], parents.get(node)
            while place is not None:
                around.append(place)
                place = parents.get(place)
            yield node, around


def name(path: Path, node: ast.AST) -> str:
    """A place as editors understand it."""
    return f"{path.relative_to(BASE)}:{getattr(node, 'lineno', 0)}"


def test_the_search_finds_what_it_forbids(tmp_path):
    """A search that finds nothing anywhere proves nothing."""
    file = tmp_path / "views.py"
    file.write_text(
        "rows = ClaimFile.unrestricted.all()\n"
        "none = ClaimFile.unrestricted.none()\n"
        "seen = visible_to(user, 'claim.view', ClaimFile.unrestricted.all())\n"
    )
    assert len(list(open_doors(file))) == 1
    services = [path for path in sources() if path.stem == "services"]
    assert any(list(open_doors(path)) for path in services)


def open_doors(path: Path) -> Iterator[ast.AST]:
    """Uses of an open manager, except for no rows at all and for rows handed to the policy on the spot."""
    for node, around in attributes(path):
        if node.attr not in OPEN_DOORS:
            continue
        nothing = isinstance(around[0], ast.Attribute) and around[0].attr == "none"
        asked = any(
            isinstance(each, ast.Call) and getattr(each.func, "id", "") == "visible_to" for each in around
        )
        if not nothing and not asked:
            yield node


def test_no_open_manager_in_front():
    found = [name(path, node) for path in sources() if in_front(path) for node in open_doors(path)]
    assert found == []


# Outside `users/`, accounts are looked up by key only: to tell somebody, to name who acted, to run the policy.
ACCOUNTS = {
    "permissions/holders.py": "the people with a grant within reach",
    "permissions/log.py": "the names of those who acted",
    "enterprise_portal/demo": "the seeded people",
    "enterprise_portal/management": "the seeded people",
    "correspondence": "whom to tell",
    "enterprise_portal/live.py": "whose sockets must close",
}


def test_accounts_are_looked_up_in_their_own_room():
    found = []
    for path in sources():
        place = str(path.relative_to(BASE))
        if place.startswith("users/") or any(place.startswith(allowed) for allowed in ACCOUNTS):
            continue
        for node, _around in attributes(path):
            owner = ast.unparse(node.value)
            if node.attr in {"objects", "_default_manager"} and (
                owner in {"User", "get_user_model()"} or owner.endswith(".User")
            ):
                found.append(name(path, node))
    assert found == []


@pytest.mark.parametrize("allowed", ACCOUNTS)
def test_every_exception_is_in_use(allowed):
    assert any("User" in path.read_text() or "user_model" in path.read_text() for path in sources()
               if str(path.relative_to(BASE)).startswith(allowed))  # fmt: skip


def test_only_permissions_knows_guardian():
    found = []
    for path in sources():
        if path.relative_to(BASE).parts[0] == "permissions":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [name(path, node) for each in names if each.split(".")[0] == "guardian"]
    assert found == []


def test_no_room_for_everything():
    """A module called after nothing in particular collects everything."""
    found = [
        str(path.relative_to(BASE))
        for path in sources()
        if {"utils", "helpers", "common", "managers", "signals", "misc"} & {*path.parts, path.stem}
    ]
    assert found == []


def test_no_file_grows_beyond_500_lines():
    long = {
        str(path.relative_to(BASE)): count
        for path in sources(tests=True)
        if (count := len(path.read_text().splitlines())) > 500
    }
    assert long == {}


def test_scoped_models_have_no_open_default():
    """Whoever forgets the policy gets an error, not the rows."""
    from permissions.scoped import ClosedManager, ScopedModel

    scoped = [model for model in apps.get_models() if issubclass(model, ScopedModel)]
    assert len(scoped) > 10
    for model in scoped:
        assert isinstance(model._default_manager, ClosedManager), model
        assert model._meta.base_manager_name == "unrestricted", model
        assert not hasattr(model, "objects"), model


def test_scope_columns_exist_on_every_model_the_policy_speaks_of():
    from permissions.vocabulary import MODELS_OF_NOUN, VIEW_OF_MODEL

    spoken = {label for labels in MODELS_OF_NOUN.values() for label in labels}
    assert set(VIEW_OF_MODEL) <= spoken
    for label in spoken:
        model = apps.get_model(label)
        columns = {field.attname for field in model._meta.concrete_fields} | {"pk"}
        assert set(model.scope_fields.values()) <= columns, label
        assert label in VIEW_OF_MODEL, f"{label}: by which right is it within reach?"


# --- Migrations ---------------------------------------------------------------------------------


def test_migrations_form_no_circle_and_one_end_in_each_room():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    loader.graph.ensure_not_cyclic()
    for app in ROOMS:
        leaves = loader.graph.leaf_nodes(app)
        assert len(leaves) <= 1, leaves
    assert loader.detect_conflicts() == {}


@pytest.mark.django_db
def test_models_and_migrations_agree(capsys):
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    assert "No changes detected" in capsys.readouterr().out
