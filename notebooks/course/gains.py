"""Gains over a control, from the stored table, as a figure on a card."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from mmcl_core import figures
from mmcl_core.data import TITLES
from mmcl_core.figures import Gain, Gains

from .cards import card, mode


def gain_figure(*given: Any, **named: Any) -> go.Figure:
    """Return `mmcl_core.figures.gain_figure` on a card."""
    return card(figures.gain_figure(*given, **{"mode": mode(), **named}))


def gain_sets(rows: pd.DataFrame) -> list[Gains]:
    """Return what `gain_figure` draws: the gains on each data set, seeds as shares of the mean.

    Parameters
    ----------
    rows : DataFrame
        Rows of `mmcl_core.experiments.paper.gains` of one control and one metric.
    """
    return [
        Gains(TITLES.get(str(data), str(data)), [_gain(row) for row in of_data.to_dict("records")])
        for data, of_data in rows.groupby("data", sort=False)
    ]


def _gain(row: dict[Any, Any]) -> Gain:
    seeds = tuple(float(d) / row["mean_theirs"] for d in str(row["of_seeds"]).split())
    return Gain(row["negatives"], row["gain"], row["gain_low"], row["gain_high"], seeds)
