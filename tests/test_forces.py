"""Forces: what a loss says about each score, against autograd of the loss itself."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from mmcl_core.losses import LOSSES, Inputs, Loss, forces

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in LOSSES),
    ("mmcl", {"margins": (0.6, 0.7, 0.8, 0.9), "weights": (0.05, 0.15, 0.2, 0.6)}),
    ("mmcl", {"margins": (0.3, 0.3, -0.5), "weights": (0.2, 0.3, 0.5)}),
    ("mmcl", {"margins": (0.0, 0.5), "weights": (0.0, 1.0)}),  # the first margin pushes nobody
    ("mmcl", {"margins": [k / 16 for k in range(16)], "weights": [1 / 16] * 16}),
    ("ccl", {"margin": -1.0, "negative_weight": 3.0, "positive_weight": 0.5}),
    ("ccl", {"margin": 1.0}),
    ("ccl", {"negative_weight": 0.0}),
    ("ccl", {"positive_weight": 0.0}),
]


def batch_of(n: int, dtype: torch.dtype) -> Inputs:
    g = torch.Generator().manual_seed(n)
    pos, neg = (torch.rand(*shape, generator=g).mul(2.2).sub(1.1) for shape in ((7,), (7, n)))
    neg.view(-1)[:4] = torch.tensor([0.3, -1.0, 0.5, 1.0])[: neg.numel()]  # exactly at margins
    pos[:2] = torch.tensor([1.0, 0.0])
    vectors = (torch.randn(7, 4, generator=g).to(dtype) for _ in range(2))
    return Inputs(pos.to(dtype), neg.to(dtype), torch.tensor([3, 0, 3, 9, 3, 0, 1]), *vectors)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n", [1, 10, 800])
@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_forces_are_the_derivatives(
    name: str, settings: dict[str, Any], n: int, dtype: torch.dtype
) -> None:
    loss, batch = Loss(name, **settings), batch_of(n, dtype)
    needs = loss.spec.needs
    leaves = {k: t.clone() for k, t in zip(needs, batch.of(needs), strict=True)}
    floats = [k for k, t in leaves.items() if t.is_floating_point()]
    for k in floats:
        leaves[k].requires_grad_()
    value = loss(*leaves.values()).mean()
    wanted = dict(zip(floats, torch.autograd.grad(value, [leaves[k] for k in floats]), strict=True))
    found = forces(loss, batch)
    near = 1e-5 if dtype == torch.float32 else 1e-10
    assert found.loss == pytest.approx(value.item(), rel=near)
    by_pos = wanted.get("pos", torch.zeros(7, dtype=dtype))
    assert torch.allclose(found.positive, by_pos, rtol=near, atol=0)
    whole = torch.zeros_like(batch.neg)
    whole[found.rows, found.columns] = found.negative
    by_neg = wanted.get("neg", torch.zeros_like(batch.neg))
    assert torch.allclose(whole, by_neg, rtol=near, atol=0)
    assert bool((found.negative != 0).all()), "a dead negative is listed"
    assert bool((found.rows.diff() >= 0).all())
    assert (found.vectors is None) == ("user_vectors" not in needs)
    for by, k in zip(found.vectors or (), ("user_vectors", "item_vectors"), strict=False):
        assert torch.allclose(by, wanted[k], rtol=near, atol=0)
    assert not any(t.requires_grad for t in vars(batch).values())


def test_the_hinge_lists_only_what_it_pushes() -> None:
    batch = batch_of(10, torch.float64)
    found = forces(Loss("hinge", margin=0.3), batch)
    pushed = (batch.neg > batch.pos[:, None] - 0.3).nonzero()
    assert 10 < len(pushed) < 60
    assert torch.equal(torch.stack([found.rows, found.columns], 1), pushed)


@pytest.mark.parametrize("name", LOSSES)
def test_an_input_that_is_no_number_is_not_passed_over(name: str) -> None:
    batch = batch_of(3, torch.float32)
    batch.pos[:], batch.neg[:] = 1, -0.9
    batch.neg[1, 1] = batch.user_vectors[1, 1] = torch.nan
    assert math.isnan(forces(Loss(name), batch).loss)


def test_a_batch_without_what_the_loss_needs_is_refused() -> None:
    with pytest.raises(ValueError, match="a batch with pos, neg, users, got none of users"):
        forces(Loss("bsl"), Inputs(torch.ones(2), torch.ones(2, 3)))
