"""Photos on a phone without a connection: they wait encrypted, survive a reload, arrive, and go with the signing out."""

from __future__ import annotations

import io
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Error, Locator, expect

from tests import papers
from tests.browser.conftest import PHONE
from tests.browser.visitor import PATIENCE, Visitor, sign_in

# All that the browser keeps, as it lies there: texts as they are, bytes one character each.
ALL_KEPT = """async () => {
  const names = (await indexedDB.databases()).map(({ name }) => name);
  const kept = [], bare = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? Array.from(new Uint8Array(value.buffer || value), (byte) => String.fromCharCode(byte)).join("")
    : value instanceof CryptoKey ? `key ${value.extractable}`
    : value && typeof value === "object" ? Object.entries(value).map(([name, part]) => `${name} ${bare(part)}`).join(" ") : String(value);
  for (const name of names) {
    const database = await new Promise((done) => { indexedDB.open(name).onsuccess = ({ target }) => done(target.result); });
    for (const table of database.objectStoreNames) {
      const all = database.transaction(table).objectStore(table).getAll();
      await new Promise((done) => { all.onsuccess = done; });
      kept.push(...all.result.map(bare));
    }
    database.close();
  }
  const workers = await navigator.serviceWorker.getRegistrations();
  return { kept, workers: workers.length, caches: (await caches.keys()).length };
}"""

# What somebody else finds of hers, how many are too old on the last day, and how many are left then.
OTHERS_AND_OLD = """async () => {
  const { who, half } = document.querySelector("[data-photo-queue]").dataset;
  const storeOf = (given) => portal.store({ who, half, days: 7, ...given });
  return [
    (await storeOf({ who: "somebody else" }).list()).length,
    await storeOf({ days: 0 }).tidy(),
    (await storeOf({}).list()).length,
  ];
}"""


# A photo is taken away on another page, one is lost by the device, and the device cannot be read at the moment.
LOST = """async () => {
  const { who, half } = document.querySelector("[data-photo-queue]").dataset;
  const store = portal.store({ who, half, days: 7 }), [first, second] = await store.list();
  await store.drop(first.id);
  new BroadcastChannel("portal-photos").postMessage({ gone: [first.id], received: false });
  const failed = [], derive = SubtleCrypto.prototype.deriveKey;
  SubtleCrypto.prototype.deriveKey = async () => { throw new DOMException("", "UnknownError"); };
  const fresh = portal.store({ who, half, days: 7 });
  await fresh.list().catch(({ name }) => failed.push(name));
  SubtleCrypto.prototype.deriveKey = derive;
  const left = (await fresh.list()).length;
  await store.drop(second.id);
  return [failed, left];
}"""

# Two photos that the worker sent as one PDF, and that were not taken.
REFUSED = """async (said) => {
  const { who, half } = document.querySelector("[data-photo-queue]").dataset, { folder } = document.querySelector("[data-folder]").dataset;
  const photos = [["eins.jpg", 5], ["zwei.jpg", 5]], head = { name: "2", size: 10, type: "", photos, state: "refused", said };
  await portal.store({ who, half, days: 7 }).keep(folder, head, new File(["0123456789"], "photos"));
}"""

# The browser has no memory left to draw photos, and takes a while to say so.
NO_MEMORY = """() => {
  window.createImageBitmap = async () => {
    await new Promise((done) => setTimeout(done, 1000));
    return { width: 1240, height: 1754 };
  };
  HTMLCanvasElement.prototype.getContext = () => null;
}"""

# A page of another site signs somebody out.
STRANGER = "data:text/html,<form method=post action={address}><button>x</button></form>"


class Line:
    """The connection between a phone and the portal, which can be cut."""

    def __init__(self, address: str) -> None:
        self.target = (urlsplit(address).hostname, urlsplit(address).port)
        self.cut = False
        self.open: set[socket.socket] = set()
        self.entrance = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.entrance.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _address = self.entrance.accept()
                threading.Thread(target=self.lead, args=[caller], daemon=True).start()

    def lead(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            if self.cut:
                return
            with socket.create_connection(self.target) as portal:
                self.open |= {caller, portal}
                ways = {caller: portal, portal: caller}
                while not self.cut:
                    for end in select.select(list(ways), [], [], 0.2)[0]:
                        data = end.recv(65536)
                        if not data:
                            return
                        ways[end].sendall(data)

    def cuts(self, cut: bool) -> None:
        self.cut = cut
        time.sleep(0.3 if cut else 0)


@pytest.fixture
def line(portal) -> Iterator[Line]:
    found = Line(portal.address)
    yield found
    found.cuts(True)
    found.entrance.close()


@pytest.fixture
def phone(portal, chromium: Browser, line) -> Iterator[Visitor]:
    """Nadia on her telephone; a session of her own, for she signs out."""
    settings = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "fr"}
    context = chromium.new_context(**settings, storage_state=sign_in(chromium, portal, "nadia"))
    context.set_default_timeout(PATIENCE)
    nadia = Visitor(context, line.address, language="fr", javascript=True)
    yield nadia
    context.close()
    # The browser itself reports the socket that the cut took.
    complaints = [complaint for complaint in nadia.complaints if "WebSocket" not in complaint]
    assert not complaints, complaints


def photos(folder: Path, *words: str) -> list[Path]:
    """Photos of papers, each with a word of its own."""
    found = []
    for word in words:
        path = folder / f"{word}.jpg"
        path.write_bytes(papers.jpeg_of(papers.sheet(1240, 1754, [word, "Certificat", "100 %"] * 4)))
        found.append(path)
    return found


def takes(nadia: Visitor, files: list[Path]) -> Locator:
    form = nadia.main.locator("form[data-upload]")
    form.locator("#upload_camera").set_input_files(files[0])
    form.locator("input[name=files]").set_input_files(files[1:])
    return form


def waiting(nadia: Visitor, count: int) -> None:
    said = nadia.words("Waiting on this device: {n} photos").format(n=count)
    expect(nadia.main.locator("[data-photo-queue]")).to_contain_text(said)


def test_photos_wait_for_the_connection_and_go_with_the_signing_out(phone, line, tmp_path):
    nadia, words = phone, [f"beleg{uuid4().hex[:8]}" for _ in range(6)]
    nadia.go("/claims/")
    nadia.open(nadia.main.get_by_role("row").nth(1).get_by_role("rowheader").get_by_role("link"))
    nadia.follow("Document transfer")
    nadia.page.evaluate("async () => { await navigator.serviceWorker.ready }")
    line.cuts(True)
    form = takes(nadia, photos(tmp_path, *words[:3]))
    waiting(nadia, 3)
    # What is kept tells nothing, and its key cannot be read.
    kept = " ".join(nadia.page.evaluate(ALL_KEPT)["kept"])
    assert "key false" in kept
    assert not any(trace in kept for trace in (*words, "image/jpeg", "\xff\xd8\xff", "medical", "key true"))
    # A blurred one is hinted at, and taken again.
    blurred = tmp_path / "unscharf.jpg"
    picture = Image.open(io.BytesIO((tmp_path / f"{words[0]}.jpg").read_bytes()))
    blurred.write_bytes(papers.jpeg_of(picture.filter(ImageFilter.GaussianBlur(7))))
    form.locator("input[name=files]").set_input_files(blurred)
    row = form.locator("[data-rows] li", has_text=blurred.name)
    expect(row).to_contain_text(
        nadia.words("This photo looks blurred. Hold the device still, and take it again.")
    )
    # Not after all: the next photo is one more.
    with nadia.page.expect_file_chooser():
        nadia.button("Take again", within=row).click()
    with nadia.page.expect_file_chooser() as chooser:
        form.locator("[data-camera] label").click()
    chooser.value.set_files(photos(tmp_path, words[5])[0])
    waiting(nadia, 5)
    with nadia.page.expect_file_chooser() as chooser:
        nadia.button("Take again", within=row).click()
    chooser.value.set_files(photos(tmp_path, words[3])[0])
    expect(row).to_have_count(0)
    waiting(nadia, 5)
    nadia.button("Send documents", within=form).click()
    expect(form.locator("[data-rows]")).to_contain_text(
        nadia.words("No connection. Sending goes on by itself as soon as it is back.")
    )
    # No page is kept: without a connection there is none.
    with pytest.raises(Error, match="ERR_"):
        nadia.again()
    nadia.page.wait_for_url(re.compile("^chrome-error:"))
    line.cuts(False)
    nadia.page.goto(nadia.address + "/documents/", wait_until="domcontentloaded")
    nadia.page.go_back(wait_until="domcontentloaded")
    papers_of_case = nadia.main.locator("#documents")
    for word in (*words[:4], words[5]):
        expect(papers_of_case).to_contain_text(f"{word}.jpg", timeout=30_000)
    expect(nadia.main.locator("[data-photo-queue]")).to_be_hidden()
    assert nadia.page.evaluate(ALL_KEPT)["caches"] == 0
    # Several become one PDF, if wanted; also where they cannot be looked at, once for two clicks, without one that is
    # removed meanwhile.
    nadia.page.evaluate(NO_MEMORY)
    form = takes(nadia, photos(tmp_path, words[3], "weg", words[4], "zweite"))
    nadia.field("Combine these photos into one PDF").check()
    nadia.button("Send documents", within=form).dblclick()
    nadia.button("Remove", within=form.locator("[data-rows] li", has_text="weg.jpg")).click()
    expect(form.get_by_role("status")).to_have_text(
        nadia.words("{n} of {m} documents received").format(n=1, m=1), timeout=30_000
    )
    expect(form.locator("[data-file-error]")).to_be_empty()
    expect(form.locator("[data-rows]")).to_contain_text(nadia.words("{n} photos as one PDF").format(n=3))
    expect(form.locator("[data-rows]")).to_contain_text("SHA-256")
    nadia.follow("Receipt", within=form.locator("[data-rows]"))
    nadia.sees("Combined from photos")
    # What another page took away is not sent; what the device lost still is, and said to be received when it is.
    nadia.page.go_back(wait_until="domcontentloaded")
    form = takes(nadia, photos(tmp_path, "fort", "verloren"))
    waiting(nadia, 2)
    assert nadia.page.evaluate(LOST) == [["UnknownError"], 1]
    expect(form.locator("[data-rows] li", has_text="fort.jpg")).to_have_count(0)
    nadia.button("Send documents", within=form).click()
    expect(papers_of_case).to_contain_text("verloren.jpg")
    # What the worker could not send as one stands singly again.
    nadia.page.evaluate(REFUSED, "Photo 2: x")
    nadia.page.reload(wait_until="domcontentloaded")
    expect(form.locator("[data-file-error]")).to_have_text("Photo 2: x")
    for name in ("eins.jpg", "zwei.jpg"):
        expect(form.locator("[data-rows] li", has_text=name)).to_have_count(1)
    waiting(nadia, 2)
    nadia.button("Discard all").click()
    expect(form.locator("[data-rows] li")).to_have_count(0)
    # What still waits when she signs out is gone.
    takes(nadia, photos(tmp_path, words[4]))
    nadia.sees("Waiting on this device: 1 photo")
    assert nadia.page.evaluate(OTHERS_AND_OLD) == [0, 1, 0]
    takes(nadia, photos(tmp_path, *words[:2]))
    waiting(nadia, 2)
    other = nadia.page.context.new_page()
    other.goto(STRANGER.format(address=f"{nadia.address}/account/logout/"))
    with other.expect_navigation():
        other.get_by_role("button").click()
    other.close()
    assert nadia.page.evaluate(ALL_KEPT)["kept"]
    # Signing out without a connection wipes the device, too, although the session does not hear of it.
    here, menu = nadia.page.url, nadia.page.locator("details:has(.menu-who)").first
    line.cuts(True)
    menu.locator("summary").first.click()
    nadia.button("Sign out", within=menu).click()
    nadia.page.wait_for_url(re.compile("^chrome-error:"))
    line.cuts(False)
    nadia.page.goto(here, wait_until="domcontentloaded")
    expect(nadia.main.locator("[data-photo-queue]")).to_be_hidden()
    assert nadia.page.evaluate(ALL_KEPT)["kept"] == []
    takes(nadia, photos(tmp_path, *words[:2]))
    waiting(nadia, 2)
    nadia.page.locator("details:has(.menu-who) summary").first.click()
    nadia.press("Sign out", within=nadia.page.locator("details:has(.menu-who)").first)
    assert re.search(r"/account/login/", nadia.page.url)
    assert nadia.page.evaluate(ALL_KEPT) == {"kept": [], "workers": 0, "caches": 0}
