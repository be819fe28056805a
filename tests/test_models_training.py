"""Every model in the one loop: with every loss and optimizer it learns, repeats and resumes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from following import StopAt, plain

from mmcl_core import _files
from mmcl_core.data import Interactions, Positives, load, with_validation
from mmcl_core.losses import LOSSES
from mmcl_core.models import MODELS
from mmcl_core.training import (
    OPTIMIZERS,
    DoneEvent,
    EpochEvent,
    TrainConfig,
    Training,
    train,
)
from mmcl_core.training.checkpoint import FILE, FORMAT
from mmcl_core.training.config import BY_ROW
from mmcl_core.training.row_adam import RowAdam
from mmcl_core.worlds import make_world

K = 10
KINDS: dict[str, dict[str, Any]] = {
    "simplex-mean": {"model": "simplex", "model_settings": {"gamma": 0.5}},
    "simplex-attention": {
        "model": "simplex",
        "model_settings": {"gamma": 0.5, "pooling": "attention"},
    },
    "lightgcn": {"model": "lightgcn", "optimizer": "adam"},
}
PAIRS = [
    (kind, optimizer)
    for kind, settings in KINDS.items()
    for optimizer in OPTIMIZERS
    if optimizer != "sphere_sgd"
    and not (MODELS[settings["model"]].moves_all and optimizer in BY_ROW)
]


@pytest.fixture(scope="module")
def data() -> Interactions:
    return with_validation(make_world(seed=0).data)


def config(kind: str, **changes: Any) -> TrainConfig:
    """Two epochs of four steps, with everything that has a memory or draws at random."""
    settings: dict[str, Any] = {
        "dim": 4,
        "negatives": 5,
        "batch_size": 120,
        "epochs": 2,
        "k": K,
        "device": "cpu",
        "dropout": 0.1,
        "l2": 1e-3,
        "clip_norm": 5.0,
        "learning_rate": 0.05,
    }
    return TrainConfig(**{**settings, **KINDS[kind], **changes})


def test_every_model_but_mf_is_tested() -> None:
    assert {settings["model"] for settings in KINDS.values()} == set(MODELS) - {"mf"}


def twice(settings: TrainConfig, data: Interactions, folder: Path) -> None:
    """Train twice, once stopped in the middle of the second epoch; everything is the same."""
    whole = [plain(event) for event in train(settings, data)]
    *first, stopped = train(settings, data, folder=folder, stop=StopAt(7))
    assert isinstance(stopped, DoneEvent)
    assert stopped.reason == "stopped"
    rest = list(train(settings, data, folder=folder, resume=True))
    assert [plain(event) for event in [*first, *rest]] == whole
    assert len(rest) == 4  # steps 7 and 8, their epoch, and the end


@pytest.mark.parametrize(("kind", "optimizer"), PAIRS)
def test_the_same_seed_and_a_stop_change_nothing(
    kind: str, optimizer: str, data: Interactions, tmp_path: Path
) -> None:
    twice(config(kind, optimizer=optimizer), data, tmp_path)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", ["simplex-attention", "lightgcn"])
def test_whatever_the_loss_the_same_seed_and_a_stop_change_nothing(
    kind: str, loss: str, data: Interactions, tmp_path: Path
) -> None:
    twice(config(kind, loss=loss), data, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_hard_negatives_and_decay(kind: str, data: Interactions, tmp_path: Path) -> None:
    more = {"sampler": "hardest", "pool": 20, "decay": 0.5, "keep": "best", "learning_rate": 0.5}
    twice(config(kind, **more), data, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_is_another_run(kind: str, data: Interactions) -> None:
    first, other = (list(train(config(kind, seed=seed), data))[-1] for seed in (0, 1))
    assert not np.array_equal(first.trained.users, other.trained.users)


def test_another_setting_of_the_model_is_another_run(data: Interactions, tmp_path: Path) -> None:
    settings = config("simplex-mean")
    list(train(settings, data, folder=tmp_path, stop=StopAt(2)))
    changed = settings.with_(model_settings={"gamma": 0.4})
    with pytest.raises(ValueError, match=r"got model_settings .*0\.4.* where it was .*0\.5"):
        Training.resume(changed, data, tmp_path)


def test_a_checkpoint_from_before_a_setting_goes_on(data: Interactions, tmp_path: Path) -> None:
    """What a setting that is newer than the checkpoint did not exist to change, is its default."""
    settings = TrainConfig(dim=4, batch_size=120, epochs=2, device="cpu")
    list(train(settings, data, folder=tmp_path, stop=StopAt(2)))
    meta, arrays = _files.read_archive(tmp_path / FILE, FORMAT)
    del meta["config"]["model_settings"]
    _files.write_archive(tmp_path / FILE, meta, arrays)
    assert Training.resume(settings, data, tmp_path).progress.step == 2


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_to_rank_with_every_loss(kind: str, loss: str) -> None:
    settings = {"mmcl": {"negative_weight": 2.0}}.get(loss, {})
    plainly = {"dropout": 0.0, "l2": 0.0, "clip_norm": 0.0, "watch": "test", "keep": "last"}
    more = {"dim": 8, "batch_size": 100, "epochs": 8, **plainly}
    made = config(kind, loss=loss, settings=settings, **more)
    epochs = [e for e in train(made, make_world(seed=0).data) if isinstance(e, EpochEvent)]
    losses, recalls = [e.loss for e in epochs[1:]], [e.metrics[f"recall@{K}"] for e in epochs]
    assert losses[-1] < losses[0]
    # A graph ranks before it learns: its start is not at chance, .09.
    assert recalls[-1] > max(0.25, recalls[0] + 0.1)


@pytest.fixture(scope="module")
def films() -> Interactions:
    """200 users of the films, neither the most active nor the least."""
    whole = load("movielens")
    some = np.sort(np.argsort(-whole.train.counts, kind="stable")[150:350])

    def part(pairs: Positives) -> Positives:
        kept = np.isin(pairs.users, some)
        users = np.searchsorted(some, pairs.users[kept])
        return Positives.from_pairs(users, pairs.items[kept], len(some), whole.n_items)

    return dataclasses.replace(
        whole,
        train=part(whole.train),
        validation=part(whole.validation),
        test=part(whole.test),
        user_ids=whole.user_ids[some],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_to_rank_films(kind: str, films: Interactions) -> None:
    more = {"dim": 32, "batch_size": 1024, "epochs": 6, "k": 20, "dropout": 0.0}
    made = config(kind, learning_rate=1e-2, watch="validation", **more)
    epochs = [e for e in train(made, films) if isinstance(e, EpochEvent)]
    recalls = [e.metrics["recall@20"] for e in epochs]
    assert max(recalls) > recalls[0] + 0.04
    assert epochs[-1].loss < epochs[1].loss


@pytest.mark.parametrize("replay", [False, True])
def test_row_adam_moves_a_whole_parameter_as_adam_does(replay: bool) -> None:
    """It stands beside a table whose rows are touched now and then."""
    g = torch.Generator().manual_seed(0)
    start = torch.randn(3, 2, generator=g)
    whole, table = (torch.nn.Parameter(start.clone()) for _ in range(2))
    expected = torch.nn.Parameter(start.clone())
    ours = RowAdam([table, whole], lr=0.1, replay=replay)
    theirs = torch.optim.Adam([expected], lr=0.1)
    for step in range(6):
        whole.grad = torch.randn(3, 2, generator=g)
        expected.grad = whole.grad.clone()
        table.grad = torch.sparse_coo_tensor(
            torch.tensor([[step % 2]]),
            torch.ones(1, 2),
            (3, 2),
            is_coalesced=True,
            check_invariants=False,
        )
        ours.step()
        theirs.step()
        assert torch.allclose(whole, expected, rtol=1e-6, atol=1e-7)
    ours.settle()
    assert torch.allclose(whole, expected, rtol=1e-6, atol=1e-7)
    assert torch.equal(table[2], start[2])
    assert not torch.allclose(table[:2], start[:2], atol=0.1)
