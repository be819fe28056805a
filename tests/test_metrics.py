"""Metrics against tables worked by hand, a naive sort, and scikit-learn."""

from __future__ import annotations

from math import log2
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from mmcl_core.data import Interactions, Positives
from mmcl_core.metrics import evaluate, popularity_vectors, rank

# One row a user, one column an item, of the fixture `tiny`. With the items' vectors the unit
# vectors, the scores are these very numbers. What is known gets the highest ones: it must go.
SCORES = np.array(
    [
        [9.0, 8.0, 0.95, 0.8, 0.9, 0.1],  # test: 4 3 5 are free, likes 3
        [9.0, 0.7, 0.9, 0.1, 0.2, 0.8],  # test: 2 5 4 3 are free, likes 2 4
        [0.1, 9.0, 8.0, 7.0, 0.9, 0.8],  # test: 4 5 0 are free, likes 0
        [0.5, 0.4, 0.3, 0.2, 9.0, 0.9],  # test: 5 0 1 2 3 are free, likes 5
        [9.0, 0.9, 0.1, 0.8, 0.2, 8.0],  # no test item
    ]
)
SECOND = 1 / log2(3)  # what a hit at rank 2 adds


def pairs(of_user: list[list[int]], n_items: int) -> Positives:
    users = np.repeat(np.arange(len(of_user)), [len(items) for items in of_user])
    return Positives.from_pairs(users, [i for row in of_user for i in row], len(of_user), n_items)


def made(
    train: list[list[int]],
    test: list[list[int]],
    n_items: int,
    validation: list[list[int]] | None = None,
) -> Interactions:
    parts = (train, validation or [[]] * len(train), test)
    ids = np.arange(len(train)), np.arange(n_items)
    return Interactions("made", *(pairs(part, n_items) for part in parts), *ids)


def by_scores(scores: np.ndarray, data: Interactions, k: int, split: str = "test") -> dict:
    return evaluate(scores, np.eye(scores.shape[1]), data, k, split)


def test_worked_example_at_2(tiny: Interactions) -> None:
    # user  top 2  likes  hits    Recall@2  NDCG@2
    # 0     4 3    3      rank 2  1/1       SECOND / 1
    # 1     2 5    2 4    rank 1  1/2       1 / (1 + SECOND)
    # 2     4 5    0      none    0/1       0
    # 3     5 0    5      rank 1  1/1       1 / 1
    # Shown are 0 2 3 4 5 of the six; in train they are 3 1 1 1 1 times.
    assert by_scores(SCORES, tiny, 2) == pytest.approx(
        {
            "recall@2": (1 + 1 / 2 + 0 + 1) / 4,
            "ndcg@2": (SECOND + 1 / (1 + SECOND) + 0 + 1) / 4,
            "hit_rate@2": 3 / 4,
            "coverage@2": 5 / 6,
            "popularity@2": (1 + 1 + 1 + 1 + 1 + 1 + 1 + 3) / 8,
        }
    )


def test_worked_example_at_1(tiny: Interactions) -> None:
    # The tops are 4 2 4 5; the ideal of user 1, who likes two, is one hit: min(K, |T|).
    assert by_scores(SCORES, tiny, 1) == pytest.approx(
        {
            "recall@1": (0 + 1 / 2 + 0 + 1) / 4,
            "ndcg@1": (0 + 1 + 0 + 1) / 4,
            "hit_rate@1": 2 / 4,
            "coverage@1": 3 / 6,
            "popularity@1": 1,
        }
    )


def test_worked_example_of_validation(tiny: Interactions) -> None:
    # Only train is masked: what is held out for validation can be found, and for test recommended.
    # user  top 2  likes  hits
    # 0     2 4    2      rank 1
    # 1     2 5    1      none
    # 4     1 3    3      rank 2
    assert by_scores(SCORES, tiny, 2, "validation") == pytest.approx(
        {
            "recall@2": (1 + 0 + 1) / 3,
            "ndcg@2": (1 + 0 + SECOND) / 3,
            "hit_rate@2": 2 / 3,
            "coverage@2": 5 / 6,
            "popularity@2": (1 + 1 + 1 + 1 + 2 + 1) / 6,
        }
    )


def test_ranking_of_the_worked_example(tiny: Interactions) -> None:
    ranked, top = rank(SCORES, np.eye(6), tiny, 4)
    assert ranked.tolist() == [0, 1, 2, 3]
    assert top.tolist() == [[4, 3, 5, -1], [2, 5, 4, 3], [4, 5, 0, -1], [5, 0, 1, 2]]
    assert ranked.dtype == top.dtype == np.int64


def test_k_beyond_the_catalogue_ranks_it_whole(tiny: Interactions) -> None:
    found = by_scores(SCORES, tiny, 50)
    # Hits are at ranks 2, 1 and 3, 3, 1; nobody likes more than two, so the ideal is short.
    ndcg = (SECOND + (1 + 1 / 2) / (1 + SECOND) + 1 / 2 + 1) / 4
    assert found["recall@50"] == 1
    assert found["ndcg@50"] == pytest.approx(ndcg)
    assert found["hit_rate@50"] == 1
    assert found["coverage@50"] == 1
    # 3 + 4 + 3 + 5 items are shown; 0 twice (3 each), 1 once (2), the others once in train.
    assert found["popularity@50"] == pytest.approx((2 * 3 + 2 + 12) / 15)


def test_known_to_all_but_one_leaves_one(tiny: Interactions) -> None:
    data = made([[0, 1], [0]], [[2], [1]], 3)
    _, top = rank(np.zeros((2, 1)), np.zeros((3, 1)), data, 3)
    assert top.tolist() == [[2, -1, -1], [1, 2, -1]]
    found = evaluate(np.zeros((2, 1)), np.zeros((3, 1)), data, 3)
    assert found["recall@3"] == found["ndcg@3"] == 1


def test_popularity_ranks_by_train_counts(tiny: Interactions) -> None:
    users, items = popularity_vectors(tiny)
    _, top = rank(users, items, tiny, 2)
    # Item 0 is in train three times, 1 twice, the others once: then ties by id.
    assert top.tolist() == [[3, 4], [2, 3], [0, 4], [0, 1]]


@pytest.mark.parametrize("split", ["test", "validation"])
def test_an_empty_split_is_refused(split: str) -> None:
    data = made([[0], [1]], [[], []], 3)
    message = rf"at least one held-out item in the {split} split, got none\. Evaluate on another"
    with pytest.raises(ValueError, match=message):
        evaluate(np.ones((2, 1)), np.ones((3, 1)), data, 2, split)


def test_a_user_without_train_items_counts() -> None:
    data = made([[], [1]], [[0], [2]], 3)
    found = by_scores(np.array([[3.0, 2, 1], [3, 2, 1]]), data, 1)
    assert found["recall@1"] == 1 / 2


DATA = st.tuples(st.integers(2, 6), st.integers(2, 9), st.integers(0, 10**6))


def random_data(n_users: int, n_items: int, rng: np.random.Generator) -> Interactions:
    """Throw each pair into train, validation, test or nothing; somebody has a test item."""
    place = rng.choice(4, (n_users, n_items), p=[0.3, 0.1, 0.3, 0.3])
    place[0, 0], place[-1, 1] = 0, 2
    train, validation, test = (
        [np.flatnonzero(row == part).tolist() for row in place] for part in range(3)
    )
    return made(train, test, n_items, validation)


def naive_ranking(scores: np.ndarray, known: set[int]) -> list[int]:
    return sorted(set(range(len(scores))) - known, key=lambda item: (-scores[item], item))


@given(DATA, st.integers(1, 12), st.sampled_from(["test", "validation"]), st.integers(1, 4))
def test_equals_a_naive_sort_with_many_ties(size: tuple, k: int, split: str, levels: int) -> None:
    n_users, n_items, seed = size
    rng = np.random.default_rng(seed)
    data = random_data(n_users, n_items, rng)
    if split == "validation" and not len(data.validation):
        return
    scores = rng.integers(0, levels, (n_users, n_items)).astype(np.float64)
    ranked, top = rank(scores, np.eye(n_items), data, k, split)
    truth = data.split(split)
    expected_users = [u for u in range(n_users) if len(truth.of(u))]
    assert ranked.tolist() == expected_users

    recalls, ndcgs, hit_users, shown = [], [], 0, []
    for user, row in zip(expected_users, top.tolist(), strict=True):
        known = set(data.train.of(user).tolist())
        if split == "test":
            known |= set(data.validation.of(user).tolist())
        best = naive_ranking(scores[user], known)[:k]
        assert row == best + [-1] * (min(k, n_items) - len(best))
        likes = set(truth.of(user).tolist())
        gains = [1 / log2(r + 1) for r, item in enumerate(best, start=1) if item in likes]
        ideal = sum(1 / log2(r + 1) for r in range(1, min(k, len(likes)) + 1))
        recalls.append(len(gains) / len(likes))
        ndcgs.append(sum(gains) / ideal)
        hit_users += bool(gains)
        shown += best
    found = by_scores(scores, data, k, split)
    assert found == pytest.approx(
        {
            f"recall@{k}": np.mean(recalls),
            f"ndcg@{k}": np.mean(ndcgs),
            f"hit_rate@{k}": hit_users / len(expected_users),
            f"coverage@{k}": len(set(shown)) / n_items,
            f"popularity@{k}": np.mean([data.popularity[i] for i in shown]) if shown else 0,
        }
    )


@given(DATA, st.integers(1, 12))
def test_ndcg_equals_scikit_learn(size: tuple, k: int) -> None:
    n_users, n_items, seed = size
    rng = np.random.default_rng(seed)
    data = random_data(n_users, n_items, rng)
    scores = rng.permuted(np.tile(np.linspace(-3, 3, n_items), (n_users, 1)), axis=1)
    expected = []
    for user in np.flatnonzero(data.test.counts):
        free = np.setdiff1d(np.arange(n_items), data.known("test").of(user))
        likes = np.isin(free, data.test.of(user)).astype(int)
        # With a single item to rank scikit-learn refuses; there the one liked item comes first.
        alone = len(free) == 1
        expected.append(
            1.0 if alone else ndcg_score([likes], [scores[user][free]], k=k, ignore_ties=True)
        )
    assert by_scores(scores, data, k)[f"ndcg@{k}"] == pytest.approx(np.mean(expected))


def small_run(n_users: int = 40, n_items: int = 60) -> tuple[np.ndarray, np.ndarray, Interactions]:
    """Vectors of small whole numbers: sums are exact in any order, and many scores are equal."""
    rng = np.random.default_rng(1)
    data = random_data(n_users, n_items, rng)
    users, items = (rng.integers(-2, 3, (n, 3)).astype(np.float32) for n in (n_users, n_items))
    return users, items, data


def test_arrays_tensors_and_both_precisions_agree() -> None:
    users, items, data = small_run()
    expected = evaluate(users, items, data, 10)
    doubles = evaluate(users.astype(np.float64), items.astype(np.float64), data, 10)
    tensors = evaluate(torch.from_numpy(users).requires_grad_(), torch.from_numpy(items), data, 10)
    assert expected == doubles == tensors
    assert all(type(value) is float for value in expected.values())


def test_vectors_are_left_alone() -> None:
    users, items, data = small_run()
    before = users.copy(), items.copy()
    evaluate(users, items, data, 10)
    assert np.array_equal(users, before[0])
    assert np.array_equal(items, before[1])


@pytest.mark.parametrize("k", [0, -1, 2.5, None, True])
def test_bad_k_is_refused(k: Any, tiny: Interactions) -> None:
    with pytest.raises(ValueError, match=r"k to be a whole number of at least 1, got .*10 and 20"):
        evaluate(SCORES, np.eye(6), tiny, k)


def test_an_unknown_split_is_refused(tiny: Interactions) -> None:
    for split in ("train", "tset"):
        with pytest.raises(ValueError, match=rf"'validation' or 'test' .*got '{split}'\. .*choose"):
            evaluate(SCORES, np.eye(6), tiny, 2, split)


@pytest.mark.parametrize(
    ("users", "items"),
    [
        (SCORES[:4], np.eye(6)),
        (SCORES, np.eye(6)[:5]),
        (SCORES[:, :5], np.eye(6)),
        (SCORES[0], np.eye(6)),
    ],
)
def test_shapes_that_do_not_fit_are_refused(users: Any, items: Any, tiny: Interactions) -> None:
    with pytest.raises(ValueError, match=r"users \(5, D\) and items \(6, D\), got .*encode\(\)"):
        evaluate(users, items, tiny, 2)


@pytest.mark.parametrize(
    ("users", "items", "got"),
    [
        (SCORES.astype(np.int64), np.eye(6, dtype=np.int64), "torch.int64 and torch.int64"),
        (SCORES, np.eye(6, dtype=np.float32), "torch.float64 and torch.float32"),
    ],
)
def test_types_that_do_not_fit_are_refused(users: Any, items: Any, got: str, tiny: Any) -> None:
    with pytest.raises(ValueError, match=rf"one type of floats, got {got}\. Convert both"):
        evaluate(users, items, tiny, 2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["users", "items"])
def test_vectors_that_are_not_finite_are_refused(value: float, where: str, tiny: Any) -> None:
    users, items = SCORES.copy(), np.eye(6)
    (users if where == "users" else items)[2, 1] = value
    with pytest.raises(ValueError, match=r"products are finite, got .*lower the learning rate"):
        evaluate(users, items, tiny, 2)


def test_products_that_overflow_are_refused(tiny: Interactions) -> None:
    users, items = (v.astype(np.float32) * np.float32(1e20) for v in (SCORES, np.eye(6)))
    with pytest.raises(ValueError, match="products are finite"):
        evaluate(users, items, tiny, 2)
