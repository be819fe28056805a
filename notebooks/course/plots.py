"""Figures of the core on a card, and the plain ones that only the course needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mmcl_core import figures

from .cards import card, colours, mode

Points = NDArray[np.floating]


def penalty_figure(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.penalty_figure` on a card."""
    return card(figures.penalty_figure(*given, **{"title": None, "mode": mode(), **named}))


def comparison(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.comparison` on a card."""
    return card(figures.comparison(*given, **{"mode": mode(), **named}))


def training_curves(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.training_curves` on a card."""
    return card(figures.training_curves(*given, **{"title": "", "mode": mode(), **named}))


def histograms(samples: Mapping[str, Points], x_title: str, bins: int = 100) -> go.Figure:
    """Draw the distribution of several samples over [-1, 1], as a share of each in percent.

    Parameters
    ----------
    samples : mapping from label to values (n,)
    x_title : str
    bins : int

    Returns
    -------
    plotly Figure
    """
    found, edges = colours(), np.linspace(-1, 1, bins + 1)
    figure = go.Figure()
    for i, (label, values) in enumerate(samples.items()):
        share = 100 * np.histogram(values, edges)[0] / len(values)
        line = {"shape": "hvh", "color": found.runs[i], "dash": ("solid", "dash", "dot")[i % 3]}
        figure.add_scatter(x=(edges[1:] + edges[:-1]) / 2, y=share, name=label, line=line)
    axis = {"range": [-1, 1], "title": {"text": x_title}}
    return card(_plain(figure).update_layout(xaxis=axis, yaxis_title_text="share, %"))


def line(x: Points, y: Points, x_title: str, y_title: str, log: bool = False) -> go.Figure:
    """Draw y over x, on request with both axes logarithmic."""
    figure = go.Figure().add_scatter(x=x, y=y, line={"color": colours().runs[0]})
    axis = {"type": "log", "dtick": 1} if log else {}
    axes = {"xaxis": {"title": {"text": x_title}}, "yaxis": {"title": {"text": y_title}}}
    return card(_plain(figure).update_layout(axes).update_xaxes(axis).update_yaxes(axis))


def _plain(figure: go.Figure) -> go.Figure:
    """Give a figure the quiet look of the others."""
    found = colours()
    grid = {"gridcolor": found.grid, "zerolinecolor": found.grid, "fixedrange": True}
    return figure.update_layout(
        template="none",
        height=300,
        margin={"l": 60, "r": 14, "t": 30, "b": 46},
        font={"color": found.text},
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
        xaxis=grid,
        yaxis={"rangemode": "tozero", **grid},
    )


def live(figure: go.Figure) -> go.FigureWidget:
    """Return the figure as a widget, which `refresh` can change while it is on the screen."""
    return go.FigureWidget(figure.update_layout(width=780))


def refresh(widget: go.FigureWidget, figure: go.Figure) -> None:
    """Let `widget` show what `figure` shows; both must have the same traces in the same order."""
    with widget.batch_update():
        for old, new in zip(widget.data, figure.data, strict=True):
            old.update(new.to_plotly_json(), overwrite=True)
        widget.layout.shapes = figure.layout.shapes
        for axis in ("yaxis", "yaxis2"):
            if axis in figure.layout:
                widget.layout[axis].range = figure.layout[axis].range
