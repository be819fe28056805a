"""Users and items of a toy world as marks: users are dots, items are diamonds, colour is taste."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mmcl_core.colours import taste_colours

from .cards import mode

SYMBOLS = {"user": "circle", "item": "diamond"}
_SIZES = {"user": 6, "item": 7}


def add_dots(
    figure: go.Figure,
    kind: str,
    places: NDArray[np.floating],
    tastes: NDArray[np.int64],
    n_tastes: int,
    opacity: float,
    axes: Mapping[str, str],
) -> None:
    """Add one trace of users or of items.

    Parameters
    ----------
    figure : plotly Figure
    kind : {"user", "item"}
    places : (P, 2) array
    tastes : (P,) int64
    n_tastes : int
        Of the whole world, so that a taste has one colour everywhere.
    opacity : float
    axes : mapping
        "xaxis" and "yaxis" of the trace.
    """
    hues = taste_colours(n_tastes, mode())
    figure.add_scatter(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        marker={
            "symbol": SYMBOLS[kind],
            "size": _SIZES[kind],
            "color": [hues[taste] for taste in tastes],
            "opacity": opacity,
        },
        customdata=tastes,
        hovertemplate=f"{kind}, taste %{{customdata}}<extra></extra>",
        **axes,
    )
