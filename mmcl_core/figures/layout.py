"""What all figures share: a transparent frame and quiet axes."""

from __future__ import annotations

import math
from typing import Any

from mmcl_core.colours import palette


def base_layout(mode: str, title: str | None, height: int) -> dict[str, Any]:
    """Return the layout that all figures share: transparent, quiet, no animation."""
    colours = palette(mode)
    return {
        "template": "none",
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {
            "family": '"Source Sans", "Segoe UI", system-ui, sans-serif',
            "size": 13,
            "color": colours.text,
        },
        "title": {
            "text": title or "",
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 8},
            "font": {"size": 16},
        },
        "margin": {"l": 62, "r": 14, "t": 44 if title else 12, "b": 46},
        "hovermode": "closest",
        "dragmode": False,
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "yref": "container",  # below the title; the axes make room for as many lines as it has
            "y": 1 - (34 if title else 2) / height,
            "yanchor": "top",
            "font": {"size": 12},
            "bgcolor": "rgba(0,0,0,0)",
        },
    }


def axis(mode: str, title: str, **more: Any) -> dict[str, Any]:
    """Return an axis with a thin grid and a title in plain words."""
    colours = palette(mode)
    return {
        "title": {"text": title, "font": {"size": 13, "color": colours.muted}, "standoff": 8},
        "gridcolor": colours.grid,
        "zerolinecolor": colours.grid,
        "linecolor": colours.grid,
        "tickfont": {"size": 12, "color": colours.muted},
        "fixedrange": True,
        **more,
    }


def upright(mode: str, x: float, label: str) -> dict[str, Any]:
    """Return layout that points at a place of a logarithmic x axis: a thin line and a label."""
    colours = palette(mode)
    line = {"color": colours.text, "width": 1, "dash": "dot"}
    across = {"xref": "x", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1}
    words = {"text": label, "showarrow": False, "font": {"size": 12, "color": colours.text}}
    place = {"xref": "x", "x": math.log10(x), "yref": "paper", "y": 0, "yanchor": "bottom"}
    place |= {"xanchor": "left", "xshift": 3}
    return {"shapes": [{"type": "line", **across, "line": line}], "annotations": [words | place]}
