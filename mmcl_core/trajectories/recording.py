"""Train a toy world and keep what happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmcl_core import _checks
from mmcl_core.losses import LOSSES
from mmcl_core.models import MF
from mmcl_core.training import StepEvent, TrainConfig, Training
from mmcl_core.trajectories.curves import measure
from mmcl_core.trajectories.frames import curve_steps, frame_steps, most_frames
from mmcl_core.trajectories.trajectory import Ids, Trajectory
from mmcl_core.worlds import W12, World, WorldConfig

_UNIT = 1e-6  # a vector whose length is so close to 1 is a unit vector as it is


def toy_config(
    world: WorldConfig = W12, *, rate: float = 0.3, steps: int = 300, **changes: Any
) -> TrainConfig:
    """Return how toy worlds are trained: plain SGD along the sphere, 64 positives a step.

    Parameters
    ----------
    world : WorldConfig
    rate : float > 0
        Learning rate divided by the number of users.
    steps : int >= 1
    changes
        Other settings of `mmcl_core.training.TrainConfig`: loss, settings, negatives, seed...

    Returns
    -------
    TrainConfig

    Examples
    --------
    >>> toy_config(loss="ccl", settings={"margin": 0.6, "negative_weight": 2.0}).learning_rate
    36.0
    """
    usual = {
        "dim": world.dim,
        "optimizer": "sphere_sgd",
        "learning_rate": rate * world.n_users,
        "batch_size": 64,
        "drop_last": True,
        "max_steps": steps,
        "epochs": steps,
        "watch": "none",
        "keep": "last",
        "k": 10,
        "device": "cpu",
    }
    return TrainConfig(**{**usual, **changes})


def record(
    world: World,
    config: TrainConfig,
    *,
    start: ArrayLike | None = None,
    first_step: int = 0,
    frames: int | Sequence[int] | None = None,
) -> Trajectory:
    """Train a toy world and keep what happens.

    Runs with one seed share their start, batches and negatives, whatever the loss.

    Parameters
    ----------
    world : World
    config : TrainConfig
        See `toy_config`: optimizer "sphere_sgd", whole batches, `max_steps`, on the CPU.
    start : array (U + I, D), optional
        Where to train on from, users first; by default the start that the seed draws. Vectors
        that are not unit vectors are put on the sphere.
    first_step : int
        The step that `start` stands at. The batches and negatives that follow are those of the
        undisturbed run.
    frames : int or sequence of int, optional
        How many frames to keep at most, or the steps to keep. By default as many as fit in
        400 KB as int16: every step early, fewer later.

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        If the settings are not those of a toy, or `start` or `first_step` do not fit.
    mmcl_core.training.TrainingDiverged
        If the loss is not finite any more.

    Examples
    --------
    >>> from mmcl_core.worlds import make_world
    >>> run = record(make_world(seed=0), toy_config(negatives=2, steps=20))
    >>> run.positions.shape, run.negatives.shape, run.curves["bands"].shape
    ((21, 240, 3), (20, 64, 2), (3, 5))
    """
    last = _last_step(world, config)
    _checks.whole("first_step", first_step, 0, "The start of a run is step 0.")
    if first_step >= last:
        raise _checks.refuse(
            f"first_step before the last step, {last}", first_step, "Raise max_steps."
        )
    n_users, n_points = world.data.n_users, world.data.n_users + world.data.n_items
    steps = frame_steps(frames, first_step, last, most_frames(n_points, config.dim))
    marks = curve_steps(first_step, last)
    kept = np.union1d(steps, marks)
    row = {int(step): i for i, step in enumerate(kept)}

    run = Training(config, world.data)
    run.idle = first_step
    if start is not None:
        _place(run, start)
    now = _tables(run)  # the vectors themselves: they change with every step
    store = np.empty((len(kept), n_points, config.dim), np.float32)
    store[0, :n_users], store[0, n_users:] = now
    losses: list[float] = []
    users, positives, negatives = _empty_batches(config, last - first_step)
    for event in run.events(measured=False):
        if not isinstance(event, StepEvent) or event.step <= first_step:
            continue
        t, batch = len(losses), event.batch
        users[t], positives[t] = batch.users.numpy(), batch.positives.numpy()
        negatives[t] = batch.negatives.numpy()
        losses.append(event.loss)
        if (place := row.get(event.step)) is not None:
            store[place, :n_users], store[place, n_users:] = now

    means = np.add.reduceat(losses, marks[:-1] - first_step) / np.diff(marks)
    curves = measure(store[np.isin(kept, marks)], world, config, run.loss)
    return Trajectory(
        world,
        config,
        steps,
        store[np.isin(kept, steps)],
        users,
        positives,
        negatives,
        {"curve_steps": marks, "loss": np.array([losses[0], *means]), **curves},
    )


def _last_step(world: World, config: TrainConfig) -> int:
    """Check that the settings are those of a toy, and return the number of steps."""
    most = np.iinfo(np.int16).max
    for fits, expected, got, remedy in (
        (config.optimizer == "sphere_sgd", 'optimizer "sphere_sgd"', config.optimizer, "toy"),
        (config.model == "mf", 'model "mf"', config.model, "toy"),
        (config.device == "cpu", 'device "cpu"', config.device, "toy"),
        (config.drop_last, "whole batches", "drop_last False", "toy"),
        (
            max(world.data.n_users, world.data.n_items) <= most,
            f"at most {most} users and items",
            f"{world.data.n_users} and {world.data.n_items}",
            "small",
        ),
    ):
        if not fits:
            remedies = {"toy": "Build the settings with toy_config.", "small": "Shrink the world."}
            raise _checks.refuse(f"{expected} for a recorded run", got, remedies[remedy])
    in_epochs = config.epochs * (len(world.data.train) // config.batch_size)
    return in_epochs if config.max_steps is None else min(in_epochs, config.max_steps)


def _empty_batches(config: TrainConfig, steps: int) -> list[Ids]:
    b, n = config.batch_size, config.negatives * LOSSES[config.loss].has_negatives
    return [np.empty((steps, *shape), np.int16) for shape in ((b,), (b,), (b, n))]


def _tables(run: Training) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert isinstance(run.model, MF)
    return run.model.users.weight.detach().numpy(), run.model.items.weight.detach().numpy()


def _place(run: Training, start: ArrayLike) -> None:
    """Put the run's vectors where `start` says, (U + I, D)."""
    users, items = _tables(run)
    places = np.array(start, np.float32)
    expected = (len(users) + len(items), users.shape[1])
    if places.shape != expected:
        raise _checks.refuse(
            f"a start of shape {expected}, users first", places.shape, "Pass one row a point."
        )
    lengths = np.linalg.norm(places, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.min() > 0):
        bad = int(np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[0])
        raise _checks.refuse(
            "finite places away from the centre of the sphere",
            f"{places[bad].tolist()} for point {bad}",
            "Give each point a direction.",
        )
    off = np.abs(lengths - 1) > _UNIT
    places = np.where(off, places / lengths, places)
    users[:], items[:] = places[: len(users)], places[len(users) :]
