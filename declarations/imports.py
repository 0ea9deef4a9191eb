"""Tables of cases to report: each row becomes a draft to check and complete; none is sent by itself.

A row says who, what kind of case, and the dates. It has no room for a diagnosis or the course of an accident: what goes
round as a list belongs to nobody's health file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid5

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files.models import ClaimFile
from companies import services as companies
from companies.imports import IDENTIFYING, PERSONS, People
from companies.models import Company, InsuredPerson
from core.columns import understood
from core.errors import NotAllowed, OutOfReach
from core.fields import PercentField, SwissDateField
from core.imports import Column, Line
from core.imports.kinds import Outcome
from core.models import TableImport
from core.text import swiss_date
from declarations import services
from declarations.forms import FORMS, event_date_of
from declarations.models import Declaration
from permissions.audit import record
from permissions.imports import RecordedKind
from permissions.policy import require_somewhere, visible_to

CREATE = "declaration.create"
# Where a report says on which day the case began, by what its kind asks for.
EVENT_DATES = ("first_day", "accident_date")
OF_PERSON = ("insured_number", "ahv_number", "last_name", "first_name", "birth_date")


def event_field(kind: str) -> str:
    """The question of a kind for the day the case began; empty where a table cannot answer it."""
    form: Any = FORMS[kind].get("event")
    asked = form.base_fields if form is not None else {}
    return next((name for name in EVENT_DATES if name in asked), "")


def offered_kinds() -> dict[str, Any]:
    """The kinds that a table can begin, with their words."""
    return {kind: label for kind, label in Declaration.Kind.choices if event_field(kind)}


def reportable_by(user: Any) -> QuerySet[InsuredPerson]:
    """The people for whom `user` may report a case at work: never himself, that is his own private report."""
    return services.reportable(user).exclude(user=user)


def companies_to_report_for(user: Any) -> QuerySet[Company]:
    """The companies for whose people `user` may report cases."""
    people = reportable_by(user).filter(company=OuterRef("pk"))
    return companies.companies(user).filter(Exists(people))


class Cases(RecordedKind):
    """The table of cases to report."""

    name = "cases"
    title = _("Import cases to report")
    lede = _("Bring a list of cases. Each row becomes a draft: you complete and send it yourself.")
    notes = (
        _("Nothing is sent by itself. The drafts stand with the others, for you and your colleagues."),
        _(
            "A case that is reported or begun already, with the same person, kind and day, is not begun again."
        ),
        _("Write nothing about diagnoses into the list: a column for it is not read."),
    )
    named_words = _("Name")
    needed_words = _("Needed")
    file_name = _("cases")
    urls = "declarations:import"
    outcomes = {
        Outcome.FAULT: (_("To correct"), "err"),
        Outcome.NEW: (_("New draft"), "ok"),
        Outcome.UNCHANGED: (_("There already"), "mute"),
    }
    identifying = IDENTIFYING
    columns = {
        **{name: replace(PERSONS.columns[name], needed=False, hint="") for name in OF_PERSON},
        "kind": Column(
            _("Kind"),
            forms.CharField(required=False),
            needed=True,
            meanings=lambda: understood(offered_kinds()),
            offered=lambda: [str(label) for label in offered_kinds().values()],
        ),
        "event_date": Column(
            _("Date of the event"),
            SwissDateField(required=False, latest=timezone.localdate),
            _("The day of the accident; for an illness the first day of incapacity."),
            needed=True,
        ),
        "incapacity_begin": Column(
            _("First day of incapacity"),
            SwissDateField(required=False),
            _("Empty for an accident: no incapacity is known. For an illness it is the day of the event."),
        ),
        "incapacity_end": Column(_("Last day of incapacity"), SwissDateField(required=False)),
        "degree": Column(
            _("Degree of incapacity"), PercentField(required=False), _("In percent. Empty: 100.")
        ),
    }
    sentences = {
        "unknown": _("You report cases for nobody with this number in this company."),
        "nobody": _("You report cases for nobody of this name and date of birth in this company."),
        "two_people": PERSONS.sentences["two_people"],
        "several": PERSONS.sentences["several"],
        "differs": _("The records say otherwise. Compare it with the list of employees."),
        "before": _("The employment began on %(begin)s. Enter a date from then on."),
        "first_day": _("For an illness it is the day of the event."),
        "too_early": _("The incapacity cannot begin before the accident (%(day)s)."),
        "ends_before": _("The period cannot end before it begins. Check both dates."),
        "no_right": _("You may not report a case for this person."),
    }

    def require_somewhere(self, *, by: Any) -> None:
        """Whoever reports cases for others may."""
        require_somewhere(by, CREATE)
        if not reportable_by(by).exists():
            raise NotAllowed(CREATE)

    def scope(self, key: Any, *, by: Any) -> Company:
        """A company for whose people `by` reports cases."""
        company = companies.companies(by).filter(pk=key).first()
        if company is None:
            raise OutOfReach
        if not companies_to_report_for(by).filter(pk=key).exists():
            raise NotAllowed(CREATE, company)
        return company

    def named(self, line: Line) -> str:
        """Who the row is about, as written."""
        return PERSONS.named(line)

    def begun(self, table: TableImport, scope: Any, *, by: Any) -> None:
        """The yes was said."""
        record(by, "declaration.import_begun", scope, table=table.pk, rows=table.total)

    def over(self, table: TableImport, scope: Any, *, by: Any, done: int, left_out: int) -> None:
        """The last row is written."""
        record(by, "declaration.import_over", scope, table=table.pk, rows=done, left_out=left_out)

    def home(self, scope: Company) -> tuple[str, str]:
        """The drafts."""
        return str(_("Drafts")), reverse("declarations:drafts")

    def made_url(self, line: Line) -> str:
        """The draft."""
        return reverse("declarations:check", args=[line.made]) if line.made else ""

    # --- What a row means -----------------------------------------------------------------------------

    def judge(self, lines: list[Line], scope: Company, *, by: Any) -> None:
        """Say who each row is about and whether the case is there already; a constant number of queries."""
        people = People(lines, reportable_by(by).filter(company=scope))
        for line in lines:
            line.target = people.find(line)
            for name, column in self.columns.items():
                if column.needed and not line.cells[name]:
                    line.says(name, "missing")
            if line.target is None and not line.problems:
                line.says("", "nobody")
            if line.target is not None:
                self._compare(line)
                self._check_days(line)
        there = _reported([line for line in lines if not line.problems], by)
        for line in lines:
            if line.problems:
                continue
            key = (line.target.pk, line.values["kind"], line.values["event_date"])
            line.about = " ".join(map(str, key))
            line.outcome = Outcome.UNCHANGED if key in there else Outcome.NEW

    def _compare(self, line: Line) -> None:
        for name in ("ahv_number", "birth_date"):
            if name in line.values and line.values[name] != getattr(line.target, name):
                line.says(name, "differs")

    def _check_days(self, line: Line) -> None:
        values = line.values
        illness = "kind" in values and event_field(values["kind"]) == "first_day"
        event, begin, end = (
            values.get(name) for name in ("event_date", "incapacity_begin", "incapacity_end")
        )
        if event and event < line.target.employment_begin:
            line.says("event_date", "before", begin=swiss_date(line.target.employment_begin))
        if event and begin and illness and begin != event:
            line.says("incapacity_begin", "first_day")
        elif event and begin and begin < event:
            line.says("incapacity_begin", "too_early", day=swiss_date(event))
        if end and (start := begin or event) and end < start:
            line.says("incapacity_end", "ends_before")
        elif not begin and not illness and (end or values.get("degree")):
            line.says("incapacity_begin", "missing")

    # --- Writing --------------------------------------------------------------------------------------

    def write(self, lines: list[Line], scope: Company, *, by: Any, table: TableImport) -> None:
        """Begin a draft for each; what a service refuses is left out."""
        for line in lines:
            line.attempt(lambda each=line: self._begin(each, table, by))

    def _begin(self, line: Line, table: TableImport, by: Any) -> Declaration:
        values, kind = line.values, line.values["kind"]
        request_id = uuid5(table.pk, str(line.number))
        draft = services.start(line.target, kind, by=by, request_id=request_id)
        services.save_part(draft.pk, "event", {event_field(kind): values["event_date"]}, by=by)
        begin = values.get("incapacity_begin")
        if begin is None and event_field(kind) == "first_day":
            begin = values["event_date"]
        form: Any = FORMS[kind].get("incapacity")
        if begin is not None and form is not None:
            period = {
                "begin": begin,
                "end": values.get("incapacity_end"),
                "degree": values.get("degree", 100),
            }
            answers: dict[str, Any] = {form.rows_name: [period]}
            if "unable" in form.base_fields:
                answers["unable"] = "yes"
            services.save_part(draft.pk, "incapacity", answers, by=by)
        return draft


def _reported(lines: list[Line], by: Any) -> set[tuple[Any, str, date]]:
    """Person, kind and day of the reports that `by` sees of these people, drafts included, those taken back not."""
    found: dict[Any, set[tuple[str, date]]] = defaultdict(set)
    rows = visible_to(by, "declaration.view").filter(person__in=[line.target.pk for line in lines])
    rows = rows.exclude(claim_file__outcome=ClaimFile.Outcome.WITHDRAWN)
    for person, kind, parts in rows.values_list("person", "kind", "parts"):
        if day := event_date_of(parts):
            found[person].add((kind, day))
    return {(person, kind, day) for person, known in found.items() for kind, day in known}


CASES = Cases()
