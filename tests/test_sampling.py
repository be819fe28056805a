from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mmcl_core import sampling
from mmcl_core.data import Positives
from mmcl_core.sampling import KINDS, Sampler

N_USERS, N_ITEMS = 4, 12
# User 0 has few items, 1 has none, 2 has half, 3 has all but one.
LIKES = {0: [3, 7], 1: [], 2: list(range(6)), 3: list(range(11))}
ALL = torch.arange(N_USERS)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def known() -> Positives:
    pairs = [(user, item) for user, items in LIKES.items() for item in items]
    users, items = zip(*pairs, strict=True)
    return Positives.from_pairs(users, items, N_USERS, N_ITEMS)


def by_item(users: Tensor, items: Tensor) -> Tensor:
    """Score items by their id, so that the hardest negatives are the last items."""
    return items.float()


def make(kind: str, n: int = 3, **settings: Any) -> Sampler:
    return Sampler(kind, n, pool=2 * n if kind == "hardest" else 0, **settings)


def draw(sampler: Sampler, known: Positives, users: Tensor = ALL, seed: int = 0) -> Tensor:
    return sampler.draw(users, known, generator(seed), by_item)


def far_from(counts: np.ndarray, chances: np.ndarray) -> float:
    """How many standard deviations Pearson's chi-square is above its expectation."""
    expected = counts.sum() * chances / chances.sum()
    degrees = len(counts) - 1
    return (((counts - expected) ** 2 / expected).sum() - degrees) / math.sqrt(2 * degrees)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("reject", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_shape_type_and_range(kind: str, reject: bool, replacement: bool, known: Positives) -> None:
    users = torch.tensor([2, 0, 0, 1, 2])
    sampler = make(kind, reject_positives=reject, replacement=replacement)
    if reject and not replacement:
        few = Positives.from_pairs(known.users[:8], known.items[:8], N_USERS, N_ITEMS)
        found = draw(sampler, few, users)
    else:
        found = draw(sampler, known, users)
    assert found.shape == (5, 3)
    assert found.dtype == torch.int64
    assert found.min() >= 0
    assert found.max() < N_ITEMS


@pytest.mark.parametrize("planted", [None, 0.5])
@pytest.mark.parametrize("kind", KINDS)
def test_the_generator_decides(kind: str, planted: float | None, known: Positives) -> None:
    sampler = make(kind, planted=planted)
    users = ALL.repeat(5)
    first, again, other = (draw(sampler, known, users, seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    one = generator(1)
    following = [sampler.draw(users, known, one, by_item) for _ in range(2)]
    assert torch.equal(following[0], first)
    assert not torch.equal(following[0], following[1])


def test_global_randomness_is_left_alone(known: Positives) -> None:
    before = torch.get_rng_state()
    for kind in KINDS:
        draw(make(kind, planted=0.2), known)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("kind", ["uniform", "shared"])
def test_uniform_takes_all_items_alike(kind: str, replacement: bool, known: Positives) -> None:
    one = generator(3)
    users = torch.zeros(1 if kind == "shared" else 200, dtype=torch.int64)
    sampler = Sampler(kind, 4, replacement=replacement)
    drawn = [sampler.draw(users, known, one) for _ in range(2000 // len(users))]
    counts = np.bincount(torch.cat(drawn).flatten().numpy(), minlength=N_ITEMS)
    assert counts.sum() == 8000
    assert far_from(counts, np.ones(N_ITEMS)) < 5


def test_popularity_follows_the_number_of_positives_plus_one(known: Positives) -> None:
    found = draw(Sampler("popularity", 5), known, torch.zeros(4000, dtype=torch.int64))
    counts = np.bincount(found.flatten().numpy(), minlength=N_ITEMS)
    assert counts[11] > 0, "an item without positives can be a negative too"
    assert far_from(counts, known.popularity + 1.0) < 5
    assert far_from(counts, np.ones(N_ITEMS)) > 20


def test_popularity_without_replacement_prefers_the_popular(known: Positives) -> None:
    sampler = Sampler("popularity", 1, replacement=False)
    found = draw(sampler, known, torch.zeros(4000, dtype=torch.int64))
    counts = np.bincount(found.flatten().numpy(), minlength=N_ITEMS)
    assert far_from(counts, known.popularity + 1.0) < 5


@pytest.mark.parametrize("kind", ["uniform", "popularity"])
def test_places_are_drawn_independently(kind: str, known: Positives) -> None:
    found = draw(Sampler(kind, 2), known, torch.zeros(20_000, dtype=torch.int64))
    chances = {"uniform": np.ones(N_ITEMS), "popularity": known.popularity + 1.0}[kind]
    pairs = np.bincount((found[:, 0] * N_ITEMS + found[:, 1]).numpy(), minlength=N_ITEMS**2)
    assert far_from(pairs, np.outer(chances, chances).ravel()) < 5


@pytest.mark.parametrize("replacement", [True, False])
def test_shared_rows_are_equal(replacement: bool, known: Positives) -> None:
    found = draw(Sampler("shared", 6, replacement=replacement), known)
    assert (found == found[0]).all()


@pytest.mark.parametrize("replacement", [True, False])
def test_shared_rows_differ_only_where_a_positive_was_rejected(replacement: bool) -> None:
    pairs = [(user, item) for user, items in LIKES.items() if user < 3 for item in items]
    known = Positives.from_pairs(*zip(*pairs, strict=True), N_USERS, N_ITEMS)
    for seed in range(20):
        plain = draw(Sampler("shared", 5, replacement=replacement), known, ALL, seed)
        found = draw(
            Sampler("shared", 5, reject_positives=True, replacement=replacement), known, ALL, seed
        )
        rejected = torch.from_numpy(known.contains(ALL[:, None].numpy(), plain.numpy()))
        assert torch.equal(found[~rejected], plain[~rejected])
        assert not known.contains(ALL[:, None].numpy(), found.numpy()).any()
        if not replacement:
            assert all(len(set(row)) == 5 for row in found.tolist())


@pytest.mark.parametrize("n", [1, 3, 6])
def test_hardest_equals_brute_force(n: int, known: Positives) -> None:
    scores = torch.rand(N_USERS, N_ITEMS, generator=generator(7))
    users = torch.tensor([0, 2, 3, 1, 0])

    def score(asked: Tensor, items: Tensor) -> Tensor:
        assert torch.equal(asked, users)
        assert items.shape == (5, 6)
        return scores[asked[:, None], items]

    found = Sampler("hardest", n, pool=6).draw(users, known, generator(1), score)
    pools = draw(Sampler("uniform", 6), known, users, seed=1)  # the same draws
    for user, row, pool in zip(users.tolist(), found.tolist(), pools.tolist(), strict=True):
        hardest = sorted(pool, key=lambda item: -scores[user, item].item())[:n]
        assert [scores[user, i].item() for i in row] == [scores[user, i].item() for i in hardest]
        assert sorted(row) == sorted(hardest)


@pytest.mark.parametrize("kind", KINDS)
def test_rejection_never_returns_a_positive(kind: str, known: Positives) -> None:
    sampler = make(kind, n=4, reject_positives=True)
    for seed in range(10):
        found = draw(sampler, known, ALL.repeat(10), seed)
        assert not known.contains(ALL.repeat(10)[:, None].numpy(), found.numpy()).any()
    assert (found[ALL.repeat(10) == 3] == 11).all(), "user 3 has one free item"


@pytest.mark.parametrize("kind", ["uniform", "popularity"])
def test_rejection_keeps_the_chances_of_the_rest(kind: str, known: Positives) -> None:
    users = torch.full((4000,), 2)
    found = draw(Sampler(kind, 3, reject_positives=True), known, users)
    counts = np.bincount(found.flatten().numpy(), minlength=N_ITEMS)[6:]
    chances = {"uniform": np.ones(6), "popularity": known.popularity[6:] + 1.0}[kind]
    assert far_from(counts, chances) < 5


@pytest.mark.parametrize("reject", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_without_replacement_items_are_distinct(
    kind: str, reject: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Positives.from_pairs([0, 0, 2], [3, 7, 1], N_USERS, N_ITEMS)
    monkeypatch.setattr(sampling, "_BLOCK", 3 * N_ITEMS)  # several blocks of users
    n = 5 if kind == "hardest" else 10
    sampler = make(kind, n, reject_positives=reject, replacement=False)
    users = ALL.repeat(5)
    for seed in range(5):
        found = draw(sampler, known, users, seed)
        assert all(len(set(row)) == n for row in found.tolist())
        hits = known.contains(users[:, None].numpy(), found.numpy())
        assert not (reject and hits.any())
    if not reject and kind != "hardest":
        assert hits.any()


@given(st.integers(1, 12), st.integers(0, 100))
def test_all_that_is_free_can_be_drawn(n: int, seed: int) -> None:
    known = Positives.from_pairs([0] * (12 - n) or [1], range(12 - n) or [0], 2, 12)
    sampler = Sampler("uniform", n, reject_positives=n < 12, replacement=False)
    found = draw(sampler, known, torch.tensor([0]), seed)
    assert sorted(found[0].tolist()) == list(range(12 - n, 12))


def test_planted_share_of_own_positives() -> None:
    known = Positives.from_pairs([0, 0, 2, 2, 2], [3, 7, 0, 1, 2], N_USERS, N_ITEMS)
    users = torch.tensor([0, 1, 2]).repeat(1000)
    own = {}
    for share in (0.0, 0.3, 1.0):
        found = draw(Sampler("uniform", 4, planted=share), known, users)
        own[share] = known.contains(users[:, None].numpy(), found.numpy())
    liked = {share: [hit[users == user].mean() for user in range(3)] for share, hit in own.items()}
    assert liked[0.0] == [0, 0, 0], "all positives are rejected before planting"
    assert liked[1.0] == [1, 0, 1], "a user without positives has none to plant"
    # 4,000 draws a user: the standard deviation of the share is .0072.
    assert liked[0.3] == pytest.approx([0.3, 0.0, 0.3], abs=0.03)
    of_user_2 = found[users == 2].flatten().numpy()
    assert far_from(np.bincount(of_user_2, minlength=3), np.ones(3)) < 5


@pytest.mark.parametrize("kind", KINDS)
def test_planting_works_with_every_kind(kind: str, known: Positives) -> None:
    found = draw(make(kind, planted=1.0), known, torch.tensor([0, 2, 3]))
    assert known.contains([[0], [2], [3]], found.numpy()).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 0}, r"negatives N to be a whole number of at least 1, got 0\. .*keep N = 1"),
        ({"n": -3}, r"of at least 1, got -3\."),
        ({"n": 2.5}, r"of at least 1, got 2\.5\."),
        ({"n": "10"}, r"of at least 1, got '10'\."),
        ({"n": True}, r"of at least 1, got True\."),
        ({"kind": "random"}, r"sampler to be one of uniform, .*, hardest, got 'random'\. Choose"),
        ({"kind": "hardest"}, r"pool of .* at least 10, got 0\. Set pool to N or more"),
        ({"kind": "hardest", "pool": 9}, r"for N = 10, to be .* at least 10, got 9\. Set pool"),
        ({"kind": "hardest", "pool": "x"}, r"pool .*, got 'x'\. Set pool"),
        ({"planted": 1.5}, r"planted to be a number in \[0, 1\], got 1\.5\. Leave it out"),
        ({"planted": math.nan}, r"planted .* got nan"),
        ({"planted": 0.1, "replacement": False}, r"got replacement False\. Set replacement"),
    ],
)
def test_bad_settings_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sampler(**settings)


def test_a_pool_of_n_is_allowed() -> None:
    assert Sampler("hardest", 10, pool=10).pool == 10


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 13}, r"at most 12 negatives without replacement \(12 items\), got 13\. Ask for"),
        (
            {"n": 2, "reject_positives": True},
            r"at most 1 negatives .*\(12 items, less the positives of a user\), got 2\. Ask",
        ),
        ({"kind": "hardest", "n": 1, "pool": 13}, r"at most 12 negatives .*, got 13\."),
    ],
)
def test_more_than_there_are_is_refused(settings: dict, message: str, known: Positives) -> None:
    sampler = Sampler(replacement=False, **settings)
    for use in (lambda: sampler.check(known), lambda: draw(sampler, known)):
        with pytest.raises(ValueError, match=message):
            use()
    Sampler(**{**settings, "replacement": True}).check(known)


@pytest.mark.parametrize("settings", [{"reject_positives": True}, {"planted": 0.1}])
@pytest.mark.parametrize("replacement", [True, False])
def test_a_user_with_every_item_is_refused(settings: dict, replacement: bool) -> None:
    full = Positives.from_pairs([0, 1, 1, 1], [0, 0, 1, 2], 2, 3)
    if "planted" in settings and not replacement:
        return
    sampler = Sampler("uniform", 1, replacement=replacement, **settings)
    message = r"at least one item that is not a positive, got user 1, who has all 3 items\. Drop"
    for use in (lambda: sampler.check(full), lambda: draw(sampler, full, torch.tensor([1]))):
        with pytest.raises(ValueError, match=message):
            use()
    Sampler("uniform", 3, replacement=replacement).check(full)


def test_hardest_without_scores_is_refused(known: Positives) -> None:
    message = r"a scoring function for the hardest negatives, got none\. Pass score"
    with pytest.raises(ValueError, match=message):
        Sampler("hardest", 2, pool=4).draw(ALL, known, generator())
