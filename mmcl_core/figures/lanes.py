"""Curves of several runs of one toy world by step, in small panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from mmcl_core.colours import palette
from mmcl_core.figures.layout import axis, base_layout
from mmcl_core.trajectories import TITLES

_DASHES = ("solid", "dash", "dot")


@dataclass(frozen=True, eq=False)
class LaneCurves:
    """One run.

    Parameters
    ----------
    title : str
    steps : (C,) array
    curves : mapping of str to (C,) array
        Names of `mmcl_core.trajectories.TITLES`; others are left out.
    """

    title: str
    steps: NDArray[np.int64]
    curves: Mapping[str, NDArray[Any]]


def lane_curves(
    lanes: Sequence[LaneCurves], *, mode: str = "light", title: str | None = None, height: int = 560
) -> go.Figure:
    """Draw the curves of one to three runs, a panel for each measure.

    Parameters
    ----------
    lanes : sequence of LaneCurves
    mode : {"light", "dark"}
    title : str, optional
    height : int
        Pixels.

    Returns
    -------
    plotly Figure

    Examples
    --------
    >>> import numpy as np
    >>> lane = LaneCurves("CCL", np.arange(3), {"loss": np.array([1.0, 0.5, 0.4])})
    >>> [trace.name for trace in lane_curves([lane]).data]
    ['CCL']
    """
    names = [name for name in TITLES if any(name in lane.curves for lane in lanes)]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = make_subplots(
        rows, columns, subplot_titles=[TITLES[name] for name in names], vertical_spacing=0.2
    )
    for k, name in enumerate(names):
        for i, lane in enumerate(lanes):
            figure.add_scatter(
                x=lane.steps,
                y=lane.curves.get(name, np.full(len(lane.steps), np.nan)),
                name=lane.title,
                legendgroup=lane.title,
                showlegend=k == 0,
                line={"color": palette(mode).runs[i], "dash": _DASHES[i], "width": 2},
                row=k // columns + 1,
                col=k % columns + 1,
            )
    base = base_layout(mode, title, height)
    figure.update_layout(base)
    figure.update_layout(margin={**base["margin"], "t": 96 if title else 74})
    figure.update_annotations(font={"size": 13, "color": palette(mode).text})
    quiet = axis(mode, "")
    del quiet["title"]
    figure.update_xaxes(quiet).update_yaxes(quiet)
    for column in range(1, columns + 1):
        figure.update_xaxes(title=axis(mode, "step")["title"], row=rows, col=column)
    return figure


def describe_lane_curves(lanes: Sequence[LaneCurves]) -> str:
    """Say where every curve ends.

    Examples
    --------
    >>> import numpy as np
    >>> describe_lane_curves([LaneCurves("CCL", np.arange(2), {"loss": np.array([1.0, 0.5])})])
    'Curves by step. At the end: CCL: loss 0.5.'
    """
    ends = []
    for lane in lanes:
        said = [f"{name} {lane.curves[name][-1]:.3g}" for name in TITLES if name in lane.curves]
        ends.append(f"{lane.title}: {', '.join(said)}")
    return f"Curves by step. At the end: {'; '.join(ends)}."
