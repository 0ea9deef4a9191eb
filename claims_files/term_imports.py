"""The dictionary of plain words as a table: loaded by the insurer, every row judged and shown first, never twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from claims_files.models import Term
from claims_files.plain import CODE
from core.columns import understood
from core.errors import NotAllowed
from core.fields import SwissDateField
from core.imports import Column, Line
from core.imports.kinds import Outcome
from core.models import TableImport
from core.text import swiss_date
from permissions.audit import record
from permissions.imports import RecordedKind
from permissions.policy import can_somewhere, require_somewhere

RIGHT = "settings.manage"
TEXTS = ("text_de", "text_fr", "text_it", "text_en")


class Dictionary:
    """What the table goes into: there is one dictionary, the insurer's."""

    pk = UUID(int=77)

    @property
    def name(self) -> str:
        """As the pages of the import say it."""
        return str(settings.BRAND["insurer"])


def _text(label: Any) -> Column:
    return Column(label, forms.CharField(max_length=400), needed=True)


class Terms(RecordedKind):
    """The table of codes with their meaning."""

    name = "terms"
    of_company = False
    title = _("Load codes in plain words")
    lede = _("What codes on bills, statements and decisions mean, in four languages.")
    notes = (
        _("A code may have several rows: each holds from its date on, until the next one."),
        _("What is not in the list stays as it is."),
    )
    named_words = _("Code")
    needed_words = _("Needed")
    file_name = _("codes")
    urls = "claims_files:term_import"
    outcomes = {
        Outcome.FAULT: (_("To correct"), "err"),
        Outcome.NEW: (_("New"), "ok"),
        Outcome.CHANGED: (_("Changes"), "info"),
        Outcome.UNCHANGED: (_("There already"), "mute"),
    }
    identifying = (("kind", "code"),)
    columns = {
        "kind": Column(
            _("Kind of code"),
            forms.CharField(required=False),
            needed=True,
            meanings=lambda: understood(dict(Term.Kind.choices)),
            offered=lambda: [str(label) for label in Term.Kind.labels],
        ),
        "code": Column(
            _("Code"),
            forms.CharField(max_length=30),
            _("Letters, digits, dots and hyphens."),
            needed=True,
        ),
        "valid_from": Column(_("Valid from"), SwissDateField(), needed=True),
        "text_de": _text(_("Text in German")),
        "text_fr": _text(_("Text in French")),
        "text_it": _text(_("Text in Italian")),
        "text_en": _text(_("Text in English")),
    }
    sentences = {
        "no_code": _("Letters, digits, dots and hyphens only, for example 00.0010."),
        "no_right": _("You may not load codes."),
    }

    def require_somewhere(self, *, by: Any) -> None:
        """Whoever manages the portal's settings may."""
        require_somewhere(by, RIGHT)

    def scope(self, key: Any, *, by: Any) -> Any:
        """The one dictionary. Raises NotAllowed."""
        if not can_somewhere(by, RIGHT):
            raise NotAllowed(RIGHT)
        return Dictionary()

    def named(self, line: Line) -> str:
        """The code, as written."""
        return line.cells["code"]

    def begun(self, table: TableImport, scope: Any, *, by: Any) -> None:
        """The yes was said."""
        record(by, "settings.terms_begun", table=table.pk, rows=table.total)

    def over(self, table: TableImport, scope: Any, *, by: Any, done: int, left_out: int) -> None:
        """The last row is written."""
        record(by, "settings.terms_over", table=table.pk, rows=done, left_out=left_out)

    def home(self, scope: Any) -> tuple[str, str]:
        """The dictionary."""
        return str(_("Codes in plain words")), reverse("claims_files:plain_words")

    def made_url(self, line: Line) -> str:
        """None: the dictionary is one page."""
        return ""

    def judge(self, lines: list[Line], scope: Any, *, by: Any) -> None:
        """Say which rows are new or change a meaning; one query."""
        codes = {str(line.values["code"]).upper() for line in lines if "code" in line.values}
        known = {
            (term.kind, term.code, term.valid_from): term for term in Term.objects.filter(code__in=codes)
        }
        for line in lines:
            for name, column in self.columns.items():
                if column.needed and not line.cells[name]:
                    line.says(name, "missing")
            code = line.values["code"] = str(line.values.get("code", "")).upper()
            if code and not CODE.fullmatch(code):
                line.says("code", "no_code")
            if line.problems:
                continue
            values = line.values
            key = (values["kind"], code, values["valid_from"])
            line.about = " ".join((*key[:2], swiss_date(key[2])))
            line.target = known.get(key)
            if line.target is None:
                line.outcome = Outcome.NEW
                continue
            line.changes = [
                (name, old, values[name])
                for name in TEXTS
                if (old := getattr(line.target, name)) != values[name]
            ]
            line.outcome = Outcome.CHANGED if line.changes else Outcome.UNCHANGED

    def write(self, lines: list[Line], scope: Any, *, by: Any, table: TableImport) -> None:
        """Keep each; a row written by somebody else at the same moment is the same row."""
        with transaction.atomic():
            for line in lines:
                values = line.values
                term, _new = Term.objects.update_or_create(
                    kind=values["kind"],
                    code=values["code"],
                    valid_from=values["valid_from"],
                    defaults={name: values[name] for name in TEXTS},
                )
                line.made = term.pk


TERMS = Terms()
