"""Vectors in the plane: as arrows from the origin, and as a picture of many dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from .cards import card, colours

Points = NDArray[np.floating]


def arrows(
    films: Mapping[str, ArrayLike], users: Mapping[str, ArrayLike], circle: bool = False
) -> go.Figure:
    """Draw vectors of the plane as arrows from the origin, users thicker and in another colour.

    There is room for the users in every direction, so that they can be turned.

    Parameters
    ----------
    films, users : mapping from name to (2,) float
    circle : bool
        Whether to draw the unit circle, too.

    Returns
    -------
    plotly Figure
    """
    found, figure = colours(), go.Figure()
    if circle:
        turn = np.linspace(0, 2 * np.pi, 121)
        rim = {"color": found.muted, "width": 1}
        figure.add_scatter(x=np.cos(turn), y=np.sin(turn), mode="lines", line=rim, hoverinfo="skip")
    for vectors, colour, width in ((films, found.runs[0], 1.5), (users, found.runs[1], 4)):
        for name, vector in vectors.items():
            x, y = np.asarray(vector, float)
            figure.add_scatter(
                x=[0, x],
                y=[0, y],
                mode="lines+markers+text",
                line={"color": colour, "width": width},
                marker={
                    "symbol": "arrow",
                    "angleref": "previous",
                    "size": [0, 8 + 2 * width],
                    "opacity": 1,
                },
                text=["", name],
                textposition=f"{'top' if y >= 0 else 'bottom'} {'right' if x >= 0 else 'left'}",
                textfont={"color": colour},
                hovertemplate=f"{name} (%{{x:.2f}}, %{{y:.2f}})<extra></extra>",
            )
    radius = max(np.linalg.norm(vector) for vector in users.values())
    ends = np.array([*films.values(), [radius, radius], [-radius, -radius]], float)
    pad = 0.12 * np.abs(ends).max()
    axes = [
        {
            "range": [low - pad, high + 2 * pad],
            "zerolinecolor": found.muted,
            "gridcolor": found.grid,
        }
        for low, high in zip(ends.min(0), ends.max(0), strict=True)
    ]
    figure.update_layout(
        template="none",
        width=620,
        height=430,
        showlegend=False,
        margin={"l": 34, "r": 14, "t": 14, "b": 30},
        font={"color": found.text},
        xaxis={**axes[0], "fixedrange": True},
        yaxis={**axes[1], "fixedrange": True, "scaleanchor": "x"},
    )
    return card(figure)


def picture(
    points: Points, cosines: Points, film: int, titles: Sequence[str], k: int = 10
) -> go.Figure:
    """Draw a picture of films, and beside it what is true: cosines over distances in the picture.

    One film is picked. Its k nearest by cosine are filled diamonds, its k nearest in the picture
    are rings, everybody else is a grey dot, on both sides.

    Parameters
    ----------
    points : (n, 2) float
        Where each film lies in the picture.
    cosines : (n,) float
        True cosines with the picked film.
    film : int
        The picked film.
    titles : sequence of n str
    k : int

    Returns
    -------
    plotly Figure
    """
    found = colours()
    distance = np.linalg.norm(points - points[film], axis=1)  # (n,)
    others = np.delete(np.arange(len(points)), film)
    true = others[np.argsort(-cosines[others])[:k]]
    seen = others[np.argsort(distance[others])[:k]]
    figure = go.Figure()
    for name, which, marker in (
        ("other films", others, {"color": found.dead, "size": 4, "opacity": 0.6}),
        (f"its {k} nearest by cosine", true, _mark("diamond", found.runs[0], 8)),
        (f"its {k} nearest in the picture", seen, _mark("circle-open", found.runs[3], 14)),
        (titles[film], np.array([film]), _mark("star", found.text, 13)),
    ):
        shared = {
            "mode": "markers",
            "marker": marker,
            "customdata": np.stack([np.array(titles)[which], cosines[which].round(2)], 1),
            "hovertemplate": "%{customdata[0]}, cosine %{customdata[1]}<extra></extra>",
        }
        figure.add_scatter(x=points[which, 0], y=points[which, 1], name=name, **shared)
        figure.add_scatter(
            x=distance[which], y=cosines[which], xaxis="x2", yaxis="y2", showlegend=False, **shared
        )
    grid = {"gridcolor": found.grid, "zeroline": False}
    figure.update_layout(
        template="none",
        height=430,
        margin={"l": 50, "r": 14, "t": 50, "b": 46},
        font={"color": found.text},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={**grid, "domain": [0, 0.48], "title": {"text": "first direction"}},
        yaxis={**grid, "title": {"text": "second direction"}, "scaleanchor": "x"},
        xaxis2={**grid, "domain": [0.56, 1], "title": {"text": "distance in the picture"}},
        yaxis2={**grid, "anchor": "x2", "title": {"text": "true cosine"}},
    )
    return card(figure)


def _mark(symbol: str, colour: str, size: int) -> dict[str, object]:
    return {"symbol": symbol, "color": colour, "size": size, "line": {"color": colour, "width": 2}}
