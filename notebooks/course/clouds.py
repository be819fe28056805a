"""Many estimates of one push, on a card."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from mmcl_core import figures

from .cards import card, mode


def push_clouds(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.push_clouds` on a card."""
    return card(figures.push_clouds(*given, **{"mode": mode(), **named}))
