"""Training curves that grow without flicker: options for `st.echarts_chart`, and what to look at.

A keyed ECharts figure takes new data in place, where a Plotly figure is built anew at every poll
and loses what the reader did to it. Colours, dashes and shapes are those of `mmcl_core.colours`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmcl_app.train.job import LaneView
from mmcl_core.colours import Palette
from mmcl_core.losses import LOSSES
from mmcl_core.training import EpochEvent

SHAPES = ("circle", "rect", "diamond")
DASHES = ("solid", "dashed", "dotted")

Reader = Callable[[EpochEvent], float | None]


@dataclass(frozen=True)
class Measure:
    """A curve to choose: its title, how to read it from an epoch, and what to look at."""

    title: str
    read: Reader
    look: str
    digits: int = 3
    percent: bool = False
    margins_only: bool = False
    from_zero: bool = True
    top: float | None = None  # of the axis until a curve passes it, so that it seldom jumps


def _metric(name: str) -> Reader:
    return lambda event: event.metrics.get(name)


def _shape(name: str, factor: float = 1.0) -> Reader:
    def read(event: EpochEvent) -> float | None:
        value = event.geometry.get(name)
        return None if value is None else factor * value

    return read


MEASURES: dict[str, Measure] = {
    "ndcg": Measure(
        "NDCG@20, validation",
        _metric("ndcg@20"),
        "Are films that people went on to like near the top of their first 20? Higher is better. "
        "Each lane keeps the epoch where this is best.",
        top=0.2,
    ),
    "recall": Measure(
        "Recall@20, validation",
        _metric("recall@20"),
        "Share of the held-out liked films that are among the first 20. Higher is better.",
        top=0.25,
    ),
    "loss": Measure(
        "Training loss",
        lambda event: event.loss,
        "What a lane makes small. Every loss has its own scale: look at the shape, do not compare "
        "heights between lanes.",
    ),
    "active": Measure(
        "Active share",
        _shape("active_share", 100.0),
        "Share of random user and film pairs past the first margin. Only these are pushed; the "
        "rest feel no force.",
        digits=1,
        percent=True,
        margins_only=True,
        top=20.0,
    ),
    "budget": Measure(
        "Push budget",
        _shape("push_budget"),
        "How many pairs are pushed, times how hard. Do the lanes settle at different heights, or "
        "spend about the same budget in different ways?",
        digits=2,
        margins_only=True,
        top=1.2,
    ),
    "closeness": Measure(
        "Closeness of likes",
        _shape("closeness"),
        "Mean squared distance between a user and a liked film (alignment). Lower is closer; 2 is "
        "unrelated.",
        digits=2,
        top=2.5,
    ),
    "spread": Measure(
        "Spread of films",
        _shape("spread"),
        "How evenly the films fill the sphere (uniformity). Lower is more spread; 0 is all in one "
        "spot.",
        digits=2,
        from_zero=False,
    ),
}


def points(lane: LaneView, measure: Measure) -> list[list[float]]:
    """Return [epoch, value] pairs; what was not measured is left out."""
    pairs = [(event.epoch, measure.read(event)) for event in lane.points]
    return [[x, round(y, 6)] for x, y in pairs if y is not None and math.isfinite(y)]


def chart(
    lanes: Sequence[LaneView],
    measure: Measure,
    epochs: int,
    colours: Palette,
    references: Mapping[str, float] = {},
) -> dict[str, Any]:
    """Return the ECharts option of one measure over the epochs, a line a lane."""
    series = [_line(i, lane, measure, epochs, colours) for i, lane in enumerate(lanes)]
    highest = max((y for line in series for _, y in line["data"]), default=0.0)
    if series and references:
        series[0]["markLine"] = _references(references, colours)
    return {
        "animation": False,
        "textStyle": {"color": colours.text},
        "grid": {"left": 8, "right": 62, "top": 38, "bottom": 24, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "itemWidth": 28,
            "itemGap": 16,
            "selectedMode": False,
            "textStyle": {"color": colours.text, "fontSize": 13},
        },
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "valueFormatter": f"%.{measure.digits}f{'%%' if measure.percent else ''}",
        },
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": epochs,
            "minInterval": 1,
            "name": "epoch",
            "nameLocation": "middle",
            "nameGap": 24,
            "nameTextStyle": {"color": colours.muted},
            "axisLabel": {"color": colours.muted},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "scale": not measure.from_zero,
            **({"min": 0} if measure.from_zero else {}),
            **({"max": measure.top} if measure.top and highest <= measure.top else {}),
            "splitNumber": 4,
            "axisLabel": {
                "color": colours.muted,
                **({"formatter": "{value}%"} if measure.percent else {}),
            },
            "splitLine": {"lineStyle": {"color": colours.grid}},
        },
        "series": series,
    }


def _line(
    i: int, lane: LaneView, measure: Measure, epochs: int, colours: Palette
) -> dict[str, Any]:
    colour = colours.runs[i]
    return {
        "name": f"{lane.name}  {LOSSES[lane.config.loss].title}",
        "type": "line",
        "data": points(lane, measure),
        "symbol": SHAPES[i],
        "symbolSize": 7 if epochs <= 12 else 5 if epochs <= 40 else 3,
        "showAllSymbol": True,
        "lineStyle": {"width": 2.2, "type": DASHES[i], "color": colour},
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
        "endLabel": {
            "show": True,
            "formatter": f"{lane.name} {_latest(lane, measure)}",
            "color": colour,
            "fontWeight": "bold",
            "fontSize": 13,
        },
        "labelLayout": {"moveOverlap": "shiftY"},
    }


def _latest(lane: LaneView, measure: Measure) -> str:
    drawn = points(lane, measure)
    return f"{drawn[-1][1]:.{measure.digits}f}{'%' * measure.percent}" if drawn else ""


def _references(references: Mapping[str, float], colours: Palette) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": colours.muted, "width": 1.2, "type": "dashed"},
        "data": [
            {
                "yAxis": value,
                "label": {
                    "formatter": text,
                    "position": "insideMiddleTop",
                    "color": colours.muted,
                },
            }
            for text, value in references.items()
        ],
    }


def look(measure: Measure, lanes: Sequence[LaneView]) -> str:
    """Say what to look at, and why a lane is missing."""
    missing = [
        f"{lane.name} ({LOSSES[lane.config.loss].title})"
        for lane in lanes
        if measure.margins_only and lane.config.make_loss().staircase is None
    ]
    if not missing:
        return measure.look
    return f"{measure.look} Without margins there is none: {', '.join(missing)}."


def words(lanes: Sequence[LaneView], measure: Measure) -> str:
    """Say in words what the chart shows, for those who cannot see it."""
    parts = [
        f"{lane.name}, {LOSSES[lane.config.loss].title}: {_latest(lane, measure) or 'nothing yet'}"
        for lane in lanes
    ]
    return f"{measure.title} over the epochs, latest values. {'; '.join(parts)}."
