"""What the Train page trained, to take home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmcl_app.home.code import call, mapping
from mmcl_app.home.files import Scene
from mmcl_app.train.lanes import title
from mmcl_app.train.runner import LaneView
from mmcl_core.figures import RunCurve, describe_runs, training_curves
from mmcl_core.training import TrainConfig

METRICS = ("recall@20", "ndcg@20", "hit_rate@20", "coverage@20", "popularity@20")


def scene(lanes: Sequence[LaneView], where: str, mode: str) -> Scene:
    """Put the lanes together, as far as they have come; `where` is the page's address."""
    curves = [_curve(lane) for lane in lanes]
    named = "; ".join(f"{lane.name}: {_title(lane)}" for lane in lanes)
    return Scene(
        f"Trained on films, seed {lanes[0].config.seed}: {named}",
        where,
        code({lane.name: lane.config for lane in lanes}),
        rows(lanes),
        training_curves(curves, "ndcg@20", mode=mode, title=None),
        describe_runs(curves, "ndcg@20"),
    )


def code(configs: Mapping[str, TrainConfig]) -> str:
    """Write the script that trains these lanes and prints their test metrics."""
    lanes = {name: call(config, 1) for name, config in configs.items()}
    return f"""from mmcl_core.data import load
from mmcl_core.training import TrainConfig, train

data = load("movielens")

lanes = {mapping(lanes)}

for name, config in lanes.items():
    *_, done = train(config, data)
    print(name, {{key: round(value, 4) for key, value in done.test.items()}})
"""


def rows(lanes: Sequence[LaneView]) -> list[dict[str, Any]]:
    """Return a row for each epoch on validation, and one for the test of each lane that is over."""
    found: list[dict[str, Any]] = []
    for lane in lanes:
        who = {"lane": lane.name, "title": _title(lane)}
        for point in lane.points:
            seen = {"split": "validation", "epoch": point.epoch, "loss": point.loss}
            found.append({**who, **seen, **point.metrics, **point.geometry})
        if lane.done is not None:
            best = {"split": "test", "epoch": lane.done.best_epoch}
            found.append({**who, **best, **lane.done.test})
    return found


def _title(lane: LaneView) -> str:
    return title((lane.config.loss, lane.config.settings))


def _curve(lane: LaneView) -> RunCurve:
    epochs = [point.epoch for point in lane.points]
    values = {"ndcg@20": [point.metrics["ndcg@20"] for point in lane.points]}
    return RunCurve(lane.name, _title(lane), epochs, [p.seconds for p in lane.points], values)
