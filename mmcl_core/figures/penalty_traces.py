"""The traces of the penalty figure, as plain dictionaries: each row's lines, knots and bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmcl_core import colours as c

Array = NDArray[np.floating]
BIN = 0.02  # width of a bar of the histogram
KNOT = 11  # pixels; drawn three times at the start of a band, as the legend shows the mean size


@dataclass(frozen=True)
class Rival:
    """Another loss in the same axes: its penalty and slope over the cosines `s`, each (S,)."""

    label: str
    s: Array
    penalty: Array
    slope: Array


def staircase(
    steps: list[tuple[float, float]],
    negative_weight: float,
    tints: Sequence[str],
    shapes: Sequence[str],
) -> list[dict[str, Any]]:
    """Return penalty and slope of every band, in its colour; a band begins with its shape."""
    edges = [-1.0, *(m for m, _ in steps), 1.0]
    traces: list[dict[str, Any]] = []
    height = below = 0.0  # penalty and slope where the band begins
    for band, (left, right) in enumerate(pairwise(edges)):
        rise = negative_weight * steps[band - 1][1] if band else 0.0
        push = below + rise
        end = height + push * (right - left)
        name = name_of(band)
        common = {
            "type": "scatter",
            "name": name,
            "legendgroup": name,
            "line": {"color": tints[band], "width": 3},
        }
        traces.append(
            {
                **common,
                "mode": "lines+markers",
                "x": [left, left, left, right],
                "y": [height, height, height, end],
                "marker": {
                    "color": tints[band],
                    "symbol": shapes[band],
                    "size": [KNOT, KNOT, KNOT, 0] if band else 0,
                    "line": {"width": 0},
                    "opacity": 1,
                },
                "hovertemplate": "cosine %{x:.2f}<br>penalty %{y:.3g}<extra>" + name + "</extra>",
            }
        )
        traces.append(
            {
                **common,
                "mode": "lines",
                "x": [left, left, right],
                "y": [below, push, push],
                "yaxis": "y2",
                "fill": "tozeroy",
                "fillcolor": c.faded(tints[band], 0.14),
                "showlegend": False,
                "hovertemplate": f"slope {push:.4g}<extra>{name}</extra>",
            }
        )
        height, below = end, push
    return traces


def force(
    steps: list[tuple[float, float]], negative_weight: float, found: c.Palette
) -> dict[str, Any]:
    """Return slope x leverage, dotted."""
    margins = np.array([m for m, _ in steps])
    heights = negative_weight * np.concatenate([[0.0], np.cumsum([w for _, w in steps])])
    s = np.unique(np.concatenate([np.linspace(margins[0], 1, 90), margins, margins + 1e-6]))
    s = s[s <= 1]
    slope = heights[np.searchsorted(margins, s, side="left")]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "slope x leverage",
        "x": s.round(4).tolist(),
        "y": (slope * np.sqrt(1 - s**2)).round(5).tolist(),
        "yaxis": "y2",
        "line": {"color": found.text, "width": 1.6, "dash": "dot"},
        "hovertemplate": "cosine %{x:.2f}<br>force %{y:.3g}<extra></extra>",
    }


def rivals(rivals: Sequence[Rival], found: c.Palette, mode: str) -> list[dict[str, Any]]:
    """Return penalty and slope of other losses, dashed."""
    traces = []
    for i, rival in enumerate(rivals):
        line = {
            "color": c.palette(mode).runs[i % len(found.runs)],
            "width": 2,
            "dash": c.DASHES[1 + i % (len(c.DASHES) - 1)],
        }
        for row, y, word in (("y", rival.penalty, "penalty"), ("y2", rival.slope, "slope")):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": rival.label,
                    "legendgroup": f"rival {i}",
                    "showlegend": row == "y",
                    "x": np.asarray(rival.s, dtype=float).round(4).tolist(),
                    "y": np.asarray(y, dtype=float).round(5).tolist(),
                    "yaxis": row,
                    "line": line,
                    "hovertemplate": f"cosine %{{x:.2f}}<br>{word} %{{y:.3g}}"
                    f"<extra>{rival.label}</extra>",
                }
            )
    return traces


def histogram(cosines: Array, margins: list[float], tints: Sequence[str]) -> dict[str, Any]:
    """Return the bars, in the colours of their bands; cut at the margins, so that each has one.

    The height is the share of the pairs per `BIN` of cosine.
    """
    edges = np.unique(np.concatenate([np.arange(-50, 51) * BIN, margins]).round(6))
    counts, _ = np.histogram(np.clip(cosines, -1, 1), edges)
    widths = np.diff(edges)
    height = 100 * counts / max(1, cosines.size) * BIN / widths
    middle = (edges[:-1] + edges[1:]) / 2
    band = np.searchsorted(np.asarray(margins), middle, side="left")
    some = np.flatnonzero(counts)
    return {
        "type": "bar",
        "name": "pairs",
        "showlegend": False,
        "x": middle[some].round(4).tolist(),
        "y": height[some].round(5).tolist(),
        "width": widths[some].round(4).tolist(),
        "yaxis": "y3",
        "marker": {"color": [tints[k] for k in band[some]], "line": {"width": 0}},
        "customdata": [name_of(k) for k in band[some]],
        "hovertemplate": "cosine about %{x:.2f}<br>%{y:.3g}% of the pairs"
        "<extra>%{customdata}</extra>",
    }


def outline(positives: Array, found: c.Palette) -> dict[str, Any]:
    """Return the histogram of the positives as an outline."""
    edges = np.arange(-50, 51) * BIN
    counts, _ = np.histogram(np.clip(positives, -1, 1), edges)
    some = np.flatnonzero(counts)
    low, high = int(some[0]), int(some[-1]) + 1
    share = (100 * counts[low:high] / positives.size).round(5)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "positives",
        "x": edges[low : high + 1].round(4).tolist(),
        "y": [*share.tolist(), float(share[-1])],
        "yaxis": "y3",
        "line": {"color": found.positive, "width": 2, "shape": "hv"},
        "hovertemplate": "cosine about %{x:.2f}<br>%{y:.3g}% of the positives<extra></extra>",
    }


def name_of(band: int) -> str:
    """Return what a band is called."""
    return f"band {band}" if band else "dead"
