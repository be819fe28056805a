"""Several curves over the same axis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mmcl_core.colours import DASHES

from .cards import colours
from .plots import line

Points = NDArray[np.floating]


def lines(
    x: Points, curves: Mapping[str, Points], x_title: str, y_title: str, log: bool = False
) -> go.Figure:
    """Draw several curves over x, each in a colour and a dash of its own.

    Parameters
    ----------
    x : (n,)
    curves : mapping from label to values (n,)
        One to six.
    x_title, y_title : str
    log : bool
        Whether both axes are logarithmic.

    Returns
    -------
    plotly Figure
    """
    (first, y), *others = curves.items()
    figure = line(x, y, x_title, y_title, log)
    figure.data[0].name = first
    for i, (label, values) in enumerate(others, 1):
        drawn = {"color": colours().runs[i], "dash": DASHES[i]}
        figure.add_scatter(x=x, y=values, name=label, line=drawn)
    return figure.update_traces(mode="lines").update_layout(showlegend=True)
