"""One question a page: the walk through a report, derived from the forms of its parts.

The forms stay the only place where questions stand. What belongs together (an address) shares a page, what does not
apply is skipped, and what is folded away in a part is no step: the page on which the answers are checked leads there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from declarations.forms import FORMS, Group, PartForm, form_of, is_optional
from declarations.models import Declaration

# What happened comes first: with it alone a report can be sent.
FIRST = "event"


@dataclass(frozen=True)
class Page:
    """A page with one question, or a few that belong together; `name` is its address within the part.

    `folded`: no step of the walk, reached from the page of all answers only.
    """

    part: str
    name: str
    fields: tuple[str, ...]
    title: str
    lead: str = ""
    folded: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What tells the page from all others of the report."""
        return self.part, self.name


def pages_of(form: PartForm) -> list[Page]:
    """All pages of a part, whether they apply or not: each question stands on exactly one of them."""
    grouped = {name for group in form.groups for name in group.fields}
    rest = Group("", tuple(name for name in form.fields if name not in grouped))
    return [page for group in (rest, *form.groups) for page in _pages_of_group(form, group)]


def walk(declaration: Declaration) -> list[Page]:
    """The steps through a draft in their order, as far as they apply given the answers so far."""
    parts = sorted(FORMS[declaration.kind], key=lambda part: part != FIRST)
    return [
        page
        for part in parts
        if not is_optional(declaration, part)
        for page in applying(form_of(declaration, part))
        if not page.folded
    ]


def applying(form: PartForm) -> list[Page]:
    """The pages of a part with at least one question that applies."""
    return [page for page in pages_of(form) if any(_asked(form, name) for name in page.fields)]


def page_at(form: PartForm, name: str) -> Page | None:
    """The page with this address, None where the part has none."""
    return next((page for page in pages_of(form) if page.name == name), None)


def page_with(form: PartForm, field: str) -> Page | None:
    """The page on which a question stands; a row (`periods.0`) stands where all of them do."""
    name = field.split(".", maxsplit=1)[0]
    return next((page for page in pages_of(form) if name in page.fields), None)


def next_page(steps: list[Page], page: Page) -> Page | None:
    """The step after `page`, which itself may apply no longer; None after the last one, and after a folded page."""
    if page.folded:
        return None
    keys = [each.key for each in steps]
    if page.key in keys:
        return next(iter(steps[keys.index(page.key) + 1 :]), None)
    return next(iter(steps), None)


def page_before(steps: list[Page], page: Page) -> Page | None:
    """The step before `page`; None before the first one, and before a folded page."""
    keys = [each.key for each in steps]
    number = keys.index(page.key) if page.key in keys else 0
    return steps[number - 1] if number else None


def _asked(form: PartForm, name: str) -> bool:
    return form.asks_rows if name == form.rows_name else form.applies(name)


def _pages_of_group(form: PartForm, group: Group) -> Iterable[Page]:
    names = [name for name in group.fields if name in form.fields and name not in form.absent]
    if group.folded or group.together:
        if names:
            yield _page(form, group, names)
        return
    bundles = {name: bundle for bundle in form.together for name in bundle.fields}
    seen: set[str] = set()
    for name in names:
        if name == form.rows_before:
            yield Page(form.part, form.rows_name, (form.rows_name,), str(form.rows_title))
        bundle = bundles.get(name, Group("", (name,)))
        if name not in seen:
            together = [each for each in bundle.fields if each in names]
            seen.update(together)
            yield _page(form, bundle, together)


def _page(form: PartForm, group: Group, names: list[str]) -> Page:
    title: Any = group.title or form.fields[names[0]].label
    return Page(form.part, names[0], tuple(names), str(title), str(group.lead), group.folded)
