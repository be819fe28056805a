"""Cosines and pushes in bins: the same chance and noise as the vectors give."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mmcl_core.geometry import push_budget
from mmcl_core.losses import Loss
from mmcl_core.noise import active_by_user, binned, deviation, in_bins, one_negative, relative_noise

AT_EDGES = (
    Loss("mmcl", margins=(0.2, 0.4, 0.6, 0.8), negative_weight=2.0),
    Loss("ccl", margin=0.9, negative_weight=150.0),
    Loss("ccl", margin=-1.0),
)


@pytest.fixture(scope="module")
def vectors() -> tuple[Tensor, Tensor]:
    """Return users and items of a small trained crowd, in three dimensions."""
    generator = torch.Generator().manual_seed(3)
    crowd = torch.tensor([1.0, 0.5, 0.0])
    users = crowd + torch.randn(12, 3, generator=generator)
    return users, crowd + torch.randn(900, 3, generator=generator)


def cosines(users: Tensor, items: Tensor) -> Tensor:
    u, v = (one.double() / one.double().norm(dim=1, keepdim=True) for one in (users, items))
    return u @ v.T


@pytest.mark.parametrize("loss", AT_EDGES, ids=str)
def test_margins_at_edges_are_exact(loss: Loss, vectors: tuple[Tensor, Tensor]) -> None:
    kept = binned(*vectors)
    active = active_by_user(cosines(*vectors), loss)
    assert torch.allclose(kept.active_by_user(loss), active, atol=1e-9)
    one = one_negative(loss, *vectors)
    assert kept.relative_noise(loss) == pytest.approx(relative_noise(one), rel=1e-4)
    assert kept.deviation(loss) == pytest.approx(deviation(one), rel=1e-4)
    assert loss.staircase
    budget = push_budget(cosines(*vectors), *loss.staircase)
    assert kept.budget(loss) == pytest.approx(budget, rel=1e-6)


def test_margins_between_edges_are_near(vectors: tuple[Tensor, Tensor]) -> None:
    loss = Loss("mmcl", margins=(0.213, 0.551, 0.777), weights=(0.2, 0.3, 0.5))
    kept = binned(*vectors)
    off = kept.active_by_user(loss) - active_by_user(cosines(*vectors), loss)
    assert off.abs().max() < 0.01
    exact = relative_noise(one_negative(loss, *vectors))
    assert kept.relative_noise(loss) == pytest.approx(exact, rel=0.02)


def test_an_edge_belongs_to_the_bin_below() -> None:
    edges = torch.tensor([-1.0, -0.99, -0.5, -0.499, 0.0, 0.5, 0.501, 1.0])
    assert in_bins(edges, 100).tolist() == [0, 0, 24, 25, 49, 74, 75, 99]


def test_where_nobody_is_pushed_there_is_no_noise(vectors: tuple[Tensor, Tensor]) -> None:
    loss = Loss("mmcl", negative_weight=0.0)
    kept = binned(*vectors)
    assert kept.active_by_user(loss).tolist() == [0.0] * 12
    assert math.isnan(kept.relative_noise(loss))
    assert kept.budget(loss) == kept.deviation(loss) == 0


def test_a_softmax_is_refused(vectors: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(ValueError, match="Expected a loss with margins"):
        binned(*vectors).relative_noise(Loss("ssm"))
