from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.data import DataError, Interactions, Positives

N_USERS, N_ITEMS = 7, 5
PAIRS = st.lists(st.tuples(st.integers(0, N_USERS - 1), st.integers(0, N_ITEMS - 1)))


def positives(pairs: list[tuple[int, int]]) -> Positives:
    users, items = [u for u, _ in pairs], [i for _, i in pairs]
    return Positives.from_pairs(users, items, N_USERS, N_ITEMS)


def as_set(found: Positives) -> set[tuple[int, int]]:
    return set(zip(found.users.tolist(), found.items.tolist(), strict=True))


@given(PAIRS)
def test_is_the_sorted_set_of_the_pairs(pairs: list[tuple[int, int]]) -> None:
    found = positives(pairs)
    listed = list(zip(found.users.tolist(), found.items.tolist(), strict=True))
    assert listed == sorted(set(pairs))
    assert len(found) == len(set(pairs))


@given(PAIRS)
def test_each_view_agrees_with_the_pairs(pairs: list[tuple[int, int]]) -> None:
    found, truth = positives(pairs), set(pairs)
    for user in range(N_USERS):
        assert found.of(user).tolist() == sorted(i for u, i in truth if u == user)
        assert found.counts[user] == sum(u == user for u, _ in truth)
    for item in range(N_ITEMS):
        assert found.popularity[item] == sum(i == item for _, i in truth)
    grid = found.contains(np.arange(N_USERS)[:, None], np.arange(N_ITEMS))
    assert grid.shape == (N_USERS, N_ITEMS)
    assert {(int(u), int(i)) for u, i in zip(*np.nonzero(grid), strict=True)} == truth


@given(PAIRS, PAIRS)
def test_union(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    assert as_set(positives(first).union(positives(second))) == set(first) | set(second)


def test_types_and_sizes_are_those_promised() -> None:
    found = positives([(2, 1), (0, 4)])
    for array in (found.users, found.items, found.indptr, found.counts, found.popularity):
        assert array.dtype == np.int64
    assert found.indptr.tolist() == [0, 1, 1, 2, 2, 2, 2, 2]


@pytest.mark.parametrize("field", ["users", "items", "indptr", "counts", "popularity", "codes"])
def test_arrays_cannot_be_changed(field: str) -> None:
    array = getattr(positives([(0, 1), (1, 2)]), field)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 3


def test_empty_set_contains_nothing() -> None:
    assert not positives([]).contains([0, 1], [0, 1]).any()


@pytest.mark.parametrize(
    ("users", "items", "message"),
    [
        ([0, 1], [0], "one user and one item for each pair"),
        ([[0]], [[0]], "one user and one item for each pair"),
        ([0], [N_ITEMS], "item ids from 0 to 4, got ids from 5 to 5"),
        ([-1], [0], "user ids from 0 to 6, got ids from -1 to -1"),
        ([0.5], [0], "whole numbers as user ids, got dtype float64"),
        (["ann"], [0], "from_pairs"),
        ([True], [0], "whole numbers"),
    ],
)
def test_refuses_what_are_no_pairs(users: list, items: list, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Positives.from_pairs(users, items, N_USERS, N_ITEMS)


@pytest.mark.parametrize("user", [-1, N_USERS])
def test_refuses_an_unknown_user(user: int) -> None:
    with pytest.raises(DataError, match=f"0 to {N_USERS - 1}, got {user}"):
        positives([(0, 0)]).of(user)


def test_contains_refuses_ids_outside_the_catalogue() -> None:
    with pytest.raises(DataError, match="item ids from 0 to 4"):
        positives([(0, 0)]).contains([0], [5])


def test_union_refuses_another_catalogue() -> None:
    with pytest.raises(DataError, match="same catalogue"):
        positives([(0, 0)]).union(Positives.from_pairs([0], [0], 1, 1))


def interactions(
    train: list, test: list, n_users: int = 2, n_items: int = 3, **names
) -> Interactions:
    def part(pairs: list) -> Positives:
        return Positives.from_pairs([u for u, _ in pairs], [i for _, i in pairs], n_users, n_items)

    ids = {"user_ids": np.arange(n_users), "item_ids": np.arange(n_items), **names}
    return Interactions("made", part(train), part([]), part(test), **ids)


def test_known_masks_what_was_seen(tiny: Interactions) -> None:
    assert tiny.known("validation") is tiny.train
    assert as_set(tiny.known("test")) == as_set(tiny.train) | as_set(tiny.validation)
    with pytest.raises(DataError, match="'validation' or 'test'.*got 'train'"):
        tiny.known("train")
    with pytest.raises(DataError, match="train, validation, test, got 'tset'"):
        tiny.split("tset")


def test_describe(tiny: Interactions) -> None:
    assert tiny.describe() == {
        "users": 5,
        "items": 6,
        "train": 9,
        "validation": 3,
        "test": 5,
        "density": 17 / 30,
    }
    assert tiny.popularity.tolist() == [3, 2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"train": [], "test": [(0, 1)]}, "at least one train pair.*got none"),
        ({"train": [(0, 1)], "test": [], "n_users": 1}, "at least 2 users.*got 1.*other users"),
        ({"train": [(0, 0)], "test": [], "n_items": 1}, "at least 2 items.*got 1"),
        (
            {"train": [(0, 1), (1, 2)], "test": [(1, 2)], "item_ids": np.array([7, 8, 9])},
            "1 in both train and test, the first is user 1, item 9",
        ),
        ({"train": [(0, 1)], "test": [], "titles": ("A",)}, "3 values in titles, got 1"),
        ({"train": [(0, 1)], "test": [], "user_ids": np.arange(3)}, "2 values in user_ids, got 3"),
    ],
)
def test_interactions_refuse_what_cannot_be_used(made: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        interactions(**made)


def test_interactions_refuse_sets_over_other_catalogues() -> None:
    small, large = Positives.from_pairs([0], [0], 2, 2), Positives.from_pairs([0], [1], 2, 3)
    with pytest.raises(DataError, match=r"same users and items, got .*\(2, 2\), \(2, 3\)"):
        Interactions("made", small, small, large, np.arange(2), np.arange(2))
