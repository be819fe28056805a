"""What happens in the toy world W12, by the core's own training, over five seeds.

The expected numbers were found with another program, whose batches, starts and worlds were drawn
otherwise. So each Recall@10 has to come within .10, and every difference that is claimed has to
have the same sign.
"""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from mmcl_core.geometry import active_share, closeness
from mmcl_core.training import DoneEvent, TrainConfig, train
from mmcl_core.worlds import W12, make_world

SEEDS = range(5)
MM = {"margins": (0.2, 0.4, 0.6, 0.8), "weights": (0.05, 0.15, 0.2, 0.6)}


@dataclass(frozen=True)
class Row:
    """One setting, and the Recall@10 that is to be expected; margin None is MM."""

    expected: float
    margin: float | None = None
    w: float = 2.0  # negative weight
    n: int = 5
    steps: int = 300
    rate: float = 0.3  # times the number of users
    cross_taste: float = 0.15
    planted: float | None = None
    pool: int = 0  # hardest n of so many, if any


@dataclass(frozen=True)
class Found:
    """Means over the seeds; `recalls` are those of each seed."""

    recalls: tuple[float, ...]
    closeness: float  # of the held-out likes
    active: float  # share of users with an active negative among n

    @property
    def recall(self) -> float:
        return float(np.mean(self.recalls))


@cache
def run(row: Row) -> Found:
    seeds = [one_seed(row, seed) for seed in SEEDS]
    recalls, close, active = zip(*seeds, strict=True)
    return Found(recalls, float(np.mean(close)), float(np.mean(active)))


def one_seed(row: Row, seed: int) -> tuple[float, float, float]:
    data = make_world(dataclasses.replace(W12, cross_taste=row.cross_taste), seed).data
    staircase: dict[str, Any] = MM if row.margin is None else {"margin": row.margin}
    config = TrainConfig(
        loss="mmcl" if row.margin is None else "ccl",
        settings={**staircase, "negative_weight": row.w},
        dim=W12.dim,
        negatives=row.n,
        sampler="hardest" if row.pool else "uniform",
        pool=row.pool,
        planted=row.planted,
        optimizer="sphere_sgd",
        learning_rate=row.rate * data.n_users,
        batch_size=64,
        drop_last=True,
        max_steps=row.steps,
        epochs=row.steps,
        watch="none",
        keep="last",
        k=10,
        seed=seed,
        device="cpu",
    )
    (done,) = (e for e in train(config, data) if isinstance(e, DoneEvent))
    users, items = torch.from_numpy(done.trained.users), torch.from_numpy(done.trained.items)
    likes = (torch.from_numpy(ids.copy()) for ids in (data.test.users, data.test.items))
    margins, weights, w = config.make_loss().staircase
    shares = [active_share(s, margins, weights) if w else 0.0 for s in users @ items.T]
    active = np.mean([1 - (1 - share) ** row.n for share in shares])
    u, v = likes
    return done.test["recall@10"], closeness(users[u], items[v]), float(active)


def ccl(margin: float, expected: float, **changes: Any) -> Row:
    return Row(expected, margin, **changes)


COLLAPSE = {
    80: Row(0.53, w=0.0, n=1, steps=80),
    300: Row(0.39, w=0.0, n=1, steps=300),
    1200: Row(0.09, w=0.0, n=1, steps=1200),
}
SPLIT = {steps: Row(1.0, w=0.0, n=1, steps=steps, cross_taste=0.0) for steps in (300, 2000)}
HIGH = {n: ccl(0.9, expected, n=n) for n, expected in ((1, 0.34), (2, 0.45), (120, 0.60))}
MANY = {
    n: Row(expected, n=n)
    for n, expected in ((1, 0.59), (2, 0.66), (5, 0.69), (20, 0.69), (120, 0.71))
}
HALF = {
    n: ccl(0.5, expected, n=n)
    for n, expected in ((1, 0.39), (2, 0.54), (5, 0.64), (20, 0.72), (120, 0.73))
}
# Rate and negative weight were searched once, over 15 pairs for each loss: these are the best or
# within .01 of it, for every n alike but for CCL .9 at n = 1.
TUNED_SIX = {
    n: ccl(0.6, expected, n=n, rate=0.1)
    for n, expected in ((1, 0.72), (2, 0.74), (5, 0.76), (120, 0.78))
}
TUNED_MANY = {
    n: Row(expected, n=n, rate=0.1)
    for n, expected in ((1, 0.72), (2, 0.74), (5, 0.76), (120, 0.76))
}
TUNED_HIGH = {
    n: ccl(0.9, expected, n=n, rate=0.05 if n == 1 else 0.1)
    for n, expected in ((1, 0.65), (2, 0.66), (5, 0.67), (120, 0.69))
}
KNOT = {
    margin: ccl(margin, expected)
    for margin, expected in ((-0.9, 0.14), (0.0, 0.45), (0.6, 0.68), (0.9, 0.49))
}
HEAVY_MANY, HEAVY_HIGH = Row(0.09, w=32.0), ccl(0.9, 0.29, w=32.0)
PLANTED_MANY = {
    share: Row(expected, planted=share)
    for share, expected in ((0.0, 0.72), (0.1, 0.64), (0.2, 0.56), (0.4, 0.38))
}
PLANTED_HIGH = {
    share: ccl(0.9, expected, planted=share)
    for share, expected in ((0.0, 0.56), (0.1, 0.48), (0.2, 0.42), (0.4, 0.28))
}
HARDEST = {
    pool: Row(expected, w=1.0, n=1, rate=0.1, pool=pool)
    for pool, expected in ((1, 0.71), (2, 0.74), (8, 0.69), (16, 0.62), (40, 0.55))
}
GROUPS = {
    "collapse": COLLAPSE,
    "no cross-taste likes": SPLIT,
    "CCL .9, n": HIGH,
    "MM, n": MANY,
    "CCL .5, n": HALF,
    "tuned CCL .6, n": TUNED_SIX,
    "tuned MM, n": TUNED_MANY,
    "tuned CCL .9, n": TUNED_HIGH,
    "knot": KNOT,
    "heavy": {"MM": HEAVY_MANY, "CCL .9": HEAVY_HIGH},
    "MM, planted": PLANTED_MANY,
    "CCL .9, planted": PLANTED_HIGH,
    "hardest of": HARDEST,
}
QUICK = {
    *(COLLAPSE[steps] for steps in (80, 300)),
    SPLIT[300],
    *(HIGH[n] for n in (1, 2)),
    *(MANY[n] for n in (1, 2, 5)),
    *(TUNED_SIX[2], TUNED_MANY[2]),
    *KNOT.values(),
    *(HEAVY_MANY, HEAVY_HIGH),
    *(PLANTED_MANY[share] for share in (0.0, 0.4)),
}


def every_row() -> list[Any]:
    return [
        pytest.param(row, id=f"{name} {key}", marks=[] if row in QUICK else pytest.mark.slow)
        for name, rows in GROUPS.items()
        for key, row in rows.items()
        # After 1,200 steps most likes coincide to the last bits of float32. A cosine rounded to 1
        # pulls no more, and what order is left among equals is made by rounding: the recall of
        # this row is that of a number format, and only its fall is claimed below.
        if row is not COLLAPSE[1200]
    ]


@pytest.mark.parametrize("row", every_row())
def test_recall_is_as_expected(row: Row) -> None:
    assert run(row).recall == pytest.approx(row.expected, abs=0.10)


def test_without_negatives_all_collapses_though_recall_rises_first() -> None:
    early, late = run(COLLAPSE[80]), run(COLLAPSE[300])
    start = run(Row(0.09, w=0.0, n=1, steps=1))
    assert start.recall < early.recall - 0.2
    assert early.recall > late.recall + 0.03
    assert late.recall > start.recall + 0.1, "one dot still has an order"
    assert 1.5 < start.closeness < 2.5
    assert 0.1 < early.closeness < 0.4
    assert late.closeness < 0.02
    assert early.active == late.active == 0


@pytest.mark.slow
def test_in_the_end_the_collapse_costs_the_order_too() -> None:
    assert run(COLLAPSE[1200]).recall < run(COLLAPSE[300]).recall - 0.05
    assert run(COLLAPSE[1200]).closeness < 0.005


def test_a_cleanly_split_world_needs_no_negatives() -> None:
    assert run(SPLIT[300]).recall > 0.98
    assert run(SPLIT[300]).closeness < 0.02


@pytest.mark.slow
def test_a_cleanly_split_world_never_collapses() -> None:
    assert run(SPLIT[2000]).recall > 0.98


def test_one_high_margin_with_few_negatives_crowds() -> None:
    for n in (1, 2):
        high, many = run(HIGH[n]), run(MANY[n])
        assert high.recall < many.recall - 0.1
        assert high.closeness < many.closeness - 0.1, "the crowd is closer, not better"
        assert high.active < many.active - 0.05
    # At two negatives it is so in every world.
    pairs = zip(run(HIGH[2]).recalls, run(MANY[2]).recalls, strict=True)
    assert all(high < many for high, many in pairs)
    assert run(HIGH[1]).recall < run(HIGH[2]).recall


@pytest.mark.slow
def test_with_all_pairs_active_a_high_margin_is_still_crowded() -> None:
    high = run(HIGH[120])
    assert high.active > 0.99
    assert high.recall > run(HIGH[2]).recall + 0.05
    assert high.recall < run(MANY[120]).recall - 0.05
    assert high.closeness < run(MANY[120]).closeness - 0.1


@pytest.mark.parametrize(
    "n", [pytest.param(n, marks=[] if n == 2 else pytest.mark.slow) for n in (1, 2, 5, 120)]
)
def test_a_tuned_single_margin_ties_with_many(n: int) -> None:
    assert abs(run(TUNED_SIX[n]).recall - run(TUNED_MANY[n]).recall) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("n", TUNED_HIGH)
def test_a_high_margin_stays_behind_even_when_tuned(n: int) -> None:
    assert run(TUNED_HIGH[n]).recall < run(TUNED_SIX[n]).recall - 0.03
    assert run(TUNED_HIGH[n]).recall < run(TUNED_MANY[n]).recall - 0.03


def test_a_margin_far_too_low_parts_users_from_items() -> None:
    torn = run(KNOT[-0.9])
    assert torn.recall < run(KNOT[0.0]).recall - 0.1
    assert torn.closeness > 2, "likes are on opposite sides"
    assert torn.active > 0.98


def test_a_knot_can_tear_spread_fit_and_cram() -> None:
    torn, spread, good, crammed = (run(KNOT[m]) for m in (-0.9, 0.0, 0.6, 0.9))
    assert torn.recall < spread.recall < good.recall - 0.1
    assert crammed.recall < good.recall - 0.1
    assert torn.closeness > spread.closeness > good.closeness > crammed.closeness


def test_a_weight_far_too_heavy_and_the_margin_that_protects() -> None:
    many, high = run(HEAVY_MANY), run(HEAVY_HIGH)
    assert many.recall < 0.15
    assert many.recall < run(MANY[5]).recall - 0.3
    assert high.recall < run(KNOT[0.9]).recall - 0.1
    assert high.recall > many.recall + 0.1
    assert many.closeness > 2 > high.closeness > 0.6


def falling(rows: list[Row], by: float) -> None:
    recalls = [run(row).recall for row in rows]
    assert all(a > b + by for a, b in itertools.pairwise(recalls)), recalls


def test_false_negatives_hurt() -> None:
    falling([PLANTED_MANY[share] for share in (0.0, 0.4)], by=0.2)
    assert run(PLANTED_MANY[0.4]).closeness > run(PLANTED_MANY[0.0]).closeness + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("rows", [PLANTED_MANY, PLANTED_HIGH], ids=["MM", "CCL .9"])
def test_the_more_false_negatives_the_worse(rows: dict[float, Row]) -> None:
    falling(list(rows.values()), by=0.02)
    # Under both losses the fall is about the same: neither is shown to be more robust.
    shares = list(rows)
    assert run(rows[shares[-1]]).recall < 0.75 * run(rows[shares[0]]).recall


@pytest.mark.slow
@pytest.mark.parametrize("rows", [MANY, HALF], ids=["MM", "CCL .5"])
def test_more_negatives_saturate_and_never_hurt(rows: dict[int, Row]) -> None:
    recalls = [run(row).recall for row in rows.values()]
    assert all(b > a - 0.02 for a, b in itertools.pairwise(recalls)), recalls
    at = dict(zip(rows, recalls, strict=True))
    assert at[5] > at[1] + 0.05
    assert at[120] - at[20] < 0.5 * (at[5] - at[1])


@pytest.mark.slow
def test_harder_negatives_help_until_they_do_not() -> None:
    assert run(HARDEST[2]).recall > run(HARDEST[1]).recall
    falling([HARDEST[pool] for pool in (2, 8, 16, 40)], by=0.0)
    assert run(HARDEST[40]).recall < run(HARDEST[2]).recall - 0.1
