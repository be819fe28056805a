"""Text and marks that axe cannot see stand out: on canvases, in figures, of the theme (WCAG AA)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mmcl_core.colours import MODES, band_colours, palette, taste_colours
from mmcl_core.stage.payload import PAPER

CONFIG = Path(__file__).parents[2] / "app" / ".streamlit" / "config.toml"
THEME = tomllib.loads(CONFIG.read_text("utf-8"))["theme"]
TEXT, MARK = 4.5, 3.0


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def grounds(mode: str) -> tuple[str, str]:
    return THEME[mode]["backgroundColor"], THEME[mode]["secondaryBackgroundColor"]


@pytest.mark.parametrize("mode", MODES)
def test_the_theme_can_be_read(mode: str) -> None:
    for name in ("textColor", "linkColor", "primaryColor"):
        for ground in grounds(mode):
            assert contrast(THEME[mode][name], ground) >= TEXT, name


@pytest.mark.parametrize("mode", MODES)
def test_the_stage_stands_on_the_page(mode: str) -> None:
    assert PAPER[mode] == grounds(mode)[0]


@pytest.mark.parametrize("mode", MODES)
def test_words_in_figures_can_be_read(mode: str) -> None:
    """Titles, ticks, labels at the ends of curves, on pages and on cards."""
    found = palette(mode)
    for colour in (found.text, found.muted, found.positive, *found.runs):
        for ground in grounds(mode):
            assert contrast(colour, ground) >= TEXT, colour


@pytest.mark.parametrize("mode", MODES)
def test_marks_stand_out(mode: str) -> None:
    """Points and curves: dead, bands of one to six margins, and tastes."""
    bands = [colour for k in range(1, 7) for colour in band_colours(k, mode)]
    tastes = [colour for n in range(1, 9) for colour in taste_colours(n, mode)]
    for colour in (*bands, *tastes):
        assert contrast(colour, PAPER[mode]) >= MARK, colour
