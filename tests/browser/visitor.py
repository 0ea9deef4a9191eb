"""Somebody of the cast at a browser: what he reads, clicks and types, in the words of the page he sees."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import translation
from django.utils.functional import Promise
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from enterprise_portal.demo.people import CAST, PASSWORD
from users.second_factor import PERIOD, demo_secret

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ADDRESSES = re.compile(r'(?:href|action|hx-get|hx-post)="([^"#]*' + UUID + r'[^"#]*)')
# What is found at once or never; pages of a busy machine need a moment.
PATIENCE = 30_000
# Files are checked, encrypted and kept before the page answers: on a busy machine that takes as long as it takes.
UPLOAD_PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


class Visitor:
    """A browser with its one page. Whatever the console or a script complains about is kept."""

    def __init__(self, context: BrowserContext, address: str, *, language: str, javascript: bool) -> None:
        self.context = context
        self.address = address
        self.language = language
        self.javascript = javascript
        self.complaints: list[str] = []
        self.trail: set[str] = set()
        # How many text messages to a number were read already.
        self.texts: dict[str, int] = {}
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", self._note_error)

    def _note(self, kind: str, text: str) -> None:
        # Pages that refuse on purpose are reported by the console as failed loads.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.complaints.append(f"{self.page.url}: {text}")

    def _note_error(self, error: Any) -> None:
        self.complaints.append(f"{self.page.url}: {error.message}\n{error.stack or ''}")

    # --- Words ------------------------------------------------------------------------------------

    def words(self, message: Any, **values: Any) -> str:
        """The text of the page for an English message or a lazy one, in this visitor's language."""
        with translation.override(self.language):
            text = str(message) if isinstance(message, Promise) else translation.gettext(message)
        return text % values if values else text

    def counted(self, one: str, many: str, count: int) -> str:
        """The same for a message with a number."""
        with translation.override(self.language):
            return translation.ngettext(one, many, count) % {"count": count}

    def beginning(self, message: Any, **values: Any) -> re.Pattern[str]:
        """Finds names that begin with these words: hidden words for screen readers may follow."""
        return re.compile(r"^\s*" + r"\s+".join(map(re.escape, self.words(message, **values).split())))

    # --- Going about ------------------------------------------------------------------------------

    def go(self, path: str = "/") -> Page:
        """Open an address of the portal."""
        self.page.goto(f"{self.address}{path}", wait_until="domcontentloaded")
        return self.page

    def again(self) -> None:
        """Load the page once more."""
        self.page.reload(wait_until="domcontentloaded")

    def menu(self, message: str) -> None:
        """Choose an entry of the main navigation."""
        entry = self.navigation.get_by_role("link", name=self.beginning(message))
        self._lead(entry.click)

    def profile(self, message: str) -> None:
        """Choose an entry of the menu under one's own name."""
        tools = self.page.get_by_role("navigation", name=self.words("Tools"), exact=True)
        menu = tools.locator("details").filter(has=self.page.locator(".menu-who"))
        menu.locator("summary").click()
        self.follow(message, within=menu)

    @property
    def navigation(self) -> Locator:
        """The main navigation."""
        return self.page.get_by_role("navigation", name=self.words("Main navigation"), exact=True)

    @property
    def main(self) -> Locator:
        """The page's own content."""
        return self.page.get_by_role("main")

    def link(self, message: str, *, within: Locator | None = None, **values: Any) -> Locator:
        """The link with these words."""
        return (within or self.main).get_by_role("link", name=self.beginning(message, **values))

    def button(self, message: str, *, within: Locator | None = None, **values: Any) -> Locator:
        """The button with these words."""
        return (within or self.main).get_by_role("button", name=self.beginning(message, **values))

    def follow(self, message: str, *, within: Locator | None = None, **values: Any) -> None:
        """Click a link and arrive."""
        self._lead(self.link(message, within=within, **values).click)

    def press(
        self, message: str, *, within: Locator | None = None, patience: int = PATIENCE, **values: Any
    ) -> None:
        """Click a button that sends its form, and arrive within `patience` milliseconds."""
        button = self.button(message, within=within, **values)
        self._lead(lambda: button.click(timeout=patience), patience)

    def open(self, target: Locator) -> None:
        """Click something that leads elsewhere, and arrive."""
        self._lead(target.click)

    def open_by_key(self, target: Locator, key: str) -> None:
        """Press a key in something, and arrive."""
        self._lead(lambda: target.press(key))

    def _lead(self, act: Callable[[], None], patience: int = PATIENCE) -> None:
        with self.page.expect_navigation(wait_until="domcontentloaded", timeout=patience):
            act()
        self._no_page_of_ours_breaks()

    def _no_page_of_ours_breaks(self) -> None:
        broken = self.words("Something went wrong on our side")
        assert not self.page.title().startswith(broken), f"{self.page.url} broke"

    def download(self, target: Locator) -> bytes:
        """Click something that saves a file; its bytes."""
        with self.page.expect_download() as begun:
            target.click()
        return Path(begun.value.path()).read_bytes()

    def texted(self, number: str) -> str:
        """The code in the newest text message to this number, once a worker has sent it; read in another window."""
        page = self.context.new_page()
        deadline = time.monotonic() + 30
        while True:
            page.goto(f"{self.address}/demo/outbox/?to={number[1:]}")
            messages = page.get_by_role("main").get_by_role("listitem").get_by_role("link")
            if messages.count() > self.texts.get(number, 0):
                break
            assert time.monotonic() < deadline, "no text message came"
            page.wait_for_timeout(250)
        self.texts[number] = messages.count()
        messages.first.click()
        found = re.search(r"(?<!\d)\d{6}(?!\d)", page.locator("#message").inner_text())
        page.close()
        assert found
        return found[0]

    def proves(self, code: str) -> None:
        """Give a recovery code where a fresh proof is asked for."""
        self.follow("Recovery code")
        self.field("Recovery code").fill(code)
        self.press("Continue")

    # --- Filling in -------------------------------------------------------------------------------

    def field(self, label: Any) -> Locator:
        """The input with this label (a selector or a group has others)."""
        words = r"\s+".join(map(re.escape, self.words(label).split()))
        optional = re.escape(self.words("(optional)"))
        return self.main.get_by_label(re.compile(rf"^\s*{words}\s*({optional})?\s*$"))

    def fill(self, label: Any, value: str) -> None:
        """Type into the input with this label."""
        self.field(label).fill(value)

    def choose(self, question: Any, answer: Any) -> None:
        """Choose one of the radio buttons under a question."""
        group = self.main.get_by_role("group", name=self.beginning(question))
        group.get_by_role("radio", name=self.beginning(answer)).check()

    # --- Looking ----------------------------------------------------------------------------------

    def sees(self, message: str, *, within: Locator | None = None, **values: Any) -> None:
        """These words stand on the page, or come to stand there."""
        self.reads(self.words(message, **values), within=within)

    def reads(self, text: str, *, within: Locator | None = None) -> None:
        """This text stands on the page, or comes to stand there."""
        expect((within or self.main).get_by_text(text).first).to_be_visible()

    def heading(self, message: Any, **values: Any) -> Locator:
        """The heading that begins with these words."""
        return self.main.get_by_role("heading", name=self.beginning(message, **values))

    def arrives(self, look: Callable[[], Locator]) -> None:
        """Something comes to stand on the page: by itself with scripts, on loading it again without."""
        if not self.javascript:
            self.again()
        expect(look().first).to_be_visible()

    def waits_for(self, target: Locator, seconds: float = 30) -> None:
        """Something that a worker brings: the page is loaded again until it is there."""
        deadline = time.monotonic() + seconds
        while target.count() == 0:
            assert time.monotonic() < deadline, f"{self.page.url} does not show {target} after {seconds} s"
            self.page.wait_for_timeout(250)
            self.again()

    def opens_details(self, message: Any) -> None:
        """Open a part of the page that is folded, unless it is open already."""
        summary = self.main.locator("summary").filter(has_text=self.words(message))
        if summary.locator("..").get_attribute("open") is None:
            summary.click()

    def note_addresses(self) -> None:
        """Keep the page's address and those of single things on it, to be tried by somebody else."""
        content = self.page.content()
        found = {self.page.url, *(match.replace("&amp;", "&") for match in _ADDRESSES.findall(content))}
        for address in found:
            path = address.removeprefix(self.address)
            if path.startswith("?"):
                path = self.page.url.removeprefix(self.address).split("?")[0] + path
            if re.search(UUID, path) and path.startswith("/"):
                self.trail.add(path.split("#")[0])

    def tries(self, path: str) -> int:
        """The status of an address typed in by hand; posted where it takes nothing else."""
        answer = self.context.request.get(f"{self.address}{path}", max_redirects=0)
        if answer.status != 405:
            return answer.status
        token = next(each["value"] for each in self.context.cookies() if each["name"].endswith("csrftoken"))
        posted = self.context.request.post(
            f"{self.address}{path}",
            headers={"X-CSRFToken": token, "Referer": self.address},
            max_redirects=0,
        )
        return posted.status

    def counts_in_api(self, name: str) -> int:
        """How many things of this name the API shows; none where it refuses."""
        answer = self.context.request.get(f"{self.address}/api/v1/{name}/", max_redirects=0)
        if answer.status == 403:
            return 0
        assert answer.status == 200, f"{name}: {answer.status}"
        return len(answer.json()["results"])


# By address: the time step of the newest code given. Every story of a run has its codes from here.
_given: dict[str, int] = {}


def _next_step(email: str) -> int:
    """The time step of the next code of an authenticator app: a code opens once."""
    return max(int(time.time()) // PERIOD, _given.get(email, 0) + 1)


def _must_wait(step: int) -> bool:
    """Whether the portal would not take this code yet: it takes the present one and the one after it."""
    return step > int(time.time()) // PERIOD + 1


def code_of(email: str) -> str:
    """The next code of a seeded account's authenticator app that was not given yet; waited for if need be."""
    step = _next_step(email)
    while _must_wait(step):
        time.sleep(0.2)
    _given[email] = step
    return format_hotp_value(hotp_value(demo_secret(email), step))


def give_code(page: Page, email: str, portal: Any) -> None:
    """Type the code that is asked for: the app's, or a recovery code where the app would have to be waited for."""
    spare = portal.recovery_codes(email) if _must_wait(_next_step(email)) else []
    if spare:
        with page.expect_navigation(wait_until="domcontentloaded"):
            page.click("main a.way[href*='type=recovery_codes']")
    page.fill("main input[name=code]", spare[0] if spare else code_of(email))


def sign_in(browser: Browser, portal: Any, key: str) -> Any:
    """Sign somebody of the cast in as people do: address, password, code; the cookies of the session."""
    email = next(member.email for member in CAST if member.key == key)
    context = browser.new_context(locale="fr")
    page = context.new_page()
    home = f"{portal.address}/"
    page.goto(home)
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    # Somebody who came in by SMS the last time is offered that first.
    if page.locator("a[href*='type=totp']").count():
        page.click("a[href*='type=totp']")
    # The present code may have been given by hand a moment ago, on a portal that runs for longer.
    for _attempt in range(2):
        give_code(page, email, portal)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        if page.url == home:
            break
    assert page.url == home, f"{email} could not sign in"
    cookies = context.storage_state()
    context.close()
    return cookies
