"""Colours, a card behind every figure, and what a notebook needs once at its top."""

from __future__ import annotations

import plotly.graph_objects as go
import plotly.io as pio
import torch

from mmcl_core.colours import Palette
from mmcl_core.figures import palette

CARDS = {"light": "#ffffff", "dark": "#16181d"}

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


def mode() -> str:
    """Return the colours chosen in `setup`."""
    return _mode


def colours() -> Palette:
    """Return the palette of the chosen colours."""
    return palette(_mode)


def card(figure: go.Figure) -> go.Figure:
    """Return the figure on a card of its own colour, readable in every theme of JupyterLab."""
    return figure.update_layout(paper_bgcolor=CARDS[_mode], plot_bgcolor=CARDS[_mode])
