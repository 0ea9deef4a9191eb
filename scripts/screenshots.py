"""Makes docs/screenshots, the README's pictures, from a running demo: `python -m scripts.screenshots [ADDRESS]`.

The pictures show the seeded data in French. A palette of 256 colours keeps them small.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("PORTAL_MODE", "demo")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enterprise_portal.settings")
# The texts of the pages are looked up, the database is not.
os.environ.setdefault("DATABASE_URL", "postgresql:///nowhere")
os.environ.setdefault("DATABASE_POOL", "0")

import django

django.setup()

# What follows needs the settings.
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tests.browser.reporting import Reporter, choose_person, day  # noqa: E402
from tests.browser.visitor import Visitor, sign_in  # noqa: E402

TARGET = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
LARGEST = 300_000
COLOURS = 256
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


def home(visitor: Visitor) -> None:
    """The home page."""
    visitor.go()


def report(visitor: Visitor) -> None:
    """A report on its way: the incapacity for work."""
    visitor.go()
    choose_person(visitor, 0)
    reporter = Reporter(visitor)
    reporter.begin()
    reporter.person()
    reporter.employment()
    reporter.event(day(5))
    visitor.fill("Degree of incapacity", "100")


def claim(visitor: Visitor) -> None:
    """A claim file in which a document is missing."""
    visitor.go("/claims/?q=Nadia")
    visitor.open(visitor.main.get_by_role("rowheader").get_by_role("link").first)


def invoice(visitor: Visitor) -> None:
    """An invoice to pay."""
    visitor.go("/finance/premium-invoices/?state=open")
    visitor.open(visitor.main.get_by_role("rowheader").get_by_role("link").first)


def users(visitor: Visitor) -> None:
    """User management."""
    visitor.go("/users/")


# Name, who sees it, how to come there, dark, on a phone.
SHOTS: list[tuple[str, str, Callable[[Visitor], None], bool, bool]] = [
    ("home-light", "hugo", home, False, False),
    ("home-dark", "hugo", home, True, False),
    ("home-phone", "nadia", home, False, True),
    ("claim-light", "pauline", claim, False, False),
    ("invoice-light", "felix", invoice, False, False),
    ("users-light", "claire", users, False, False),
    ("report-light", "hugo", report, False, False),
]


def main() -> int:
    """Take all pictures; the number of those that are too large."""
    address = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000").rstrip("/")
    TARGET.mkdir(parents=True, exist_ok=True)
    too_large = 0
    with sync_playwright() as playwright:
        path = (
            shutil.which("chromium-headless-shell")
            or shutil.which("chromium")
            or shutil.which("chromium-browser")
        )
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        cookies = {who: sign_in(browser, address, who) for who in {shot[1] for shot in SHOTS}}
        for name, who, come, dark, phone in SHOTS:
            picture = _take(browser, address, cookies[who], come, dark=dark, phone=phone)
            target = TARGET / f"{name}.png"
            target.write_bytes(picture)
            print(f"{target.name}: {len(picture) // 1000} kB")
            too_large += len(picture) > LARGEST
        browser.close()
    return too_large


def _take(
    browser: Browser,
    address: str,
    cookies: dict,
    come: Callable[[Visitor], None],
    *,
    dark: bool,
    phone: bool,
) -> bytes:
    context = browser.new_context(
        storage_state=cookies,
        viewport=PHONE if phone else DESKTOP,
        device_scale_factor=2,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="fr",
    )
    context.add_cookies([{"name": "django_language", "value": "fr", "url": address}])
    visitor = Visitor(context, address, language="fr", javascript=True)
    come(visitor)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    image = Image.open(io.BytesIO(visitor.page.screenshot())).convert("RGB")
    context.close()
    out = io.BytesIO()
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
