"""Curves of the lanes under the stage, as SVG; a line across them stands at the stage's step.

The stage says its step while it plays, in the event "stage-step"; the line follows it.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mmcl_core.colours import band_colours, palette
from mmcl_core.trajectories import TITLES, Trajectory

WIDTH, HEIGHT = 270, 112
LEFT, RIGHT, TOP, FLOOR = 4, 210, 8, 94
DASHES = ("none", "7 3", "2 3")

_Values = NDArray[np.float64]


_STYLE = """
.plots { display: grid; gap: .4rem 1rem;
  grid-template-columns: repeat(auto-fill, minmax(calc(210px * var(--large, 1)), 1fr));
  font: calc(12px * var(--large, 1))/1.4 var(--st-font, sans-serif);
  color: var(--st-text-color, CanvasText); }
figure { margin: 0; }
svg { width: 100%; display: block; }
"""
_SHOW = """export default ({ parentElement, data }) => {
  const plots = parentElement.querySelector(".plots");
  plots.innerHTML = data.plots;
  plots.style.setProperty("--step", data.step);
  if (plots.followed) return;
  plots.followed = true;
  addEventListener("stage-step", function follow({ detail }) {
    if (plots.isConnected) plots.style.setProperty("--step", detail);
    else removeEventListener("stage-step", follow);
  });
}"""
_curves = st.components.v2.component(
    "mmcl_curves", html="<div class='plots'></div>", css=_STYLE, js=_SHOW
)


def curves(runs: Sequence[Trajectory], lane: int, step: int, mode: str) -> None:
    """Show small plots of the runs, and the bands of one lane.

    Parameters
    ----------
    runs : sequence of Trajectory
        With the same steps.
    lane : int
        The lane whose bands are shown.
    step : int
        Where the line across stands until the stage moves it.
    mode : {"light", "dark"}
    """
    plots = [
        _lines(title, [(run.curves["curve_steps"], run.curves[name]) for run in runs], mode)
        for name, title in TITLES.items()
    ]
    plots.insert(2, _bands(runs[lane], "ABC"[lane], mode))
    _curves(key="toy-curves", data={"plots": "".join(plots), "step": step})


def _x(steps: Any, last: int) -> Any:
    return LEFT + (RIGHT - LEFT) * np.asarray(steps) / last


def _lines(title: str, curves: Sequence[tuple[Any, _Values]], mode: str) -> str:
    """Draw one curve a lane: its points (C,) and values (C,)."""
    runs = palette(mode).runs
    finite = np.concatenate([values[np.isfinite(values)] for _, values in curves])
    low = min(0.0, math.floor(finite.min(initial=0)))
    high = max(float(finite.max(initial=0)), low + 1e-9)
    last = int(curves[0][0][-1])
    parts, ends = [], []
    for i, (steps, values) in enumerate(curves):
        x, y = _x(steps, last), FLOOR - (FLOOR - TOP) * (values - low) / (high - low)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b))
        parts.append(
            f"<polyline points='{points}' fill='none' stroke='{runs[i]}' stroke-width='1.8' "
            f"stroke-dasharray='{DASHES[i]}'/>"
        )
        ends.append((float(y[-1]), i, f"{'ABC'[i]} {_number(values[-1])}"))
    parts += [_text(words, RIGHT + 5, y + 4, runs[i]) for y, i, words in _apart(ends)]
    said = ", ".join(words for _, _, words in ends)
    title = f"{title}, from {_number(low)} to {_number(high)}"
    return _plot(title, f"{title}; at the end {said}", parts, last, mode)


def _number(value: float) -> str:
    return f"{value:.2f}".removesuffix(".00").replace("-", "\u2212")


def _apart(ends: list[tuple[float, int, str]]) -> list[tuple[float, int, str]]:
    """Move labels so that none covers another."""
    placed: list[tuple[float, int, str]] = []
    for y, i, words in sorted(ends):
        lowest = placed[-1][0] + 15 if placed else TOP
        placed.append((max(y, lowest), i, words))
    over = max(0.0, placed[-1][0] - FLOOR)
    return [(y - over, i, words) for y, i, words in placed]


def _bands(run: Trajectory, name: str, mode: str) -> str:
    """Draw the share of the pairs in each band as areas on top of each other, dead lowest."""
    steps, shares = run.curves["curve_steps"], run.curves["bands"]  # (C,), (C, K + 1)
    last = int(steps[-1])
    tints = band_colours(shares.shape[1] - 1, mode)
    x = _x(steps, last)
    edges = np.concatenate([np.zeros((len(steps), 1)), shares.cumsum(1)], axis=1)
    heights = FLOOR - (FLOOR - TOP) * edges  # (C, K + 2)
    parts = []
    for band, tint in enumerate(tints):
        around = [
            *zip(x, heights[:, band], strict=True),
            *zip(x[::-1], heights[::-1, band + 1], strict=True),
        ]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in around)
        parts.append(f"<polygon points='{points}' fill='{tint}'/>")
    dead = f"{shares[-1, 0]:.0%}"
    parts.append(_text(dead, RIGHT + 5, FLOOR - 2, palette(mode).muted))
    alt = f"pairs of {name} by band, at the end {dead} dead"
    return _plot(f"pairs by band, {name}; grey, dead", alt, parts, last, mode)


def _text(words: str, x: float, y: float, colour: str, size: int = 14) -> str:
    return f"<text x='{x:.0f}' y='{y:.0f}' fill='{colour}' font-size='{size}'>{words}</text>"


def _plot(title: str, alt: str, parts: list[str], last: int, mode: str) -> str:
    chosen = palette(mode)
    pixels = (RIGHT - LEFT) / last
    line = (
        f"<path class='now' d='M{LEFT} {TOP - 4}V{FLOOR}' stroke='{chosen.text}' "
        f"style='transform: translateX(calc(var(--step) * {pixels:.4f}px))'/>"
    )
    base = f"<path d='M{LEFT} {FLOOR}H{RIGHT}' stroke='{chosen.grid}'/>"
    ends = _text("step 0", LEFT, FLOOR + 15, chosen.muted, 12)
    ends += _text(f"{last}", RIGHT - 24, FLOOR + 15, chosen.muted, 12)
    return (
        f"<figure><figcaption>{html.escape(title)}</figcaption>"
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{html.escape(alt)}'>"
        f"{base}{''.join(parts)}{line}{ends}</svg></figure>"
    )
