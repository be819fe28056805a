"""Seeded splits of each user's positives, and data from pairs with any ids."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmcl_core.data.errors import data_error
from mmcl_core.data.interactions import Interactions
from mmcl_core.data.positives import IntArray, Positives, read_only

TEST_SHARE = 0.2
VALIDATION_SHARE = 0.1
MIN_POSITIVES = 3  # one pair for each of train, validation and test
_ROUNDING = 1e-9  # so that floor(share * n) is not one short when the product is whole


def _rank_in_random_order(positives: Positives, generator: np.random.Generator) -> IntArray:
    """Shuffle each user's positives; return the place 0..n_u-1 of each pair, (n,)."""
    order = np.lexsort((generator.random(len(positives)), positives.users))
    place = np.empty(len(positives), dtype=np.int64)
    place[order] = np.arange(len(positives)) - positives.indptr[positives.users]
    return place


def _share(counts: IntArray, share: float) -> IntArray:
    """Return floor(share x count), at least one, for each user."""
    whole: IntArray = np.floor(counts * share + _ROUNDING).astype(np.int64)
    return np.maximum(1, whole)


def _take(positives: Positives, chosen: npt.NDArray[np.bool_]) -> Positives:
    return Positives.from_pairs(
        positives.users[chosen], positives.items[chosen], positives.n_users, positives.n_items
    )


def split_positives(
    positives: Positives, generator: np.random.Generator
) -> tuple[Positives, Positives, Positives]:
    """Split each user's positives into train, validation and test.

    Per user, in random order: the first floor(20%) are test, the next floor(10%) validation, at
    least one each, the rest is train.

    Parameters
    ----------
    positives : Positives
        At least three for each user that has any.
    generator : numpy.random.Generator
        The source of the order.

    Returns
    -------
    tuple of Positives
        train, validation, test.

    Raises
    ------
    DataError
        When a user has one or two positives only.

    Examples
    --------
    >>> ten = Positives.from_pairs([0] * 10, range(10), n_users=1, n_items=10)
    >>> [len(part) for part in split_positives(ten, np.random.default_rng(0))]
    [7, 1, 2]
    """
    short = np.flatnonzero((positives.counts > 0) & (positives.counts < MIN_POSITIVES))
    if len(short):
        raise data_error(
            f"at least {MIN_POSITIVES} positives for each user, one for each split",
            f"{positives.counts[short[0]]} for user {short[0]}",
            "Leave such users out.",
        )
    place = _rank_in_random_order(positives, generator)
    n_test = _share(positives.counts, TEST_SHARE)[positives.users]  # (n,)
    n_validation = _share(positives.counts, VALIDATION_SHARE)[positives.users]  # (n,)
    in_test = place < n_test
    in_validation = ~in_test & (place < n_test + n_validation)
    return (
        _take(positives, ~in_test & ~in_validation),
        _take(positives, in_validation),
        _take(positives, in_test),
    )


def with_validation(data: Interactions, fraction: float = 0.1, seed: int = 0) -> Interactions:
    """Hold validation pairs out of train, so that nothing has to be chosen on test.

    Per user, in seeded random order: floor(``fraction`` of its train pairs), at least one. Users
    with a single train pair keep it.

    Parameters
    ----------
    data : Interactions
        With an empty validation set, as the published Gowalla and Yelp2018 splits come.
    fraction : float
        Share of each user's train pairs, above 0 and below 1.
    seed : int
        Seed of the order; the same seed gives the same split.

    Returns
    -------
    Interactions
        The same data with a smaller train and a new validation set; test is untouched.

    Raises
    ------
    DataError
        When there is a validation set already, no user has two train pairs, or the fraction is
        out of range.
    """
    if not 0 < fraction < 1:
        raise data_error("a fraction above 0 and below 1", fraction, "0.1 is usual.")
    if len(data.validation):
        raise data_error(
            "data without a validation set", repr(data), "This can be trained on as it is."
        )
    train = data.train
    if train.counts.max() < 2:
        raise data_error(
            "a user with at least 2 train pairs",
            f"at most {train.counts.max()}",
            "Nothing can be held out: train on the data as it is.",
        )
    place = _rank_in_random_order(train, np.random.default_rng(seed))
    held = np.minimum(_share(train.counts, fraction), train.counts - 1)[train.users]  # (n,)
    out = place < held
    return dataclasses.replace(data, train=_take(train, ~out), validation=_take(train, out))


def _numbered(values: npt.ArrayLike, what: str) -> tuple[IntArray, npt.NDArray[Any]]:
    """Return the place of each id among the sorted distinct ids, and these ids."""
    array = values if isinstance(values, pd.Series) else np.asarray(values)
    if array.ndim != 1:
        raise data_error(
            f"one flat column of {what} ids",
            f"an array of shape {array.shape}",
            "Pass one id for each pair.",
        )
    numbers, ids = pd.factorize(array, sort=True)
    missing = np.flatnonzero(numbers < 0)
    if len(missing):
        raise data_error(
            f"a {what} id in every row",
            f"{len(missing)} rows without one, the first is row {missing[0]} (counted from 0)",
            "Fill them in or drop these rows.",
        )
    return numbers.astype(np.int64), np.asarray(ids)


def from_pairs(
    users: npt.ArrayLike,
    items: npt.ArrayLike,
    *,
    name: str,
    seed: int,
    titles: Mapping[Any, str] | None = None,
    min_positives: int = 5,
) -> Interactions:
    """Build a data set from pairs with any ids: numbers with gaps, text, anything sortable.

    Repeated pairs count once. Users with fewer than ``min_positives`` items are left out, then
    items that no user has. The rest is numbered in the order of the sorted ids and split as
    :func:`split_positives` says, so the order of the rows does not matter.

    Parameters
    ----------
    users, items : array_like
        (n,): pair ``k`` is ``(users[k], items[k])``.
    name : str
        What a person calls the data.
    seed : int
        Seed of the split.
    titles : mapping, optional
        From item id to title; an item that is not in it is called by its id.
    min_positives : int
        Fewest items of a user that stays, at least 3 (one for each split).

    Returns
    -------
    Interactions
        With ``user_ids`` and ``item_ids`` holding the ids that came in.

    Raises
    ------
    DataError
        When there are no pairs, the columns differ in length, an id is missing, or fewer than two
        users have enough items.

    Examples
    --------
    >>> data = from_pairs(["ann"] * 5 + ["bob"] * 5, [10, 20, 30, 40, 50] * 2, name="demo", seed=0)
    >>> data
    Interactions('demo': 2 users, 5 items, train 6, validation 2, test 2)
    >>> data.user_ids.tolist(), data.item_ids.tolist()
    (['ann', 'bob'], [10, 20, 30, 40, 50])
    """
    if min_positives < MIN_POSITIVES:
        raise data_error(
            f"min_positives of at least {MIN_POSITIVES}, one for each of train, validation, test",
            min_positives,
            "Raise it.",
        )
    u, user_ids = _numbered(users, "user")
    i, item_ids = _numbered(items, "item")
    if len(u) != len(i):
        raise data_error(
            "one user and one item for each pair",
            f"{len(u)} users and {len(i)} items",
            "Pass two columns of the same table.",
        )
    if len(u) == 0:
        raise data_error(f"pairs of user and item in {name!r}", "none", "Check the source.")
    everyone = Positives.from_pairs(u, i, len(user_ids), len(item_ids))
    enough = everyone.counts >= min_positives  # (U,)
    if enough.sum() < 2:
        raise data_error(
            f"at least 2 users with {min_positives} or more items in {name!r}",
            f"{enough.sum()} of {len(user_ids)} (the most items of a user: "
            f"{everyone.counts.max()})",
            "Recommending compares users: add pairs of more users, or lower min_positives "
            f"(at least {MIN_POSITIVES}).",
        )
    kept = _take(everyone, enough[everyone.users])
    kept_users, kept_items = np.flatnonzero(kept.counts), np.flatnonzero(kept.popularity)
    positives = Positives.from_pairs(
        np.searchsorted(kept_users, kept.users),
        np.searchsorted(kept_items, kept.items),
        len(kept_users),
        len(kept_items),
    )
    train, validation, test = split_positives(positives, np.random.default_rng(seed))
    user_ids, item_ids = user_ids[kept_users], item_ids[kept_items]
    named = None if titles is None else _titles(item_ids.tolist(), titles)
    return Interactions(
        name, train, validation, test, read_only(user_ids), read_only(item_ids), named
    )


def _titles(item_ids: list[Hashable], titles: Mapping[Any, str]) -> tuple[str, ...]:
    return tuple(str(titles.get(item, item)) for item in item_ids)
