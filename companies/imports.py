"""Tables of insured persons: joiners, leavers, changes; every row is judged here and written by the services.

A person is found by insured number, AHV number, or name with date of birth, within the one company. What is left empty
stays as it is. Name, AHV number, date of birth, sex and begin of employment of somebody who is on record are never
changed by a table: where it differs from the records, the row is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies import services
from companies.models import Company, InsuredPerson, Site
from core.columns import languages, understood
from core.errors import NotAllowed, NotNow, OutOfReach
from core.fields import AHVField, MoneyField, RateField, SwissDateField
from core.imports import Column, Line
from core.imports.kinds import Outcome, as_text
from core.models import TableImport
from core.text import fold
from permissions.audit import record
from permissions.imports import RecordedKind
from permissions.policy import can_each, find, require_somewhere

CREATE, EDIT = "person.create", "person.edit"
# What tells who a row is about.
IDENTIFYING = (("insured_number",), ("ahv_number",), ("last_name", "first_name", "birth_date"))
# What a table never changes.
IDENTITY = ("first_name", "last_name", "ahv_number", "birth_date", "sex", "employment_begin")
# What somebody new needs.
NEEDED = (*IDENTITY, "degree_percent", "annual_salary")
CHANGEABLE = (
    "site",
    "occupation",
    "employment_end",
    "degree_percent",
    "annual_salary",
    "language",
    "street",
    "house_number",
    "postcode",
    "town",
)
Sex = InsuredPerson.Sex
# As payroll programs write it.
SEX_OF_WORD = {
    **dict.fromkeys(("w", "frau", "femme", "donna", "woman"), Sex.FEMALE.value),
    **dict.fromkeys(("h", "u", "herr", "mann", "homme", "uomo", "man"), Sex.MALE.value),
}


def _text(model: Any, name: str) -> forms.CharField:
    return forms.CharField(required=False, max_length=model._meta.get_field(name).max_length)


def _sexes() -> dict[str, str]:
    return understood(dict(Sex.choices)) | SEX_OF_WORD


class Persons(RecordedKind):
    """The table of insured persons."""

    name = "persons"
    title = _("Import employees")
    lede = _(
        "Bring a list of joiners, leavers and changes. You see what each row does before anything is written."
    )
    notes = (
        _("People are found by insured number, AHV number, or name and date of birth."),
        _("An empty cell changes nothing. Whoever is not in the list stays as he is."),
        _(
            "Name, AHV number, date of birth, sex and begin of employment of people on record are changed by the "
            "insurer, not by a list."
        ),
    )
    named_words = _("Name")
    needed_words = _("Needed for new people")
    file_name = _("employees")
    urls = "companies:import"
    outcomes = {
        Outcome.FAULT: (_("To correct"), "err"),
        Outcome.NEW: (_("New"), "ok"),
        Outcome.CHANGED: (_("Changes"), "info"),
        Outcome.LEAVES: (_("Leaves"), "warn"),
        Outcome.UNCHANGED: (_("Unchanged"), "mute"),
    }
    identifying = IDENTIFYING
    columns = {
        "insured_number": Column(
            _("Insured number"),
            _text(InsuredPerson, "insured_number"),
            _("For people who are on record. Leave it empty for new ones: the portal gives it."),
        ),
        "ahv_number": Column(_("AHV number"), AHVField(required=False), "756.1234.5678.97", needed=True),
        "last_name": Column(_("Last name"), _text(InsuredPerson, "last_name"), needed=True),
        "first_name": Column(_("First name"), _text(InsuredPerson, "first_name"), needed=True),
        "birth_date": Column(
            _("Date of birth"),
            SwissDateField(
                required=False, years_ahead=0, earliest=date(1900, 1, 1), latest=timezone.localdate
            ),
            _("A date like 31.12.1990."),
            needed=True,
        ),
        "sex": Column(
            _("Sex"),
            forms.CharField(required=False),
            needed=True,
            meanings=_sexes,
            offered=lambda: [str(label) for label in Sex.labels],
        ),
        "language": Column(
            _("Language"),
            forms.CharField(required=False),
            _("Empty: the company’s language."),
            meanings=languages,
            offered=lambda: [name for _code, name in settings.LANGUAGES],
        ),
        "site": Column(
            _("Site"), _text(Site, "name"), _("The name of the site. Empty: the only one of the company.")
        ),
        "occupation": Column(_("Occupation"), _text(InsuredPerson, "occupation")),
        "employment_begin": Column(_("Begin of employment"), SwissDateField(required=False), needed=True),
        "employment_end": Column(
            _("End of employment"),
            SwissDateField(required=False),
            _("The last day of somebody who leaves. Access ends the day after."),
        ),
        "degree_percent": Column(
            _("Level of employment"),
            RateField(required=False),
            _("In percent, for example 80 or 62.5."),
            needed=True,
        ),
        "annual_salary": Column(
            _("Annual salary"), MoneyField(required=False), _("In francs, for example 78’000."), needed=True
        ),
        "street": Column(_("Street"), _text(InsuredPerson, "street")),
        "house_number": Column(_("House number"), _text(InsuredPerson, "house_number")),
        "postcode": Column(_("Postcode"), _text(InsuredPerson, "postcode")),
        "town": Column(_("Town"), _text(InsuredPerson, "town")),
    }
    sentences = {
        "unknown": _("Nobody in this company has this number. Leave it empty for somebody new."),
        "two_people": _("This number belongs to somebody else than the other columns say."),
        "several": _("Several people have this name and date of birth. Add the insured number."),
        "identity": _(
            "The records say otherwise. Name, AHV number, date of birth, sex and begin of employment are changed by "
            "the insurer."
        ),
        "no_right": _("You may not change this person’s data."),
        "site": _("The company has no site of this name. It has: %(sites)s."),
        "decimals": _("At most two decimals."),
        "born_later": _("The employment begins after the date of birth. Compare both days."),
        "ends_before": _("The employment ends after it begins."),
    }

    def scope(self, key: Any, *, by: Any) -> Company:
        """The company to which `by` may add employees."""
        return find(by, Company.unrestricted, key, CREATE)

    def require_somewhere(self, *, by: Any) -> None:
        """HR and the contract manager may."""
        require_somewhere(by, CREATE)

    def named(self, line: Line) -> str:
        """Who the row is about, as written."""
        cells = line.cells
        return (
            f"{cells['last_name']} {cells['first_name']}".strip()
            or cells["insured_number"]
            or cells["ahv_number"]
        )

    def begun(self, table: TableImport, scope: Any, *, by: Any) -> None:
        """The yes was said."""
        record(by, "person.import_begun", scope, table=table.pk, rows=table.total)

    def over(self, table: TableImport, scope: Any, *, by: Any, done: int, left_out: int) -> None:
        """The last row is written."""
        record(by, "person.import_over", scope, table=table.pk, rows=done, left_out=left_out)

    def home(self, scope: Company) -> tuple[str, str]:
        """The page the import belongs to."""
        return str(_("Employees")), reverse("companies:persons")

    def made_url(self, line: Line) -> str:
        """The page of the person."""
        return reverse("companies:person", args=[line.made]) if line.made else ""

    # --- What a row means -----------------------------------------------------------------------------

    def judge(self, lines: list[Line], scope: Company, *, by: Any) -> None:
        """Say who each row is about and what it would change; a constant number of queries."""
        sites = {fold(site.name): site for site in services.sites(by).filter(company=scope)}
        people = People(lines, services.persons(by).filter(company=scope))
        for line in lines:
            self._read_site(line, sites)
            if line.values.get("degree_percent", 0) % 1 * 100 % 1:
                line.says("degree_percent", "decimals")
        for line in lines:
            line.target = people.find(line)
        may_edit = can_each(by, EDIT, [line.target for line in lines if line.target is not None])
        for line in lines:
            if line.target is not None:
                line.about = str(line.target.pk)
                self._compare(line, may_edit)
            elif not line.problems:
                line.about = line.values.get("ahv_number", "")
                self._check_new(line, scope, sites)
            if not line.problems:
                self._check_days(line)
            if line.problems:
                line.outcome, line.changes = Outcome.FAULT, []

    def _read_site(self, line: Line, sites: dict[str, Site]) -> None:
        name = line.values.get("site")
        if not name:
            return
        found = sites.get(fold(name))
        if found is None:
            line.says("site", "site", sites=", ".join(sorted(site.name for site in sites.values())))
            del line.values["site"]
        else:
            line.values["site"] = found

    def _compare(self, line: Line, may_edit: set[Any]) -> None:
        person, values = line.target, line.values
        for name in IDENTITY:
            if name in values and not _same(values[name], getattr(person, name)):
                line.says(name, "identity")
        line.changes = [
            (name, _shown(name, getattr(person, name)), _shown(name, values[name]))
            for name in CHANGEABLE
            if name in values and values[name] != getattr(person, name)
        ]
        if line.problems:
            return
        if not line.changes:
            line.outcome = Outcome.UNCHANGED
        elif person.pk not in may_edit:
            line.says("", "no_right")
        else:
            leaves = any(name == "employment_end" for name, _old, _new in line.changes)
            line.outcome = Outcome.LEAVES if leaves else Outcome.CHANGED

    def _check_new(self, line: Line, company: Company, sites: dict[str, Site]) -> None:
        for name in NEEDED:
            if not line.cells[name]:
                line.says(name, "missing")
        if "site" not in line.values:
            if len(sites) == 1:
                line.values["site"] = next(iter(sites.values()))
            else:
                line.says("site", "missing")
        line.values.setdefault("language", company.language)
        if not line.problems:
            line.outcome = Outcome.NEW

    def _check_days(self, line: Line) -> None:
        values, person = line.values, line.target
        begin = values.get("employment_begin") or getattr(person, "employment_begin", None)
        end, born = values.get("employment_end"), values.get("birth_date")
        if person is None and begin and born and begin <= born:
            line.says("birth_date", "born_later")
        if begin and end and end < begin:
            line.says("employment_end", "ends_before")

    # --- Writing --------------------------------------------------------------------------------------

    def write(self, lines: list[Line], scope: Company, *, by: Any, table: TableImport) -> None:
        """Add the new people at once, change the others one by one; what a service refuses is left out."""
        self._add([line for line in lines if line.target is None], scope, by)
        known = [line for line in lines if line.target is not None]
        for line in sorted(known, key=lambda each: str(each.target.pk)):
            changes = {name: line.values[name] for name, _old, _new in line.changes}
            line.attempt(lambda c=changes, t=line.target: services.edit_person(t.pk, c, by=by), self.columns)

    def _add(self, lines: list[Line], scope: Company, by: Any) -> None:
        values = [
            {name: value for name, value in line.values.items() if name != "insured_number"} for line in lines
        ]
        try:
            with transaction.atomic():
                people = services.create_persons(scope.pk, values, by=by)
        except (ValidationError, NotNow, NotAllowed, OutOfReach):
            # One of them: which, is found by adding each for itself.
            for line, one in zip(lines, values, strict=True):
                line.attempt(lambda o=one: services.create_person(scope.pk, o, by=by), self.columns)
            return
        for line, person in zip(lines, people, strict=True):
            line.made = person.pk


class People:
    """The people of `rows` by what a batch of lines says of them."""

    def __init__(self, lines: list[Line], rows: QuerySet[InsuredPerson]) -> None:
        values = [line.values for line in lines]
        numbers = {each["insured_number"] for each in values if "insured_number" in each}
        ahv = {each["ahv_number"] for each in values if "ahv_number" in each}
        named = [key for each in values if (key := _named(each))]
        rows = rows.order_by("pk").filter(
            Q(insured_number__in=numbers)
            | Q(ahv_number__in=ahv)
            | Q(sort_key__in={name for name, _born in named}, birth_date__in={born for _name, born in named})
        )
        self.by_number: dict[str, InsuredPerson] = {}
        self.by_ahv: dict[str, InsuredPerson] = {}
        self.by_name: dict[Any, list[InsuredPerson]] = defaultdict(list)
        for person in rows:
            self.by_number[person.insured_number] = self.by_ahv[person.ahv_number] = person
            self.by_name[person.sort_key, person.birth_date].append(person)

    def find(self, line: Line) -> InsuredPerson | None:
        """Who a row is about; None for somebody new, or where the row contradicts itself (then it is wrong)."""
        number, ahv = line.values.get("insured_number"), line.values.get("ahv_number")
        known = self.by_ahv.get(ahv) if ahv else None
        if number:
            person = self.by_number.get(number)
            if person is None:
                line.says("insured_number", "unknown")
            elif known is not None and known.pk != person.pk:
                line.says("insured_number", "two_people")
                return None
            return person
        if known is not None:
            return known
        found = self.by_name.get(_named(line.values), [])
        if len(found) > 1:
            line.says("", "several")
        return found[0] if len(found) == 1 else None


def _named(values: dict[str, Any]) -> tuple[str, date] | None:
    """Name and date of birth as they are compared."""
    names, born = (values.get("last_name"), values.get("first_name")), values.get("birth_date")
    return (fold(f"{names[0]} {names[1]}"), born) if all(names) and born else None


def _same(typed: Any, kept: Any) -> bool:
    """Whether a cell says what the records say; capitals and accents of a name do not matter."""
    return fold(typed) == fold(kept) if isinstance(typed, str) else typed == kept


def _shown(name: str, value: Any) -> str:
    return dict(settings.LANGUAGES).get(value, "") if name == "language" else as_text(value)


PERSONS = Persons()
