"""What something costs as one thing grows, on two logarithmic axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from mmcl_core import _checks
from mmcl_core import colours as c
from mmcl_core.figures.layout import axis, base_layout, upright


def costs(
    at: Sequence[float],
    sides: Mapping[str, Sequence[float]],
    x_title: str,
    y_title: str = "milliseconds a step",
    *,
    ticks: Mapping[float, str] | None = None,
    mark: tuple[float, str] | None = None,
    mode: str = "light",
    title: str | None = None,
    height: int = 380,
) -> go.Figure:
    """Draw a line for each side; a straight line means growth by a power.

    Parameters
    ----------
    at : sequence of P floats > 0
        What grows: negatives, the share of active ones, items.
    sides : mapping from label to sequence of P floats > 0
    x_title, y_title : str
    ticks : mapping from place to label, optional
        Ticks of the x axis; by default the places themselves.
    mark : (place, label), optional
        A place to point at.
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure

    Raises
    ------
    ValueError
        If a value is not above 0, or a side has not one value for each place.

    Examples
    --------
    >>> figure = costs([10, 100], {"plain": [25.0, 54.0], "core": [2.5, 5.0]}, "negatives N")
    >>> figure.layout.yaxis.type, len(figure.data)
    ('log', 2)
    """
    _check(at, sides)
    found = c.palette(mode)
    traces: list[dict[str, Any]] = []
    for i, (label, values) in enumerate(sides.items()):
        colour, symbol = found.runs[i % len(found.runs)], c.SHAPES[i % len(c.SHAPES)]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label,
                "x": [float(x) for x in at],
                "y": [float(y) for y in values],
                "line": {"color": colour, "width": 2.2, "dash": c.DASHES[i % len(c.DASHES)]},
                "marker": {"symbol": symbol, "size": 9, "color": colour},
                "hovertemplate": "%{x:.3g}: %{y:.3g}<extra>" + label + "</extra>",
            }
        )
    shown = ticks or {float(x): f"{x:g}" for x in at}
    layout = {
        **base_layout(mode, title, height),
        "xaxis": axis(
            mode, x_title, type="log", tickvals=list(shown), ticktext=list(shown.values())
        ),
        "yaxis": axis(mode, y_title, type="log", dtick=1),
    }
    if mark is not None:
        layout |= upright(mode, *mark)
    return go.Figure({"data": traces, "layout": layout})


def describe_costs(
    at: Sequence[float], sides: Mapping[str, Sequence[float]], x_title: str, y_title: str
) -> str:
    """Say in words what `costs` shows of the same arguments.

    Examples
    --------
    >>> describe_costs([10, 100], {"core": [2.5, 5.0]}, "negatives N", "ms a step")
    'ms a step against negatives N. core: from 2.5 at 10 to 5 at 100.'
    """
    _check(at, sides)
    words = [f"{y_title} against {x_title}."]
    for label, values in sides.items():
        words.append(
            f"{label}: from {values[0]:.3g} at {at[0]:g} to {values[-1]:.3g} at {at[-1]:g}."
        )
    return " ".join(words)


def _check(at: Sequence[float], sides: Mapping[str, Sequence[float]]) -> None:
    for label, values in {"the places": at, **sides}.items():
        if len(values) != len(at) or not len(at) or not all(v > 0 for v in values):
            raise _checks.refuse(
                f"numbers above 0, one for each of the {len(at)} places, for {label}",
                f"{list(values)}",
                "Leave out what was not measured; a logarithmic axis has no zero.",
            )
