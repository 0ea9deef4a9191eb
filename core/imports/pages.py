"""The pages of tables, alike for every kind: bring, look and say yes, take the faults along, forget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import NotNow
from core.fields import TableFileField
from core.imports import running
from core.imports.kinds import Kind, Line, Outcome, Result
from core.models import ImportedRow, TableImport
from core.tables import CONTENT_TYPES, XLSX, table_answer, table_file

PAGE = 100
PAGE_METHODS = ["GET", "HEAD", "POST"]
State = TableImport.State


class TableForm(forms.Form):
    """The file."""

    file = TableFileField(help_text=gettext_lazy("CSV or Excel (.xlsx), at most 20’000 rows and 10 MB."))


def pages_of(kind: Kind) -> dict[str, Callable[..., HttpResponse]]:
    """The views of a kind: `bring`, `look`, `discard`, `faults`, `template`."""

    @login_required
    @require_http_methods(PAGE_METHODS)
    def bring(request: HttpRequest, company_id: UUID | None = None) -> HttpResponse:
        """What the file looks like, the templates, the file itself, and what was brought within the last day."""
        scope = kind.scope(company_id, by=request.user)
        form = TableForm(request.POST, request.FILES) if request.method == "POST" else TableForm()
        if request.method == "POST" and form.is_valid():
            try:
                table = running.bring(kind, company_id, form.cleaned_data["file"], by=request.user)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return redirect(f"{kind.urls}_table", pk=table.pk)
        context = {
            "form": form,
            "columns": kind.columns.values(),
            "tables": running.tables_of(kind, request.user),
            "languages": settings.LANGUAGES,
        }
        return render(
            request, "imports/bring.html", _about(kind, scope) | context, status=422 if form.errors else 200
        )

    @login_required
    @require_http_methods(PAGE_METHODS)
    def look(request: HttpRequest, pk: UUID) -> HttpResponse:
        """Every row with what it does or what is wrong; posted, the yes; afterwards what became of each."""
        table = running.find(kind, pk, by=request.user)
        status = 200
        if request.method == "POST":
            try:
                running.confirm(kind, pk, by=request.user)
            except NotNow:
                status = 409
            else:
                return redirect(f"{kind.urls}_table", pk=pk)
        context = _about(kind, kind.scope(table.scope, by=request.user)) | {
            "table": table,
            "refused": status == 409,
        }
        if not table.is_under_way:
            context |= _rows(kind, table, request)
        return render(request, "imports/table.html", context, status=status)

    @login_required
    @require_POST
    def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
        """Forget a table at once."""
        scope = running.find(kind, pk, by=request.user).scope
        running.discard(kind, pk, by=request.user)
        messages.success(request, _("The list was deleted."))
        return redirect(kind.urls, **kind.place(scope))

    @login_required
    @require_safe
    def faults(request: HttpRequest, pk: UUID, table: str) -> HttpResponse:
        """The rows that are to be corrected, as a file with the reasons: corrected, it can be brought as it is."""
        _check(table)
        found = running.find(kind, pk, by=request.user)
        body = faults_file(kind, found, table)
        corrections = _("corrections")
        return table_answer(body, table, f"{kind.file_name}-{corrections}")

    @login_required
    @require_safe
    def template(request: HttpRequest, table: str) -> HttpResponse:
        """The empty table, as CSV or as a workbook that offers what can be chosen; its headings in `?language=`."""
        kind.require_somewhere(by=request.user)
        _check(table)
        code = request.GET.get("language", "")
        with translation.override(code if code in dict(settings.LANGUAGES) else translation.get_language()):
            choices = None
            if table == XLSX:
                choices = {
                    place: (str(column.label), column.offered())
                    for place, column in enumerate(kind.columns.values())
                    if column.offered
                }
            labels = [str(label) for label in kind.labels().values()]
            body = table_file(table, str(kind.title), labels, [], choices=choices)
            return table_answer(body, table, str(kind.file_name))

    return {"bring": bring, "look": look, "discard": discard, "faults": faults, "template": template}


def faults_file(kind: Kind, table: TableImport, form: str) -> bytes:
    """The rows that were not or cannot be written, with number and reasons, as `csv` or `xlsx`."""
    heading = [str(running.NUMBER), *(str(label) for label in kind.labels().values()), str(running.REASON)]

    def rows() -> Any:
        for row in rows_in(table, Outcome.FAULT).iterator(chunk_size=500):
            (line,) = running.lines_of([row])
            yield [line.number, *(line.cells[name] for name in kind.columns), said(kind, line)]

    return table_file(form, str(kind.title), heading, rows())


def said(kind: Kind, line: Line) -> str:
    """What is wrong with a row, in one text."""
    reasons = [(kind.label(problem.column), kind.words(problem)) for problem in line.problems]
    return " ".join(
        f"{_('%(label)s:') % {'label': label}} {words}" if label else words for label, words in reasons
    )


def rows_in(table: TableImport, group: str) -> QuerySet[ImportedRow]:
    """The rows with this outcome; what was left out after the yes counts as a fault."""
    left_out = Q(result=Result.LEFT_OUT)
    if group == Outcome.FAULT:
        return table.rows.filter(Q(outcome=group) | left_out).order_by("number")
    return table.rows.filter(outcome=group).exclude(left_out).order_by("number")


def _check(table: str) -> None:
    if table not in CONTENT_TYPES:
        raise Http404


def _about(kind: Kind, scope: Any) -> dict[str, Any]:
    """What every page of a kind needs."""
    home, home_url = kind.home(scope)
    return {
        "kind": kind,
        "company": scope,
        "home": home,
        "home_url": home_url,
        "bring_url": reverse(kind.urls, kwargs=kind.place(scope.pk)),
        "urls": {name: f"{kind.urls}_{name}" for name in ("table", "discard", "faults", "template")},
    }


def _rows(kind: Kind, table: TableImport, request: HttpRequest) -> dict[str, Any]:
    """What the page shows of a table that no job is at work on."""
    numbers = {group: rows_in(table, group).count() for group in kind.outcomes}
    chosen = request.GET.get("show", "")
    if chosen not in numbers:
        # Whatever is to be corrected comes first: about it something is to be done.
        chosen = next((group for group, number in numbers.items() if number), Outcome.FAULT)
    page = Paginator(rows_in(table, chosen), PAGE).get_page(request.GET.get("page"))
    lines = [_shown(kind, line) for line in running.lines_of(page.object_list)]
    return {
        "page": page,
        "lines": lines,
        "tabs": [
            {
                "label": words,
                "url": f"?show={group}",
                "current": group == chosen,
                "state": str(numbers[group]),
            }
            for group, (words, _tone) in kind.outcomes.items()
            if numbers[group] or group == chosen
        ],
        "wrong": numbers[Outcome.FAULT],
        "numbers": [
            (words, tone, numbers[group]) for group, (words, tone) in kind.outcomes.items() if numbers[group]
        ],
        "ready": sum(numbers[group] for group in kind.written if group in numbers),
        "written": table.rows.filter(result=Result.DONE).count(),
        "leaving": numbers.get(Outcome.LEAVES, 0),
    }


def _shown(kind: Kind, line: Line) -> dict[str, Any]:
    """A row as the page draws it."""
    label, tone = kind.outcomes[Outcome.FAULT if line.result == Result.LEFT_OUT else line.outcome]
    return {
        "number": line.number,
        "name": kind.named(line),
        "url": kind.made_url(line),
        "changes": [(kind.label(column), old, new) for column, old, new in line.changes],
        "problems": [(kind.label(each.column), kind.words(each)) for each in line.problems],
        "label": label,
        "tone": tone,
        "done": line.result == Result.DONE,
    }
