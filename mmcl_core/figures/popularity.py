"""How unevenly the pairs of a data set fall on its items."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from mmcl_core import _checks
from mmcl_core.colours import palette
from mmcl_core.figures.layout import axis, base_layout

_POINTS = 200  # of the curve, evenly spaced on its logarithmic axis
_TOP = 0.1  # share of the items whose share of the pairs is told


def popularity_curve(
    counts: npt.ArrayLike,
    *,
    item: str = "item",
    mode: str = "light",
    title: str | None = None,
    height: int = 260,
) -> go.Figure:
    """Draw how many pairs each item has, the most popular first, on two logarithmic axes.

    Parameters
    ----------
    counts : array_like (I,), int >= 0
        Pairs of each item, in any order; items without any are left out.
    item : str
        What an item is called.
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure

    Raises
    ------
    ValueError
        If no item has a pair.

    Examples
    --------
    >>> figure = popularity_curve([1, 8, 3, 0])
    >>> figure.data[0].x, figure.data[0].y
    ((1, 2, 3), (8, 3, 1))
    """
    ordered = _ordered(counts)
    places = np.unique(np.geomspace(1, len(ordered), _POINTS).round().astype(int))
    found = palette(mode)
    trace = {
        "type": "scatter",
        "mode": "lines" if len(places) > 1 else "markers",
        "x": places.tolist(),
        "y": ordered[places - 1].tolist(),
        "line": {"color": found.positive, "width": 2.4},
        "marker": {"color": found.positive, "size": 9},
        "hovertemplate": f"{item} %{{x:,}}: %{{y:,}} pairs<extra></extra>",
        "showlegend": False,
    }
    layout = {
        **base_layout(mode, title, height),
        "xaxis": axis(mode, f"{item}s, the most popular first", type="log", dtick=1),
        "yaxis": axis(mode, f"pairs of the {item}", type="log", dtick=1),
    }
    return go.Figure({"data": [trace], "layout": layout})


def describe_popularity(counts: npt.ArrayLike, item: str = "item") -> str:
    """Say in words what `popularity_curve` shows of the same counts.

    Examples
    --------
    >>> describe_popularity([1, 8, 3, 0])
    'Pairs of each item: from 8 for the most popular to 1; the median is 3. The most popular 10% \
of the items hold 67% of the pairs.'
    """
    ordered = _ordered(counts)
    top = max(1, round(_TOP * len(ordered)))
    share = ordered[:top].sum() / ordered.sum()
    return (
        f"Pairs of each {item}: from {ordered[0]:,} for the most popular to {ordered[-1]:,}; the "
        f"median is {np.median(ordered):,.0f}. The most popular {_TOP:.0%} of the {item}s hold "
        f"{share:.0%} of the pairs."
    )


def _ordered(counts: npt.ArrayLike) -> npt.NDArray[np.int64]:
    values = np.asarray(counts, np.int64)
    values = np.sort(values[values > 0])[::-1]
    if not len(values):
        raise _checks.refuse("an item with a pair", "none", "Draw data that has pairs.")
    return values
