"""What the documents say is there: settings, tests that are named as proof, a row for every feature."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FEATURES = (ROOT / "docs" / "features.md").read_text()
ROWS = [line for line in FEATURES.splitlines() if re.match(r"\| [A-I]\d+ \|", line)]
# How many features each chapter of the product has.
CHAPTERS = {"A": 12, "B": 9, "C": 9, "D": 7, "E": 8, "F": 8, "G": 5, "H": 4, "I": 6}


def test_every_setting_stands_in_the_table_of_the_readme():
    read = set()
    for path in ("enterprise_portal/settings.py", "enterprise_portal/embedded.py"):
        source = (ROOT / path).read_text()
        read |= set(
            re.findall(r"(?:env(?:\.\w+)?|environ\.get|_secret|secret)\(\s*\"([A-Z][A-Z_]+)\"", source)
        )
    # Set by the portal itself for its own processes.
    read -= {"PORTAL_EMBEDDED"}
    assert {"SECRET_KEY", "SITE_URL", "CLAMD_SOCKET"} <= read
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "README.md").read_text()))
    assert read - named == set()


def test_every_feature_has_its_row():
    expected = [f"{chapter}{number}" for chapter, count in CHAPTERS.items() for number in range(1, count + 1)]
    assert [row.split("|")[1].strip() for row in ROWS] == expected


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_a_row_says_its_state_and_names_a_proof_that_exists(row):
    _, _number, _name, state, where, proof, _ = row.split("|")
    words = re.match(r"\s*(stands|partly|open)\b", state)
    assert words, state
    if words[1] == "open":
        return
    assert where.strip() or proof.strip()
    named = re.findall(r"`([^`]+)`", proof)
    assert named, "nothing proves it"
    folder = Path()
    for name in named:
        if name.startswith("make "):
            continue
        path = Path(name) if "/" in name else folder / name
        folder = path if name.endswith("/") else path.parent
        assert (ROOT / path).exists(), f"{path} does not exist"


REQUIREMENTS = [
    line
    for line in (ROOT / "docs" / "security.md").read_text().splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
# Chapters 6 and 7 of the shortlist: what a test can decide from outside.
V6 = ("2.1", "2.3", "2.4", "2.8", "3.1", "3.2", "3.3", "3.4", "3.7", "3.8", "4.1", "4.3", "5.1", "6.3")
V7 = ("2.4", "3.1", "3.2", "4.1", "4.2", "4.3", "5.1", "5.2")


def test_every_requirement_of_the_shortlist_has_its_row():
    expected = [*(f"6.{number}" for number in V6), *(f"7.{number}" for number in V7)]
    assert [row.split("|")[1].strip() for row in REQUIREMENTS] == expected


@pytest.mark.parametrize("row", REQUIREMENTS, ids=[row.split("|")[1].strip() for row in REQUIREMENTS])
def test_a_requirement_names_tests_that_exist_or_says_that_it_is_open(row):
    _, _number, _requirement, state, proof, _ = row.split("|")
    words = re.match(r"\s*(stands|partly|open)\b", state)
    assert words, state
    named = re.findall(r"`([^`]+)`", proof)
    assert named or words[1] == "open"
    for each in named:
        path, _, test = each.partition("::")
        assert re.search(rf"^\s*def {re.escape(test)}\(", (ROOT / path).read_text(), re.MULTILINE), each


@pytest.mark.parametrize(
    "page", ["README.md", "SECURITY.md", "docs/architecture.md", "docs/features.md", "docs/security.md"]
)
def test_links_to_files_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r"(?:src|srcset)=\"([^\"]+)\"", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"
