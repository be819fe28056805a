"""Every loss against its formula, written again here as plain loops over plain numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mmcl_core.losses import LOSSES, PRESETS, Inputs, Loss, ccl, curve, mmcl, slope

FAR = 1e-3  # finite differences keep this distance from every kink


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


def naive_bce(p: float, s: list[float], c: dict[str, Any]) -> float:
    def sigma(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    return -math.log(sigma(p)) - sum(math.log(1 - sigma(s_j)) for s_j in s)


def naive_mse(p: float, s: list[float], c: dict[str, Any]) -> float:
    return (1 - p) ** 2 / 2 + c["negative_weight"] * sum(s_j**2 / 2 for s_j in s) / len(s)


def naive_hinge(p: float, s: list[float], c: dict[str, Any]) -> float:
    return sum(max(0.0, c["margin"] + s_j - p) for s_j in s) / len(s)


def naive_bsl(batch: Inputs, c: dict[str, Any]) -> list[float]:
    p, users, tau = batch.pos.tolist(), batch.users.tolist(), c["temperature"]
    values = []
    for user, s in zip(users, batch.neg.tolist(), strict=True):
        own = [math.exp(p[i] / tau) for i in range(len(p)) if users[i] == user]
        pushed = sum(math.exp(s_j / tau) for s_j in s) / len(s)
        values.append(-math.log(sum(own) / len(own) / pushed ** c["power"]))
    return values


def naive_directau(batch: Inputs, c: dict[str, Any]) -> list[float]:
    def unit(x: list[float]) -> list[float]:
        length = math.sqrt(sum(a * a for a in x))
        return [a / length for a in x]

    def apart(x: list[float], y: list[float]) -> float:
        return sum((a - b) ** 2 for a, b in zip(x, y, strict=True))

    def uniformity(xs: list[list[float]]) -> float:
        pairs = [(i, j) for j in range(len(xs)) for i in range(j)]
        return math.log(sum(math.exp(-2 * apart(xs[i], xs[j])) for i, j in pairs) / len(pairs))

    us, vs = ([unit(x) for x in xs.tolist()] for xs in (batch.user_vectors, batch.item_vectors))
    shared = c["gamma"] * (uniformity(us) + uniformity(vs)) / 2
    return [apart(u, v) + shared for u, v in zip(us, vs, strict=True)]


Naive = Callable[[Inputs, dict[str, Any]], list[float]]


def by_row(naive: Callable[[float, list[float], dict[str, Any]], float]) -> Naive:
    def whole(batch: Inputs, c: dict[str, Any]) -> list[float]:
        rows = zip(batch.pos.tolist(), batch.neg.tolist(), strict=True)
        return [naive(p, s, c) for p, s in rows]

    return whole


NAIVE: dict[str, Naive] = {
    "mmcl": by_row(naive_mmcl),
    "ccl": by_row(naive_ccl),
    "bpr": by_row(naive_bpr),
    "ssm": by_row(naive_ssm),
    "bce": by_row(naive_bce),
    "mse": by_row(naive_mse),
    "hinge": by_row(naive_hinge),
    "bsl": naive_bsl,
    "directau": naive_directau,
}


def some_settings(name: str, rng: np.random.Generator) -> dict[str, Any]:
    """Draw settings within the ranges of the table."""
    k = int(rng.integers(1, 7))
    return {
        p.name: rng.uniform(p.low, p.high, k).tolist() if p.many else rng.uniform(p.low, p.high)
        for p in LOSSES[name].parameters
    }


def some_batch(name: str, rng: np.random.Generator) -> Inputs:
    """Draw a batch, B = 7, N = 9, D = 3, of the kind that the loss is for; users come twice."""
    size = 1.0 if LOSSES[name].score == "cosine" else 3.0
    scores = rng.uniform(-size, size, 7), rng.uniform(-size, size, (7, 9))
    users, vectors = rng.integers(0, 4, 7), (rng.normal(size=(7, 3)), rng.normal(size=(7, 3)))
    return Inputs(*map(torch.from_numpy, (*scores, users, *vectors)))


def value_of(loss: Loss, batch: Inputs) -> Tensor:
    return loss(*batch.of(loss.spec.needs))


def away(name: str, settings: dict[str, Any], batch: Inputs) -> Inputs:
    """Move scores that are closer to a kink than FAR; with few kinks one round is enough."""
    points = [*settings.get("margins", []), *([settings["margin"]] if name == "ccl" else []), 1.0]
    pos, neg = batch.pos, batch.neg
    for point in points:
        pos, neg = (torch.where((x - point).abs() < FAR, point - 2 * FAR, x) for x in (pos, neg))
    assert all(float((x - point).abs().min()) >= FAR for x in (pos, neg) for point in points)
    if name == "hinge":
        kinks = pos[:, None] - settings["margin"]  # (B, 1)
        neg = torch.where((neg - kinks).abs() < FAR, kinks - 2 * FAR, neg)
    return replace(batch, pos=pos, neg=neg)


def test_every_loss_has_an_oracle() -> None:
    assert NAIVE.keys() == LOSSES.keys()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", LOSSES)
def test_equals_the_naive_loops(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    settings, batch = some_settings(name, rng), some_batch(name, rng)
    found = value_of(Loss(name, **settings), batch)
    assert found.tolist() == pytest.approx(NAIVE[name](batch, settings), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_equals_the_naive_loops_with_the_defaults(name: str) -> None:
    spec, batch = LOSSES[name], some_batch(name, np.random.default_rng(9))
    found = spec.function(*batch.of(spec.needs), **spec.defaults)
    assert found.tolist() == pytest.approx(NAIVE[name](batch, spec.defaults), rel=1e-9, abs=1e-9)
    by_default = [] if name == "mmcl" else spec.function(*batch.of(spec.needs)).tolist()
    assert by_default in ([], found.tolist())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", LOSSES)
def test_gradient_equals_finite_differences(name: str, seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    settings = some_settings(name, rng)
    if "temperature" in settings:  # below this the curve bends too much for a difference
        settings["temperature"] = max(settings["temperature"], 0.05)
    loss, batch = Loss(name, **settings), away(name, settings, some_batch(name, rng))
    step = 1e-5
    for field in loss.spec.needs:
        given: Tensor = getattr(batch, field)
        if not given.is_floating_point():
            continue
        leaf = given.clone().requires_grad_()
        value_of(loss, replace(batch, **{field: leaf})).sum().backward()
        for place in np.ndindex(*given.shape):
            shift = torch.zeros_like(given)
            shift[place] = step
            above, below = (replace(batch, **{field: given + way * shift}) for way in (1, -1))
            rise = (value_of(loss, above).sum() - value_of(loss, below).sum()) / (2 * step)
            assert leaf.grad[place].item() == pytest.approx(rise.item(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_one_margin_is_the_naive_ccl(seed: int) -> None:
    rng = np.random.default_rng(seed)
    c, batch = some_settings("ccl", rng), some_batch("ccl", rng)
    pos, neg = batch.pos, batch.neg
    many = mmcl(pos, neg, [c["margin"]], [1.0], c["positive_weight"], c["negative_weight"])
    expected = NAIVE["ccl"](batch, c)
    assert many.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert ccl(pos, neg, **c).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)


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

    both, force = curve(Loss("bsl", **c, power=1.5), s, pos=0.5, others=torch.tensor([0.0, 0.4]))
    assert both.tolist() == pytest.approx((1.5 * value).tolist())
    assert force.tolist() == pytest.approx((1.5 * gradient).tolist())

    value, gradient = curve(Loss("hinge", margin=0.5), s, pos=0.5)
    assert value.tolist() == pytest.approx([0.0, 0.25])
    assert gradient.tolist() == [0.0, 1.0]


def test_presets_are_the_published_settings() -> None:
    four = {"margins": (0.6, 0.7, 0.8, 0.9), "weights": (0.05, 0.15, 0.2, 0.6)}
    assert dict(PRESETS["paper-mmcl-yelp2018"].settings) == {**four, "negative_weight": 400.0}
    stairs = slope(torch.tensor([0.65, 0.75, 0.85, 0.95]), *four.values(), 400.0)
    assert stairs.tolist() == pytest.approx([20, 80, 160, 400])
    three = PRESETS["paper-mmcl-gowalla"].settings
    stairs = slope(torch.tensor([0.75, 0.85, 0.95]), *three.values())
    assert stairs.tolist() == pytest.approx([70, 175, 700])
    assert dict(PRESETS["paper-ccl"].settings) == {"margin": 0.9, "negative_weight": 150.0}
    for data, tau, power, gamma in (("gowalla", 0.08, 1.22, 5.0), ("yelp2018", 0.11, 1.1, 1.0)):
        found = {name: PRESETS[f"paper-{name}-{data}"] for name in ("ssm", "bsl", "directau")}
        assert dict(found["ssm"].settings) == {"temperature": tau}
        assert dict(found["bsl"].settings) == {"temperature": tau, "power": power}
        assert dict(found["directau"].settings) == {"gamma": gamma}
        assert all((p.loss, p.world) == (name, data) for name, p in found.items())
