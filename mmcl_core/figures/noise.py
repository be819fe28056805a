"""Many estimates of one push, as a cloud: where they scatter, and around what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mmcl_core import _checks
from mmcl_core import colours as c
from mmcl_core.figures.layout import axis, base_layout

Points = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Cloud:
    """Estimates of the push on one user under one loss.

    Parameters
    ----------
    label : str
    estimates : (R, 2) float
        Where the push of each of R sets of negatives points, in two directions along the sphere.
    exact : (2,) float
        The push of all items.
    reach : float > 0, optional
        Half the width of its panel; by default that of its farthest estimate. Give it to compare
        clouds of different N.
    """

    label: str
    estimates: Points
    exact: Points
    reach: float | None = None

    @property
    def half_width(self) -> float:
        """Half the width of its panel."""
        if self.reach is not None:
            return _checks.number("reach", self.reach, 1e-12, 1e12, "Leave it out to fit.")
        farthest = max(np.abs(self.estimates).max(), np.abs(self.exact).max())
        return 1.05 * float(farthest) or 1.0


def push_clouds(
    clouds: Sequence[Cloud], *, mode: str = "light", title: str | None = None, height: int = 360
) -> go.Figure:
    """Draw a panel for each cloud: dots are estimates, a ring their mean, a cross the exact push.

    Parameters
    ----------
    clouds : sequence of Cloud
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure
        With three traces for each cloud; those of the same clouds at another N can replace them.

    Raises
    ------
    ValueError
        If estimates are not points in a plane.

    Examples
    --------
    >>> figure = push_clouds([Cloud("MMCL", np.array([[0.1, 0.2], [0.3, 0.0]]), np.zeros(2))])
    >>> [trace.name for trace in figure.data]
    ['one set of negatives', 'their mean', 'all items']
    """
    found = c.palette(mode)
    traces: list[dict[str, Any]] = []
    layout = base_layout(mode, title, height)
    layout["margin"] = {**layout["margin"], "t": 74 if title else 48}
    layout["legend"] = {**layout["legend"], "itemsizing": "constant"}
    layout["annotations"] = []
    width = 1 / len(clouds)
    for i, cloud in enumerate(clouds):
        _check(cloud)
        x, y = f"x{i + 1}", f"y{i + 1}"
        colour = found.runs[i % len(found.runs)]
        traces += [
            {**trace, "xaxis": x, "yaxis": y, "showlegend": not i}
            for trace in _marks(cloud, colour, found.text)
        ]
        span = {"range": [-cloud.half_width, cloud.half_width], "nticks": 5}
        along = {**span, "domain": [i * width, (i + 0.86) * width], "anchor": y}
        layout[f"xaxis{i + 1}"] = axis(mode, "along the sphere, one way", **along)
        layout[f"yaxis{i + 1}"] = axis(mode, "the other way", **span, anchor=x)
        above = {"x": (i + 0.43) * width, "y": 1, "xref": "paper", "yref": "paper"}
        words = {"text": f"<b>{cloud.label}</b>", "yanchor": "bottom", "showarrow": False}
        layout["annotations"].append({**above, **words})
    return go.Figure({"data": traces, "layout": layout})


def _marks(cloud: Cloud, colour: str, ink: str) -> list[dict[str, Any]]:
    """Return dots, ring and cross of one cloud."""
    line = {"width": 2.5, "color": ink}
    marks: tuple[tuple[str, Points, dict[str, Any]], ...] = (
        (
            "one set of negatives",
            cloud.estimates,
            {"symbol": "circle", "size": 4, "color": colour, "opacity": 0.35},
        ),
        (
            "their mean",
            cloud.estimates.mean(0, keepdims=True),
            {"symbol": "circle-open", "size": 16, "color": ink, "line": line},
        ),
        (
            "all items",
            np.reshape(cloud.exact, (1, 2)),
            {"symbol": "cross-thin", "size": 14, "line": line},
        ),
    )
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "legendgroup": name,
            "x": points[:, 0].tolist(),
            "y": points[:, 1].tolist(),
            "marker": marker,
            "hovertemplate": f"%{{x:.3g}}, %{{y:.3g}}<extra>{cloud.label}: {name}</extra>",
        }
        for name, points, marker in marks
    ]


def describe_push_clouds(clouds: Sequence[Cloud]) -> str:
    """Say in words what `push_clouds` shows of the same clouds.

    Examples
    --------
    >>> describe_push_clouds([Cloud("MMCL", np.array([[0.0, 3.0], [0.0, 5.0]]), np.zeros(2))])
    'MMCL: the mean of 2 estimates lies 4 from the push of all items; they scatter by 1.'
    """
    words = []
    for cloud in clouds:
        _check(cloud)
        off = float(np.linalg.norm(cloud.estimates.mean(0) - cloud.exact))
        scatter = float(np.sqrt(cloud.estimates.var(0).sum()))
        words.append(
            f"{cloud.label}: the mean of {len(cloud.estimates)} estimates lies {off:.2g} from the "
            f"push of all items; they scatter by {scatter:.2g}."
        )
    return " ".join(words)


def _check(cloud: Cloud) -> None:
    shapes = np.shape(cloud.estimates), np.shape(cloud.exact)
    if len(shapes[0]) != 2 or shapes[0][0] < 1 or (shapes[0][1:], shapes[1]) != ((2,), (2,)):
        raise _checks.refuse(
            f"estimates of shape (R, 2) and an exact push of shape (2,) for {cloud.label}",
            f"{shapes[0]} and {shapes[1]}",
            "Take two directions along the sphere.",
        )
