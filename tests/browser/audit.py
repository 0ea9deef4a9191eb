"""Looking at a page as a machine can: axe in two sizes and themes, reflow in the third."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakSet

from axe_playwright_python.base import AXE_SCRIPT
from lxml import html
from playwright.sync_api import BrowserContext, Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The one rule of WCAG 2.2 is off unless asked for.
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# What hangs on width and theme: all that is asked again of a page whose frame is known, seen in the second view.
AGAIN = OPTIONS | {
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
    }
}
# Colours are what costs most: only the marked elements are judged for them (`MARK`). All other rules look at the whole
# page each time, since much of it matters to what stands in it.
RUN = """options => {
  axe.configure({rules: [{id: 'color-contrast', selector: '[data-unjudged]'}]});
  return axe.run(document, options).then(found => found.violations.map(each => ({id: each.id, help: each.help, nodes: each.nodes.slice(0, 4).map(node => node.target.join(' ') + ' ' + node.html.slice(0, 160))})));
}"""
# Whatever reaches beyond the right edge, unless it lies in something that scrolls by itself.
BEYOND = """() => {
  if (document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth) return [];
  const scrolls = node => { for (let each = node.parentElement; each; each = each.parentElement) {
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(each).overflowX) && each !== document.body && each !== document.documentElement) return true; } return false; };
  return ['page ' + document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')].filter(node => node.getBoundingClientRect().right > innerWidth + 1 && !scrolls(node)).slice(0, 5).map(node => node.tagName + '.' + node.className + ' ' + node.textContent.trim().slice(0, 60))];
}"""
# Which element stands in which (joints), in the frame and in the page's own content: what has no joint that was not
# looked at before is drawn like what was, however many rows it has. And below which others each stands (chains): what
# has the same four above it has the same colours.
DRAWN = """() => {
  const name = each => each.tagName + '.' + (each.getAttribute('class') || '') + (each.getAttribute('type') || '') + (each.getAttribute('role') || '') + (each.getAttribute('aria-current') || '');
  const nodes = [...document.querySelectorAll('body *:not(svg *)')];
  const joints = within => [...new Set(nodes.filter(node => Boolean(node.closest('main')) === within).map(node => name(node.parentElement) + '>' + name(node)))];
  const chains = window.chains = new Map();
  nodes.forEach(node => {
    const above = [];
    for (let each = node; each && above.length < 5; each = each.parentElement) above.push(name(each));
    const chain = above.join('<');
    chains.set(chain, [...(chains.get(chain) || []), node]);
  });
  return [joints(false), joints(true), [...chains.keys()]];
}"""
MARK = "news => news.forEach(chain => window.chains.get(chain).forEach(node => node.setAttribute('data-unjudged', '')))"
NAMED_BY = ("class", "type", "role", "aria-current")


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
    """Looks at pages, at each joint of the frame and of a page's content once, and keeps what is wrong."""

    views: list[View]
    folder: Path | None = None
    # Rules that pages drawn by somebody else break.
    without: frozenset[str] = frozenset()
    found: list[str] = field(default_factory=list)
    looked: int = 0
    # By language and name of the page, "" for the frame: the joints that were looked at, and those of the sources.
    _seen: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    _read: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    # By language: the joints of all sources, on whatever page.
    _anywhere: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # By language: the chains whose colours were judged.
    _judged: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _pictured: set[tuple[str, str, str]] = field(default_factory=set)
    _armed: WeakSet[BrowserContext] = field(default_factory=WeakSet)

    def met(self, name: str, where: str) -> bool:
        """Whether the source of a page called `name` was read in this language."""
        return (where.rsplit(", ", 1)[-1], name) in self._read

    def knows(self, name: str, where: str, source: str) -> bool:
        """Whether nothing in this source of a page called `name` is new: then no browser need draw it.

        A page that was met holds nothing new if all its joints were met somewhere. Where everything gets its picture,
        everything is new.
        """
        anywhere = self._anywhere[where.rsplit(", ", 1)[-1]]
        met, found = self.met(name, where), joints(source)
        unknown = (found[0] | found[1]) - anywhere
        anywhere |= unknown
        news = self._news(self._read, name, where, found)
        return self.folder is None and not (news and (unknown or not met))

    def look(self, page: Page, name: str, where: str) -> None:
        """Look at the open page called `name` in every view; `where` says who sees it in which language.

        What is drawn alike for several people is judged by axe once a language; everybody's gets its picture.
        """
        *found, chains = page.evaluate(DRAWN)
        known = self.folder is None and {*found[0]} <= self._seen[where.rsplit(", ", 1)[-1], ""]
        news = self._news(self._seen, name, where, found)
        picture = (where, name, str(found))
        if not news and (self.folder is None or picture in self._pictured):
            return
        self._pictured.add(picture)
        self.looked += 1
        judged = self._judged[where.rsplit(", ", 1)[-1]] if self.folder is None else set()
        unjudged = [chain for chain in chains if chain not in judged]
        if news:
            self._arm(page)
            page.evaluate(MARK, unjudged)
            judged |= {*unjudged}
        for view in self.views:
            page.set_viewport_size({"width": view.width, "height": view.height})
            place = f"{name} ({where}, {view.name}, {page.url})"
            for text in page.evaluate(BEYOND):
                self.found.append(f"{place}: reaches beyond the edge: {text}")
            # A page of parts that all stand elsewhere, too, is judged as a whole once.
            judges = view.axe and news and bool(unjudged or view == self.views[0])
            if judges or self.folder:
                page.emulate_media(color_scheme="dark" if view.dark else "light", reduced_motion="reduce")
            if judges:
                self._run_axe(page, place, AGAIN if known and view != self.views[0] else OPTIONS)
            if self.folder:
                self.folder.mkdir(parents=True, exist_ok=True)
                stem = f"{name.replace(':', '-')}-{self.looked}-{view.name}"
                page.screenshot(path=self.folder / f"{stem}.jpeg", type="jpeg", quality=70, full_page=True)
        first = self.views[0]
        page.set_viewport_size({"width": first.width, "height": first.height})

    def _news(self, known: Any, name: str, where: str, found: Any) -> bool:
        """Whether the frame, or the content of a page, has joints that are not known yet; they are from now on."""
        language = where.rsplit(", ", 1)[-1]
        # With a picture of each, what has the known joints in another arrangement is judged as well.
        whole = self.folder is not None
        frame, content = ({"".join(sorted(each))} if whole else {*each} for each in found)
        news = bool(frame - known[language, ""] or content - known[language, name])
        known[language, ""] |= frame
        known[language, name] |= content
        return news

    def _arm(self, page: Page) -> None:
        """Bring axe to the page; from then on each page of this browser begins with it."""
        if page.context not in self._armed:
            self._armed.add(page.context)
            page.context.add_init_script(AXE_SCRIPT)
            page.evaluate(AXE_SCRIPT)

    def _run_axe(self, page: Page, place: str, options: dict[str, Any]) -> None:
        violations: list[dict[str, Any]] = page.evaluate(RUN, options)
        for violation in violations:
            if violation["id"] in self.without:
                continue
            nodes = "\n    ".join(violation["nodes"])
            self.found.append(f"{place}: {violation['id']} – {violation['help']}\n    {nodes}")


def joints(source: str) -> tuple[set[str], set[str]]:
    """Which element stands in which in the source of a page: of its frame, and of its own content."""
    frame: set[str] = set()
    content: set[str] = set()

    def walk(parent: Any, name: str, found: set[str]) -> None:
        for node in parent.iterchildren("*"):
            called = node.tag + "".join(node.get(each, "") for each in NAMED_BY)
            found.add(f"{name}>{called}")
            if node.tag != "svg":
                walk(node, called, content if node.tag == "main" else found)

    body = html.document_fromstring(source).find("body")
    assert body is not None
    walk(body, "body", frame)
    return frame, content
