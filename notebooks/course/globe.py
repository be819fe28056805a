"""Toy worlds as globes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .cards import card, colours
from .dots import add_dots

Points = NDArray[np.floating]


def globes(
    worlds: Mapping[str, tuple[Points, Points]],
    user_taste: NDArray[np.int64],
    item_taste: NDArray[np.int64],
) -> go.Figure:
    """Draw toy worlds as globes: users are dots, items are diamonds, colour is taste.

    Each globe is turned so that its crowd, if it has one, faces you, and so that users and items,
    if they are apart, lie to the left and to the right. The far side shows through, paler.

    Parameters
    ----------
    worlds : mapping from title to (users (U, 3), items (I, 3))
    user_taste, item_taste : (U,) and (I,) int64

    Returns
    -------
    plotly Figure
    """
    found, n = colours(), len(worlds)
    figure = go.Figure()
    turn = np.linspace(0, 2 * np.pi, 121)
    for i, (users, items) in enumerate(worlds.values()):
        axes = {"xaxis": f"x{i + 1}", "yaxis": f"y{i + 1}"}
        rim = {"x": np.cos(turn), "y": np.sin(turn), "mode": "lines", "hoverinfo": "skip"}
        figure.add_scatter(**rim, **axes, line={"color": found.muted, "width": 1})
        view = _view(users, items)
        n_tastes = int(item_taste.max()) + 1
        for kind, points, tastes in (("user", users, user_taste), ("item", items, item_taste)):
            seen = points @ view.T  # (n, 3): right, up, towards you
            for far in (True, False):
                half, opacity = (seen[:, 2] < 0) == far, 0.25 if far else 0.9
                add_dots(figure, kind, seen[half, :2], tastes[half], n_tastes, opacity, axes)
        plain = {"visible": False, "range": [-1.08, 1.08], "fixedrange": True}
        along = {"domain": [i / n, (i + 0.96) / n], "anchor": f"y{i + 1}"}
        upright = {"anchor": f"x{i + 1}", "scaleanchor": f"x{i + 1}"}
        figure.layout[f"xaxis{i + 1}"] = {**plain, **along}
        figure.layout[f"yaxis{i + 1}"] = {**plain, **upright}
        figure.add_annotation(
            x=(i + 0.48) / n, y=1, xref="paper", yref="paper", yanchor="bottom", showarrow=False,
            text=list(worlds)[i], font={"size": 13, "color": found.text},
        )  # fmt: skip
    margin = {"l": 8, "r": 8, "t": 34, "b": 8}
    figure.update_layout(template="none", height=290, showlegend=False, margin=margin)
    return card(figure)


def _view(users: Points, items: Points) -> Points:
    """Return right, up and towards-you as rows, (3, 3), orthonormal."""
    towards = users.mean(0) + items.mean(0)
    right = items.mean(0) - users.mean(0)
    basis, _ = np.linalg.qr(np.stack([towards, right, [0.3, 0.5, 0.8]], 1))
    towards = basis[:, 0] * np.sign(basis[:, 0] @ towards)
    right = basis[:, 1] * np.sign(basis[:, 1] @ right)
    return np.stack([right, np.cross(towards, right), towards])
