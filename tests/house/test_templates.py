"""Templates obey the content security policy by their form: nothing inline, nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent.parent
# Mails carry their styles with them: mail programs know no stylesheets. Papers are no pages.
TEMPLATES = sorted(
    path
    for path in (BASE / "templates").rglob("*.html")
    if path.relative_to(BASE / "templates").parts[0] not in {"mail", "pdf"}
)
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>{%]*\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a javascript address": re.compile(r"javascript:", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)", re.I),
    "something from another host": re.compile(
        r"<(?:script|link|img|iframe|use|source)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//", re.I
    ),
    "an expression for htmx to evaluate": re.compile(r"hx-on|hx-vals=[\"']js:|hx-headers=[\"']js:", re.I),
}


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color:red">', "<STYLE>", '<a href="#" onclick="x()">', '<a href="javascript:x">',
        "<script>x()</script>", '<script src="https://cdn.example/x.js"></script>', '<div hx-on:click="x">',
    ],
)  # fmt: skip
def test_the_search_finds_what_it_forbids(text):
    assert any(pattern.search(text) for pattern in FORBIDDEN.values())


@pytest.mark.parametrize(
    "text", ["<script src=\"{% static 'js/app.js' %}\" defer></script>", '<p class="on-time">']
)
def test_the_search_leaves_the_rest_alone(text):
    assert not any(pattern.search(text) for pattern in FORBIDDEN.values())


def test_there_are_templates():
    assert len(TEMPLATES) > 50


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE / "templates")))
def test_nothing_inline_and_nothing_from_elsewhere(path):
    text = path.read_text(encoding="utf-8")
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_scripts_and_styles_ask_nobody_else():
    for path in [*(BASE / "static").rglob("*.js"), *(BASE / "static").rglob("*.css")]:
        text = re.sub(r"http://www\.w3\.org/\S+", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"""(?:url\(|@import|fetch\(|src\s*=)\s*["']?(?:https?:)?//""", text), path
        assert not re.search(r"\beval\(|new Function\(", text), path


BLOCK = re.compile(r"{% block (\w+) %}(.*?){% endblock %}", re.S)
NAMED = re.compile(r"{% (?:url|href) [^%]*? as (\w+) %}")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE)))
def test_an_address_named_in_a_block_is_used_in_that_block_alone(path):
    """Elsewhere the name is empty, and the link leads back to its own page."""
    for block, text in BLOCK.findall(path.read_text()):
        for name in NAMED.findall(text):
            others = [other for other, content in BLOCK.findall(path.read_text())
                      if other != block and f"{{{{ {name} }}}}" in content and name not in NAMED.findall(content)]  # fmt: skip
            assert not others, f"{name}, of the block {block}, is empty in {others}"
