"""Looking at a page as a machine can: axe in two sizes and themes, reflow in the third."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The one rule of WCAG 2.2 is off unless asked for.
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# Colours are what costs most: those of a frame that was judged in the same drawing before are left out, by `where`.
# All other rules look at the whole page each time, since much of a frame matters to what stands in it.
RUN = """([options, where]) => {
  axe.configure({rules: [{id: 'color-contrast', selector: where}]});
  return axe.run(document, options).then(found => found.violations.map(each => ({id: each.id, help: each.help, nodes: each.nodes.slice(0, 4).map(node => node.target.join(' ') + ' ' + node.html.slice(0, 160))})));
}"""
# Whatever reaches beyond the right edge, unless it lies in something that scrolls by itself.
BEYOND = """() => {
  if (document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth) return [];
  const scrolls = node => { for (let each = node.parentElement; each; each = each.parentElement) {
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(each).overflowX) && each !== document.body && each !== document.documentElement) return true; } return false; };
  return ['page ' + document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')].filter(node => node.getBoundingClientRect().right > innerWidth + 1 && !scrolls(node)).slice(0, 5).map(node => node.tagName + '.' + node.className + ' ' + node.textContent.trim().slice(0, 60))];
}"""
# Which elements stand in which, in the frame and in the page's own content: what has the same answer is drawn
# alike, however many rows it has.
STRUCTURE = """() => {
  const name = each => each.tagName + '.' + (each.getAttribute('class') || '') + (each.getAttribute('type') || '') + (each.getAttribute('role') || '') + (each.getAttribute('aria-current') || '');
  const nodes = [...document.querySelectorAll('body *:not(svg *)')];
  const drawn = within => JSON.stringify([...new Set(nodes.filter(node => Boolean(node.closest('main')) === within).map(node => name(node.parentElement) + '>' + name(node)))].sort());
  return [drawn(false), drawn(true)];
}"""


@dataclass(frozen=True)
class View:
    """A width and a theme."""

    width: int
    height: int
    dark: bool
    axe: bool = True

    @property
    def name(self) -> str:
        return f"{'dark' if self.dark else 'light'}-{self.width}"


QUICK = [View(1440, 900, dark=False), View(390, 844, dark=True), View(320, 700, dark=False, axe=False)]
ALL = [
    View(width, height, dark=dark)
    for width, height in ((1440, 900), (390, 844), (320, 700))
    for dark in (False, True)
]


@dataclass
class Auditor:
    """Looks at pages, each drawing of the frame and of a page's content once, and keeps what is wrong."""

    views: list[View]
    folder: Path | None = None
    # Rules that pages drawn by somebody else break.
    without: frozenset[str] = frozenset()
    found: list[str] = field(default_factory=list)
    looked: int = 0
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def look(self, page: Page, name: str, where: str) -> None:
        """Look at the open page called `name` in every view; `where` says who sees it in which language.

        What is drawn alike for several people is judged by axe once a language; everybody's gets its picture.
        """
        frame, content = page.evaluate(STRUCTURE)
        language = where.rsplit(", ", 1)[-1]
        drawings = {(language, "", frame), (language, name, content)}
        picture = (where, name, frame + content)
        unjudged = not drawings <= self._seen
        colours = "main, main *" if (language, "", frame) in self._seen else "*"
        if not unjudged and (self.folder is None or picture in self._seen):
            return
        self._seen |= {*drawings, picture}
        self.looked += 1
        if unjudged:
            page.evaluate(AXE_SCRIPT)
        for view in self.views:
            page.set_viewport_size({"width": view.width, "height": view.height})
            page.emulate_media(color_scheme="dark" if view.dark else "light", reduced_motion="reduce")
            place = f"{name} ({where}, {view.name}, {page.url})"
            for text in page.evaluate(BEYOND):
                self.found.append(f"{place}: reaches beyond the edge: {text}")
            if view.axe and unjudged:
                self._run_axe(page, place, colours)
            if self.folder:
                self.folder.mkdir(parents=True, exist_ok=True)
                stem = f"{name.replace(':', '-')}-{self.looked}-{view.name}"
                page.screenshot(path=self.folder / f"{stem}.jpeg", type="jpeg", quality=70, full_page=True)
        first = self.views[0]
        page.set_viewport_size({"width": first.width, "height": first.height})

    def _run_axe(self, page: Page, place: str, colours: str) -> None:
        violations: list[dict[str, Any]] = page.evaluate(RUN, [OPTIONS, colours])
        for violation in violations:
            if violation["id"] in self.without:
                continue
            nodes = "\n    ".join(violation["nodes"])
            self.found.append(f"{place}: {violation['id']} – {violation['help']}\n    {nodes}")
