"""What happens in the toy world W12, by the core's own training, over five seeds.

The expected numbers were found with another program, whose batches, starts and worlds were drawn
otherwise, so each Recall@10 has to come within .10. What the laboratory's presets claim is checked
in test_stories.py; here is what else is said about these runs.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mmcl_core.stories import Lane
from mmcl_core.trajectories import Trajectory
from mmcl_core.worlds import W12, WorldConfig

Recorded = Callable[..., list[Trajectory]]


@dataclass(frozen=True)
class Row:
    """One setting, and the Recall@10 that is to be expected."""

    expected: float
    lane: Lane
    world: WorldConfig = W12
    steps: int = 300


def many(expected: float, **changes: Any) -> Row:
    return Row(expected, Lane("", **changes))


def one(margin: float, expected: float, **changes: Any) -> Row:
    return Row(expected, Lane("", (margin,), (1.0,), **changes))


ALONE = Lane("", negative_weight=0.0, negatives=1)
SPLIT = dataclasses.replace(W12, cross_taste=0.0)
# After 1,200 steps most likes coincide to the last bits of float32. A cosine rounded to 1 pulls no
# more, and what order is left among equals is made by rounding: that row's recall is that of a
# number format and is not expected here.
COLLAPSE = {steps: Row(recall, ALONE, steps=steps) for steps, recall in ((80, 0.53), (300, 0.39))}
NEVER = {steps: Row(1.0, ALONE, SPLIT, steps) for steps in (300, 2000)}
HIGH = {n: one(0.9, recall, negatives=n) for n, recall in ((1, 0.34), (2, 0.45), (120, 0.60))}
MANY = {
    n: many(recall, negatives=n)
    for n, recall in ((1, 0.59), (2, 0.66), (5, 0.69), (20, 0.69), (120, 0.71))
}
HALF = {
    n: one(0.5, recall, negatives=n)
    for n, recall in ((1, 0.39), (2, 0.54), (5, 0.64), (20, 0.72), (120, 0.73))
}
# Rate and negative weight were searched once, over 15 pairs for each loss: these are the best or
# within .01 of it, for every n alike but for CCL .9 at n = 1.
TUNED_SIX = {
    n: one(0.6, recall, negatives=n, rate=0.1)
    for n, recall in ((1, 0.72), (2, 0.74), (5, 0.76), (120, 0.78))
}
TUNED_MANY = {
    n: many(recall, negatives=n, rate=0.1)
    for n, recall in ((1, 0.72), (2, 0.74), (5, 0.76), (120, 0.76))
}
TUNED_HIGH = {
    n: one(0.9, recall, negatives=n, rate=0.05 if n == 1 else 0.1)
    for n, recall in ((1, 0.65), (2, 0.66), (5, 0.67), (120, 0.69))
}
KNOT = {m: one(m, recall) for m, recall in ((-0.9, 0.14), (0.0, 0.45), (0.6, 0.68), (0.9, 0.49))}
HEAVY = {
    "many": many(0.09, negative_weight=32.0),
    "CCL .9": one(0.9, 0.29, negative_weight=32.0),
}
PLANTED_MANY = {
    share: many(recall, planted=share)
    for share, recall in ((0.0, 0.72), (0.1, 0.64), (0.2, 0.56), (0.4, 0.38))
}
PLANTED_HIGH = {
    share: one(0.9, recall, planted=share)
    for share, recall in ((0.0, 0.56), (0.1, 0.48), (0.2, 0.42), (0.4, 0.28))
}
HARDEST = {
    pool: many(recall, negative_weight=1.0, negatives=1, rate=0.1, sampler="hardest", pool=pool)
    for pool, recall in ((1, 0.71), (2, 0.74), (8, 0.69), (16, 0.62), (40, 0.55))
}
EIGHT = dataclasses.replace(W12, dim=8)
ROOM = {
    "CCL .9": dataclasses.replace(HIGH[1], expected=0.59, world=EIGHT),
    "many": dataclasses.replace(MANY[1], expected=0.74, world=EIGHT),
}
GROUPS: dict[str, dict[Any, Row]] = {
    "collapse": COLLAPSE,
    "no cross-taste likes": NEVER,
    "CCL .9, n": HIGH,
    "many, n": MANY,
    "CCL .5, n": HALF,
    "tuned CCL .6, n": TUNED_SIX,
    "tuned many, n": TUNED_MANY,
    "tuned CCL .9, n": TUNED_HIGH,
    "knot": KNOT,
    "heavy": HEAVY,
    "many, planted": PLANTED_MANY,
    "CCL .9, planted": PLANTED_HIGH,
    "hardest of": HARDEST,
    "eight dimensions": ROOM,
}
QUICK = (COLLAPSE[80], COLLAPSE[300], HIGH[2], MANY[2], TUNED_SIX[2], KNOT[0.6])


@pytest.fixture
def recalls(recorded: Recorded) -> Callable[[Row], np.ndarray]:
    """Return a function from a row to its Recall@10 in each world, (5,)."""

    def of(row: Row) -> np.ndarray:
        return np.array([run.at("recall@10") for run in recorded(row.lane, row.world, row.steps)])

    return of


Recalls = Callable[[Row], np.ndarray]


def every_row() -> list[Any]:
    return [
        pytest.param(row, id=f"{name} {key}", marks=[] if row in QUICK else pytest.mark.slow)
        for name, rows in GROUPS.items()
        for key, row in rows.items()
    ]


@pytest.mark.parametrize("row", every_row())
def test_recall_is_as_expected(row: Row, recalls: Recalls) -> None:
    assert recalls(row).mean() == pytest.approx(row.expected, abs=0.10)


@pytest.mark.slow
def test_one_high_margin_crowds_with_one_negative_too(recalls: Recalls) -> None:
    assert (recalls(HIGH[1]) < recalls(MANY[1])).all()
    assert recalls(HIGH[1]).mean() < recalls(MANY[1]).mean() - 0.1
    assert recalls(HIGH[1]).mean() < recalls(HIGH[2]).mean()


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 5, 120])
def test_a_tuned_single_margin_ties_with_many(n: int, recalls: Recalls) -> None:
    assert abs(recalls(TUNED_SIX[n]).mean() - recalls(TUNED_MANY[n]).mean()) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("n", TUNED_HIGH)
def test_a_high_margin_stays_behind_even_when_tuned(n: int, recalls: Recalls) -> None:
    high = recalls(TUNED_HIGH[n]).mean()
    assert high < recalls(TUNED_SIX[n]).mean() - 0.03
    assert high < recalls(TUNED_MANY[n]).mean() - 0.03


def falling(found: list[float], by: float) -> None:
    assert all(a > b + by for a, b in itertools.pairwise(found)), found


@pytest.mark.slow
@pytest.mark.parametrize("rows", [PLANTED_MANY, PLANTED_HIGH], ids=["many", "CCL .9"])
def test_the_more_false_negatives_the_worse(rows: dict[float, Row], recalls: Recalls) -> None:
    found = [recalls(row).mean() for row in rows.values()]
    falling(found, by=0.02)
    # Under both losses the fall is about the same: neither is shown to be more robust.
    assert found[-1] < 0.75 * found[0]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [MANY, HALF], ids=["many", "CCL .5"])
def test_more_negatives_saturate_and_never_hurt(rows: dict[int, Row], recalls: Recalls) -> None:
    at = {n: recalls(row).mean() for n, row in rows.items()}
    assert all(b > a - 0.02 for a, b in itertools.pairwise(at.values())), at
    assert at[5] > at[1] + 0.05
    assert at[120] - at[20] < 0.5 * (at[5] - at[1])


@pytest.mark.slow
def test_harder_negatives_help_until_they_do_not(recalls: Recalls) -> None:
    at = {pool: recalls(row).mean() for pool, row in HARDEST.items()}
    assert at[2] > at[1]
    falling([at[pool] for pool in (2, 8, 16, 40)], by=0.0)
