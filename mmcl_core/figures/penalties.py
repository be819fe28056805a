"""The penalty and its slope, over the cosines that they act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mmcl_core import _checks
from mmcl_core import colours as c
from mmcl_core.figures import penalty_traces as parts
from mmcl_core.figures.layout import axis, base_layout
from mmcl_core.figures.penalty_traces import Array, Rival
from mmcl_core.figures.steps import merged_steps, shares_of

_ROWS = {"y": (0.72, 1.0), "y2": (0.39, 0.66), "y3": (0.0, 0.32)}


def penalty_figure(
    margins: Sequence[float],
    weights: Sequence[float],
    negative_weight: float,
    cosines: Array,
    positives: Array | None = None,
    rivals: Sequence[Rival] = (),
    *,
    leverage: bool = True,
    log_share: bool = False,
    mode: str = "light",
    title: str | None = "Who is pushed, and how hard?",
    height: int = 620,
) -> go.Figure:
    """Draw penalty, slope and slope x leverage above the histogram of cosines, coloured by band.

    Parameters
    ----------
    margins, weights : sequences of K floats
        In any order, repeats allowed; a margin with band weight 0 is left out.
    negative_weight : float >= 0
    cosines : array (n,)
        Cosines of random user-item pairs; an empty array leaves the histogram empty.
    positives : array (m,), optional
        Cosines of positive pairs, drawn as an outline.
    rivals : sequence of Rival
        Other losses, drawn as thin lines in the two upper rows.
    leverage : bool
        Whether to draw slope x leverage, the force along the sphere.
    log_share : bool
        Whether shares are on a logarithmic axis, which shows the few pairs of the high bands.
    mode : {"light", "dark"}
    title : str, optional
    height : int, pixels

    Returns
    -------
    plotly Figure

    Raises
    ------
    ValueError
        If margins, band weights or the negative weight are not as described.

    Examples
    --------
    >>> figure = penalty_figure([0.2, 0.8], [0.3, 0.7], 60.0, np.array([0.1, 0.5, 0.9]))
    >>> [axis.title.text for axis in (figure.layout.yaxis, figure.layout.yaxis2)]
    ['penalty', 'slope: the push']
    """
    _checks.number("negative weight", negative_weight, 0, np.inf, "Use 0 for no push at all.")
    steps = merged_steps(margins, weights)
    found = c.palette(mode)
    tints, shapes = c.band_colours(len(steps), mode), c.band_symbols(len(steps))
    traces = parts.staircase(steps, negative_weight, tints, shapes)
    if leverage and steps:
        traces.append(parts.force(steps, negative_weight, found))
    traces += parts.rivals(rivals, found, mode)
    traces.append(parts.histogram(np.asarray(cosines), [m for m, _ in steps], tints))
    if positives is not None and len(positives):
        traces.append(parts.outline(np.asarray(positives), found))
    layout = _layout(steps, negative_weight, rivals, log_share, mode, title, height)
    return go.Figure({"data": traces, "layout": layout})


def _layout(
    steps: list[tuple[float, float]],
    negative_weight: float,
    rivals: Sequence[Rival],
    log_share: bool,
    mode: str,
    title: str | None,
    height: int,
) -> dict[str, Any]:
    found = c.palette(mode)
    top = max(1e-9, negative_weight * sum(w * (1 - m) for m, w in steps))
    steepest = max(1e-9, negative_weight * sum(w for _, w in steps))
    shared = {"anchor": "x", "rangemode": "tozero", "nticks": 5}
    share = (
        {"type": "log", "dtick": 1, "range": [-2.0, 2.0], "tickformat": "~g"}
        if log_share
        else {"nticks": 5, "rangemode": "tozero"}
    )
    return {
        **base_layout(mode, title, height),
        "bargap": 0,
        "xaxis": axis(
            mode, "cosine of user and item", range=[-1, 1], anchor="y3", dtick=0.2, tickangle=0
        ),
        "yaxis": axis(
            mode, "penalty", domain=_ROWS["y"], **shared, **_range(top, rivals, "penalty")
        ),
        "yaxis2": axis(
            mode,
            "slope: the push",
            domain=_ROWS["y2"],
            **shared,
            **_range(steepest, rivals, "slope"),
        ),
        "yaxis3": axis(
            mode,
            "share of pairs, %",
            domain=_ROWS["y3"],
            anchor="x",
            **share,
        ),
        "shapes": [
            {
                "type": "line",
                "x0": m,
                "x1": m,
                "xref": "x",
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": found.muted, "width": 1, "dash": "dot"},
                "opacity": 0.55,
                "layer": "below",
            }
            for m, _ in steps
        ],
    }


def _range(own: float, rivals: Sequence[Rival], row: str) -> dict[str, Any]:
    """Give room for the staircase: a much higher rival leaves the frame, not flattens it."""
    highest = max([own, *(float(np.max(getattr(r, row), initial=0)) for r in rivals)])
    return {"range": [0, 1.08 * min(highest, 3 * own if own > 1e-6 else highest)]}


def describe_penalty(
    margins: Sequence[float],
    weights: Sequence[float],
    negative_weight: float,
    cosines: Array,
    rivals: Sequence[Rival] = (),
) -> str:
    """Say in words what `penalty_figure` shows of the same arguments.

    Examples
    --------
    >>> print(describe_penalty([0.2, 0.8], [0.5, 0.5], 4.0, np.array([0.1, 0.5, 0.9, 0.0])))
    Penalty and slope against the cosine, above a histogram of 4 cosines. Below 0.20 a pair is \
dead: 50.0% of the pairs. Band 1, above 0.20: slope 2, 25.0% of the pairs. Band 2, above 0.80: \
slope 4, 25.0% of the pairs.
    """
    steps = merged_steps(margins, weights)
    shares = shares_of(np.asarray(cosines), [m for m, _ in steps])
    words = [f"Penalty and slope against the cosine, above a histogram of {len(cosines)} cosines."]
    if not steps:
        words.append("Every band weight is 0, so every pair is dead.")
    else:
        words.append(f"Below {steps[0][0]:.2f} a pair is dead: {shares[0]:.1%} of the pairs.")
    push = 0.0
    for band, (margin, weight) in enumerate(steps, 1):
        push += negative_weight * weight
        words.append(
            f"Band {band}, above {margin:.2f}: slope {push:.4g}, {shares[band]:.1%} of the pairs."
        )
    if rivals:
        words.append(f"Overlaid: {', '.join(r.label for r in rivals)}.")
    return " ".join(words)
