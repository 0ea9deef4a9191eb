"""What the rows of a file of people to invite mean, and what is wrong with them: read, never written here.

Roles, languages and headings are understood in all four languages. A place of work, a contract or a company is found
among those where the reader manages users and nowhere else: a foreign one is as unknown as one that does not exist.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.at_rest import decrypt, encrypt
from core.columns import bare, find_columns, in_each_language, languages
from core.tables import Row
from core.text import fold, parse_date
from permissions import grants
from permissions.policy import visible_to
from permissions.vocabulary import CUSTOMER_PRESETS, PRESET_NAMES
from users import summary
from users.belonging import held_today, left_by
from users.models import BulkInvitation, Invitation, User
from users.summary import PRESETS_OF_SCOPE

MANAGE = "users.manage"
# The columns in the order of the template, with their headings.
COLUMNS = {
    "email": _("E-mail"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "language": _("Language"),
    "role": _("Role"),
    "place": _("Access to"),
    "until": _("Ends on"),
}
NEEDED = ("email", "first_name", "last_name", "role")
LONGEST_NAME = 60
# Neither sites nor companies have more in their names.
MOST_COMMAS = 4
# So many places stand in the template to choose from.
MOST_PLACES = 500

HINTS = {
    "place": _(
        "The name of a company or a site, or the number of a contract. Empty: your company, if there is only one."
    ),
    "until": _("A date like 31.12.2026. Empty: access without an end."),
}
SENTENCES = {
    "missing": _("Fill in “%(label)s”."),
    "email": _("Enter an e-mail address, for example sara@company.example."),
    "oneself": _("You cannot give access to yourself."),
    "long": _("At most %(most)s characters."),
    "language": _("This language is not offered. Choose one of: %(languages)s."),
    "role": _("There is no role of this name. Choose one of: %(roles)s."),
    "place": _(
        "You manage users at no place of this name. Write a company, a site or the number of a contract."
    ),
    "ambiguous": _(
        "Several places have this name. Write “site, company”, the company’s UID or the number of the contract."
    ),
    "wrong_place": _("This role is not given there. Choose one of: %(roles)s."),
    "date": _("This is no date. Write it like 31.12.2026."),
    "past": _("Choose a date from today on."),
    "double": _("The same as row %(row)s."),
    "held": _("This person has this access already."),
    "left": grants.HAS_LEFT,
    "invited": _("This person was invited already. Send the link again instead."),
}


@dataclass(frozen=True)
class Problem:
    """Something wrong in one cell of a row, to be said in any language."""

    column: str
    code: str
    # Roles that would do, the row that says the same.
    facts: tuple[Any, ...] = ()

    @property
    def label(self) -> str:
        """The heading of the column."""
        return str(COLUMNS[self.column])

    @property
    def words(self) -> str:
        """What is wrong and what to do."""
        return str(SENTENCES[self.code]) % {
            "label": self.label,
            "most": LONGEST_NAME,
            "languages": ", ".join(name for _code, name in settings.LANGUAGES),
            "roles": ", ".join(str(PRESET_NAMES[preset]) for preset in self.facts if preset in PRESET_NAMES),
            "row": self.facts[0] if self.facts else "",
        }


@dataclass
class Line:
    """A row of the file: what is written in it, what it means, and what is wrong with it."""

    number: int
    cells: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    email: str = ""
    language: str = ""
    preset: str = ""
    scope: Any = None
    until: date | None = None

    @property
    def good(self) -> bool:
        """Whether it can be invited as it stands."""
        return not self.problems

    @property
    def name(self) -> str:
        """First and last name as written."""
        return f"{self.cells['first_name']} {self.cells['last_name']}".strip()

    @property
    def role(self) -> str:
        """The role in words, as far as it is understood; else as written."""
        return str(PRESET_NAMES[self.preset]) if self.preset else self.cells["role"]

    @property
    def where(self) -> str:
        """The place in words, as far as it is understood; else as written."""
        return summary.scope_name(self.scope) if self.scope is not None else self.cells["place"]

    def says(self, column: str, code: str, *facts: Any) -> None:
        """Note that something is wrong."""
        self.problems.append(Problem(column, code, facts))


# --- What is kept of a file ---------------------------------------------------------------------------


@dataclass
class Kept:
    """The content of a `BulkInvitation`: rows, headings nobody knows, what was chosen, and what became of each row."""

    rows: list[tuple[int, dict[str, str]]]
    ignored: list[str] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)
    # By row: role, place in words and id of the invitation.
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    # By row that was left out: column, code and facts of its problems.
    left_out: dict[str, list[list[Any]]] = field(default_factory=dict)


def seal(kept: Kept) -> str:
    """The content, encrypted."""
    return encrypt(json.dumps(vars(kept)))


def unseal(row: BulkInvitation) -> Kept:
    """The content of a row."""
    return Kept(**json.loads(decrypt(row.sealed)))


# --- Headings -----------------------------------------------------------------------------------------


def read_rows(table: list[Row]) -> Kept:
    """The rows below a heading in any language and order. Raises ValidationError where a column is missing or there twice."""
    (_first, heading), *below = table
    columns, ignored = find_columns(heading, COLUMNS, NEEDED)
    if not below:
        raise ValidationError(_("This file has a heading, but no rows."))
    rows = [
        (place, dict.fromkeys(COLUMNS, "") | {n: cell for n, cell in zip(columns, cells, strict=False) if n})
        for place, cells in below
    ]
    return Kept(rows, ignored)


# --- Checking -----------------------------------------------------------------------------------------


def check(kept: Kept, by: User) -> list[Line]:
    """Every row with what is wrong with it for `by` now; a constant number of queries."""
    lines = [Line(number, cells) for number, cells in kept.rows]
    roles, spoken, places = _roles(), languages(), _Places(by, [line.cells["place"] for line in lines])
    for line in lines:
        _read_person(line, by, spoken)
        written = line.cells["role"]
        line.preset = written if written in CUSTOMER_PRESETS else roles.get(bare(written), "")
        if not line.preset and line.cells["role"]:
            line.says("role", "role", *CUSTOMER_PRESETS)
        places.read(line)
        _read_until(line)
    _check_given(lines)
    return lines


def _roles() -> dict[str, str]:
    """The roles by what they are called; a name that the insurer gave to two of them is none."""
    said = [
        (bare(word), preset)
        for preset in CUSTOMER_PRESETS
        for word in (preset, *in_each_language(lambda preset=preset: PRESET_NAMES[preset]))
    ]
    found: dict[str, set[str]] = defaultdict(set)
    for word, preset in said:
        found[word].add(preset)
    return {word: presets.pop() for word, presets in found.items() if len(presets) == 1}


def _read_person(line: Line, by: User, spoken: dict[str, str]) -> None:
    for name in NEEDED:
        if not line.cells[name]:
            line.says(name, "missing")
    for name in ("first_name", "last_name"):
        if len(line.cells[name]) > LONGEST_NAME:
            line.says(name, "long")
    line.email = line.cells["email"].lower()
    if line.email == by.email:
        line.says("email", "oneself")
    elif line.email:
        try:
            validate_email(line.email)
        except ValidationError:
            line.says("email", "email")
    written = line.cells["language"]
    line.language = spoken.get(bare(written), "") if written else by.language
    if not line.language:
        line.says("language", "language")


def _read_until(line: Line) -> None:
    written = line.cells["until"]
    if not written:
        return
    try:
        line.until = parse_date(written)
    except ValueError:
        line.says("until", "date")
        return
    if line.until < timezone.localdate():
        line.says("until", "past")


class _Places:
    """Companies, sites and contracts by what people write for them, among those where `by` manages users."""

    def __init__(self, by: User, written: Iterable[str]) -> None:
        self.found: dict[str, dict[Any, Any]] = defaultdict(dict)
        self.only: Any = None
        words = {word for each in written for word in (each, *_parts(each)) if word}
        if words:
            self._look_up(by, words)
        if not all(written):
            # Whoever manages users at one company need not name it in every row.
            rows = list(_rows("Company", by)[:2])
            self.only = rows[0] if len(rows) == 1 else None

    def _look_up(self, by: User, words: set[str]) -> None:
        ids = [key for word in words if (key := _uuid(word))]
        companies = _rows("Company", by).filter(
            Q(sort_key__in=[fold(word) for word in words])
            | Q(uid__in=[word.upper() for word in words])
            | Q(pk__in=ids)
        )
        lowered = [word.lower() for word in words]
        # The database knows the small letters of ASCII alone.
        cased = [each for word in words for each in (word, word.capitalize(), word.title())]
        sites = _rows("Site", by).annotate(lower=Lower("name"))
        sites = sites.filter(Q(lower__in=lowered) | Q(name__in=cased) | Q(pk__in=ids))
        contracts = _rows("Contract", by).annotate(lower=Lower("policy_number"))
        contracts = contracts.filter(Q(lower__in=lowered) | Q(pk__in=ids))
        for row in companies:
            self._name(row, row.name, row.uid)
        for row in sites.select_related("company"):
            self._name(row, row.name, f"{row.name}, {row.company.name}")
        for row in contracts.select_related("company"):
            self._name(row, row.policy_number, f"{row.policy_number}, {row.company.name}")

    def _name(self, row: Any, *names: str) -> None:
        for name in (*names, str(row.pk)):
            self.found[_key(name)][row.pk] = row

    def read(self, line: Line) -> None:
        """Find the place of a row, and say whether its role is given there."""
        written = line.cells["place"]
        rows = list(self.found[_key(written)].values()) if written else [self.only] if self.only else []
        fitting = [row for row in rows if not line.preset or line.preset in PRESETS_OF_SCOPE[kind_of(row)]]
        if not rows:
            line.says("place", "place" if written else "missing")
        elif len(fitting) == 1:
            line.scope = fitting[0]
        elif fitting or len(rows) > 1:
            line.says("place", "ambiguous")
        else:
            line.scope = rows[0]
            line.says("role", "wrong_place", *PRESETS_OF_SCOPE[kind_of(rows[0])])


def kind_of(scope: Any) -> str:
    """The kind of a scope, as in the ledger."""
    return grants.TABLE_OF_MODEL[scope._meta.label].SCOPE


def _rows(model: str, by: User) -> Any:
    return visible_to(by, MANAGE, apps.get_model("companies", model).unrestricted.all()).order_by("pk")


def _key(word: str) -> str:
    return re.sub(r"\s*,\s*", ", ", fold(word))


def _parts(word: str) -> Iterator[str]:
    """Of “site, company”: the site, whichever comma stands between them."""
    pieces = word.split(",")
    for count in range(1, min(len(pieces), MOST_COMMAS + 1)):
        yield ",".join(pieces[:count]).strip()


def _uuid(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def _check_given(lines: list[Line]) -> None:
    """Say which rows stand in the file twice, were invited or have this access already, and who has left."""
    whole = [line for line in lines if line.email and line.preset and line.scope is not None]
    emails = {line.email for line in whole}
    held, left = held_today(emails, [line.scope for line in whole]), left_by(emails)
    invited = _invited(whole)
    first: dict[tuple[Any, ...], int] = {}
    for line in whole:
        key = (line.email, line.scope.pk, line.preset)
        if first.setdefault(key, line.number) != line.number:
            line.says("email", "double", first[key])
        elif key in held:
            line.says("email", "held")
        elif (line.email, _company_of(line)) in left:
            line.says("email", "left")
        elif key in invited:
            line.says("email", "invited")


def _company_of(line: Line) -> Any:
    return line.scope.pk if kind_of(line.scope) == "company" else line.scope.company_id


def _invited(lines: list[Line]) -> set[tuple[Any, ...]]:
    if not lines:
        return set()
    companies = {_company_of(line) for line in lines}
    rows = Invitation.unrestricted.filter(
        accepted=None, withdrawn=None, company__in=companies, email__in={line.email for line in lines}
    )
    return {
        (email, claim_file or contract or site or company, preset)
        for email, company, site, contract, claim_file, preset in rows.values_list(
            "email", "company", "site", "contract", "claim_file", "preset"
        )
    }


# --- What became of them ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """A row after sending: its invitation, or why it was left out."""

    number: int
    cells: dict[str, str]
    role: str
    where: str
    preset: str = ""
    invitation: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """First and last name as written."""
        return f"{self.cells['first_name']} {self.cells['last_name']}".strip()


def outcomes(kept: Kept) -> list[Outcome]:
    """Every row with what became of it."""
    found = []
    for place, cells in kept.rows:
        sent, left_out = kept.sent.get(str(place)), kept.left_out.get(str(place), [])
        found.append(
            Outcome(
                place,
                cells,
                role=str(PRESET_NAMES[sent["preset"]]) if sent else cells["role"],
                where=sent["where"] if sent else cells["place"],
                preset=sent["preset"] if sent else "",
                invitation=sent["invitation"] if sent else "",
                problems=tuple(Problem(column, code, tuple(facts)) for column, code, facts in left_out),
            )
        )
    return found


def lists_of(user: User) -> list[BulkInvitation]:
    """The lists that somebody brought within the last day, the newest first."""
    return list(BulkInvitation.objects.filter(user=user, expires__gt=timezone.now()).order_by("-created"))


# --- The template -------------------------------------------------------------------------------------


def headings() -> list[str]:
    """The headings of the template in the reader's language."""
    return [str(label) for label in COLUMNS.values()]


def columns() -> list[dict[str, Any]]:
    """Each column: its heading, what is written in it, and whether it must not be empty."""
    return [
        {"label": label, "hint": _hint(name), "needed": name in NEEDED} for name, label in COLUMNS.items()
    ]


def _hint(name: str) -> str:
    if name == "role":
        return ", ".join(str(PRESET_NAMES[preset]) for preset in CUSTOMER_PRESETS)
    if name == "language":
        languages = ", ".join(language for _code, language in settings.LANGUAGES)
        return gettext("%(languages)s. Empty: your own language.") % {"languages": languages}
    return str(HINTS.get(name, ""))


def choices(by: User) -> dict[int, tuple[str, list[str]]]:
    """What the template offers for choosing, by column: languages, roles, and places where `by` manages users."""
    companies = list(_rows("Company", by).order_by("sort_key", "pk")[:MOST_PLACES])
    places = [each.name for each in companies]
    for model, name in (("Site", "name"), ("Contract", "policy_number")):
        rows = _rows(model, by).select_related("company").order_by("company__sort_key", name)
        places += [f"{getattr(row, name)}, {row.company.name}" for row in rows[: MOST_PLACES - len(places)]]
    names = list(COLUMNS)
    offered = {
        "language": [name for _code, name in settings.LANGUAGES],
        "role": [str(PRESET_NAMES[preset]) for preset in CUSTOMER_PRESETS],
        "place": places,
    }
    return {names.index(name): (str(COLUMNS[name]), values) for name, values in offered.items()}
