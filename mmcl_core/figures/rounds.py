"""Two sides that met in the same worlds: what each reached there, joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from mmcl_core import _checks
from mmcl_core import colours as c
from mmcl_core.figures.layout import axis, base_layout


def rounds_figure(
    ours: tuple[str, Sequence[float]],
    theirs: tuple[str, Sequence[float]],
    y_title: str = "Recall@10",
    *,
    mode: str = "light",
    title: str | None = None,
    height: int = 380,
) -> go.Figure:
    """Draw a point a side and world; the line between them is the difference.

    The y axis does not start at zero: it shows differences.

    Parameters
    ----------
    ours, theirs : (label, sequence of W values)
        One value a world, in the same order.
    y_title : str
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure

    Raises
    ------
    ValueError
        If the two sides were not in as many worlds.

    Examples
    --------
    >>> figure = rounds_figure(("one margin", [0.7, 0.8]), ("four margins", [0.6, 0.7]))
    >>> [trace.name for trace in figure.data]
    ['difference', 'one margin', 'four margins']
    """
    found = c.palette(mode)
    worlds = list(range(1, len(ours[1]) + 1))
    if len(theirs[1]) != len(worlds):
        raise _checks.refuse(
            f"{len(worlds)} values of {theirs[0]}, as many as of {ours[0]}",
            len(theirs[1]),
            "Give a value for each world.",
        )
    pairs = list(zip(worlds, ours[1], theirs[1], strict=True))
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "difference",
            "x": [x for world in worlds for x in (world, world, None)],
            "y": [y for _, mine, other in pairs for y in (mine, other, None)],
            "line": {"color": found.muted, "width": 1.5},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]
    for i, (label, values) in enumerate((ours, theirs)):
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": label,
                "x": worlds,
                "y": [float(value) for value in values],
                "marker": {"symbol": c.SHAPES[i], "size": 12, "color": found.runs[i]},
                "hovertemplate": f"world %{{x}}: %{{y:.3f}}<extra>{label}</extra>",
            }
        )
    layout = {
        **base_layout(mode, title, height),
        "xaxis": axis(
            mode,
            "world",
            tickvals=worlds,
            range=[0.5, len(worlds) + 0.5],
            showgrid=False,
            zeroline=False,
        ),
        "yaxis": axis(mode, y_title, nticks=6, zeroline=False),
    }
    return go.Figure({"data": traces, "layout": layout})


def describe_rounds(
    ours: tuple[str, Sequence[float]],
    theirs: tuple[str, Sequence[float]],
    y_title: str = "Recall@10",
) -> str:
    """Say in words what `rounds_figure` shows of the same arguments.

    Examples
    --------
    >>> describe_rounds(("one margin", [0.7]), ("four margins", [0.6]))
    'Recall@10 by world: one margin and four margins. World 1: 0.700 and 0.600.'
    """
    words = [f"{y_title} by world: {ours[0]} and {theirs[0]}."]
    for world, (mine, other) in enumerate(zip(ours[1], theirs[1], strict=True), 1):
        words.append(f"World {world}: {mine:.3f} and {other:.3f}.")
    return " ".join(words)
