"""Pages on which a draft is filled in: a part on one page, or one question a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.text import whole_number
from declarations import services
from declarations.content import DOCUMENTS, event_date
from declarations.facts import finding_of
from declarations.forms import PartForm, form_class_of, form_of, parts_of, typed
from declarations.forms.event import EVENT_DAYS
from declarations.known import suggested
from declarations.models import Declaration
from declarations.pages import page_url, part_context, part_url, question_context, way_on
from declarations.similar import earlier_case, earlier_cases, similar_to
from declarations.views.pages import PAGE, fetch
from declarations.walk import Page, applying, next_page, page_at, walk
from permissions.policy import require


@login_required
@require_http_methods(PAGE)
def part(request: HttpRequest, pk: UUID, part: str) -> HttpResponse:
    """One part of a draft: its form, or the transfer of documents."""
    declaration = fetch(request, pk)
    if part not in parts_of(declaration.kind):
        services.refuse_other_kind(declaration, request.POST.get("kind", ""))
        raise Http404
    if request.method == "POST":
        if part == DOCUMENTS:
            raise Http404
        return _save(request, declaration, part)
    if not declaration.is_draft:
        return redirect("declarations:sent", pk)
    require(request.user, "declaration.edit", declaration)
    if part == DOCUMENTS:
        context = part_context(declaration, request.user, part)
        return render(request, "declarations/documents.html", context)
    return _draw(request, declaration, part, _form_to_fill(request, declaration, part))


@login_required
@require_http_methods(PAGE)
def ask(request: HttpRequest, pk: UUID, part: str, question: str) -> HttpResponse:
    """One question of a draft, or a few that belong together; what does not apply leads on to what does."""
    declaration = fetch(request, pk)
    asked = form_class_of(declaration.kind, part) is not None
    form = form_of(declaration, part) if asked else None
    page = page_at(form, question) if form else None
    if form is None or page is None:
        services.refuse_other_kind(declaration, request.POST.get("kind", ""))
        raise Http404
    if request.method == "POST":
        return _save(request, declaration, part, page)
    if not declaration.is_draft:
        return redirect("declarations:sent", pk)
    require(request.user, "declaration.edit", declaration)
    if page not in applying(form):
        return redirect(way_on(declaration))
    return _draw(request, declaration, part, _form_to_fill(request, declaration, part), page)


@login_required
@require_POST
def way(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One question a page, or a part on one page, from here on."""
    declaration = fetch(request, pk)
    changed = services.guide(declaration.pk, guided=request.POST.get("guided") == "yes", by=request.user)
    here = request.POST.get("part", "")
    return redirect(part_url(changed, here) if here in parts_of(changed.kind) else way_on(changed))


def _form_to_fill(request: HttpRequest, declaration: Declaration, part: str) -> PartForm:
    kept = {**(declaration.parts.get(part) or {}), **suggested(declaration, part)}
    blank = 0
    if part == "incapacity":
        blank = 1 if "add" in request.GET or not kept.get("periods") else 0
    form = form_of(declaration, part, kept, blank)
    if request.GET.get("show") == "problems":
        form.is_valid()
    else:
        form.quiet()
    return form


def _save(
    request: HttpRequest, declaration: Declaration, part: str, page: Page | None = None
) -> HttpResponse:
    form_class = form_class_of(declaration.kind, part)
    assert form_class is not None, "Only parts with questions are saved."
    values = typed(form_class, request.POST, page.fields if page else None)
    version = whole_number(request.POST.get("version", ""), 9)
    quiet = request.headers.get("X-Autosave") == "1"
    if "goes_back_to" in request.POST:
        values |= earlier_case(declaration, request.user, request.POST["goes_back_to"])
    try:
        saved = services.save_part(
            declaration.pk,
            part,
            values,
            by=request.user,
            version=version,
            kind=request.POST.get("kind", ""),
        )
    except services.ChangedByAnother as changed:
        if quiet:
            return JsonResponse({"detail": str(changed.sentence), "code": changed.code}, status=409)
        kept = declaration.parts.get(part) or {}
        if changed.code == "changed_by_another":
            # What another kind of report does not ask was not typed here; what an older page lacked was not emptied.
            kept = {**kept, **values}
        form = form_of(declaration, part, kept | {name: value for name, value in values.items() if value})
        last = declaration.saves.get(part)
        return _draw(request, declaration, part, form, page, status=409, changed=last)
    except ValidationError as error:
        # More than anybody types: a limit against abuse (`declarations.forms.given`). Nothing of it is kept.
        if quiet:
            return JsonResponse({"detail": " ".join(error.messages)}, status=422)
        form = form_of(declaration, part)
        form.quiet()
        form.add_error(None, error.messages)
        return _draw(request, declaration, part, form, page, status=422)
    if quiet:
        moment = timezone.localtime(saved.declaration.saved)
        return JsonResponse({"saved": f"{moment:%H:%M}", "version": saved.declaration.version})
    saved.declaration.person = declaration.person
    return _after_saving(request, saved.declaration, part, saved.form, page)


def _after_saving(
    request: HttpRequest, declaration: Declaration, part: str, form: PartForm, page: Page | None
) -> HttpResponse:
    """Where the button leads that was pressed."""
    here = page_url(declaration, page) if page else reverse("declarations:part", args=[declaration.pk, part])
    if "add" in request.POST:
        return redirect(f"{here}?add=1#id_{form.rows_name}-{len(form.rows)}-begin")
    if request.POST.get("remove"):
        return redirect(here)
    if "goes_back_to" in request.POST:
        return redirect(f"{here}#id_old_number")
    if "papers" in request.POST:
        return redirect("declarations:part", declaration.pk, DOCUMENTS)
    if "leave" in request.POST:
        messages.success(request, _("Draft %(number)s is saved.") % {"number": declaration.number})
        return redirect("declarations:drafts")
    if "later" in request.POST:
        form.put_off()
    if form.problems(page.fields if page else None):
        return _draw(request, declaration, part, form, page, status=422)
    finding = finding_of(declaration)
    asked = page is None or form.rows_name in page.fields
    if finding is not None and finding.must and finding.part == part and asked:
        return redirect(f"{here}#finding")
    if request.POST.get("back") == "check":
        return redirect("declarations:check", declaration.pk)
    if page is None:
        parts = parts_of(declaration.kind)
        return redirect("declarations:part", declaration.pk, parts[parts.index(part) + 1])
    following = next_page(walk(declaration), page)
    if following is not None:
        return redirect(page_url(declaration, following))
    return redirect("declarations:part", declaration.pk, DOCUMENTS)


def _draw(
    request: HttpRequest,
    declaration: Declaration,
    part: str,
    form: PartForm,
    page: Page | None = None,
    *,
    status: int = 200,
    changed: dict[str, Any] | None = None,
) -> HttpResponse:
    back = request.POST.get("back") or request.GET.get("back", "")
    finding = finding_of(declaration)
    problems = form.problems(page.fields if page else None)
    if page is None:
        context = part_context(declaration, request.user, part)
        asks_day = asks_earlier = part == "event"
    else:
        context = question_context(declaration, request.user, form, page)
        asks_day, asks_earlier = bool(set(EVENT_DAYS) & set(page.fields)), "old_number" in page.fields
    context |= {
        "part_form": form,
        "problems": problems,
        "has_errors": bool(problems),
        "may_follow": bool(problems) and _may_follow(form, page),
        "back": "check" if back == "check" else "",
        "changed": services.changed_by(changed),
        "finding": finding if finding and finding.part == part else None,
    }
    if asks_day:
        context["similar"] = similar_to(
            declaration.person, request.user, near=event_date(declaration), without=declaration
        )
    if asks_earlier:
        context["earlier"] = earlier_cases(declaration, request.user)
    template = "declarations/question.html" if page else "declarations/part.html"
    return render(request, template, context, status=status)


def _may_follow(form: PartForm, page: Page | None) -> bool:
    """Whether nothing is wrong but answers that may follow."""
    names = page.fields if page else None
    return all(each["field"] in form.may_follow() for each in form.problems(names))
