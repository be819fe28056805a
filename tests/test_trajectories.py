"""Recorded runs: what is kept, that it repeats, that it goes on from a moved point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from mmcl_core import geometry
from mmcl_core.metrics import evaluate
from mmcl_core.training import DoneEvent, train
from mmcl_core.trajectories import Trajectory, record, toy_config, train_on
from mmcl_core.trajectories.curves import Recall
from mmcl_core.trajectories.frames import FRAME_BYTES, curve_steps, frame_steps, thinned
from mmcl_core.worlds import W12, World, WorldConfig, make_world

SMALL = WorldConfig(tastes=4, users_per_taste=8, items_per_taste=8)
MANY = {
    "margins": (0.2, 0.4, 0.6, 0.8),
    "weights": (0.05, 0.15, 0.2, 0.6),
    "negative_weight": 2.0,
}


def config_of(**changes: Any) -> Any:
    return toy_config(SMALL, **{"settings": MANY, "negatives": 3, "steps": 40, "seed": 1} | changes)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(SMALL, seed=1)


@pytest.fixture(scope="module")
def whole(world: World) -> Trajectory:
    return record(world, config_of())


def same(a: Trajectory, b: Trajectory) -> bool:
    arrays = [
        (a.steps, b.steps),
        (a.positions, b.positions),
        (a.users, b.users),
        (a.positives, b.positives),
        (a.negatives, b.negatives),
        *((a.curves[name], b.curves[name]) for name in a.curves),
    ]
    return all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in arrays)


def test_shapes_types_and_units(whole: Trajectory) -> None:
    assert whole.steps.tolist() == list(range(41))
    assert whole.positions.shape == (41, 64, 3)
    assert whole.positions.dtype == np.float32
    assert np.allclose(np.linalg.norm(whole.positions, axis=-1), 1, atol=1e-6)
    assert whole.users.shape == whole.positives.shape == (40, 64)
    assert whole.negatives.shape == (40, 64, 3)
    assert {a.dtype for a in (whole.users, whole.positives, whole.negatives)} == {np.dtype("<i2")}
    assert whole.curves["curve_steps"].tolist() == [0, 10, 20, 30, 40]
    assert whole.curves["bands"].shape == (5, 5)
    assert all(len(curve) == 5 for curve in whole.curves.values())


def test_it_is_the_run_that_training_makes(world: World, whole: Trajectory) -> None:
    (done,) = (e for e in train(config_of(), world.data) if isinstance(e, DoneEvent))
    assert np.allclose(whole.positions[-1, :32], done.trained.users, atol=1e-6)
    assert np.allclose(whole.positions[-1, 32:], done.trained.items, atol=1e-6)
    assert whole.at("recall@10") == pytest.approx(done.test["recall@10"], abs=0.01)


def test_each_step_is_kept_with_its_own_batch(world: World, whole: Trajectory) -> None:
    pairs = world.data.train
    assert pairs.contains(whole.users.astype(np.int64), whole.positives.astype(np.int64)).all()
    per_epoch = len(pairs) // 64
    first = set(zip(whole.users[:per_epoch].flat, whole.positives[:per_epoch].flat, strict=True))
    assert len(first) == 64 * per_epoch, "an epoch sees no positive twice"
    # A step moves the users of its batch, and nobody else.
    for step in (1, 17, 40):
        far = np.abs(whole.positions[step] - whole.positions[step - 1]).max(1)[:32] > 1e-5
        moved, batch = far.nonzero()[0], np.unique(whole.users[step - 1])
        assert len(moved) > 10
        assert set(moved) <= set(batch.tolist())


def test_what_was_drawn_for_a_user(whole: Trajectory) -> None:
    drawn = whole.of_user(5)
    assert len(drawn.steps) == (whole.users == 5).sum()
    assert drawn.negatives.shape == (len(drawn.steps), 3)
    row = int(drawn.steps[0]) - 1
    place = whole.users[row].tolist().index(5)
    assert drawn.positives[0] == whole.positives[row, place]
    assert drawn.negatives[0].tolist() == whole.negatives[row, place].tolist()
    assert len(whole.of_user(99).steps) == 0


def test_the_same_seed_gives_the_same_bytes(world: World, whole: Trajectory) -> None:
    assert same(record(world, config_of()), whole)
    assert not same(record(world, config_of(seed=2)), whole)


def test_losses_share_start_batches_and_negatives(world: World, whole: Trajectory) -> None:
    one = record(world, config_of(loss="ccl", settings={"margin": 0.9, "negative_weight": 2.0}))
    assert (one.positions[0] == whole.positions[0]).all()
    assert (one.positions[-1] != whole.positions[-1]).any()
    assert (one.users == whole.users).all()
    assert (one.positives == whole.positives).all()
    assert (one.negatives == whole.negatives).all()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"planted": 0.3},
        {"sampler": "hardest", "pool": 9},
        {"sampler": "popularity", "reject_positives": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("step", [1, 13, 39])
def test_going_on_from_an_undisturbed_frame_changes_nothing(
    world: World, changes: dict[str, Any], step: int
) -> None:
    config = config_of(**changes)
    undisturbed = record(world, config)
    rest = record(world, config, start=undisturbed.positions[step], first_step=step)
    assert rest.steps.tolist() == list(range(step, 41))
    assert rest.positions.tobytes() == undisturbed.positions[step:].tobytes()
    assert (rest.users == undisturbed.users[step:]).all()
    assert (rest.negatives == undisturbed.negatives[step:]).all()
    assert rest.at("recall@10") == undisturbed.at("recall@10")
    assert same(train_on(undisturbed, step, {}, at_least=1), undisturbed) is (step % 10 == 0)


def test_a_start_is_put_on_the_sphere(world: World, whole: Trajectory) -> None:
    begun = record(world, config_of(), start=2 * whole.positions[0].astype(np.float64))
    assert np.allclose(begun.positions[0], whole.positions[0], atol=1e-6)


def test_a_moved_point_changes_what_follows_and_only_that(whole: Trajectory) -> None:
    away = -whole.positions[20, 3]
    new = train_on(whole, 20, {3: away}, at_least=5)
    assert new.steps.tolist() == whole.steps.tolist()
    assert (new.positions[:20] == whole.positions[:20]).all()
    assert (new.positions[20, 3] == away).all()
    others = np.arange(64) != 3
    assert (new.positions[20, others] == whole.positions[20, others]).all()
    assert (new.positions[-1] != whole.positions[-1]).any()
    assert (new.users == whole.users).all()
    assert (new.negatives == whole.negatives).all()
    assert new.curves["curve_steps"].tolist() == [0, 10, 20, 30, 40]
    assert new.at("closeness", 10) == whole.at("closeness", 10)
    assert new.at("closeness", 20) != whole.at("closeness", 20)


def test_at_the_end_there_is_still_something_to_see(whole: Trajectory) -> None:
    new = train_on(whole, 40, {3: -whole.positions[40, 3]}, at_least=25)
    assert new.config.max_steps == new.steps[-1] == 65
    assert new.positions.shape == (66, 64, 3)
    assert new.users.shape == (65, 64)
    again = train_on(new, 65, {}, at_least=10)
    assert again.steps[-1] == 75
    assert (again.positions[:66] == new.positions).all()


def test_curves_are_those_of_the_core(world: World, whole: Trajectory) -> None:
    data, margins, weights = world.data, MANY["margins"], MANY["weights"]
    for i, step in enumerate(whole.curves["curve_steps"].tolist()):
        users, items = (torch.from_numpy(p) for p in np.split(whole.positions[step], [32]))
        point = {name: float(c[i]) for name, c in whole.curves.items() if c.ndim == 1}
        assert point["recall@10"] == evaluate(users, items, data, 10)["recall@10"]
        u, v = users[torch.tensor(data.test.users)], items[torch.tensor(data.test.items)]
        assert point["closeness"] == geometry.closeness(u, v)
        assert point["spread"] == geometry.spread(items)
        s = users @ items.T
        active = geometry.active_share(s, margins, weights)
        budget = geometry.push_budget(s, margins, weights, 2.0)
        assert point["active_share"] == pytest.approx(active, abs=1e-6)
        assert point["budget"] == pytest.approx(budget, abs=1e-6)
        shares = [geometry.active_share(row, margins, weights) for row in s]
        expected = np.mean([1 - (1 - share) ** 3 for share in shares])
        assert point["any_active"] == pytest.approx(expected, abs=1e-6)
        assert np.allclose(whole.curves["bands"][i], geometry.band_shares(s, margins))


def test_the_loss_is_the_mean_since_the_point_before(world: World, whole: Trajectory) -> None:
    from mmcl_core.training import StepEvent

    losses = [e.loss for e in train(config_of(), world.data) if isinstance(e, StepEvent)]
    expected = [losses[0], *np.reshape(losses, (4, 10)).mean(1)]
    assert whole.curves["loss"] == pytest.approx(expected)


def test_without_margins_there_are_no_bands(world: World) -> None:
    run = record(world, config_of(loss="ssm", settings={}, steps=3))
    assert set(run.curves) == {"curve_steps", "loss", "recall@10", "closeness", "spread"}


def test_without_negative_weight_nothing_is_active(world: World) -> None:
    run = record(world, config_of(settings={**MANY, "negative_weight": 0.0}, steps=3))
    assert run.at("active_share") == run.at("any_active") == run.at("budget") == 0


@pytest.mark.parametrize("k", [1, 10, 32])
def test_recall_by_counting_is_recall_by_sorting(world: World, k: int) -> None:
    generator = np.random.default_rng(k)
    recall = Recall(world.data, k)
    for values in (3, 1000):  # of a few values most scores are ties
        users = torch.from_numpy(generator.integers(values, size=(32, 2)).astype(np.float32))
        items = torch.from_numpy(generator.integers(values, size=(32, 2)).astype(np.float32))
        expected = evaluate(users, items, world.data, k)[f"recall@{k}"]
        assert recall(users @ items.T) == expected


def test_a_run_of_w12_fits_the_pane() -> None:
    run = record(make_world(seed=0), toy_config(steps=300, settings=MANY, negatives=1))
    assert run.positions.size * 2 <= FRAME_BYTES
    gaps = np.diff(run.steps)
    assert run.steps[0] == 0
    assert run.steps[-1] == 300
    assert gaps[:230].max() == 1
    assert set(gaps.tolist()) == {1, 2}


@pytest.mark.parametrize("last", [1, 2, 7, 40, 299, 300, 1200])
@pytest.mark.parametrize("most", [2, 3, 13, 101, 270])
def test_thinning_keeps_ends_and_bounds(last: int, most: int) -> None:
    steps = thinned(last, most)
    assert steps[0] == 0
    assert steps[-1] == last
    assert len(steps) <= most
    gaps = np.diff(steps)
    assert (gaps > 0).all()
    assert gaps[0] == 1 or most < 5
    assert len(steps) > min(last, most // 2), "no room is wasted"


def test_the_frames_do_not_depend_on_where_a_run_begins() -> None:
    full = frame_steps(None, 0, 300, 101)
    assert frame_steps(None, 120, 300, 101).tolist() == [s for s in full.tolist() if s >= 120]
    assert frame_steps([5, 200, 3], 4, 9, 101).tolist() == [4, 5, 9]
    assert len(curve_steps(0, 1200)) == 41


def test_the_circle_and_eight_dimensions() -> None:
    for dim in (2, 8):
        world = WorldConfig(tastes=4, dim=dim)
        run = record(make_world(world), toy_config(world, steps=4))
        assert run.positions.shape == (5, 80, dim)


def test_bad_input_is_refused(world: World, whole: Trajectory) -> None:
    start = whole.positions[0].copy()
    start[7] = 0
    for changes, message in (
        ({"optimizer": "adam"}, 'optimizer "sphere_sgd" for a recorded run, got adam'),
        ({"drop_last": False}, "whole batches for a recorded run"),
    ):
        with pytest.raises(ValueError, match=message):
            record(world, config_of(**changes))
    for arguments, message in (
        ({"start": start}, r"away from the centre.* for point 7"),
        ({"start": np.full_like(start, np.nan)}, "finite places"),
        ({"start": start[:5]}, r"start of shape \(64, 3\), users first, got \(5, 3\)"),
        ({"first_step": 40}, "first_step before the last step, 40, got 40"),
        ({"first_step": -1}, "first_step to be a whole number of at least 0"),
        ({"frames": 1}, "frames to be a whole number of at least 2"),
    ):
        with pytest.raises(ValueError, match=message):
            record(world, config_of(), **arguments)
    for arguments, message in (
        ((41, {}), "a frame from 0 to 40, got 41"),
        ((0, {64: [1, 0, 0]}), "points from 0 to 63, each with 3 coordinates, got point 64"),
        ((0, {1: [1, 0]}), r"got point 1 with shape \(2,\)"),
        ((0, {1: [np.inf, 0, 0]}), "finite places"),
        ((0, {}, 0), "at_least to be a whole number of at least 1"),
    ):
        with pytest.raises(ValueError, match=message):
            train_on(whole, *arguments)
    with pytest.raises(ValueError, match="curves are measured, up to 40, got 5"):
        whole.at("recall@10", 5)
    with pytest.raises(ValueError, match="curve to be one of"):
        whole.at("recall@20")


def test_the_world_w12_is_the_default() -> None:
    assert toy_config() == toy_config(W12)
    assert toy_config().learning_rate == pytest.approx(0.3 * 120)
