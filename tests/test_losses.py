"""Every loss against its formula, written again here as plain loops over plain numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mmcl_core.losses import LOSSES, PRESETS, Loss, ccl, curve, mmcl, penalty, slope

FAR = 1e-3  # finite differences keep this distance from every kink

COSINES = st.integers(-1000, 1000).map(lambda n: n / 1000)
STAIRCASES = st.lists(
    st.tuples(COSINES, st.integers(0, 100).map(lambda n: n / 100)), min_size=1, max_size=6
)


def naive_mmcl(p: float, s: list[float], c: dict[str, Any]) -> float:
    total = c["positive_weight"] * max(0.0, 1 - p)
    for s_j in s:
        for m_k, w_k in zip(c["margins"], c["weights"], strict=True):
            total += c["negative_weight"] / len(s) * w_k * max(0.0, s_j - m_k)
    return total


def naive_ccl(p: float, s: list[float], c: dict[str, Any]) -> float:
    pushed = [max(0.0, s_j - c["margin"]) for s_j in s]
    return c["positive_weight"] * max(0.0, 1 - p) + c["negative_weight"] * sum(pushed) / len(s)


def naive_bpr(p: float, s: list[float], c: dict[str, Any]) -> float:
    return sum(-math.log(1 / (1 + math.exp(s_j - p))) for s_j in s) / len(s)


def naive_ssm(p: float, s: list[float], c: dict[str, Any]) -> float:
    return -p / c["temperature"] + math.log(sum(math.exp(s_j / c["temperature"]) for s_j in s))


NAIVE: dict[str, Callable[[float, list[float], dict[str, Any]], float]] = {
    "mmcl": naive_mmcl,
    "ccl": naive_ccl,
    "bpr": naive_bpr,
    "ssm": naive_ssm,
}


def some_settings(name: str, rng: np.random.Generator) -> dict[str, Any]:
    """Draw settings within the ranges of the table."""
    k = int(rng.integers(1, 7))
    return {
        p.name: rng.uniform(p.low, p.high, k).tolist() if p.many else rng.uniform(p.low, p.high)
        for p in LOSSES[name].parameters
    }


def some_scores(name: str, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Draw scores pos (7,) and neg (7, 9) of the kind that the loss is for."""
    size = 1.0 if LOSSES[name].score == "cosine" else 3.0
    pos, neg = rng.uniform(-size, size, 7), rng.uniform(-size, size, (7, 9))
    return torch.from_numpy(pos), torch.from_numpy(neg)


def kinks(name: str, settings: dict[str, Any]) -> list[float]:
    return [*settings.get("margins", []), *([settings["margin"]] if name == "ccl" else []), 1.0]


def away(scores: Tensor, points: list[float]) -> Tensor:
    """Move what is closer to a kink than FAR; with few kinks one round is enough."""
    for point in points:
        scores = torch.where((scores - point).abs() < FAR, point - 2 * FAR, scores)
    return scores


def test_every_loss_has_an_oracle() -> None:
    assert NAIVE.keys() == LOSSES.keys()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", LOSSES)
def test_equals_the_naive_double_loop(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    settings = some_settings(name, rng)
    pos, neg = some_scores(name, rng)
    found = Loss(name, **settings)(pos, neg)
    rows = zip(pos.tolist(), neg.tolist(), strict=True)
    expected = [NAIVE[name](p, s, settings) for p, s in rows]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_equals_the_naive_double_loop_with_the_defaults(name: str) -> None:
    pos, neg = some_scores(name, np.random.default_rng(9))
    found = LOSSES[name].function(pos, neg, **LOSSES[name].defaults)
    rows = zip(pos.tolist(), neg.tolist(), strict=True)
    expected = [NAIVE[name](p, s, LOSSES[name].defaults) for p, s in rows]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", LOSSES)
def test_gradient_equals_finite_differences(name: str, seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    settings = some_settings(name, rng)
    if "temperature" in settings:  # below this the curve bends too much for a difference
        settings["temperature"] = max(settings["temperature"], 0.05)
    loss = Loss(name, **settings)
    points = kinks(name, settings)
    pos, neg = (away(scores, points) for scores in some_scores(name, rng))
    assert all(float((x - k).abs().min()) >= FAR for x in (pos, neg) for k in points)
    pos.requires_grad_()
    neg.requires_grad_()
    loss(pos, neg).sum().backward()
    step = 1e-5
    with torch.no_grad():
        by_pos = (loss(pos + step, neg) - loss(pos - step, neg)) / (2 * step)  # (B,)
        assert pos.grad.tolist() == pytest.approx(by_pos.tolist(), rel=1e-6, abs=1e-6)
        for j in range(neg.shape[1]):
            shift = torch.zeros_like(neg)
            shift[:, j] = step
            by_neg = (loss(pos, neg + shift) - loss(pos, neg - shift)) / (2 * step)
            assert neg.grad[:, j].tolist() == pytest.approx(by_neg.tolist(), rel=1e-6, abs=1e-6)


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


@pytest.mark.parametrize("seed", range(5))
def test_one_margin_is_the_naive_ccl(seed: int) -> None:
    rng = np.random.default_rng(seed)
    settings = some_settings("ccl", rng)
    pos, neg = some_scores("ccl", rng)
    many = mmcl(
        pos,
        neg,
        [settings["margin"]],
        [1.0],
        settings["positive_weight"],
        settings["negative_weight"],
    )
    rows = zip(pos.tolist(), neg.tolist(), strict=True)
    expected = [naive_ccl(p, s, settings) for p, s in rows]
    assert many.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert ccl(pos, neg, **settings).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(STAIRCASES, st.integers(0, 5), st.integers(0, 10**6))
def test_splitting_a_margin_changes_nothing(pairs: list, which: int, seed: int) -> None:
    which %= len(pairs)
    margin, weight = pairs[which]
    split = [*pairs[:which], (margin, weight / 2), *pairs[which + 1 :], (margin, weight / 2)]
    pos, neg = some_scores("mmcl", np.random.default_rng(seed))
    before, after = (
        mmcl(pos, neg, [m for m, _ in some], [w for _, w in some]) for some in (pairs, split)
    )
    assert after.tolist() == pytest.approx(before.tolist(), rel=1e-12, abs=1e-12)


@given(STAIRCASES, st.randoms(use_true_random=False), st.integers(0, 10**6))
def test_shuffled_margins_carry_their_weights(pairs: list, random: Any, seed: int) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    pos, neg = some_scores("mmcl", np.random.default_rng(seed))
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
    pos, neg = some_scores("mmcl", np.random.default_rng(3))
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


def test_curve_of_the_rivals_is_that_of_their_formula() -> None:
    s = torch.tensor([-1.0, 0.25], dtype=torch.float64)
    value, gradient = curve(Loss("bpr"), s, pos=0.5)
    rise = naive_bpr(0.5, [0.25], {}) - naive_bpr(0.5, [-1.0], {})
    assert value.tolist() == pytest.approx([0.0, rise])
    assert gradient[1].item() == pytest.approx(1 / (1 + math.exp(0.25)))

    c = {"temperature": 0.2}
    value, gradient = curve(Loss("ssm", **c), s, pos=0.5, others=torch.tensor([0.0, 0.4]))
    rise = naive_ssm(0.5, [0.25, 0.0, 0.4], c) - naive_ssm(0.5, [-1.0, 0.0, 0.4], c)
    assert value.tolist() == pytest.approx([0.0, 3 * rise])
    share = math.exp(0.25 / 0.2) / sum(math.exp(x / 0.2) for x in (0.25, 0.0, 0.4))
    assert gradient[1].item() == pytest.approx(3 * share / 0.2)


def test_presets_are_the_published_settings() -> None:
    four = {"margins": (0.6, 0.7, 0.8, 0.9), "weights": (0.05, 0.15, 0.2, 0.6)}
    assert dict(PRESETS["paper-mmcl-yelp2018"].settings) == {**four, "negative_weight": 400.0}
    stairs = slope(torch.tensor([0.65, 0.75, 0.85, 0.95]), *four.values(), 400.0)
    assert stairs.tolist() == pytest.approx([20, 80, 160, 400])
    three = PRESETS["paper-mmcl-gowalla"].settings
    stairs = slope(torch.tensor([0.75, 0.85, 0.95]), *three.values())
    assert stairs.tolist() == pytest.approx([70, 175, 700])
    assert dict(PRESETS["paper-ccl"].settings) == {"margin": 0.9, "negative_weight": 150.0}
