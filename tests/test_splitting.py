from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.data import DataError, Interactions, Positives, from_pairs, load, with_validation
from mmcl_core.data.splitting import split_positives


def same(first: Positives, second: Positives) -> bool:
    return np.array_equal(first.codes, second.codes)


def by_id(data: Interactions, split: str) -> set[tuple[object, object]]:
    part = data.split(split)
    users, items = data.user_ids[part.users].tolist(), data.item_ids[part.items].tolist()
    return set(zip(users, items, strict=True))


def one_user(n: int) -> Positives:
    return Positives.from_pairs([0] * n, range(n), 1, n)


@given(st.integers(3, 200), st.integers(0, 5))
def test_sizes_are_floor_of_the_shares_and_at_least_one(n: int, seed: int) -> None:
    train, validation, test = split_positives(one_user(n), np.random.default_rng(seed))
    assert len(test) == max(1, n // 5)
    assert len(validation) == max(1, n // 10)
    assert len(train) == n - len(test) - len(validation)
    assert train.union(validation).union(test).of(0).tolist() == list(range(n))


def test_refuses_a_user_with_too_few_to_split() -> None:
    with pytest.raises(DataError, match="at least 3 positives.*got 2 for user 0"):
        split_positives(one_user(2), np.random.default_rng(0))


def test_every_place_can_fall_into_test() -> None:
    chosen = {
        int(split_positives(one_user(5), np.random.default_rng(seed))[2].items[0])
        for seed in range(60)
    }
    assert chosen == set(range(5))


IDS = st.one_of(st.integers(-1000, 1000), st.text(alphabet="abcxyz", min_size=1, max_size=3))


@given(
    st.dictionaries(
        IDS.map(str),
        st.sets(st.integers(0, 10**12), min_size=5, max_size=12),
        min_size=2,
        max_size=6,
    ),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_any_ids_survive_the_round_trip(likes, seed, random) -> None:
    pairs = [(user, item) for user, items in likes.items() for item in items]
    data = from_pairs(*zip(*pairs, strict=True), name="made", seed=seed)
    assert set.union(*(by_id(data, split) for split in ("train", "validation", "test"))) == set(
        pairs
    )
    random.shuffle(pairs)
    again = from_pairs(*zip(*pairs, strict=True), name="made", seed=seed)
    for split in ("train", "validation", "test"):
        assert by_id(data, split) == by_id(again, split)


def test_the_seed_decides_the_split() -> None:
    users, items = np.repeat(np.arange(4), 10), np.tile(np.arange(10), 4)
    first, second, third = (from_pairs(users, items, name="made", seed=seed) for seed in (0, 0, 1))
    assert same(first.test, second.test)
    assert same(first.validation, second.validation)
    assert not same(first.test, third.test)


def test_users_with_few_items_are_left_out_and_so_are_their_items() -> None:
    users = ["ann"] * 5 + ["bob"] * 4 + ["cleo"] * 5
    items = [1, 2, 3, 4, 5, 1, 2, 3, 99, 1, 2, 3, 4, 6]
    data = from_pairs(users, items, name="made", seed=0)
    assert data.user_ids.tolist() == ["ann", "cleo"]
    assert data.item_ids.tolist() == [1, 2, 3, 4, 5, 6]


def test_repeated_pairs_count_once() -> None:
    data = from_pairs([1, 2] * 6, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5], name="made", seed=0)
    assert sum(len(data.split(split)) for split in ("train", "validation", "test")) == 10


def test_titles_follow_the_ids() -> None:
    columns = [7] * 5 + [8] * 5, [3, 30, 300, 5, 50] * 2
    data = from_pairs(*columns, name="made", seed=0, titles={30: "Thirty", 5: "Five"})
    assert data.titles == ("3", "Five", "Thirty", "50", "300")
    assert from_pairs(*columns, name="made", seed=0).titles is None


def test_ids_of_mixed_kinds_are_allowed() -> None:
    users = np.array([1] * 5 + ["ann"] * 5, dtype=object)
    assert from_pairs(users, list(range(5)) * 2, name="made", seed=0).user_ids.tolist() == [
        1,
        "ann",
    ]


@pytest.mark.parametrize(
    ("users", "items", "message"),
    [
        ([], [], "pairs of user and item in 'made', got none"),
        ([1, 1], [1], "2 users and 1 items"),
        ([[1]], [[1]], "one flat column of user ids"),
        ([1] * 9, range(9), r"at least 2 users with 5 or more.*got 1 of 1.*most items.*: 9"),
        ([1, 1, 2, 2], [1, 2, 1, 2], r"got 0 of 2 .*: 2\).*lower min_positives"),
        ([1.0, np.nan], [1, 2], r"user id in every row, got 1 rows.*row 1"),
        (["a", "b"], pd.Series(["x", None]), r"item id in every row, got 1 rows.*row 1"),
    ],
)
def test_refuses_pairs_that_cannot_be_used(users, items, message: str) -> None:
    with pytest.raises(DataError, match=message):
        from_pairs(users, items, name="made", seed=0)


def test_refuses_a_minimum_that_cannot_be_split() -> None:
    with pytest.raises(DataError, match="min_positives of at least 3.*got 2"):
        from_pairs([1], [1], name="made", seed=0, min_positives=2)


def without_validation(counts: list[int]) -> Interactions:
    users = np.repeat(np.arange(len(counts)), counts)
    items = np.concatenate([np.arange(n) for n in counts])
    n_items = max(*counts, 2) + 1
    train = Positives.from_pairs(users, items, len(counts), n_items)
    test = Positives.from_pairs(
        np.arange(len(counts)), [n_items - 1] * len(counts), len(counts), n_items
    )
    empty = Positives.from_pairs([], [], len(counts), n_items)
    return Interactions("made", train, empty, test, np.arange(len(counts)), np.arange(n_items))


@given(
    st.lists(st.integers(1, 60), min_size=2, max_size=5).filter(lambda n: max(n) > 1),
    st.integers(0, 3),
)
def test_validation_is_held_out_of_train(counts: list[int], seed: int) -> None:
    data = without_validation(counts)
    held = with_validation(data, seed=seed)
    assert same(held.train.union(held.validation), data.train)
    assert held.test is data.test
    for user, n in enumerate(counts):
        assert held.validation.counts[user] == (0 if n == 1 else max(1, n // 10))


def test_validation_share_and_seed() -> None:
    data = without_validation([50, 20])
    assert with_validation(data, fraction=0.5).validation.counts.tolist() == [25, 10]
    assert with_validation(data, fraction=0.99).train.counts.tolist() == [1, 1]
    assert same(with_validation(data).train, with_validation(data).train)
    assert not same(with_validation(data).train, with_validation(data, seed=1).train)


def test_validation_refusals() -> None:
    data = without_validation([10, 10])
    for fraction in (0.0, 1.0, math.nan):
        with pytest.raises(DataError, match="above 0 and below 1"):
            with_validation(data, fraction=fraction)
    with pytest.raises(DataError, match="without a validation set"):
        with_validation(with_validation(data))
    with pytest.raises(DataError, match="at least 2 train pairs, got at most 1"):
        with_validation(without_validation([1, 1]))


def test_films_are_split_as_documented() -> None:
    data = load("movielens", seed=3)
    total = data.train.counts + data.validation.counts + data.test.counts
    assert (data.test.counts == np.maximum(1, total // 5)).all()
    assert (data.validation.counts == np.maximum(1, total // 10)).all()
