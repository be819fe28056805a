"""The loop: its events, what it keeps, when it ends, and what it refuses."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from following import plain

from mmcl_core.data import Interactions, Positives, with_validation
from mmcl_core.losses import LOSSES
from mmcl_core.metrics import evaluate
from mmcl_core.training import (
    OPTIMIZERS,
    DoneEvent,
    EpochEvent,
    Event,
    StepEvent,
    TrainConfig,
    Training,
    TrainingDiverged,
    train,
)
from mmcl_core.training import loop as loop_module
from mmcl_core.worlds import make_world

RATES = {"adam": 0.05, "sparse_adam": 0.05, "lazy_adam": 0.05, "sphere_sgd": 20.0}


@pytest.fixture(scope="module")
def data() -> Interactions:
    """The toy world with a validation split: 480 train, 120 validation, 360 test pairs."""
    return with_validation(make_world().data)


def config(**changes: Any) -> TrainConfig:
    """Four steps an epoch on `data`, two epochs, on the CPU."""
    settings: dict[str, Any] = {
        "dim": 4,
        "negatives": 5,
        "batch_size": 120,
        "epochs": 2,
        "k": 10,
        "device": "cpu",
        "learning_rate": RATES[changes.get("optimizer", "sparse_adam")],
    }
    return TrainConfig(**{**settings, **changes})


def epochs_of(events: Iterable[Event]) -> list[EpochEvent]:
    return [event for event in events if isinstance(event, EpochEvent)]


def steps_of(events: Iterable[Event]) -> list[StepEvent]:
    return [event for event in events if isinstance(event, StepEvent)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_same_seed_gives_the_same_numbers(loss: str, optimizer: str, data: Any) -> None:
    settings = config(loss=loss, optimizer=optimizer, dropout=0.1, l2=1e-3, clip_norm=5.0)
    first, again = ([plain(e) for e in train(settings, data)] for _ in range(2))
    assert first == again
    assert len(first) == 1 + 2 * (4 + 1) + 1
    other = [plain(e) for e in train(settings.with_(seed=1), data)]
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_global_randomness_is_left_alone_and_does_not_matter(data: Interactions) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = [plain(e) for e in train(config(), data)]
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert [plain(e) for e in train(config(), data)] == first


def test_tiny_numbers_are_zero_within_a_step_only(
    data: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alive() -> bool:
        return bool(torch.tensor([1e-40]) * 0.5 > 0) and np.float32(1e-40) * np.float32(0.5) > 0

    within = []
    real = loop_module.optimizers.update
    monkeypatch.setattr(
        loop_module.optimizers, "update", lambda *a: (within.append(alive()), real(*a))
    )
    assert alive()
    assert all(alive() for _ in train(config(), data))
    assert not any(within)
    assert len(within) == 8
    exploding = config(loss="bpr", optimizer="adam", learning_rate=1e30, watch="none", keep="last")
    with pytest.raises(TrainingDiverged):
        list(train(exploding, data))
    assert alive()


def test_runs_that_differ_in_the_loss_share_start_batches_and_negatives(
    data: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[torch.Tensor]] = []
    real = loop_module.draw_batch

    def spy(*arguments: Any) -> Any:
        batch = real(*arguments)
        drawn[-1] += [batch.users, batch.positives, batch.negatives]
        return batch

    monkeypatch.setattr(loop_module, "draw_batch", spy)
    starts = []
    for changes in ({"loss": "mmcl"}, {"loss": "ccl", "dropout": 0.5}, {"loss": "bpr"}):
        run = Training(config(**changes), data)
        starts.append(run.model.users.weight.detach().clone())
        drawn.append([])
        for _ in run.events():
            pass
    assert torch.equal(starts[0], starts[1])
    assert torch.equal(starts[0], starts[2])
    for other in drawn[1:]:
        assert len(other) == len(drawn[0]) == 8 * 3
        assert all(torch.equal(a, b) for a, b in zip(drawn[0], other, strict=True))


def test_events_tell_the_run(data: Interactions) -> None:
    events = list(train(config(), data))
    kinds = [type(event) for event in events]
    assert kinds == [EpochEvent, *([*[StepEvent] * 4, EpochEvent] * 2), DoneEvent]
    assert [e.step for e in steps_of(events)] == list(range(1, 9))
    assert [e.epoch for e in steps_of(events)] == [1] * 4 + [2] * 4
    assert [(e.epoch, e.step) for e in epochs_of(events)] == [(0, 0), (1, 4), (2, 8)]
    assert math.isnan(events[0].loss)
    for number, epoch in enumerate(epochs_of(events)[1:]):
        losses = [e.loss for e in steps_of(events)[4 * number : 4 * number + 4]]
        assert epoch.loss == pytest.approx(np.mean(losses))
        names = [f"{name}@10" for name in ("recall", "ndcg", "hit_rate", "coverage", "popularity")]
        assert list(epoch.metrics) == names
        assert set(epoch.geometry) == {"active_share", "push_budget", "closeness", "spread"}
    assert all(0 <= e.active <= 1 for e in steps_of(events))
    seconds = [e.seconds for e in events if not isinstance(e, StepEvent)]
    assert seconds == sorted(seconds)
    done = events[-1]
    assert (done.reason, done.epoch, done.step) == ("finished", 2, 8)


def test_the_mean_loss_counts_positives_and_not_steps(data: Interactions) -> None:
    events = list(train(config(batch_size=400, epochs=1), data))
    losses = [e.loss for e in steps_of(events)]
    assert len(losses) == 2
    expected = (400 * losses[0] + 80 * losses[1]) / 480
    assert epochs_of(events)[1].loss == pytest.approx(expected)
    assert expected != pytest.approx(np.mean(losses), rel=1e-6)


def test_drop_last_leaves_out_what_fills_no_batch(
    data: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Training(config(batch_size=200, drop_last=True), data)
    orders = []
    for event in run.events():
        if isinstance(event, StepEvent):
            orders.append(tuple(run.order))
    assert len(orders) == 4
    assert len(orders[0]) == 400
    left_out = [set(range(480)) - set(order) for order in (orders[0], orders[2])]
    assert left_out[0] != left_out[1]
    # Where all batches are whole it changes nothing.
    kept = [plain(e) for e in train(config(), data)]
    assert [plain(e) for e in train(config(drop_last=True), data)] == kept


def test_every_positive_is_used_once_an_epoch(data: Interactions) -> None:
    run = Training(config(), data)
    for event in run.events():
        if isinstance(event, StepEvent) and event.step in (1, 5):
            assert sorted(run.order.tolist()) == list(range(480))


@pytest.mark.parametrize("monitor", ["ndcg", "recall"])
def test_keep_best_returns_the_best_epoch(monitor: str, data: Interactions) -> None:
    # A rate that is far too high: the watched metric goes up and down.
    events = list(train(config(epochs=10, learning_rate=0.5, monitor=monitor), data))
    values = [e.metrics[f"{monitor}@10"] for e in epochs_of(events)]
    done = events[-1]
    best = int(np.argmax(values))
    assert done.best_epoch == best < 10, "choose settings under which the last is not the best"
    assert [e.improved for e in epochs_of(events)] == [
        value > max([-1.0, *values[:i]]) for i, value in enumerate(values)
    ]
    vectors = done.trained.users, done.trained.items
    assert evaluate(*vectors, data, 10, "validation") == epochs_of(events)[best].metrics
    assert done.validation == epochs_of(events)[best].metrics
    assert done.test == evaluate(*vectors, data, 10)


def test_lazy_adam_looks_at_rows_that_have_caught_up(data: Interactions) -> None:
    # Without pushes only users and positives are read, and all of these catch up first.
    pull = {"loss": "ccl", "settings": {"negative_weight": 0.0}, "batch_size": 30}
    pull |= {"learning_rate": 0.01, "keep": "last", "epochs": 3}
    *dense, _ = train(config(optimizer="adam", **pull), data)
    *lazy, _ = train(config(optimizer="lazy_adam", **pull), data)
    *sparse, _ = train(config(optimizer="sparse_adam", **pull), data)

    def losses(events: list[Event]) -> list[float]:
        return [event.loss for event in steps_of(events)]

    assert losses(lazy) == pytest.approx(losses(dense), rel=1e-3)
    assert losses(sparse) != pytest.approx(losses(dense), rel=0.1)


@pytest.mark.parametrize("optimizer", ["adam", "sparse_adam", "lazy_adam"])
def test_decay_goes_back_to_the_best_tables(optimizer: str, data: Interactions) -> None:
    settings = config(optimizer=optimizer, epochs=12, learning_rate=0.5, decay=1e-3)
    run = Training(settings, data)
    best: dict[str, torch.Tensor] = {}
    rate, steps, worse = 0.5, 0, 0
    for event in run.events():
        if not isinstance(event, EpochEvent):
            continue
        tables = {name: table.clone() for name, table in run.model.state_dict().items()}
        if event.improved:
            best = tables
        else:
            rate, worse = max(rate * 1e-3, 1e-6), worse + 1
            assert all(torch.equal(best[name], table) for name, table in tables.items())
        group = run.optimizer.param_groups[0]
        assert group["lr"] == pytest.approx(rate, rel=1e-12)
        remembered = [int(state["step"]) for state in run.optimizer.state.values()]
        assert all(step == event.step for step in remembered), "Adam keeps its memory"
        steps = event.step
    assert steps == 48
    assert worse >= 2, "choose settings under which the rate reaches its floor"
    assert rate == 1e-6


def test_without_decay_nothing_goes_back(data: Interactions) -> None:
    run = Training(config(epochs=10, learning_rate=0.5), data)
    seen = [e.improved for e in run.events() if isinstance(e, EpochEvent)]
    assert not all(seen)
    assert run.progress.rate == run.optimizer.param_groups[0]["lr"] == 0.5
    assert not run.best.tables


def test_keep_last_returns_the_last_vectors(data: Interactions) -> None:
    run = Training(config(epochs=8, learning_rate=0.5, keep="last"), data)
    events = list(run.events())
    done = events[-1]
    users, items = run.model.encode()
    assert np.array_equal(done.trained.users, users.detach().numpy())
    assert np.array_equal(done.trained.items, items.detach().numpy())
    last = epochs_of(events)[-1].metrics
    assert evaluate(done.trained.users, done.trained.items, data, 10, "validation") == last
    assert done.best_epoch == 8
    assert done.test == evaluate(done.trained.users, done.trained.items, data, 10)


def test_what_is_watched_is_measured(data: Interactions) -> None:
    for split in ("validation", "test"):
        run = Training(config(watch=split), data)
        for event in run.events():
            if isinstance(event, EpochEvent):
                vectors = (v.detach() for v in run.model.encode())
                assert event.metrics == evaluate(*vectors, data, 10, split)


def test_watching_changes_nothing_but_what_is_told(data: Interactions) -> None:
    runs = [
        list(train(config(watch=watch, keep="last"), data))
        for watch in ("none", "validation", "test")
    ]
    assert all(e.metrics == {} for e in epochs_of(runs[0]))
    assert runs[0][-1].validation == {}
    for run in runs[1:]:
        assert [plain(e) for e in steps_of(run)] == [plain(e) for e in steps_of(runs[0])]
        assert np.array_equal(run[-1].trained.users, runs[0][-1].trained.users)


def test_without_a_test_split_there_are_no_test_metrics(data: Interactions) -> None:
    nothing = Positives.from_pairs([], [], data.n_users, data.n_items)
    bare = dataclasses.replace(data, test=nothing)
    *_, done = train(config(epochs=1), bare)
    assert done.test == {}


@pytest.mark.parametrize("patience", [1, 3])
def test_early_stopping(patience: int, data: Interactions) -> None:
    events = list(train(config(epochs=200, learning_rate=0.5, patience=patience), data))
    values = [e.metrics["ndcg@10"] for e in epochs_of(events)]
    best = int(np.argmax(values))
    done = events[-1]
    assert done.reason == "early"
    assert done.epoch == len(values) - 1 == best + patience < 200
    assert done.best_epoch == best
    # No earlier stretch of `patience` epochs was without a better one.
    records = [i for i, value in enumerate(values) if value > max([-1.0, *values[:i]])]
    assert all(b - a <= patience for a, b in itertools.pairwise(records))


@pytest.mark.parametrize("limit", [1, 4, 6, 8, 100])
def test_max_steps(limit: int, data: Interactions) -> None:
    events = list(train(config(max_steps=limit), data))
    whole = list(train(config(), data))
    done = min(limit, 8)
    assert [plain(e) for e in steps_of(events)] == [plain(e) for e in steps_of(whole)[:done]]
    assert len(epochs_of(events)) == 1 + done // 4
    assert (events[-1].reason, events[-1].step) == ("finished", done)


def test_stop_is_asked_after_every_step(data: Interactions) -> None:
    asked = []
    events = list(train(config(), data, stop=lambda: len(asked) == 2 or asked.append(1)))
    assert [type(e) for e in events] == [EpochEvent, *[StepEvent] * 3, DoneEvent]
    assert events[-1].reason == "stopped"


def test_the_training_that_is_told_is_the_training_that_is_done(data: Interactions) -> None:
    settings = {"negative_weight": 2.0}
    events = list(train(config(epochs=30, settings=settings, keep="last"), data))
    first, last = epochs_of(events)[0], epochs_of(events)[-1]
    assert last.metrics["recall@10"] > first.metrics["recall@10"] + 0.2
    assert last.loss < epochs_of(events)[1].loss
    assert last.geometry["closeness"] < first.geometry["closeness"] - 0.5


def test_planting_knows_the_held_out_likes(data: Interactions) -> None:
    run = Training(config(planted=0.25), data)
    assert len(run.known) == 480 + 120 + 360
    assert Training(config(), data).known is data.train


def test_a_validation_split_that_is_empty_is_refused() -> None:
    message = r"a validation split to watch, got an empty one\. Hold some out with with_validation"
    with pytest.raises(ValueError, match=message):
        Training(config(), make_world().data)
    Training(config(watch="test"), make_world().data)


def test_a_batch_that_is_never_full_is_refused(data: Interactions) -> None:
    message = r"at least one whole batch of 481 positives, got 480 positives in all\. Lower"
    with pytest.raises(ValueError, match=message):
        Training(config(batch_size=481, drop_last=True), data)
    Training(config(batch_size=481), data)


def test_a_sampler_that_cannot_serve_the_data_is_refused(data: Interactions) -> None:
    with pytest.raises(ValueError, match="at most 120 negatives without replacement"):
        Training(config(negatives=121, replacement=False), data)


@pytest.mark.parametrize("device", ["cuda:99", "nonsense", ""])
def test_an_unknown_device_is_refused(device: str, data: Interactions) -> None:
    with pytest.raises(ValueError, match=rf"a device that this machine has, got '{device}'\. Use"):
        Training(config(device=device), data)


def test_resuming_needs_a_folder(data: Interactions) -> None:
    with pytest.raises(ValueError, match=r"a folder to resume from, got none\. Pass folder"):
        next(train(config(), data, resume=True))
    with pytest.raises(ValueError, match=r"a folder for the checkpoint, got none\. Pass folder"):
        Training(config(), data).save()


def test_a_loss_that_explodes_stops_the_run(data: Interactions) -> None:
    settings = config(loss="bpr", optimizer="adam", learning_rate=1e30, watch="none", keep="last")
    events = []
    message = r"Expected a finite loss, got (nan|inf) at step 2 \(epoch 1\)\. Lower the learning"
    with pytest.raises(TrainingDiverged, match=message):
        events.extend(train(settings, data))
    assert [type(event) for event in events] == [EpochEvent, StepEvent]


def test_a_loss_that_becomes_nan_names_the_step_and_keeps_the_checkpoint(
    data: Interactions, tmp_path: Path
) -> None:
    run = Training(config(), data, tmp_path)
    seen = []

    def poisoned() -> None:
        for event in run.events():
            seen.append(plain(event))
            if isinstance(event, StepEvent) and event.step == 5:
                torch.nn.init.constant_(run.model.items.weight, math.nan)

    kept = rf"The checkpoint in .*{tmp_path.name} is kept\. Lower"
    with pytest.raises(TrainingDiverged, match=rf"got nan at step 6 \(epoch 2\)\. {kept}"):
        poisoned()
    whole = [plain(e) for e in train(config(), data)]
    assert seen == whole[:7]
    rest = [plain(e) for e in train(config(), data, folder=tmp_path, resume=True)]
    assert rest == whole[6:], "it goes on from the end of the first epoch"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_draws_the_same_and_learns_the_same(data: Interactions) -> None:
    settings = config(epochs=5, dropout=0.1, keep="last")
    on_cpu, on_gpu = (
        list(train(settings.with_(device=device), data)) for device in ("cpu", "cuda")
    )
    assert [type(e) for e in on_gpu] == [type(e) for e in on_cpu]
    for a, b in zip(steps_of(on_cpu)[:4], steps_of(on_gpu)[:4], strict=True):
        assert b.loss == pytest.approx(a.loss, rel=1e-3)
    ends = [run[-1].test["recall@10"] for run in (on_cpu, on_gpu)]
    assert ends[1] == pytest.approx(ends[0], abs=0.05)
