"""What roles are called: by the insurer, where it has a name of its own in the reader's language, else by the portal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.functional import lazy
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed

LANGUAGES = ("de", "fr", "it", "en")
# Any number will do, as long as nothing else in the database locks it.
NAMES_LOCK = 7_225_003

_memory: ContextVar[list[Any] | None] = ContextVar("memory of names", default=None)


@contextmanager
def names_remembered() -> Iterator[None]:
    """Within this block (one request) the insurer's names are read once, and only if a role is named."""
    token = _memory.set([])
    try:
        yield
    finally:
        _memory.reset(token)


def own_names() -> dict[tuple[str, str], str]:
    """The insurer's names by preset and language; what it left to the portal is not there."""
    memory = _memory.get()
    if memory:
        return memory[0]
    labels = apps.get_model("permissions.PresetLabel").objects.all()
    found = {
        (label.preset, language): name
        for label in labels
        for language in LANGUAGES
        if (name := getattr(label, language))
    }
    if memory is not None:
        memory.append(found)
    return found


def _name(preset: str, words: Any) -> str:
    return own_names().get((preset, (get_language() or "")[:2])) or str(words)


# The name of a preset whose own words are given; looked up each time it is shown.
named = lazy(_name, str)


@transaction.atomic
def name_preset(preset: str, names: dict[str, str], *, by: Any) -> None:
    """Call a role something else, by language; where every name is empty, the portal's own names come back.

    By a holder of `settings.manage`. Raises NotAllowed, ValidationError for a role that does not exist and, by language,
    for a name that another role has.
    """
    # They stand where vocabulary asks for names: imported here to keep the start free of a circle.
    from permissions.audit import record
    from permissions.policy import can_somewhere
    from permissions.vocabulary import PRESETS

    if not can_somewhere(by, "settings.manage"):
        raise NotAllowed("settings.manage")
    if preset not in PRESETS:
        raise ValidationError({"preset": _("Choose one of the roles in the list.")})
    with connection.cursor() as cursor:
        # Who names a second role at the same moment reads the first one's name, rather than running into the database's rule.
        cursor.execute("select pg_advisory_xact_lock(%s)", [NAMES_LOCK])
    if memory := _memory.get():
        memory.clear()
    values = {language: _written(names.get(language, "")) for language in LANGUAGES}
    if problems := taken_names(preset, values):
        raise ValidationError(problems)
    labels = apps.get_model("permissions.PresetLabel").objects
    if any(values.values()):
        labels.update_or_create(preset=preset, defaults=values)
    else:
        labels.filter(preset=preset).delete()
    if memory := _memory.get():
        memory.clear()
    record(by, "settings.role_named", preset=preset, languages=[each for each in LANGUAGES if values[each]])


def taken_names(preset: str, names: dict[str, str]) -> dict[str, Any]:
    """By language, what is wrong with names wanted for a role: another one is called so, however it is capitalised.

    The portal's own name of a role stays its own even where the insurer calls it otherwise: it may come back.
    """
    from permissions.vocabulary import PORTALS_NAMES, PRESET_NAMES

    problems: dict[str, Any] = {}
    for language in LANGUAGES:
        wanted = _written(names.get(language, "")).casefold()
        with override(language):
            portals = {other: str(words) for other, words in PORTALS_NAMES.items() if other != preset}
        for other, name in portals.items():
            if wanted and wanted in {name.casefold(), own_names().get((other, language), "").casefold()}:
                role = str(PRESET_NAMES[other])
                problems[language] = _("The role “%(role)s” is called so already.") % {"role": role}
    return problems


def _written(name: str) -> str:
    return " ".join(name.split())
