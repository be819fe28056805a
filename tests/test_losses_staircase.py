"""Margins and band weights: penalty, slope, and how MMCL is put together from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mmcl_core.losses import Loss, curve, mmcl, penalty, slope

COSINES = st.integers(-1000, 1000).map(lambda n: n / 1000)
STAIRCASES = st.lists(
    st.tuples(COSINES, st.integers(0, 100).map(lambda n: n / 100)), min_size=1, max_size=6
)


def some_cosines(seed: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.uniform(-1, 1, 7)), torch.from_numpy(rng.uniform(-1, 1, (7, 9)))


def left_slope(at: float, margins: list[float], weights: list[float], w_n: float) -> float:
    return w_n * sum(w for m, w in zip(margins, weights, strict=True) if m < at)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_at_a_margin_the_slope_is_the_left_one(dtype: torch.dtype) -> None:
    margins, weights = [-1.0, -0.25, 0.2, 0.7, 0.7, 1.0], [0.1, 0.2, 0.3, 0.15, 0.05, 0.4]
    for margin in margins:
        expected = left_slope(margin, margins, weights, 8.0)
        s = torch.tensor([margin], dtype=dtype, requires_grad=True)
        assert slope(s.detach(), margins, weights, 8.0).item() == pytest.approx(expected, rel=1e-6)
        mmcl(torch.ones(1, dtype=dtype), s[:, None], margins, weights, 1.0, 8.0).sum().backward()
        assert s.grad.item() == pytest.approx(expected, rel=1e-6)


def test_at_cosine_one_nothing_pulls() -> None:
    pos = torch.tensor([1.0, 1.11], requires_grad=True)
    value = mmcl(pos, torch.zeros(2, 1), [0.5], [1.0])
    value.sum().backward()
    assert value.tolist() == pos.grad.tolist() == [0.0, 0.0]


def test_training_scores_above_one_are_pushed_on() -> None:
    value = mmcl(torch.tensor([1.11]), torch.tensor([[1.11, 1.2]]), [0.5], [1.0], 1.0, 2.0)
    assert value.tolist() == pytest.approx([2.0 * (0.61 + 0.7) / 2])
    assert slope(torch.tensor([1.11]), [1.0], [0.5], 2.0).tolist() == [1.0]


@given(STAIRCASES, st.integers(0, 5), st.integers(0, 10**6))
def test_splitting_a_margin_changes_nothing(pairs: list, which: int, seed: int) -> None:
    which %= len(pairs)
    margin, weight = pairs[which]
    split = [*pairs[:which], (margin, weight / 2), *pairs[which + 1 :], (margin, weight / 2)]
    pos, neg = some_cosines(seed)
    before, after = (
        mmcl(pos, neg, [m for m, _ in some], [w for _, w in some]) for some in (pairs, split)
    )
    assert after.tolist() == pytest.approx(before.tolist(), rel=1e-12, abs=1e-12)


@given(STAIRCASES, st.randoms(use_true_random=False), st.integers(0, 10**6))
def test_shuffled_margins_carry_their_weights(pairs: list, random: Any, seed: int) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    pos, neg = some_cosines(seed)
    before, after = (
        mmcl(pos, neg, [m for m, _ in some], [w for _, w in some]) for some in (pairs, shuffled)
    )
    assert after.tolist() == pytest.approx(before.tolist(), rel=1e-12, abs=1e-12)


def test_unsorted_and_repeated_margins_are_allowed() -> None:
    s = torch.tensor([0.5, 0.9])
    assert slope(s, [0.8, 0.2, 0.8], [0.5, 0.1, 0.25]).tolist() == pytest.approx([0.1, 0.85])
    assert Loss("mmcl", margins=[0.8, 0.2], weights=[0.7, 0.3]).staircase == (
        (0.2, 0.8),
        (0.3, 0.7),
        60.0,
    )


@given(STAIRCASES, COSINES, COSINES, st.integers(0, 10))
def test_penalty_is_convex(pairs: list, a: float, b: float, tenths: int) -> None:
    margins, weights = [m for m, _ in pairs], [w for _, w in pairs]
    t = tenths / 10
    points = torch.tensor([a, b, t * a + (1 - t) * b], dtype=torch.float64)
    at_a, at_b, between = penalty(points, margins, weights, 3.0).tolist()
    assert between <= t * at_a + (1 - t) * at_b + 1e-12


@given(STAIRCASES, COSINES)
def test_penalty_and_slope_are_zero_up_to_the_first_margin(pairs: list, s: float) -> None:
    margins, weights = [m for m, _ in pairs], [w for _, w in pairs]
    below = torch.tensor([min(s, *margins)], dtype=torch.float64)
    assert penalty(below, margins, weights, 3.0).tolist() == [0.0]
    assert slope(below, margins, weights, 3.0).tolist() == [0.0]


@given(STAIRCASES, COSINES)
def test_slope_is_the_derivative_of_the_penalty(pairs: list, s: float) -> None:
    margins, weights = [m for m, _ in pairs], [w for _, w in pairs]
    # Margins and scores are whole thousandths, so half a thousandth on is away from all of them.
    at, step = torch.tensor([s + 5e-4], dtype=torch.float64), 1e-4
    rise = penalty(at + step, margins, weights, 3.0) - penalty(at - step, margins, weights, 3.0)
    expected = (rise / (2 * step)).tolist()
    assert slope(at, margins, weights, 3.0).tolist() == pytest.approx(expected, abs=1e-9)


def test_negative_weight_zero_pushes_nothing() -> None:
    pos, neg = some_cosines(3)
    for loss in (Loss("mmcl", negative_weight=0.0), Loss("ccl", negative_weight=0.0)):
        neg = neg.detach().requires_grad_()
        value = loss(pos, neg)
        value.sum().backward()
        assert value.tolist() == pytest.approx((1 - pos).tolist())
        assert not neg.grad.any()


@pytest.mark.parametrize("others", [0, 1, 6])
@pytest.mark.parametrize(
    "loss",
    [
        Loss("mmcl", margins=[0.7, -0.3, 0.1], weights=[0.5, 0.2, 0.3], negative_weight=7.0),
        Loss("ccl", margin=0.4, negative_weight=30.0, positive_weight=3.0),
    ],
    ids=["mmcl", "ccl"],
)
def test_curve_is_penalty_and_slope_whatever_the_others(loss: Loss, others: int) -> None:
    s = torch.linspace(-1, 1, 41, dtype=torch.float64)
    still = torch.linspace(-0.9, 0.95, others, dtype=torch.float64) if others else None
    value, gradient = curve(loss, s, pos=0.3, others=still)
    assert value.tolist() == pytest.approx(penalty(s, *loss.staircase).tolist(), abs=1e-12)
    assert gradient.tolist() == pytest.approx(slope(s, *loss.staircase).tolist(), abs=1e-12)
