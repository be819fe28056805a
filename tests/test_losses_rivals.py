"""What is particular to each rival: BCE, MSE, hinge, BSL, DirectAU."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core.geometry import closeness, spread
from mmcl_core.losses import bce, bsl, directau, hinge, mse, ssm


def some_cosines(b: int, n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.uniform(-1, 1, b)), torch.from_numpy(rng.uniform(-1, 1, (b, n)))


def test_bce_of_huge_scores_stays_finite() -> None:
    pos = torch.tensor([-200.0, 200.0], requires_grad=True)
    neg = torch.tensor([[200.0, 200.0], [-200.0, -200.0]], requires_grad=True)
    value = bce(pos, neg)
    value.sum().backward()
    assert value.tolist() == [600.0, 0.0]
    assert pos.grad.tolist() == [-1.0, 0.0]
    assert neg.grad.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_mse_pulls_up_a_negative_below_zero() -> None:
    neg = torch.tensor([[-0.5, 0.5]], requires_grad=True)
    mse(torch.ones(1), neg, 4.0).sum().backward()
    assert neg.grad.tolist() == [[-1.0, 1.0]]


def test_mse_with_negative_weight_n_sums_the_negatives() -> None:
    pos, neg = some_cosines(4, 6)
    summed = (1 - pos) ** 2 / 2 + (neg**2 / 2).sum(1)
    assert mse(pos, neg, 6.0).tolist() == pytest.approx(summed.tolist())


def test_a_negative_of_the_hinge_is_dead_a_margin_below_its_positive() -> None:
    neg = torch.tensor([[0.25, 0.24, 0.26]], dtype=torch.float64, requires_grad=True)
    value = hinge(torch.tensor([0.75], dtype=torch.float64), neg, margin=0.5)
    value.sum().backward()
    assert value.tolist() == pytest.approx([0.01 / 3])
    assert neg.grad.tolist() == [[0.0, 0.0, pytest.approx(1 / 3)]]  # at the margin: the left slope


def test_the_hinge_is_half_the_hinge_on_squared_distances() -> None:
    generator = torch.Generator().manual_seed(0)
    u, v, w = (
        normalize(torch.randn(*shape, generator=generator).double(), dim=-1)
        for shape in ((5, 3), (5, 3), (5, 4, 3))
    )
    near, far = (u - v).square().sum(-1), (u[:, None] - w).square().sum(-1)  # (B,), (B, N)
    by_distance = (0.8 + near[:, None] - far).relu().mean(-1)
    ours = hinge((u * v).sum(-1), (u[:, None] * w).sum(-1), margin=0.4)
    assert by_distance.tolist() == pytest.approx((2 * ours).tolist())


@pytest.mark.parametrize("tau", [0.05, 0.1, 1.0])
def test_bsl_of_different_users_with_power_one_is_ssm_less_log_n(tau: float) -> None:
    pos, neg = some_cosines(6, 9)
    users = torch.tensor([5, 3, 8, 0, 2, 9])
    found = bsl(pos, neg, users, tau, power=1.0)
    assert found.tolist() == pytest.approx((ssm(pos, neg, tau) - math.log(9)).tolist())


@pytest.mark.parametrize("tau", [0.01, 0.05])
def test_bsl_is_stable_at_small_temperatures(tau: float) -> None:
    pos = torch.tensor([1.1, -1.0, 0.2, -1.0], requires_grad=True)
    neg = torch.tensor([[1.0, -1.0], [-1.0, -1.0], [0.0, 0.1], [1.0, 1.0]], requires_grad=True)
    users = torch.tensor([1, 1, 0, 0])
    value = bsl(pos, neg, users, tau, power=1.2)
    value.sum().backward()
    exact = bsl(pos.detach().double(), neg.detach().double(), users, tau, power=1.2)
    assert value.tolist() == pytest.approx(exact.tolist(), rel=1e-5)
    assert torch.isfinite(pos.grad).all()
    assert torch.isfinite(neg.grad).all()


def test_bsl_hardly_pulls_a_positive_that_stands_out_badly() -> None:
    pos = torch.tensor([0.9, 0.5, 0.5], requires_grad=True)
    bsl(pos, torch.zeros(3, 2), torch.tensor([7, 7, 3]), temperature=0.1).sum().backward()
    share = 1 / (1 + math.exp((0.9 - 0.5) / 0.1))  # the softmax over the user's two positives
    expected = [-2 * (1 - share) / 0.1, -2 * share / 0.1, -1 / 0.1]
    assert pos.grad.tolist() == pytest.approx(expected)


def test_bsl_shares_the_positives_of_a_user_but_not_the_negatives() -> None:
    pos, neg = some_cosines(4, 5)
    users = torch.tensor([2, 0, 2, 2])
    value = bsl(pos, neg, users, 0.2, power=1.3)
    pushes = 1.3 * torch.logsumexp(neg / 0.2, -1)
    assert (value[0] - value[2]).item() == pytest.approx((pushes[0] - pushes[2]).item())
    moved = neg.clone()
    moved[3] += 0.1
    assert bsl(pos, moved, users, 0.2, power=1.3)[[0, 2]].tolist() == value[[0, 2]].tolist()
    raised = pos.clone()
    raised[3] += 0.1
    lower = bsl(raised, neg, users, 0.2, power=1.3) - value
    assert (lower[[0, 2, 3]] < -1e-3).all()
    assert lower[1] == 0


def some_vectors(b: int, d: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(b)
    return tuple(torch.randn(b, d, generator=generator).double() for _ in range(2))


def test_directau_is_closeness_and_spread() -> None:
    u, v = some_vectors(8)
    expected = closeness(u, v) + 1.5 * (spread(u) + spread(v)) / 2
    assert directau(u, v, 1.5).mean().item() == pytest.approx(expected)
    assert directau(u, v, 0.0).mean().item() == pytest.approx(closeness(u, v))


def test_directau_does_not_see_lengths() -> None:
    u, v = some_vectors(5)
    longer = directau(u * torch.arange(1, 6)[:, None], v / 7)
    assert longer.tolist() == pytest.approx(directau(u, v).tolist())


def test_a_batch_of_one_has_no_uniformity() -> None:
    u, v = some_vectors(1)
    u.requires_grad_()
    value = directau(u, v, 10.0)
    value.sum().backward()
    assert value.tolist() == pytest.approx([closeness(u.detach(), v)])
    assert torch.isfinite(u.grad).all()


def test_directau_of_one_point_is_zero_and_still() -> None:
    point = torch.ones(4, 3, dtype=torch.float64, requires_grad=True)
    value = directau(point, point.detach(), 5.0)
    value.sum().backward()
    assert value.tolist() == pytest.approx([0.0] * 4, abs=1e-12)
    assert point.grad.abs().max() < 1e-12


def test_following_directau_aligns_pairs_and_spreads_the_rest() -> None:
    u, v = (x.requires_grad_() for x in some_vectors(20))
    with torch.no_grad():  # crowded into a cap, and not aligned
        u += 2
        v += 2
    before = closeness(u.detach(), v.detach()), spread(u.detach()), spread(v.detach())
    for _ in range(200):
        by_u, by_v = torch.autograd.grad(directau(u, v).mean(), (u, v))
        with torch.no_grad():
            u -= 2 * by_u
            v -= 2 * by_v
    after = closeness(u.detach(), v.detach()), spread(u.detach()), spread(v.detach())
    assert all(now < then - 0.1 for now, then in zip(after, before, strict=True))
