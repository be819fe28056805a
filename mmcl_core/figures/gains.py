"""How much better one way of training is than another, with intervals, against N."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from mmcl_core import colours as c
from mmcl_core.figures.layout import axis, base_layout
from mmcl_core.figures.runs import reference_line


class Gain(NamedTuple):
    """A relative gain at one N: .2 is 20% better; its 95% interval, and each seed's."""

    n: int
    value: float
    low: float
    high: float
    of_seeds: tuple[float, ...] = ()


class Gains(NamedTuple):
    """The gains on one data set."""

    label: str
    gains: Sequence[Gain]


def gain_figure(
    data_sets: Sequence[Gains],
    y_range: tuple[float, float] | None = None,
    *,
    mode: str = "light",
    title: str | None = None,
    height: int = 340,
) -> go.Figure:
    """Draw the gain against N, one colour and shape a data set.

    The values of N stand at equal distances. A bar is the 95% interval, an open point is one seed.
    Where a bar crosses the line at 0, no difference was measured.

    Parameters
    ----------
    data_sets : sequence of Gains
    y_range : pair of float, optional
        Lowest and highest gain shown, so that two figures can be compared; by default what is
        needed.
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure

    Examples
    --------
    >>> figure = gain_figure([Gains("Films", [Gain(1, 0.2, 0.1, 0.3), Gain(10, 0.1, 0.0, 0.2)])])
    >>> figure.data[0].error_y.array
    (10.0, 10.0)
    """
    found = c.palette(mode)
    places = sorted({gain.n for one in data_sets for gain in one.gains})
    traces: list[dict[str, Any]] = []
    for i, one in enumerate(data_sets):
        colour, symbol = found.runs[i % len(found.runs)], c.SHAPES[i % len(c.SHAPES)]
        shift = 0.4 * ((i + 0.5) / len(data_sets) - 0.5)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": one.label,
                "legendgroup": one.label,
                "x": [places.index(g.n) + shift for g in one.gains],
                "y": [_percent(g.value) for g in one.gains],
                "error_y": {
                    "symmetric": False,
                    "array": [_percent(g.high - g.value) for g in one.gains],
                    "arrayminus": [_percent(g.value - g.low) for g in one.gains],
                    "color": colour,
                    "thickness": 2,
                    "width": 5,
                },
                "marker": {"symbol": symbol, "size": 10, "color": colour},
                "customdata": [
                    [g.n, _percent(g.low), _percent(g.high), len(g.of_seeds)] for g in one.gains
                ],
                "hovertemplate": "N = %{customdata[0]}: %{y:+.1f}%, interval %{customdata[1]:+.1f}%"
                " to %{customdata[2]:+.1f}%, seeds: %{customdata[3]}<extra>"
                + one.label
                + "</extra>",
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": one.label,
                "legendgroup": one.label,
                "showlegend": False,
                "x": [places.index(g.n) + shift + 0.06 for g in one.gains for _ in g.of_seeds],
                "y": [_percent(value) for g in one.gains for value in g.of_seeds],
                "marker": {"symbol": f"{symbol}-open", "size": 6, "color": colour},
                "hovertemplate": "one seed: %{y:+.1f}%<extra>" + one.label + "</extra>",
            }
        )
    layout = {
        **base_layout(mode, title, height),
        "xaxis": axis(
            mode,
            "negatives per positive, N",
            tickvals=list(range(len(places))),
            ticktext=[str(n) for n in places],
            range=[-0.5, max(len(places) - 0.5, 0.5)],
            showgrid=False,
            zeroline=False,
        ),
        "yaxis": axis(mode, "gain", nticks=7, ticksuffix="%", tickformat="+d"),
        "shapes": [reference_line(0, found)],
    }
    if y_range is not None:
        layout["yaxis"]["range"] = [_percent(y_range[0]), _percent(y_range[1])]
    return go.Figure({"data": traces, "layout": layout})


def describe_gains(data_sets: Sequence[Gains]) -> str:
    """Say in words what `gain_figure` shows.

    Examples
    --------
    >>> describe_gains([Gains("Films", [Gain(1, 0.2, 0.1, 0.3)])])
    'Gain with its 95% interval against N. Films: +20.0% (+10.0% to +30.0%) at N = 1.'
    """
    words = ["Gain with its 95% interval against N."]
    for one in data_sets:
        said = [f"{g.value:+.1%} ({g.low:+.1%} to {g.high:+.1%}) at N = {g.n}" for g in one.gains]
        words.append(f"{one.label}: {', '.join(said)}.")
    return " ".join(words)


def _percent(share: float) -> float:
    return round(100 * share, 4)
