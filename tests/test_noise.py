"""How many negatives: the chance that one is active, the push, and its noise."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core.data import Positives
from mmcl_core.geometry import active_share
from mmcl_core.losses import LOSSES, Loss
from mmcl_core.noise import (
    PushNoise,
    active_by_user,
    any_active,
    drawn_any_active,
    push,
    push_noise,
)
from mmcl_core.sampling import KINDS, Sampler

WITH_NEGATIVES = [name for name, spec in LOSSES.items() if spec.has_negatives]
SEPARABLE = {  # a negative's force does not depend on the other negatives
    "mmcl": {"negative_weight": 2.0},
    "ccl": {"margin": 0.3, "negative_weight": 2.0},
    "mse": {"negative_weight": 2.0},
    "hinge": {"margin": 0.5},
    "bpr": {},
}
N_USERS, N_ITEMS, DIM = 5, 12, 4
MMCL = Loss("mmcl", negative_weight=2.0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def users() -> Tensor:
    return torch.randn(N_USERS, DIM, generator=generator(1), dtype=torch.float64)


@pytest.fixture
def items() -> Tensor:
    """Return items that crowd a little, so that some are active."""
    crowd = torch.ones(DIM, dtype=torch.float64)
    return crowd + torch.randn(N_ITEMS, DIM, generator=generator(2), dtype=torch.float64)


@pytest.fixture
def known() -> Positives:
    return Positives.from_pairs([0, 0, 1, 2, 3, 4], [3, 7, 3, 0, 1, 3], N_USERS, N_ITEMS)


def pairs_of(known: Positives) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(known.users.copy()), torch.from_numpy(known.items.copy())


def noise_of(
    loss: Loss, users: Tensor, items: Tensor, known: Positives, sampler: Sampler, draws: int = 4000
) -> PushNoise:
    return push_noise(loss, users, items, pairs_of(known), sampler, known, draws, generator(5))


def by_autograd(loss: Loss, user: Tensor, positive: Tensor, negatives: Tensor) -> Tensor:
    """Differentiate one positive's loss by its user, with the positive's score held fixed."""
    leaf = user.clone().requires_grad_()

    def score(item: Tensor) -> Tensor:
        if loss.spec.score == "dot":
            return leaf @ item
        return normalize(leaf, dim=0) @ normalize(item, dim=0)

    p = score(positive).detach()[None]
    s = torch.stack([score(item) for item in negatives])[None]  # (1, N)
    given = {"pos": p, "neg": s, "users": torch.zeros(1, dtype=torch.int64)}
    value = loss(*(given[name] for name in loss.spec.needs)).sum()
    (found,) = torch.autograd.grad(value, leaf)
    length = user.norm() if loss.spec.score == "cosine" else 1.0
    return found * length  # that of a unit vector


# The chance that at least one is active


def test_each_user_has_an_active_share_of_its_own(users: Tensor, items: Tensor) -> None:
    cosines = normalize(users, dim=1) @ normalize(items, dim=1).T
    stairs = MMCL.staircase
    assert stairs is not None
    found = active_by_user(cosines, MMCL)
    assert found.tolist() == [sum(s > 0.2 for s in row) / N_ITEMS for row in cosines.tolist()]
    assert found.min() < found.max()
    share = active_share(cosines, stairs.margins, stairs.weights)
    assert found.mean().item() == pytest.approx(share)


def test_a_margin_without_a_band_weight_reaches_nobody() -> None:
    loss = Loss("mmcl", margins=[0.2, 0.8], weights=[0.0, 1.0])
    assert active_by_user(torch.tensor([[0.5, 0.9]]), loss).tolist() == [0.5]


@pytest.mark.parametrize("n", [1, 2, 7])
def test_the_chance_is_a_mean_over_users_not_of_their_mean(n: int) -> None:
    shares = [0.0, 0.1, 0.6]
    by_hand = sum(1 - math.prod([1 - a] * n) for a in shares) / 3
    found = any_active(torch.tensor(shares, dtype=torch.float64), n)
    assert found == pytest.approx(by_hand)
    of_the_mean = 1 - (1 - sum(shares) / 3) ** n
    assert found < of_the_mean or n == 1


def test_drawing_finds_the_chance(users: Tensor, items: Tensor, known: Positives) -> None:
    cosines = normalize(users, dim=1) @ normalize(items, dim=1).T
    for n in (1, 3):
        chance = any_active(active_by_user(cosines, MMCL), n)
        assert 0.2 < chance < 0.98
        found = drawn_any_active(cosines, MMCL, Sampler(n=n), known, 4000, generator())
        assert found == pytest.approx(chance, abs=0.015)


def test_drawing_asks_the_sampler(users: Tensor, items: Tensor, known: Positives) -> None:
    cosines = normalize(users, dim=1) @ normalize(items, dim=1).T
    hardest = Sampler("hardest", n=1, pool=200)
    has_one = (cosines > 0.2).any(1).double().mean().item()
    found = drawn_any_active(cosines, MMCL, hardest, known, 20, generator())
    assert found == pytest.approx(has_one)
    distinct = Sampler(n=N_ITEMS, replacement=False)
    assert drawn_any_active(cosines, MMCL, distinct, known, 3, generator()) == has_one


# The push


@pytest.mark.parametrize("name", WITH_NEGATIVES)
def test_the_push_is_the_gradient_through_the_negatives(
    name: str, users: Tensor, items: Tensor
) -> None:
    loss = Loss(name, **SEPARABLE.get(name, {}))
    drawn = torch.tensor([[0, 5, 5], [3, 2, 11], [1, 1, 1]])
    found = push(loss, users[:3], items[:3], items, drawn)
    for i in range(3):
        expected = by_autograd(loss, users[i], items[i], items[drawn[i]])
        torch.testing.assert_close(found[i], expected)
    assert found.abs().max() > 0.05


def test_along_the_sphere_nothing_points_up(users: Tensor, items: Tensor) -> None:
    drawn = torch.arange(N_ITEMS).expand(N_USERS, -1)
    for name in ("mmcl", "ssm"):
        found = push(Loss(name), users, items[:N_USERS], items, drawn)
        along = (found * normalize(users, dim=1)).sum(1)
        torch.testing.assert_close(along, torch.zeros_like(along), atol=1e-10, rtol=0)


def test_only_directions_count_for_cosines(users: Tensor, items: Tensor) -> None:
    drawn = torch.tensor([[0, 5]])
    one, other = (push(MMCL, k * users[:1], items[:1], k * items, drawn) for k in (1.0, 3.0))
    torch.testing.assert_close(one, other)
    dots = [push(Loss("bpr"), k * users[:1], items[:1], items, drawn) for k in (1.0, 3.0)]
    assert not torch.allclose(*dots)


# Its noise


@pytest.mark.parametrize("name", SEPARABLE)
def test_n_keeps_the_mean_and_divides_the_variance(
    name: str, users: Tensor, items: Tensor, known: Positives
) -> None:
    loss = Loss(name, **SEPARABLE[name])
    who, liked = pairs_of(known)
    everything = torch.arange(N_ITEMS).expand(len(who), -1)
    exact = push(loss, users[who], items[liked], items, everything)
    each = torch.stack(
        [
            push(loss, users[who], items[liked], items, everything[:, j : j + 1])
            for j in everything[0]
        ]
    )  # (I, B, D): the push of each item alone
    of_one = (each - exact).square().sum(2).mean(0)  # (B,)
    for n in (1, 4, 16):
        found = noise_of(loss, users, items, known, Sampler(n=n))
        error = (of_one / n / 4000).sqrt()
        assert ((found.mean - exact).norm(dim=1) < 4 * error + 1e-9).all()
        torch.testing.assert_close(found.variance, of_one / n, rtol=0.15, atol=1e-12)


def test_n_changes_what_a_softmax_asks_for(users: Tensor, items: Tensor, known: Positives) -> None:
    found = {n: noise_of(Loss("ssm"), users, items, known, Sampler(n=n)) for n in (1, 16)}
    error = (found[1].variance / 4000).sqrt()
    assert ((found[1].mean - found[16].mean).norm(dim=1) > 20 * error).any()
    assert (found[16].variance * 16 > 2 * found[1].variance).any()


def test_a_single_negative_of_a_softmax_is_pushed_whatever_its_cosine(
    users: Tensor, items: Tensor
) -> None:
    everybody = Loss("ccl", margin=-1.0, negative_weight=1 / 0.1)
    drawn = torch.tensor([[4], [9]])
    one, other = (
        push(loss, users[:2], items[:2], items, drawn) for loss in (Loss("ssm"), everybody)
    )
    torch.testing.assert_close(one, other)


def test_the_sampler_changes_the_mean(users: Tensor, items: Tensor, known: Positives) -> None:
    uniform, popular = (
        noise_of(MMCL, users, items, known, Sampler(kind, 4)).mean
        for kind in ("uniform", "popularity")
    )
    assert (uniform - popular).norm() > 0.1 * uniform.norm()
    hardest = noise_of(MMCL, users, items, known, Sampler("hardest", 1, pool=200), draws=20)
    who, liked = pairs_of(known)
    cosines = normalize(users, dim=1) @ normalize(items, dim=1).T
    top = cosines[who].argmax(1, keepdim=True)
    expected = push(MMCL, users[who], items[liked], items, top)
    torch.testing.assert_close(hardest.mean, expected)
    assert hardest.variance.max() < 1e-20


@pytest.mark.parametrize("kind", KINDS)
def test_sets_are_drawn_anew_whatever_the_sampler(
    kind: str, users: Tensor, items: Tensor, known: Positives
) -> None:
    sampler = Sampler(kind, 2, pool=3 if kind == "hardest" else 0)
    few, many = (
        noise_of(Loss("mse"), users, items, known, sampler, draws) for draws in (300, 3000)
    )
    assert (few.variance > 0).all()
    torch.testing.assert_close(few.variance, many.variance, rtol=0.35, atol=1e-9)


def test_the_variance_is_that_of_the_estimates(
    users: Tensor, items: Tensor, known: Positives
) -> None:
    found = noise_of(MMCL, users, items, known, Sampler("shared", 3), draws=7)
    assert found.mean.shape == (len(known), DIM)
    who, liked = pairs_of(known)
    one = generator(5)
    again = torch.stack(
        [
            push(MMCL, users[who], items[liked], items, Sampler("shared", 3).draw(who, known, one))
            for _ in range(7)
        ]
    )  # (7, B, D)
    torch.testing.assert_close(found.mean, again.mean(0))
    torch.testing.assert_close(found.variance, again.var(0).sum(1))


def test_the_generator_decides(users: Tensor, items: Tensor, known: Positives) -> None:
    before = torch.get_rng_state()
    first, again = (noise_of(MMCL, users, items, known, Sampler(n=2), draws=5) for _ in range(2))
    assert torch.equal(first.mean, again.mean)
    other = push_noise(MMCL, users, items, pairs_of(known), Sampler(n=2), known, 5, generator(6))
    assert not torch.equal(first.mean, other.mean)
    assert torch.equal(torch.get_rng_state(), before)


def test_tables_in_use_are_left_alone(users: Tensor, items: Tensor, known: Positives) -> None:
    leaf, kept = users.float().requires_grad_(), users.float()
    found = noise_of(MMCL, leaf, items.float(), known, Sampler(n=2), draws=4)
    assert not found.mean.requires_grad
    assert found.mean.dtype == found.variance.dtype == torch.float64
    assert torch.equal(leaf.detach(), kept)


# What is refused


@pytest.mark.parametrize("shares", [[1.2], [-0.1], [math.nan], []])
def test_shares_are_shares(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="share in"):
        any_active(torch.tensor(shares), 2)


@pytest.mark.parametrize("n", [0, 1.5, True])
def test_n_is_a_whole_number(n: Any) -> None:
    with pytest.raises(ValueError, match="number of negatives"):
        any_active(torch.tensor([0.5]), n)


def test_a_loss_without_margins_has_no_dead(known: Positives) -> None:
    cosines = torch.zeros(N_USERS, N_ITEMS)
    with pytest.raises(ValueError, match="a loss with margins, got SSM"):
        active_by_user(cosines, Loss("ssm"))
    with pytest.raises(ValueError, match="a loss with margins"):
        drawn_any_active(cosines, Loss("bpr"), Sampler(), known, 2, generator())


@pytest.mark.parametrize("shape", [(3,), (0, 2), (2, 0)])
def test_cosines_are_of_every_user_with_every_item(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(U, I\)"):
        active_by_user(torch.zeros(shape), MMCL)


def test_a_loss_without_negatives_is_refused(
    users: Tensor, items: Tensor, known: Positives
) -> None:
    with pytest.raises(ValueError, match="a loss that has negatives, got DirectAU"):
        push(Loss("directau"), users, items[:N_USERS], items, torch.zeros(N_USERS, 1).long())
    with pytest.raises(ValueError, match="a loss that has negatives"):
        noise_of(Loss("directau"), users, items, known, Sampler(), draws=2)


def test_too_few_draws_are_refused(users: Tensor, items: Tensor, known: Positives) -> None:
    with pytest.raises(ValueError, match="draws"):
        noise_of(MMCL, users, items, known, Sampler(), draws=1)
    with pytest.raises(ValueError, match="draws"):
        drawn_any_active(torch.zeros(N_USERS, N_ITEMS), MMCL, Sampler(), known, 0, generator())


def test_the_sampler_checks_the_users(users: Tensor, items: Tensor, known: Positives) -> None:
    sampler = replace(Sampler(), n=50, replacement=False)
    with pytest.raises(ValueError, match="without replacement"):
        noise_of(MMCL, users, items, known, sampler, draws=2)
