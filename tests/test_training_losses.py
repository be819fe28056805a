"""Every loss of the table in the one loop: it learns, and one without negatives draws none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from mmcl_core.data import Interactions
from mmcl_core.losses import LOSSES
from mmcl_core.training import DoneEvent, EpochEvent, StepEvent, TrainConfig, train
from mmcl_core.trajectories import record, toy_config
from mmcl_core.worlds import W12, make_world

K = 10
SETTINGS: dict[str, dict[str, Any]] = {"mmcl": {"negative_weight": 2.0}, "mse": {}}


@pytest.fixture(scope="module")
def data() -> Interactions:
    return make_world(seed=0).data


def config(**changes: Any) -> TrainConfig:
    base: dict[str, Any] = {
        "dim": 8,
        "negatives": 5,
        "batch_size": 100,
        "epochs": 12,
        "learning_rate": 0.05,
        "watch": "test",
        "keep": "last",
        "k": K,
        "device": "cpu",
    }
    return TrainConfig(**{**base, **changes})


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_learns_to_rank(name: str, data: Interactions) -> None:
    events = list(train(config(loss=name, settings=SETTINGS.get(name, {})), data))
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    losses, recalls = [e.loss for e in epochs[1:]], [e.metrics[f"recall@{K}"] for e in epochs]
    assert losses[-1] < losses[0]
    assert recalls[-1] > max(2 * recalls[0], 0.3), "chance is .09"


def test_a_loss_without_negatives_is_the_same_whatever_their_number(data: Interactions) -> None:
    ends, hardest = [], {"sampler": "hardest", "pool": 40, "negatives": 9}
    for changes in ({"negatives": 1}, {"negatives": 7, "sampler": "shared"}, hardest):
        events = list(train(config(loss="directau", epochs=2, **changes), data))
        steps = [event for event in events if isinstance(event, StepEvent)]
        assert {step.batch.negatives.shape for step in steps} == {(100, 0)}
        assert {step.active for step in steps} == {0.0}
        assert isinstance(events[-1], DoneEvent)
        ends.append(events[-1].trained)
    for other in ends[1:]:
        assert np.array_equal(other.users, ends[0].users)
        assert np.array_equal(other.items, ends[0].items)


def test_a_toy_run_without_negatives_is_recorded_without_them() -> None:
    settings = toy_config(loss="directau", settings={}, negatives=3, steps=30, rate=0.03)
    run = record(make_world(W12, 0), settings)
    assert run.negatives.shape == (30, 64, 0)
    spread, close = run.curves["spread"], run.curves["closeness"]
    assert torch.isfinite(torch.from_numpy(run.positions)).all()
    assert close[-1] < close[0]
    assert spread[-1] < -1


def test_bsl_sees_whose_positives_they_are(data: Interactions) -> None:
    """With every user once in a batch, power 1 gives the gradients of SSM; else it does not."""
    ends = {}
    for batch_size in (1, 400):
        for name, settings in (("ssm", {}), ("bsl", {"power": 1.0})):
            changes = {"loss": name, "settings": settings, "batch_size": batch_size}
            *_, done = train(config(**changes, max_steps=5, dim=3), data)
            assert isinstance(done, DoneEvent)
            ends[name, batch_size] = done.trained.users
    alone = np.abs(ends["ssm", 1] - ends["bsl", 1]).max()
    together = np.abs(ends["ssm", 400] - ends["bsl", 400]).max()
    assert alone < 1e-4 < 1e-2 < together
