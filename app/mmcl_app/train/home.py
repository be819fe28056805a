"""What the Train page trained, to take home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmcl_app.home.code import call, mapping, plain
from mmcl_app.home.files import Picture, Scene
from mmcl_app.train.job import LaneView
from mmcl_app.train.lanes import title
from mmcl_app.train.source import Origin
from mmcl_core.figures import RunCurve, describe_runs, training_curves
from mmcl_core.training import TrainConfig

METRICS = ("recall@20", "ndcg@20", "hit_rate@20", "coverage@20", "popularity@20")


def scene(lanes: Sequence[LaneView], where: str, mode: str, origin: Origin | None = None) -> Scene:
    """Put the lanes together, as far as they have come.

    Parameters
    ----------
    lanes : sequence of LaneView
    where : str
        The page's address.
    mode : {"light", "dark"}
    origin : Origin, optional
        Of a reader's own table; none for the films.
    """
    curves = [_curve(lane) for lane in lanes]
    named = "; ".join(f"{lane.name}: {_title(lane)}" for lane in lanes)
    return Scene(
        f"Trained on {origin.file if origin else 'films'}, seed {lanes[0].config.seed}: {named}",
        where,
        code({lane.name: lane.config for lane in lanes}, origin),
        rows(lanes),
        [Picture(training_curves(curves, "ndcg@20", mode=mode), describe_runs(curves, "ndcg@20"))],
    )


def code(configs: Mapping[str, TrainConfig], origin: Origin | None = None) -> str:
    """Write the script that trains these lanes and prints their test metrics."""
    lanes = {name: call(config, 1) for name, config in configs.items()}
    names, reading = _reading(origin)
    return f"""from mmcl_core.data import {names}
from mmcl_core.training import TrainConfig, train

{reading}

lanes = {mapping(lanes)}

for name, config in lanes.items():
    *_, done = train(config, data)
    print(name, {{key: round(value, 4) for key, value in done.test.items()}})
"""


def _reading(origin: Origin | None) -> tuple[str, str]:
    """Return what to import, and the lines that read the data."""
    if origin is None:
        return "load", 'data = load("movielens")'
    place = "# Put your table beside this file, or write its whole path.\n"
    file, columns = plain(origin.file), origin.columns
    if origin.usual:
        return "load", f"{place}data = load({file})"
    given = f"user={columns.user}, item={columns.item}, rating={columns.rating}"
    return "Columns, read_own, read_sheet", (
        f"{place}sheet = read_sheet(open({file}, 'rb').read())\n"
        f"columns = Columns({given})  # counted from 0\n"
        f"data = read_own(sheet, columns, least={plain(origin.least)}).data"
    )


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
