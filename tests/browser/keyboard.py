"""Going about without a mouse, every activation counted: moving with Tab and typing cost nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

from tests.browser.visitor import Visitor

STOPS = 120
REACHED = "each => each === document.activeElement"


def tab_to(visitor: Visitor, target: Locator) -> None:
    """Go on with the Tab key until this has the focus."""
    for _stop in range(STOPS):
        if target.evaluate(REACHED):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by the Tab key")


class Keyboard:
    """A visitor without a mouse; `pressed` is how often he has activated something."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.pressed = 0

    def enter(self, target: Locator) -> None:
        """Press Enter on a link or a button, and arrive."""
        tab_to(self.visitor, target)
        self.pressed += 1
        self.visitor.open_by_key(target, "Enter")

    def save(self, target: Locator) -> bytes:
        """Press Enter on a link to a file; its bytes."""
        tab_to(self.visitor, target)
        self.pressed += 1
        with self.visitor.page.expect_download() as begun:
            target.press("Enter")
        return Path(begun.value.path()).read_bytes()

    def choose(self, name: str, value: Any) -> None:
        """Choose one of the radio buttons of a question."""
        options = self.visitor.main.locator(f"[name={name}]")
        wanted = self.visitor.main.locator(f"[name={name}][value={value}]")
        tab_to(self.visitor, options.first)
        self.pressed += 1
        self.visitor.page.keyboard.press("Space")
        while not wanted.is_checked():
            self.visitor.page.keyboard.press("ArrowDown")

    def type(self, name: str, text: str) -> None:
        """Type into the control of this name."""
        tab_to(self.visitor, self.visitor.main.locator(f"[name={name}]"))
        self.visitor.page.keyboard.insert_text(text)

    def pick(self, target: Locator, paper: Path) -> None:
        """Open the choice of files, and choose one."""
        tab_to(self.visitor, target)
        self.pressed += 1
        with self.visitor.page.expect_file_chooser() as chooser:
            self.visitor.page.keyboard.press("Space")
        chooser.value.set_files(paper)
