"""What the notebooks share: figures on a card, checks of answers, globes, histograms."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import torch
from numpy.typing import NDArray

from mmcl_core import figures
from mmcl_core.figures import palette

CARDS = {"light": "#ffffff", "dark": "#16181d"}
Points = NDArray[np.floating]

_mode = "light"


def setup(mode: str = "light") -> None:
    """Prepare a notebook: figures without any network, one thread for small tensors.

    Parameters
    ----------
    mode : {"light", "dark"}
        Colours of the figures.
    """
    global _mode
    palette(mode)
    _mode = mode
    pio.renderers.default = "plotly_mimetype"  # drawn by JupyterLab itself, also offline
    pio.renderers["plotly_mimetype"].config = {"displayModeBar": False}
    torch.set_num_threads(1)


def show(figure: go.Figure) -> go.Figure:
    """Return the figure on a card of its own colour, readable in every theme of JupyterLab."""
    return figure.update_layout(paper_bgcolor=CARDS[_mode], plot_bgcolor=CARDS[_mode])


def penalty_figure(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.penalty_figure` on a card."""
    return show(figures.penalty_figure(*given, **{"title": None, "mode": _mode, **named}))


def comparison(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.comparison` on a card."""
    return show(figures.comparison(*given, **{"mode": _mode, **named}))


def training_curves(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.training_curves` on a card."""
    return show(figures.training_curves(*given, **{"title": "", "mode": _mode, **named}))


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
    found, edges = palette(_mode), np.linspace(-1, 1, bins + 1)
    figure = go.Figure()
    for i, (label, values) in enumerate(samples.items()):
        share = 100 * np.histogram(values, edges)[0] / len(values)
        line = {"shape": "hvh", "color": found.runs[i], "dash": ("solid", "dash", "dot")[i % 3]}
        figure.add_scatter(x=(edges[1:] + edges[:-1]) / 2, y=share, name=label, line=line)
    axis = {"range": [-1, 1], "title": {"text": x_title}}
    return show(_plain(figure).update_layout(xaxis=axis, yaxis_title_text="share, %"))


def line(x: Points, y: Points, x_title: str, y_title: str, log: bool = False) -> go.Figure:
    """Draw y over x, on request with both axes logarithmic."""
    figure = go.Figure().add_scatter(x=x, y=y, line={"color": palette(_mode).runs[0]})
    axis = {"type": "log", "dtick": 1} if log else {}
    axes = {"xaxis": {"title": {"text": x_title}}, "yaxis": {"title": {"text": y_title}}}
    return show(_plain(figure).update_layout(axes).update_xaxes(axis).update_yaxes(axis))


def _plain(figure: go.Figure) -> go.Figure:
    """Give a figure the quiet look of the others."""
    found = palette(_mode)
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


def attempted(answer: object) -> bool:
    """Tell whether something stands in place of the `...`; if not, say what to do."""
    if answer is ...:
        print("Not attempted yet. Put your line in place of ... and run the cell again.")
    return answer is not ...


def check(answer: object, expected: object, hint: str) -> None:
    """Tell whether an exercise is not attempted yet or right; if it is wrong, raise with a hint.

    Parameters
    ----------
    answer, expected : numbers or tensors
    hint : str
        Said when the answer is wrong; it should teach.
    """
    if not attempted(answer):
        return
    got, want = (torch.as_tensor(x, dtype=torch.float64) for x in (answer, expected))
    if got.shape != want.shape or not torch.allclose(got, want, rtol=1e-4, atol=1e-6):
        raise AssertionError(f"Not yet. {hint}")
    print("Right.")


def reveal(what: str, measured: float, guess: float | None = None) -> None:
    """Print a measured number beside the guess made before."""
    yours = "you made no guess" if guess is None else f"you guessed {guess:g}"
    print(f"{what}: {measured:.3g} ({yours})")


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
    found, n = palette(_mode), len(worlds)
    figure = go.Figure()
    turn = np.linspace(0, 2 * np.pi, 121)
    for i, (users, items) in enumerate(worlds.values()):
        axes = {"xaxis": f"x{i + 1}", "yaxis": f"y{i + 1}"}
        rim = {"x": np.cos(turn), "y": np.sin(turn), "mode": "lines", "hoverinfo": "skip"}
        figure.add_scatter(**rim, **axes, line={"color": found.muted, "width": 1})
        view = _view(users, items)
        for name, points, taste, symbol in (
            ("user", users, user_taste, "circle"),
            ("item", items, item_taste, "diamond"),
        ):
            seen = points @ view.T  # (n, 3): right, up, towards you
            for far in (True, False):
                half = (seen[:, 2] < 0) == far
                figure.add_scatter(
                    x=seen[half, 0],
                    y=seen[half, 1],
                    mode="markers",
                    marker={
                        "symbol": symbol,
                        "size": 6 if symbol == "circle" else 7,
                        "color": [_hue(t, int(item_taste.max()) + 1) for t in taste[half]],
                        "opacity": 0.25 if far else 0.9,
                    },
                    customdata=taste[half],
                    hovertemplate=f"{name}, taste %{{customdata}}<extra></extra>",
                    **axes,
                )
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
    return show(figure)


def _view(users: Points, items: Points) -> Points:
    """Return right, up and towards-you as rows, (3, 3), orthonormal."""
    towards = users.mean(0) + items.mean(0)
    right = items.mean(0) - users.mean(0)
    basis, _ = np.linalg.qr(np.stack([towards, right, [0.3, 0.5, 0.8]], 1))
    towards = basis[:, 0] * np.sign(basis[:, 0] @ towards)
    right = basis[:, 1] * np.sign(basis[:, 1] @ right)
    return np.stack([right, np.cross(towards, right), towards])


def _hue(taste: int, n: int) -> str:
    """Return the colour of a taste: hues around the circle, light and dark in turn."""
    lightness = (0.38, 0.55)[taste % 2] if _mode == "light" else (0.55, 0.75)[taste % 2]
    red, green, blue = colorsys.hls_to_rgb(taste / n, lightness, 0.7)
    return f"rgb({255 * red:.0f},{255 * green:.0f},{255 * blue:.0f})"
