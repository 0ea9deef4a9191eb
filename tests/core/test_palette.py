"""Whatever hue an insurer chooses, the interface keeps its contrast."""

from pathlib import Path

import pytest

from core import palette


@pytest.mark.parametrize("hue", range(0, 360, 15))
@pytest.mark.parametrize("factor", [0.0, 1.0, 1.5])
def test_every_hue_keeps_the_contrast_of_every_pair(hue, factor):
    assert palette.failures(hue, factor) == []


def test_contrast_is_that_of_wcag():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_a_hue_outside_the_circle_is_refused():
    with pytest.raises(ValueError, match="359"):
        palette.themes(360)


def test_the_hue_changes_the_brand_and_not_the_states():
    ours, theirs = palette.themes(205)["light"], palette.themes(30)["light"]
    assert ours["brand"] != theirs["brand"]
    assert ours["err-ink"] == theirs["err-ink"]


def test_the_file_is_what_the_generator_writes():
    written = (Path(__file__).parents[2] / "static/css/tokens.css").read_text(encoding="utf-8")
    assert palette.stylesheet() in written
