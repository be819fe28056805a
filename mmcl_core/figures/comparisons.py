"""Several losses, several seeds, side by side: points for seeds, a line through the means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mmcl_core import _checks
from mmcl_core import colours as c
from mmcl_core.figures.layout import axis, base_layout
from mmcl_core.figures.runs import reference_label, reference_line


@dataclass(frozen=True)
class Series:
    """One loss over the places of the x axis.

    Parameters
    ----------
    label : str
    at : sequence of P places
        For example the numbers of negatives 1, 10, 100.
    values : sequence of P sequences
        At each place, the measure of every seed.
    """

    label: str
    at: Sequence[float | str]
    values: Sequence[Sequence[float]]

    def means(self) -> list[float]:
        """Return the mean over the seeds at each place, NaN without a seed."""
        return [float(np.mean(v)) if len(v) else float("nan") for v in self.values]


def comparison(
    series: Sequence[Series],
    x_title: str = "negatives per positive, N",
    y_title: str = "NDCG@20",
    *,
    references: Mapping[str, float] | None = None,
    mode: str = "light",
    title: str | None = None,
    height: int = 380,
) -> go.Figure:
    """Draw every seed as a point and the mean as a line, one colour and shape a series.

    The places of the x axis stand at equal distances, in the order in which they first come.
    Series are set a little apart so that points do not hide each other. The y axis does not start
    at zero: it shows differences.

    Parameters
    ----------
    series : sequence of Series
    x_title, y_title : str
    references : mapping from label to value, optional
        Horizontal lines, for example popularity.
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure

    Raises
    ------
    ValueError
        If a series has not one list of values for each place.

    Examples
    --------
    >>> figure = comparison([Series("MMCL", [1, 10], [[0.2, 0.21], [0.24, 0.25]])])
    >>> figure.layout.xaxis.ticktext
    ('1', '10')
    """
    places = _places(series)
    found = c.palette(mode)
    traces: list[dict[str, Any]] = []
    for i, one in enumerate(series):
        colour, symbol = found.runs[i % len(found.runs)], c.SHAPES[i % len(c.SHAPES)]
        shift = 0.5 * ((i + 0.5) / len(series) - 0.5)
        middle = [places.index(str(p)) + shift for p in one.at]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": one.label,
                "legendgroup": one.label,
                "x": middle,
                "y": one.means(),
                "line": {"color": colour, "width": 2.2, "dash": c.DASHES[i % len(c.DASHES)]},
                "marker": {"symbol": symbol, "size": 10, "color": colour},
                "customdata": [str(p) for p in one.at],
                "hovertemplate": "%{customdata}: mean %{y:.4f}<extra>" + one.label + "</extra>",
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": one.label,
                "legendgroup": one.label,
                "showlegend": False,
                "x": [x for x, v in zip(middle, one.values, strict=True) for _ in v],
                "y": [float(value) for v in one.values for value in v],
                "marker": {"symbol": f"{symbol}-open", "size": 7, "color": colour},
                "opacity": 0.75,
                "hovertemplate": "one seed: %{y:.4f}<extra>" + one.label + "</extra>",
            }
        )
    ticks = list(range(len(places)))
    layout = {
        **base_layout(mode, title, height),
        "xaxis": axis(
            mode,
            x_title,
            tickvals=ticks,
            ticktext=places,
            range=[-0.5, max(len(places) - 0.5, 0.5)],
            showgrid=False,
        ),
        "yaxis": axis(mode, y_title, nticks=6),
        "shapes": [reference_line(v, found) for v in (references or {}).values()],
        "annotations": [reference_label(t, v, found) for t, v in (references or {}).items()],
    }
    return go.Figure({"data": traces, "layout": layout})


def _places(series: Sequence[Series]) -> list[str]:
    places: dict[str, None] = {}
    for one in series:
        if len(one.at) != len(one.values):
            raise _checks.refuse(
                f"one list of values for each of the {len(one.at)} places of {one.label}",
                f"{len(one.values)} lists",
                "Give an empty list where nothing was measured.",
            )
        places.update(dict.fromkeys(str(p) for p in one.at))
    return list(places)


def describe_comparison(
    series: Sequence[Series],
    x_title: str = "negatives per positive, N",
    y_title: str = "NDCG@20",
) -> str:
    """Say in words what `comparison` shows of the same arguments.

    Examples
    --------
    >>> describe_comparison([Series("MMCL", [1, 10], [[0.2, 0.22], [0.24]])])
    'NDCG@20 against negatives per positive, N; means over seeds. MMCL: 0.2100 at 1, 0.2400 at 10.'
    """
    words = [f"{y_title} against {x_title}; means over seeds."]
    for one in series:
        pairs = zip(one.at, one.means(), strict=True)
        words.append(f"{one.label}: {', '.join(f'{mean:.4f} at {at}' for at, mean in pairs)}.")
    return " ".join(words)
