"""Suggested settings: what they are made of, and that they repeat."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmcl_core.data import Interactions, from_pairs
from mmcl_core.geometry import push_budget, sample_cosines
from mmcl_core.suggest import (
    BAND_WEIGHTS,
    BUDGETS,
    SHARES,
    batch_size_for,
    probe_config,
    suggest_from,
    suggest_margins,
)
from mmcl_core.training import TrainConfig
from mmcl_core.worlds import WorldConfig, make_world


@pytest.fixture(scope="module")
def world() -> Interactions:
    return make_world(WorldConfig(6, 40, 20), seed=3).data


def vectors(data: Interactions, spread: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return vectors around one direction; the smaller the spread, the closer they are."""
    generator = torch.Generator().manual_seed(1)
    users, items = (
        torch.randn(n, 8, generator=generator) * spread + torch.eye(8)[0]
        for n in (data.n_users, data.n_items)
    )
    return users, items


@pytest.mark.parametrize("spread", [0.3, 1.0, 30.0])
def test_margins_leave_the_promised_shares_and_the_weight_spends_the_budget(
    world: Interactions, spread: float
) -> None:
    users, items = vectors(world, spread)
    config = probe_config(TrainConfig(seed=4), world)
    found = suggest_from(users, items, world, config)
    _, pairs = sample_cosines(users, items, world, 50_000, torch.Generator().manual_seed(4))
    for margin, wanted, told in zip(found.margins, SHARES, found.shares, strict=True):
        share = float((pairs > margin).double().mean())
        assert share == pytest.approx(wanted, rel=0.35)
        assert told == pytest.approx(share, abs=1e-9)
    spent = push_budget(pairs, found.margins, found.weights, found.negative_weight)
    assert spent == pytest.approx(found.budget, rel=0.06)
    assert BUDGETS[0] <= found.budget <= BUDGETS[1]
    assert list(found.margins) == sorted(found.margins)


def test_the_reason_names_its_numbers(world: Interactions) -> None:
    found = suggest_from(*vectors(world, 1.0), world, probe_config(TrainConfig(), world))
    for number in (*found.margins, found.negative_weight, f"{found.budget:.2f}"):
        assert (
            f"{number:g}" in found.reason if isinstance(number, float) else number in found.reason
        )


def test_a_suggestion_can_be_trained_with_and_repeats(world: Interactions) -> None:
    config = TrainConfig(negatives=4, batch_size=256, seed=2)
    found = suggest_margins(world, config)
    assert found == suggest_margins(world, config)
    assert found != suggest_margins(world, config.with_(seed=3))
    trained = TrainConfig(loss="mmcl", settings=found.settings)
    assert trained.settings["weights"] == BAND_WEIGHTS


def test_vectors_all_in_one_place_still_give_settings(world: Interactions) -> None:
    users, items = torch.ones(world.n_users, 8), torch.ones(world.n_items, 8)
    found = suggest_from(users, items, world, probe_config(TrainConfig(), world))
    assert all(-1 <= margin <= 1 for margin in found.margins)
    assert 0 < found.negative_weight <= 1000


def test_a_probe_takes_enough_steps_and_not_too_many() -> None:
    small = from_pairs(np.repeat(np.arange(20), 6), np.arange(120) % 9, name="small", seed=0)
    config = TrainConfig(batch_size=batch_size_for(small), epochs=2)
    probe = probe_config(config, small)
    assert probe.epochs * -(-len(small.train) // config.batch_size) >= 300
    assert probe.max_steps is not None
    assert probe.max_steps <= 1500
    assert (probe.loss, probe.watch, probe.keep) == ("mmcl", "none", "last")


def test_a_probe_without_margins_is_refused(world: Interactions) -> None:
    with pytest.raises(ValueError, match="a probe with margins, got 'bpr'"):
        suggest_from(*vectors(world, 1.0), world, TrainConfig(loss="bpr"))
