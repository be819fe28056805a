"""Training the lanes: the same settings are trained once, and kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from mmcl_app.designer import crowd
from mmcl_app.toy.lanes import Move
from mmcl_app.turns import turn
from mmcl_core.training import TrainConfig
from mmcl_core.trajectories import Trajectory, record, train_on
from mmcl_core.worlds import World, WorldConfig, make_world

ON = 100  # steps that follow a move at least

Step = tuple[int, int, tuple[float, ...]] | int  # a move (frame, point, place), or only the frame


def trained(
    world: WorldConfig, configs: Sequence[TrainConfig], moves: Sequence[Move] = ()
) -> list[Trajectory]:
    """Train the lanes, and on from each move by hand; all keep the same steps.

    Parameters
    ----------
    world : WorldConfig
    configs : sequence of TrainConfig
        One a lane, with one seed.
    moves : sequence of Move
        The oldest first.

    Raises
    ------
    mmcl_core.training.TrainingDiverged
    """
    return [
        _run(world, config, taken)
        for config, taken in zip(configs, hands(world, configs, moves), strict=True)
    ]


def hands(
    world: WorldConfig, configs: Sequence[TrainConfig], moves: Sequence[Move]
) -> list[tuple[Step, ...]]:
    """Return what the moves do to each lane, in the order of `train_on`'s calls."""
    done: list[list[Step]] = [[] for _ in configs]
    for move in moves:
        runs = [_run(world, *one) for one in zip(configs, map(tuple, done), strict=True)]
        frame = int(np.searchsorted(runs[0].steps, move.step).clip(0, len(runs[0].steps) - 1))
        longer = runs[0].steps[frame] + ON > runs[0].steps[-1]
        for lane in range(len(configs)):
            if lane == move.lane:
                done[lane].append((frame, move.point, move.position))
            elif longer:
                done[lane].append(frame)
    return [tuple(steps) for steps in done]


@lru_cache(maxsize=18)
def _run(world: WorldConfig, config: TrainConfig, moves: tuple[Step, ...]) -> Trajectory:
    if moves:
        before = _run(world, config, moves[:-1])
        last = moves[-1]
        frame, moved = (last, {}) if isinstance(last, int) else (last[0], {last[1]: last[2]})
        with turn():
            return train_on(before, frame, moved, at_least=ON)
    with turn():
        return record(_world(world, config.seed), config)


@lru_cache(maxsize=8)
def _world(config: WorldConfig, seed: int) -> World:
    return make_world(config, seed)


def frame_of(run: Trajectory, step: int) -> int:
    """Return the frame that shows a step, or the last one before it."""
    return int(np.searchsorted(run.steps, step, side="right").clip(1, len(run.steps)) - 1)


def cosines(run: Trajectory, frame: int) -> dict[str, list[float]]:
    """Say how the cosines of one frame spread, of all pairs and of the likes."""
    users = run.world.data.n_users
    table = run.positions[frame, :users] @ run.positions[frame, users:].T  # (U, I)
    likes = run.world.likes
    return crowd(table, table[likes.users, likes.items])
