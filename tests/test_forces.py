"""Forces: what a loss says about each score, against autograd of the loss itself."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from mmcl_core.losses import LOSSES, Loss, forces

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


def scores(n: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(n)
    pos, neg = (torch.rand(*shape, generator=g).mul(2.2).sub(1.1) for shape in ((7,), (7, n)))
    neg.view(-1)[:4] = torch.tensor([0.3, -1.0, 0.5, 1.0])[: neg.numel()]  # exactly at margins
    pos[:2] = torch.tensor([1.0, 0.0])
    return pos.to(dtype), neg.to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n", [1, 10, 800])
@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_forces_are_the_derivatives(
    name: str, settings: dict[str, Any], n: int, dtype: torch.dtype
) -> None:
    loss = Loss(name, **settings)
    pos, neg = (x.requires_grad_() for x in scores(n, dtype))
    value = loss(pos, neg).mean()
    by_pos, by_neg = torch.autograd.grad(value, (pos, neg))
    found = forces(loss, pos.detach(), neg.detach())
    near = 1e-5 if dtype == torch.float32 else 1e-10
    assert found.loss == pytest.approx(value.item(), rel=near)
    assert torch.allclose(found.positive, by_pos, rtol=near, atol=0)
    whole = torch.zeros_like(by_neg)
    whole[found.rows, found.columns] = found.negative
    assert torch.allclose(whole, by_neg, rtol=near, atol=0)
    assert bool((found.negative != 0).all()), "a dead negative is listed"


@pytest.mark.parametrize("name", LOSSES)
def test_a_score_that_is_no_number_is_not_passed_over(name: str) -> None:
    neg = torch.full((2, 3), -0.9)
    neg[1, 1] = torch.nan
    assert math.isnan(forces(Loss(name), torch.ones(2), neg).loss)
