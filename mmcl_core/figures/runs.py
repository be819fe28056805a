"""Curves of several training runs in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from mmcl_core import _checks
from mmcl_core import colours as c
from mmcl_core.figures.layout import axis, base_layout

AGAINST = {"epoch": "epoch", "seconds": "seconds of training"}
WORDS = {
    "loss": "mean loss",
    "active_share": "active share of random pairs, %",
    "push_budget": "push budget",
    "closeness": "closeness of positives (alignment; lower is closer)",
    "spread": "spread of items (uniformity; lower is more spread)",
    "recall": "Recall@{}",
    "ndcg": "NDCG@{}",
    "hit_rate": "hit rate@{}",
    "coverage": "coverage@{}",
    "popularity": "mean popularity@{}",
}


@dataclass(frozen=True)
class RunCurve:
    """What one run has measured so far.

    Parameters
    ----------
    name : str
        Short: A, B or C.
    label : str
        What it is, for example "CCL .9, w 150".
    epoch, seconds : sequences (E,)
    values : mapping from measure to sequence (E,)
        "loss", "active_share", "push_budget", "ndcg@20", ...; NaN where not measured.
    """

    name: str
    label: str
    epoch: Sequence[float] = ()
    seconds: Sequence[float] = ()
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)


def measure_title(measure: str) -> str:
    """Return a measure's name in plain words.

    Examples
    --------
    >>> measure_title("ndcg@20"), measure_title("push_budget")
    ('NDCG@20', 'push budget')
    """
    name, _, k = measure.partition("@")
    return WORDS.get(name, measure).format(k)


def training_curves(
    runs: Sequence[RunCurve],
    measure: str,
    against: str = "epoch",
    *,
    end: float | None = None,
    references: Mapping[str, float] | None = None,
    mode: str = "light",
    title: str | None = None,
    height: int = 320,
) -> go.Figure:
    """Draw one measure of several runs against the epoch or the seconds.

    Parameters
    ----------
    runs : sequence of RunCurve
        A run without this measure is left out; position decides colour, dash and shape.
    measure : str
        A key of `RunCurve.values`. Shares are drawn in percent.
    against : {"epoch", "seconds"}
    end : float, optional
        Right end of the axis, so that a growing curve does not move the frame.
    references : mapping from label to value, optional
        Horizontal lines, for example popularity.
    mode : {"light", "dark"}
    title : str, optional
        The measure in plain words by default; "" for none.
    height : int, pixels

    Returns
    -------
    plotly Figure

    Raises
    ------
    ValueError
        If `against` is neither "epoch" nor "seconds".

    Examples
    --------
    >>> run = RunCurve("A", "MMCL", [0, 1], [0.0, 0.4], {"ndcg@20": [0.01, 0.12]})
    >>> training_curves([run], "ndcg@20").layout.title.text
    'NDCG@20'
    """
    _checks.choice("against", against, tuple(AGAINST))
    found = c.palette(mode)
    traces = []
    for i, run in enumerate(runs):
        x, y = _points(run, measure, against)
        if not len(x):
            continue
        colour = found.runs[i % len(found.runs)]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"{run.name}: {run.label}",
                "x": x.round(4).tolist(),
                "y": y.tolist(),
                "line": {"color": colour, "width": 2.4, "dash": c.DASHES[i % len(c.DASHES)]},
                "marker": {"symbol": c.SHAPES[i % len(c.SHAPES)], "size": 6, "color": colour},
                "hovertemplate": f"{against} %{{x:.4~g}}<br>%{{y:.4~g}}<extra>{run.name}</extra>",
            }
        )
    word = measure_title(measure) if title is None else title
    layout = {
        **base_layout(mode, word, height),
        "xaxis": axis(mode, AGAINST[against], rangemode="tozero", nticks=8),
        "yaxis": axis(mode, measure_title(measure), rangemode="tozero", nticks=6),
        "shapes": [],
        "annotations": [],
    }
    if end is not None:
        layout["xaxis"]["range"] = [0, end]
    for text, value in (references or {}).items():
        layout["shapes"].append(reference_line(value, found))
        layout["annotations"].append(reference_label(text, value, found))
    return go.Figure({"data": traces, "layout": layout})


def _points(
    run: RunCurve, measure: str, against: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y = _floats(run.values.get(measure, ()))
    x = _floats(run.epoch if against == "epoch" else run.seconds)
    n = min(len(x), len(y))
    x, y = x[:n], y[:n]
    known = np.isfinite(x) & np.isfinite(y)
    factor = 100.0 if measure.endswith("share") else 1.0
    return x[known], factor * y[known]


def _floats(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def reference_line(value: float, found: c.Palette) -> dict[str, Any]:
    """Return the shape of a thin horizontal line at `value`."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": found.muted, "width": 1.4, "dash": "dash"},
    }


def reference_label(text: str, value: float, found: c.Palette) -> dict[str, Any]:
    """Return the words above a reference line, at its right end."""
    return {
        "text": text,
        "xref": "paper",
        "x": 0.99,
        "xanchor": "right",
        "y": value,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": found.muted},
    }


def describe_runs(runs: Sequence[RunCurve], measure: str, against: str = "epoch") -> str:
    """Say in words what `training_curves` shows of the same arguments.

    Examples
    --------
    >>> run = RunCurve("A", "MMCL", [0, 1], [0.0, 0.4], {"ndcg@20": [0.01, 0.12]})
    >>> describe_runs([run], "ndcg@20")
    'NDCG@20 against epoch. A (MMCL): from 0.01 to 0.12, at epoch 1.'
    """
    words = [f"{measure_title(measure)} against {AGAINST[against]}."]
    for run in runs:
        x, y = _points(run, measure, against)
        if not len(x):
            words.append(f"{run.name} ({run.label}): nothing yet.")
            continue
        words.append(
            f"{run.name} ({run.label}): from {y[0]:.3g} to {y[-1]:.3g}, at {against} {x[-1]:.4g}."
        )
    return " ".join(words)
