"""Curves and measured points against a number that grows by factors: N, or the size of a pool."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from mmcl_core import _checks
from mmcl_core import colours as c
from mmcl_core.figures.layout import axis, base_layout, upright

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Against:
    """A curve, what was measured of it, or both.

    Parameters
    ----------
    label : str
    curve, points : sequence of pairs (x, y)
        Drawn as a line, and as marks. Pairs with an infinite y or none (NaN) are left out.
    place : int
        Which colour, dash and shape it has.
    aside : bool
        A thin grey line, for what stands for comparison only.
    """

    label: str
    curve: Pairs = field(default=())
    points: Pairs = field(default=())
    place: int = 0
    aside: bool = False


def against(
    sides: Sequence[Against],
    x_title: str,
    y_title: str,
    *,
    mark: tuple[float, str] | None = None,
    log: bool = False,
    share: bool = False,
    mode: str = "light",
    title: str | None = None,
    height: int = 330,
) -> go.Figure:
    """Draw curves and points over a logarithmic x axis.

    Parameters
    ----------
    sides : sequence of Against
    x_title, y_title : str
    mark : (x, label), optional
        A place to point at, the scene's own N.
    log : bool
        Whether the y axis is logarithmic, too.
    share : bool
        Whether y is a share: from 0 to 1, in percent.
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure

    Raises
    ------
    ValueError
        If an x, or a y of a logarithmic axis, is not above 0.

    Examples
    --------
    >>> figure = against([Against("A", [(1, 0.1), (10, 0.6)], [(1, 0.12)])], "N", "chance")
    >>> [trace.mode for trace in figure.data], figure.layout.xaxis.type
    (['lines', 'markers'], 'log')
    """
    found = c.palette(mode)
    traces: list[dict[str, Any]] = []
    for side in sides:
        colour = found.muted if side.aside else found.runs[side.place % len(found.runs)]
        dash = "dot" if side.aside else c.DASHES[side.place % len(c.DASHES)]
        line = {"color": colour, "width": 1.4 if side.aside else 2.2, "dash": dash}
        marker = {"symbol": c.SHAPES[side.place % len(c.SHAPES)], "size": 9, "color": colour}
        looks = {"lines": {"line": line}, "markers": {"marker": marker}}
        for way, pairs in (("lines", side.curve), ("markers", side.points)):
            kept = _kept(side, pairs, log)
            if kept:
                traces.append(_trace(side, way, kept, share) | looks[way])
    for i, trace in enumerate(traces):  # the points stand beside their line in the legend
        first = next(t for t in traces if t["name"] == trace["name"])
        traces[i]["showlegend"] = trace is first
    layout = {
        **base_layout(mode, title, height),
        "xaxis": axis(mode, x_title, type="log", **_ticks(sides)),
        "yaxis": axis(mode, y_title, **_y_axis(log, share)),
    }
    if mark is not None:
        layout |= upright(mode, *mark)
    return go.Figure({"data": traces, "layout": layout})


def describe_against(
    sides: Sequence[Against], x_title: str, y_title: str, *, share: bool = False
) -> str:
    """Say in words what `against` shows of the same arguments.

    Examples
    --------
    >>> describe_against([Against("A", [(1, 0.1), (10, 0.6)])], "N", "chance", share=True)
    'chance against N. A: from 10% at 1 to 60% at 10.'
    """
    words = [f"{y_title} against {x_title}."]
    for side in sides:
        kept = _kept(side, side.curve or side.points, False)
        if not kept:
            words.append(f"{side.label}: nothing to show.")
            continue
        (first, low), (last, high) = kept[0], kept[-1]
        ends = [_percent(y) if share else f"{y:.3g}" for y in (low, high)]
        words.append(f"{side.label}: from {ends[0]} at {first:g} to {ends[1]} at {last:g}.")
    return " ".join(words)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.095 else f"{100 * share:.2g}%"


def _kept(side: Against, pairs: Pairs, log: bool) -> list[tuple[float, float]]:
    kept = [(float(x), float(y)) for x, y in pairs if math.isfinite(y)]
    if not all(x > 0 and (y > 0 or not log) for x, y in kept):
        raise _checks.refuse(
            f"numbers above 0 on a logarithmic axis, for {side.label}",
            f"{kept}",
            "Leave out what has no place on it.",
        )
    return kept


def _trace(
    side: Against, way: str, pairs: Sequence[tuple[float, float]], share: bool
) -> dict[str, Any]:
    y = "%{y:.1%}" if share else "%{y:.3g}"
    kind = ", drawn" if way == "markers" and side.curve else ""
    return {
        "type": "scatter",
        "mode": way,
        "name": side.label,
        "legendgroup": side.label,
        "x": [x for x, _ in pairs],
        "y": [y for _, y in pairs],
        "hovertemplate": f"%{{x:.3g}}: {y}<extra>{side.label}{kind}</extra>",
    }


def _ticks(sides: Sequence[Against]) -> dict[str, Any]:
    xs = [x for side in sides for x, _ in (*side.curve, *side.points)]
    low, high = min(xs, default=1.0), max(xs, default=10.0)
    every = [m * 10**e for e in range(7) for m in (1, 3)]
    shown = [x for x in every if low <= x <= 1.001 * high]
    pad = 0.03 * math.log10(max(high / low, 10))
    ends = [math.log10(low) - pad, math.log10(high) + pad]
    return {"tickvals": shown, "ticktext": [f"{x:,}" for x in shown], "range": ends}


def _y_axis(log: bool, share: bool) -> dict[str, Any]:
    if share:
        return {"range": [-0.02, 1.04], "tickformat": ".0%", "nticks": 6}
    if not log:
        return {"nticks": 6}
    shown = [m * 10.0**e for e in range(-6, 7) for m in (1, 3)]
    return {"type": "log", "tickvals": shown, "ticktext": [f"{y:g}" for y in shown]}
