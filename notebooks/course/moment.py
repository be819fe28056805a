"""One moment of a recorded run: its globe, a magnifying glass over it, and where its curves are."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mmcl_core.trajectories import Trajectory

from .cards import card, colours
from .dots import add_dots

CURVES = {"loss": "loss", "recall@10": "Recall@10", "closeness": "closeness", "spread": "spread"}
GLOBE, LENS, PLOTS = (0.0, 0.34), (0.35, 0.69), (0.77, 1.0)  # columns of the figure
IN_LENS = 0.9  # so much of the points the glass is opened for


def moment(run: Trajectory, step: int) -> go.Figure:
    """Draw a recorded run at one of its steps.

    To the left the globe, users as dots, items as diamonds, colour is taste; the far side is
    paler. Its view is the same at every step. In the middle the same points under a glass that
    magnifies until nine of ten fill it. To the right loss, Recall@10, closeness and spread, with a
    dot at the step.

    Parameters
    ----------
    run : Trajectory
        In three dimensions.
    step : int
        One of its frames at which its curves were measured, too.

    Returns
    -------
    plotly Figure
        With the same traces at every step, as `refresh` wants it.
    """
    found, figure = colours(), go.Figure()
    points = run.positions[run.steps.tolist().index(step)] @ _view(run.positions[-1]).T  # (P, 3)
    _, glass = magnified(points)
    turn = np.linspace(0, 2 * np.pi, 121)
    for place in ("", "2"):
        axes = {"xaxis": f"x{place}", "yaxis": f"y{place}"}
        rim = {"x": np.cos(turn), "y": np.sin(turn), "mode": "lines", "hoverinfo": "skip"}
        figure.add_scatter(**rim, **axes, line={"color": found.muted, "width": 1})
    far = points[:, 2] < 0
    inside = np.linalg.norm(glass, axis=1) <= 1
    _add_points(figure, run, points[:, :2], far, 0.25, "")
    _add_points(figure, run, points[:, :2], ~far, 0.9, "")
    _add_points(figure, run, glass, inside, 0.9, "2")
    for i, (curve, name) in enumerate(CURVES.items(), 3):
        _add_curve(figure, run, curve, name, step, i)
    for place, (left, right) in (("", GLOBE), ("2", LENS)):
        plain = {"visible": False, "range": [-1.08, 1.08], "fixedrange": True}
        along, upright = {"domain": [left, right]}, {"scaleanchor": f"x{place}"}
        figure.layout[f"xaxis{place}"] = {**plain, **along, "anchor": f"y{place}"}
        figure.layout[f"yaxis{place}"] = {**plain, **upright, "anchor": f"x{place}"}
    for text, (left, right) in (("the globe", GLOBE), ("magnified", LENS)):
        figure.add_annotation(
            x=(left + right) / 2, y=1.01, xref="paper", yref="paper", xanchor="center",
            yanchor="bottom", showarrow=False, text=text, font={"size": 13, "color": found.text},
        )  # fmt: skip
    margin = {"l": 8, "r": 8, "t": 34, "b": 40}
    figure.update_layout(template="none", height=360, showlegend=False, margin=margin)
    return card(figure.update_layout(font={"color": found.text}))


def magnified(points: NDArray[np.floating]) -> tuple[float, NDArray[np.floating]]:
    """Return how wide the glass is open, and the points under it, (P, 2).

    Its middle is the mean point; the distance 1 is reached by nine of ten points.
    """
    offset = points[:, :2] - points[:, :2].mean(0)
    radius = float(np.quantile(np.linalg.norm(offset, axis=1), IN_LENS))
    return radius, offset / radius


def _view(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return right, up and towards-you as rows, (3, 3): the mean of the points faces you."""
    towards = points.mean(0, dtype=np.float64)
    basis, _ = np.linalg.qr(towards[:, None], mode="complete")
    towards, right = basis[:, 0] * np.sign(basis[:, 0] @ towards), basis[:, 1]
    return np.stack([right, np.cross(towards, right), towards])


def _add_points(
    figure: go.Figure,
    run: Trajectory,
    places: NDArray[np.floating],
    which: NDArray[np.bool_],
    opacity: float,
    axis: str,
) -> None:
    """Add one trace for the users and one for the items that are to be drawn."""
    tastes = np.concatenate([run.world.user_taste, run.world.item_taste])
    is_user = np.arange(len(tastes)) < len(run.world.user_taste)
    axes = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    for kind, some in (("user", is_user), ("item", ~is_user)):
        chosen = which & some
        add_dots(figure, kind, places[chosen], tastes[chosen], int(tastes.max()) + 1, opacity, axes)


def _add_curve(
    figure: go.Figure, run: Trajectory, curve: str, name: str, step: int, place: int
) -> None:
    """Add a curve and its dot in the next small plot from the top."""
    found, axes = colours(), {"xaxis": f"x{place}", "yaxis": f"y{place}"}
    steps, values = run.curves["curve_steps"], run.curves[curve]
    hover = f"step %{{x}}: {name} %{{y:.3f}}<extra></extra>"
    line: dict[str, Any] = {"color": found.runs[0], "width": 2}
    figure.add_scatter(x=steps, y=values, mode="lines", line=line, hovertemplate=hover, **axes)
    marker = {"size": 9, "color": found.runs[1]}
    dot = {"x": [step], "y": [run.at(curve, step)], "mode": "markers", "marker": marker}
    figure.add_scatter(**dot, hovertemplate=hover, **axes)
    row, last = place - 3, place - 2 == len(CURVES)
    bottom, top = 1 - (row + 0.82) / len(CURVES), 1 - (row + 0.2) / len(CURVES)
    low, high = float(values.min()), float(values.max())
    pad = 0.12 * (high - low)
    grid = {"gridcolor": found.grid, "zeroline": False, "fixedrange": True}
    across = {"domain": list(PLOTS), "anchor": f"y{place}", "range": [-15, int(steps[-1]) + 15]}
    title = {"text": "step" if last else "", "standoff": 4}
    figure.layout[f"xaxis{place}"] = {**grid, **across, "showticklabels": last, "title": title}
    upright = {"domain": [bottom, top], "anchor": f"x{place}", "range": [low - pad, high + pad]}
    figure.layout[f"yaxis{place}"] = {**grid, **upright, "nticks": 4}
    figure.add_annotation(
        x=sum(PLOTS) / 2, y=top, xref="paper", yref="paper", xanchor="center", yanchor="bottom",
        yshift=-2, showarrow=False, text=name, font={"size": 12, "color": found.text},
    )  # fmt: skip
