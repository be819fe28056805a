"""The push of one negative exactly, noise in lengths of the mean, aim, and what samplers draw."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from mmcl_core.data import Positives
from mmcl_core.losses import Loss
from mmcl_core.noise import (
    DrawnShares,
    PushNoise,
    active_by_user,
    aim,
    any_active,
    deviation,
    drawn_any_active,
    drawn_shares,
    one_negative,
    push,
    push_noise,
    relative_noise,
)
from mmcl_core.sampling import Sampler

N_USERS, N_ITEMS, DIM = 6, 20, 4
LOSSES = {
    "mmcl": Loss("mmcl", negative_weight=2.0),
    "ccl": Loss("ccl", margin=0.6, negative_weight=5.0),
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def vectors() -> tuple[Tensor, Tensor]:
    """Return users and items that crowd a little and have all lengths."""
    crowd = torch.ones(DIM, dtype=torch.float64)
    users = crowd + torch.randn(N_USERS, DIM, generator=generator(1), dtype=torch.float64)
    return users, crowd + torch.randn(N_ITEMS, DIM, generator=generator(2), dtype=torch.float64)


@pytest.fixture
def known() -> Positives:
    return Positives.from_pairs([0, 1, 2, 3, 4, 5], [3, 7, 3, 0, 1, 3], N_USERS, N_ITEMS)


def table(users: Tensor, items: Tensor) -> Tensor:
    units = [one / one.norm(dim=1, keepdim=True) for one in (users, items)]
    return units[0] @ units[1].T


@pytest.mark.parametrize("name", LOSSES)
def test_one_negative_is_the_mean_and_variance_over_all_items(
    name: str, vectors: tuple[Tensor, Tensor]
) -> None:
    users, items = vectors
    found = one_negative(LOSSES[name], users, items)
    for u in range(N_USERS):
        alike = users[u].expand(N_ITEMS, -1)
        each = push(LOSSES[name], alike, alike, items, torch.arange(N_ITEMS)[:, None])  # (I, D)
        assert torch.allclose(found.mean[u], each.mean(0), atol=1e-12)
        spread = each.var(0, correction=0).sum()
        assert found.variance[u].item() == pytest.approx(spread.item(), rel=1e-9)


@pytest.mark.parametrize("n", [1, 4])
def test_drawing_finds_the_exact_noise_over_root_n(
    n: int, vectors: tuple[Tensor, Tensor], known: Positives
) -> None:
    users, items = vectors
    pairs = torch.arange(N_USERS), torch.from_numpy(known.items.copy())
    loss = LOSSES["mmcl"]
    found = push_noise(loss, users, items, pairs, Sampler(n=n), known, 4000, generator())
    exact = relative_noise(one_negative(loss, users, items)) / math.sqrt(n)
    assert relative_noise(found, 4000) == pytest.approx(exact, rel=0.06)
    assert aim(found, one_negative(loss, users, items).mean, 4000) == pytest.approx(1, abs=0.01)


def test_a_negative_weight_cancels_from_the_relative_noise(vectors: tuple[Tensor, Tensor]) -> None:
    light, heavy = (
        relative_noise(one_negative(Loss("ccl", margin=0.6, negative_weight=w), *vectors))
        for w in (1.0, 50.0)
    )
    assert light == pytest.approx(heavy)
    assert light > relative_noise(one_negative(LOSSES["mmcl"], *vectors))  # few kicks, many nudges


def test_what_chance_adds_to_the_mean_is_taken_off() -> None:
    truth, draws, seeds = torch.tensor([[1.2, 1.6]], dtype=torch.float64), 5, range(400)
    corrected, naive = [], []
    for seed in seeds:
        drawn = truth + torch.randn(draws, 1, 2, generator=generator(seed), dtype=torch.float64)
        variance, mean = torch.var_mean(drawn, 0)
        found = PushNoise(mean, variance.sum(1))
        corrected.append((deviation(found) / relative_noise(found, draws)) ** 2)
        naive.append((deviation(found) / relative_noise(found)) ** 2)
    assert sum(corrected) / len(seeds) == pytest.approx(4, abs=0.2)
    assert sum(naive) / len(seeds) > 4.3


def test_where_nobody_is_pushed_there_is_no_noise_and_no_aim(
    vectors: tuple[Tensor, Tensor],
) -> None:
    for loss in (Loss("ccl", margin=1.0), Loss("mmcl", negative_weight=0.0)):
        found = one_negative(loss, *vectors)
        assert math.isnan(relative_noise(found))
        assert math.isnan(aim(found, found.mean))


def test_a_softmax_has_no_push_of_one_negative(vectors: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(ValueError, match="Expected a loss with margins"):
        one_negative(Loss("ssm"), *vectors)


def shares(cosines: Tensor, likes: tuple[Positives, Positives], **sampler: Any) -> DrawnShares:
    loss = LOSSES["ccl"]
    return drawn_shares(cosines, loss, Sampler(**sampler), likes, 1500, generator(3))


def test_shares_of_uniform_draws_are_those_of_the_table(
    vectors: tuple[Tensor, Tensor], known: Positives
) -> None:
    cosines = table(*vectors)
    more = Positives.from_pairs([0, 1], [5, 6], N_USERS, N_ITEMS)
    active = active_by_user(cosines, LOSSES["ccl"])
    found = shares(cosines, (known, known.union(more)), n=3)
    assert found.active == pytest.approx(float(active.mean()), abs=0.01)
    assert found.any_active == pytest.approx(any_active(active, 3), abs=0.015)
    assert found.false == pytest.approx(8 / (N_USERS * N_ITEMS), abs=0.005)
    assert found.known == pytest.approx(6 / (N_USERS * N_ITEMS), abs=0.005)


def test_harder_draws_are_active_more_often_and_rejecting_leaves_unknown_likes(
    vectors: tuple[Tensor, Tensor],
) -> None:
    cosines = table(*vectors)
    closest = cosines.topk(2, dim=1).indices.numpy()  # (U, 2): the likes are the closest items
    everyone = range(N_USERS)
    known = Positives.from_pairs(everyone, closest[:, 0], N_USERS, N_ITEMS)
    likes = known.union(Positives.from_pairs(everyone, closest[:, 1], N_USERS, N_ITEMS))
    plain = shares(cosines, (known, likes), n=1)
    hard = shares(cosines, (known, likes), kind="hardest", n=1, pool=10)
    told = shares(cosines, (known, likes), kind="hardest", n=1, pool=10, reject_positives=True)
    assert hard.active > plain.active + 0.1
    assert hard.false > plain.false + 0.4
    assert told.known == 0 < told.false < hard.false


def test_drawn_shares_and_drawn_any_active_see_the_same_sets(
    vectors: tuple[Tensor, Tensor], known: Positives
) -> None:
    given = table(*vectors), LOSSES["mmcl"], Sampler(n=2)
    one = drawn_any_active(*given, known, 20, generator(4))
    assert drawn_shares(*given, (known, known), 20, generator(4)).any_active == pytest.approx(one)
