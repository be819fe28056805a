from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core import geometry
from mmcl_core.data import Interactions
from mmcl_core.geometry import (
    active_share,
    band_shares,
    bands,
    budget_by_margin,
    closeness,
    leverage,
    project,
    push_budget,
    sample_cosines,
    spread,
)
from mmcl_core.losses import Loss, mmcl, slope

MARGINS, WEIGHTS = [0.8, 0.2, 0.5], [0.6, 0.1, 0.3]
THOUSANDTHS = st.integers(-1000, 1000).map(lambda n: n / 1000)


def vectors(n: int, dim: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dim, generator=generator, dtype=torch.float64)


def naive_unit(x: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in x))
    return [value / length for value in x]


def naive_distance(x: list[float], y: list[float]) -> float:
    pairs = zip(naive_unit(x), naive_unit(y), strict=True)
    return sum((a - b) ** 2 for a, b in pairs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_cosine_at_a_margin_is_in_the_band_below(dtype: torch.dtype) -> None:
    for lower, margin in enumerate(sorted(MARGINS)):
        at = torch.tensor(margin, dtype=dtype)
        around = torch.stack([torch.nextafter(at, at - 1), at, torch.nextafter(at, at + 1)])
        assert bands(around, MARGINS).tolist() == [lower, lower, lower + 1]
        # So the band is the number of steps of the staircase that were climbed.
        assert slope(around, MARGINS, [1.0, 1.0, 1.0]).tolist() == [lower, lower, lower + 1]


def test_repeated_margins_skip_a_band() -> None:
    assert bands(torch.tensor([0.5, 0.6]), [0.5, 0.5]).tolist() == [0, 2]
    assert band_shares(torch.tensor([0.5, 0.6]), [0.5, 0.5]).tolist() == [0.5, 0, 0.5]


@given(
    st.lists(THOUSANDTHS, min_size=1, max_size=20), st.lists(THOUSANDTHS, min_size=1, max_size=5)
)
def test_bands_and_shares_count_margins(cosines: list[float], margins: list[float]) -> None:
    s = torch.tensor(cosines, dtype=torch.float64)
    expected = [sum(m < c for m in margins) for c in cosines]
    assert bands(s, margins).tolist() == expected
    shares = band_shares(s.reshape(1, -1), margins)
    counted = [expected.count(band) / len(cosines) for band in range(len(margins) + 1)]
    assert shares.tolist() == pytest.approx(counted)


@given(st.lists(THOUSANDTHS, min_size=1, max_size=20))
def test_the_budget_is_the_mean_slope(cosines: list[float]) -> None:
    s = torch.tensor(cosines, dtype=torch.float64)
    pairs = list(zip(MARGINS, WEIGHTS, strict=True))
    naive = [60.0 * sum(w for m, w in pairs if c > m) for c in cosines]
    budget = push_budget(s, MARGINS, WEIGHTS, 60.0)
    assert budget == pytest.approx(sum(naive) / len(naive))
    assert active_share(s, MARGINS, WEIGHTS) == sum(value > 0 for value in naive) / len(naive)
    by_margin = budget_by_margin(s, MARGINS, WEIGHTS, 60.0)
    of_margin = [sum(60.0 * w for c in cosines if c > m) / len(cosines) for m, w in sorted(pairs)]
    assert by_margin.tolist() == pytest.approx(of_margin)
    assert by_margin.sum().item() == pytest.approx(budget)


@pytest.mark.parametrize("margin", [-0.9, 0.0, 0.4, 0.9])
def test_with_one_margin_the_budget_is_share_times_weight(margin: float) -> None:
    s = torch.linspace(-1, 1, 501)
    share = active_share(s, [margin], [1.0])
    assert 0 < share < 1
    assert push_budget(s, [margin], [1.0], 25.0) == pytest.approx(25.0 * share)


def test_the_budget_is_the_expected_push_of_the_loss() -> None:
    s = torch.linspace(-1, 1, 101, dtype=torch.float64, requires_grad=True)
    mmcl(torch.ones(1, dtype=s.dtype), s[None], MARGINS, WEIGHTS, 1.0, 60.0).sum().backward()
    assert push_budget(s.detach(), MARGINS, WEIGHTS, 60.0) == pytest.approx(s.grad.sum().item())


def test_a_margin_without_weight_does_not_make_a_pair_active() -> None:
    s = torch.tensor([0.1, 0.3, 0.9])
    assert active_share(s, [0.2, 0.8], [0.0, 1.0]) == pytest.approx(1 / 3)
    assert active_share(s, [0.2, 0.8], [0.0, 0.0]) == 0


@pytest.mark.parametrize("margin", [-0.8, -0.25, 0.0, 0.3, 0.6, 0.9])
def test_on_the_sphere_the_share_above_a_margin_is_its_cap(margin: float) -> None:
    # Archimedes: of the area of a sphere in three dimensions (1 - m) / 2 lies above height m.
    n = 40_000
    s = torch.cosine_similarity(vectors(n, 3, seed=1), vectors(n, 3, seed=2))
    cap = (1 - margin) / 2
    error = math.sqrt(cap * (1 - cap) / n)
    assert abs(active_share(s, [margin], [1.0]) - cap) < 4 * error


@given(THOUSANDTHS)
def test_leverage_is_the_sine(cosine: float) -> None:
    found = leverage(torch.tensor([cosine], dtype=torch.float64)).item()
    assert found == pytest.approx(math.sin(math.acos(cosine)), abs=1e-12)


def test_leverage_of_what_passes_one_is_zero() -> None:
    assert leverage(torch.tensor([1.0, 1.0000001, -1.0000001, 1.2])).tolist() == [0, 0, 0, 0]


def test_the_force_on_a_user_is_slope_times_leverage() -> None:
    u, v = vectors(1, 5, seed=3)[0] * 2, vectors(1, 5, seed=4)[0]
    if torch.dot(u, v) < 0:
        v = -v
    v = v + u / 2
    u.requires_grad_()
    s = torch.cosine_similarity(u, v, dim=0)
    mmcl(torch.ones(1, dtype=u.dtype), s[None, None], [0.1], [1.0], 1.0, 8.0).sum().backward()
    with torch.no_grad():
        expected = slope(s, [0.1], [1.0], 8.0) * leverage(s) / u.norm()
    assert expected > 0.1
    assert u.grad.norm().item() == pytest.approx(expected.item())


def test_closeness_equals_a_naive_loop() -> None:
    users, items = vectors(7, 4, seed=5) * 3, vectors(7, 4, seed=6)
    pairs = zip(users.tolist(), items.tolist(), strict=True)
    naive = [naive_distance(u, v) for u, v in pairs]
    assert closeness(users, items) == pytest.approx(sum(naive) / 7)
    assert closeness(users, users * 2) == pytest.approx(0)
    assert closeness(users, -users) == pytest.approx(4)


@pytest.mark.parametrize("t", [2.0, 0.5])
def test_spread_equals_a_naive_loop(t: float) -> None:
    points = vectors(8, 3, seed=7) * 2
    rows = points.tolist()
    naive = [
        math.exp(-t * naive_distance(rows[i], rows[j])) for i in range(8) for j in range(i + 1, 8)
    ]
    assert spread(points, t) == pytest.approx(math.log(sum(naive) / len(naive)))


def test_spread_at_its_ends() -> None:
    same = vectors(1, 3).expand(9, 3)
    assert spread(same) == pytest.approx(0, abs=1e-6)
    far, near = spread(vectors(200, 3)), spread(vectors(200, 3) + 3)
    assert far < near < 0
    # Evenly over a large sphere s is uniform in [-1, 1] (three dimensions), |x - y|^2 = 2 - 2 s,
    # and the mean of exp(-4 + 4 s) is (1 - exp(-8)) / 8.
    assert spread(vectors(2000, 3)) == pytest.approx(math.log((1 - math.exp(-8)) / 8), abs=0.05)


def test_projection_keeps_what_it_can() -> None:
    flat = vectors(30, 2) @ vectors(2, 6, seed=8)  # six dimensions, of which two are used
    shown = project(flat, 2)
    assert shown.shape == (30, 2)
    assert torch.allclose(shown @ shown.T, flat @ flat.T)
    full = vectors(30, 6)
    kept = [project(full, dim).square().sum().item() for dim in (1, 2, 3)]
    singular = torch.linalg.svdvals(full).square()
    assert kept == pytest.approx([singular[:dim].sum().item() for dim in (1, 2, 3)])


def test_sampled_cosines_are_those_of_positives_and_of_all_pairs(tiny: Interactions) -> None:
    users, items = vectors(5, 3, seed=9), vectors(6, 3, seed=10)
    table = torch.cosine_similarity(users[:, None], items[None], dim=-1)
    positives, pairs = sample_cosines(users, items, tiny, 9000, torch.Generator().manual_seed(0))
    assert positives.shape == pairs.shape == (9000,)
    train = table[
        torch.from_numpy(tiny.train.users.copy()), torch.from_numpy(tiny.train.items.copy())
    ]
    for drawn, source in ((positives, train), (pairs, table.flatten())):
        rounded = {round(value, 9) for value in drawn.tolist()}
        assert rounded == {round(value, 9) for value in source.tolist()}
        # Each pair alike: the mean is that of the source within five standard errors.
        error = source.std().item() / math.sqrt(9000)
        assert abs(drawn.mean().item() - source.mean().item()) < 5 * error


def test_the_generator_decides_the_sample(tiny: Interactions) -> None:
    def sample(seed: int) -> list[float]:
        one = torch.Generator().manual_seed(seed)
        return torch.cat(sample_cosines(vectors(5, 3), vectors(6, 3), tiny, 20, one)).tolist()

    assert sample(1) == sample(1) != sample(2)


def test_sampled_cosines_never_leave_their_range(tiny: Interactions) -> None:
    same = torch.full((6, 3), 1 / 3)  # its rounded cosine is above 1
    assert (same[0] / same[0].norm()).square().sum() > 1
    positives, pairs = sample_cosines(same[:5], same, tiny, 50, torch.Generator().manual_seed(0))
    assert positives.max() == pairs.max() == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda s: active_share(s, [0.5], [1.0]),
        lambda s: push_budget(s, [0.5], [1.0]),
        lambda s: budget_by_margin(s, [0.5], [1.0]),
        lambda s: band_shares(s, [0.5]),
    ],
)
def test_a_share_of_nothing_is_refused(use: Any) -> None:
    with pytest.raises(ValueError, match=r"at least one cosine, got none\. A share needs"):
        use(torch.empty(0))


def test_spread_of_one_point_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least two vectors, got 1\. Spread compares pairs"):
        spread(torch.ones(1, 3))


@pytest.mark.parametrize(
    ("margins", "message"),
    [([], "at least one margin"), ([1.5], "each margin to be"), (0.5, "as a list of numbers")],
)
def test_bad_margins_are_refused(margins: Any, message: str) -> None:
    for use in (bands, band_shares):
        with pytest.raises(ValueError, match=message):
            use(torch.tensor([0.1]), margins)


def test_the_staircase_of_a_loss_can_be_measured() -> None:
    s = torch.from_numpy(np.linspace(-1, 1, 21))
    budget = geometry.push_budget(s, *Loss("ccl", margin=0.5, negative_weight=10.0).staircase)
    assert budget == pytest.approx(10 * 5 / 21)
