"""A large file over a bad connection: it pauses, goes on by itself, and after a reload from where it stopped."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import Route, expect

from tests import papers
from tests.browser.reporting import choose_files
from tests.browser.visitor import Visitor


def test_a_lost_connection_and_a_reload_cost_nothing_that_arrived(visit, tmp_path):
    paper = tmp_path / f"scan-{uuid4().hex[:8]}.pdf"
    paper.write_bytes(papers.padded_pdf(9))
    hugo: Visitor = visit("hugo")
    hugo.go()
    hugo.menu("Claims")
    hugo.open(hugo.main.get_by_role("row").nth(1).get_by_role("rowheader").get_by_role("link"))
    hugo.follow("Document transfer")
    sent: list[str] = []
    # The second piece is lost, then the third is held until the page is left.
    lost, held = 2, 4

    def cut(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        sent.append(route.request.headers["upload-offset"])
        if len(sent) == lost:
            return route.abort("connectionfailed")
        return None if len(sent) == held else route.continue_()

    hugo.page.route("**/uploads/**", cut)
    audience = "Certificate without diagnosis (you keep seeing it)"
    form = choose_files(hugo, [paper], audience=audience, kind="Certificate of incapacity")
    hugo.button("Send documents", within=form).click()
    row = form.locator("[data-rows] li", has_text=paper.name)
    expect(row).to_contain_text(hugo.words("No connection. Sending goes on by itself as soon as it is back."))
    expect(row).to_contain_text(f"{hugo.words('Sending')} 88 %")
    piece = 4 * 1024 * 1024
    assert sent[:held] == ["0", str(piece), str(piece), str(2 * piece)]
    hugo.page.on("dialog", lambda dialog: dialog.accept())
    hugo.page.reload()
    said = hugo.words("Interrupted at {n}. Choose the same file again: sending goes on where it stopped.")
    expect(row).to_contain_text(said.format(n="88 %"))
    with hugo.page.expect_file_chooser() as chooser:
        form.locator("label", has_text=hugo.words("Choose files")).click()
    chooser.value.set_files(paper)
    expect(row).to_contain_text("SHA-256")
    assert sent[held:] == [str(2 * piece)]
    hugo.reads(paper.name, within=hugo.main.locator("#documents"))
    hugo.follow("Receipt", within=row)
    hugo.reads(paper.name)
