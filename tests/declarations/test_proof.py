"""The proof of a receipt: from the portal to the script that checks it with nothing but Python, and forged ones."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
from django.urls import reverse

from claims_files.models import Report
from claims_files.services import canonical
from declarations.private import services as private
from permissions.trail import AuditLine
from scripts import check_receipt
from tests.declarations.answers import sent
from tests.permissions.seals import seal

pytestmark = pytest.mark.django_db
SCRIPT = Path(check_receipt.__file__)


@pytest.fixture
def report(cast, settings, tmp_path):
    """An illness that HR reported, sealed with the lines around it."""
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors.jsonl")
    found = sent(cast.marco, by=cast.hugo)
    seal()
    return found


@pytest.fixture
def files(cast, report, sign_in, tmp_path):
    """What Hugo downloads, and the insurer's anchors: the paths of receipt, proof and anchors."""
    browser = sign_in(cast.hugo)
    for name, route in (("receipt.pdf", "pdf"), ("proof.json", "proof")):
        (tmp_path / name).write_bytes(browser.get(reverse(f"declarations:{route}", args=[report.pk])).content)
    return tmp_path


def run(files: Path, receipt: str = "", *, anchors: bool = True) -> tuple[int, str]:
    """Exit code and words of the check, in this process."""
    lines: list[str] = []
    arguments = [receipt or str(files / "receipt.pdf"), str(files / "proof.json")]
    arguments += ["--anchors", str(files / "anchors.jsonl")] if anchors else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *words, **_where: lines.append(" ".join(map(str, words))))
        code = check_receipt.main(arguments)
    return code, "\n".join(lines)


def test_it_holds_with_nothing_but_python(files, report):
    """A process of its own, without the portal's packages and folders."""
    arguments = [
        str(files / "receipt.pdf"),
        str(files / "proof.json"),
        "--anchors",
        str(files / "anchors.jsonl"),
    ]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=files,
    )
    assert done.returncode == 0, done.stderr
    line = AuditLine.unrestricted.get(event="declaration.submitted")
    for words in (report.number, report.claim_file.number, f"line {line.pk} ", report.content_sha256):
        assert words in done.stdout
    assert "anchored" in done.stdout


def test_the_printed_hash_does_instead_of_the_paper(files, report):
    printed = " ".join(re.findall(".{8}", report.content_sha256)).upper()
    code, words = run(files, printed)
    assert code == 0
    assert "to the letter" in words
    assert "it is not shown" in run(files, printed, anchors=False)[1]


def _changed(proof, **facts):
    proof["line"]["facts"].update(facts)


def _swap_root(proof):
    proof["block"]["root"] = hashlib.sha256(b"x").hexdigest()


def _rebuild(proof):
    """Somebody computes block and head anew around a line of his own."""
    _changed(proof, claim_number="S-0000-1")
    node = hashlib.sha256(b"\x00" + canonical(proof["line"])).digest()
    proof["path"], proof["block"]["root"] = [], node.hex()
    parts = (bytes.fromhex(proof["block"][name]) for name in ("previous_head", "root", "facts"))
    proof["block"]["head"] = hashlib.sha256(b"".join(parts)).hexdigest()


FORGED = {
    "another hash": (lambda p: _changed(p, sha256="0" * 64), "another content"),
    "another report": (lambda p: _changed(p, number="D-2020-00001"), "another report"),
    "an earlier time": (
        lambda p: p["line"].update(at="2020-01-01T00:00:00.000000+00:00"),
        "not in its block",
    ),
    "another sender": (lambda p: p["line"].update(actor=None), "not in its block"),
    "another answer": (lambda p: p["report"]["parts"][0].update(title="x"), "not what was sent"),
    "no way up": (lambda p: p.update(path=[]), "not in its block"),
    "another root": (_swap_root, "not in its block"),
    "another head": (lambda p: p["block"].update(head="0" * 64), "does not follow"),
    "a block made anew": (_rebuild, "another block"),
    "a block that nobody knows": (lambda p: p["block"].update(number=10**6), "do not know"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_proof_does_not_hold(files, forgery):
    act, words = FORGED[forgery]
    proof = json.loads((files / "proof.json").read_text())
    act(proof)
    (files / "proof.json").write_text(json.dumps(proof))
    code, said = run(files)
    assert code == 1
    assert words in said


def test_what_is_no_proof_is_said_to_be_none(files):
    whole = json.loads((files / "proof.json").read_text())
    for content in ("", "[]", "{}", '{"form": "x"}', '{"form": 1, "line": {}, "block": [], "path": 7}'):
        (files / "proof.json").write_text(content)
        assert run(files)[0] == 2
    # Nested without end, and a number that none is: a file of somebody who wants the script to stumble.
    whole["block"]["number"] = float("inf")
    for content in ("[" * 100_000, json.dumps(whole)):
        (files / "proof.json").write_text(content)
        assert run(files)[0] == 2
    assert run(files, "nowhere.pdf")[0] == 2
    (files / "receipt.pdf").write_bytes(b"%PDF-1.7 something else")
    assert run(files)[0] == 2


def test_until_it_is_sealed_the_page_says_when_it_follows(cast, sign_in):
    report = sent(cast.marco, by=cast.hugo)
    browser, page = sign_in(cast.hugo), reverse("declarations:sent", args=[report.pk])
    waiting = browser.get(page).content.decode()
    assert "follows within a minute" in waiting
    for route in ("proof", "api-proof"):
        assert browser.get(reverse(f"declarations:{route}", args=[report.pk])).status_code == 409
    seal()
    sealed = browser.get(page).content.decode()
    assert "follows within a minute" not in sealed
    assert reverse("declarations:proof", args=[report.pk]) in sealed
    answer = browser.get(reverse("declarations:api-proof", args=[report.pk]))
    assert answer.json()["line"]["facts"]["sha256"] == report.content_sha256


def test_whoever_may_not_read_all_of_it_gets_the_proof_without_the_content(cast, sign_in):
    """Nadia's own report holds what is between her and the insurer: HR proves the sending, not the content."""
    report = sent(cast.persons.nadia, by=cast.nadia)
    seal()
    proofs = {}
    for who in ("nadia", "hugo", "pauline"):
        answer = sign_in(getattr(cast, who)).get(reverse("declarations:proof", args=[report.pk]))
        proofs[who] = answer.json()
    assert "report" in proofs["nadia"]
    assert "report" not in proofs["hugo"]
    assert proofs["nadia"]["report"] == Report.unrestricted.get(claim_file=report.claim_file).content
    for proof in proofs.values():
        held = check_receipt.check(report.number, report.content_sha256, deepcopy(proof), None)
        assert len(held) == (3 if "report" in proof else 2)


def test_a_draft_has_none_and_strangers_find_nothing(cast, report, sign_in):
    from declarations import services

    draft = services.start(cast.marco, "illness", by=cast.hugo)
    assert sign_in(cast.hugo).get(reverse("declarations:proof", args=[draft.pk])).status_code == 409
    for who in ("felix", "elena", "claire", "sacha"):
        stranger = sign_in(getattr(cast, who))
        assert stranger.get(reverse("declarations:proof", args=[report.pk])).status_code == 404


def test_the_own_part_proves_itself_to_its_sender_alone(cast, files, sign_in):
    report = sent(cast.persons.jonas, by=cast.hugo)
    part = private.begin(report.pk, by=cast.jonas)
    private.save(part.pk, {"complaints": "tired", "since": "1.11.2026", "before": "no"}, by=cast.jonas)
    private.send(part.pk, by=cast.jonas)
    browser, proof = sign_in(cast.jonas), reverse("declarations:own_part_proof", args=[part.pk])
    assert browser.get(proof).status_code == 409, "Not sealed yet."
    seal()
    for name, route in (("receipt.pdf", "own_part_pdf"), ("proof.json", "own_part_proof")):
        (files / name).write_bytes(browser.get(reverse(f"declarations:{route}", args=[part.pk])).content)
    code, words = run(files)
    assert code == 0, words
    for held in (report.number, report.claim_file.number, "what was sent, to the letter", "anchored"):
        assert held in words
    over_the_api = reverse("declarations:api-own-part-proof", args=[part.pk])
    assert browser.get(over_the_api).json() == json.loads((files / "proof.json").read_text())
    assert proof in browser.get(reverse("declarations:own_part", args=[part.pk])).content.decode()
    for address in (proof, over_the_api):
        assert sign_in(cast.hugo).get(address).status_code == 404
        assert browser.get(address, {"version": "2"}).status_code == 404
