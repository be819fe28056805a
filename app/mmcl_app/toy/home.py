"""The toy world's scene to take home."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mmcl_app.home.code import call, mapping, plain
from mmcl_app.home.files import Picture, Scene
from mmcl_app.toy.lanes import Move
from mmcl_app.toy.runs import ON, hands
from mmcl_core.figures.lanes import LaneCurves, describe_lane_curves, lane_curves
from mmcl_core.training import TrainConfig
from mmcl_core.trajectories import TITLES, Trajectory
from mmcl_core.worlds import WorldConfig

_LETTERS = "ABC"
_MEASURES = [*TITLES, "any_active"]


class Taught(NamedTuple):
    """What is trained: a world, a lane's settings each, and the moves by hand."""

    world: WorldConfig
    configs: Sequence[TrainConfig]
    moves: Sequence[Move]


def scene(
    taught: Taught, runs: Sequence[Trajectory], titles: Sequence[str], where: str, mode: str
) -> Scene:
    """Put a scene together.

    Parameters
    ----------
    taught : Taught
    runs : sequence of Trajectory
        What came of it.
    titles : sequence of str
        One a lane.
    where : str
        The scene's address.
    mode : {"light", "dark"}
    """
    curves = [
        LaneCurves(f"{letter}: {title}", run.curves["curve_steps"], run.curves)
        for letter, title, run in zip(_LETTERS, titles, runs, strict=False)
    ]
    named = "; ".join(lane.title for lane in curves)
    return Scene(
        f"Toy world, seed {runs[0].config.seed}: {named}",
        where,
        code(*taught),
        rows(runs, titles),
        [Picture(lane_curves(curves, mode=mode), describe_lane_curves(curves))],
    )


def code(world: WorldConfig, configs: Sequence[TrainConfig], moves: Sequence[Move]) -> str:
    """Write the script that trains these lanes and prints their last numbers."""
    return f"""{training(world, configs, moves)}
for name, run in runs.items():
    last = {{key: run.at(key) for key in {plain(_MEASURES)} if key in run.curves}}
    print(name, {{key: round(value, 4) for key, value in last.items()}})
"""


def training(world: WorldConfig, configs: Sequence[TrainConfig], moves: Sequence[Move]) -> str:
    """Write the part of a script that trains these lanes."""
    lanes = {name: call(config, 1) for name, config in zip(_LETTERS, configs, strict=False)}
    moved = _moved(world, configs, moves)
    names = "record, train_on" if moved else "record"
    return f"""from mmcl_core.training import TrainConfig
from mmcl_core.trajectories import {names}
from mmcl_core.worlds import WorldConfig, make_world

world = make_world({call(world)}, seed={configs[0].seed})

lanes = {mapping(lanes)}

runs = {{name: record(world, config) for name, config in lanes.items()}}
{moved}"""


def _moved(world: WorldConfig, configs: Sequence[TrainConfig], moves: Sequence[Move]) -> str:
    lines = []
    for name, taken in zip(_LETTERS, hands(world, configs, moves), strict=False):
        for step in taken:
            frame, places = (step, {}) if isinstance(step, int) else (step[0], {step[1]: step[2]})
            given = f'runs["{name}"], {frame}, {plain(places)}, at_least={ON}'
            lines.append(f'runs["{name}"] = train_on({given})')
    if not lines:
        return ""
    return "\n".join(["# Points moved by hand, and what followed.", *lines, ""])


def rows(runs: Sequence[Trajectory], titles: Sequence[str]) -> list[dict[str, Any]]:
    """Return the curves: a row for each lane and step."""
    found = []
    for letter, title, run in zip(_LETTERS, titles, runs, strict=False):
        names = [name for name in _MEASURES if name in run.curves]
        for c, step in enumerate(run.curves["curve_steps"].tolist()):
            values = {name: float(run.curves[name][c]) for name in names}
            found.append({"lane": letter, "title": title, "step": step, **values})
    return found
