"""A data set ready for training and ranking: three disjoint sets of positives and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcl_core.data.errors import data_error
from mmcl_core.data.positives import IntArray, Positives

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """Positives of all users, split into train, validation and test.

    Users and items are numbered 0..U-1 and 0..I-1. The three sets share no pair; validation and
    test may be empty.

    Parameters
    ----------
    name : str
        What a person calls the data, for example ``"movielens"``.
    train, validation, test : Positives
        Over the same U users and I items.
    user_ids, item_ids : numpy.ndarray
        (U,) and (I,): the id of each user and item in the source.
    titles : tuple of str, optional
        I titles, one an item.
    years : tuple of int or None, optional
        I years; None where the source has none.
    genres : tuple of tuple of str, optional
        I tuples of genres, possibly empty.

    Raises
    ------
    DataError
        When there are fewer than two users or items, nothing to train on, sets over different
        catalogues, a pair in two sets, or names that do not fit the catalogue.

    Examples
    --------
    >>> def pairs(users, items):
    ...     return Positives.from_pairs(users, items, n_users=2, n_items=3)
    >>> data = Interactions("tiny", pairs([0, 1], [0, 2]), pairs([], []), pairs([0, 1], [1, 0]),
    ...                     user_ids=np.array(["ann", "bob"]), item_ids=np.arange(3))
    >>> data
    Interactions('tiny': 2 users, 3 items, train 2, validation 0, test 2)
    >>> data.known("test").of(1).tolist()
    [2]
    """

    name: str
    train: Positives
    validation: Positives
    test: Positives
    user_ids: npt.NDArray[Any]
    item_ids: npt.NDArray[Any]
    titles: tuple[str, ...] | None = None
    years: tuple[int | None, ...] | None = None
    genres: tuple[tuple[str, ...], ...] | None = None

    def __post_init__(self) -> None:
        _check_sizes(self)
        _check_disjoint(self)
        _check_names(self)

    def __repr__(self) -> str:
        parts = ", ".join(f"{split} {len(getattr(self, split))}" for split in SPLITS)
        return f"Interactions({self.name!r}: {self.n_users} users, {self.n_items} items, {parts})"

    @property
    def n_users(self) -> int:
        """Number of users, U."""
        return self.train.n_users

    @property
    def n_items(self) -> int:
        """Number of items, I."""
        return self.train.n_items

    @property
    def popularity(self) -> IntArray:
        """(I,) int64, read-only: number of train users of each item."""
        return self.train.popularity

    def split(self, name: str) -> Positives:
        """Return the set called ``"train"``, ``"validation"`` or ``"test"``.

        Raises
        ------
        DataError
            When the name is none of the three.
        """
        if name not in SPLITS:
            raise data_error(f"one of {', '.join(SPLITS)}", repr(name), "Choose one of these.")
        found: Positives = getattr(self, name)
        return found

    def known(self, split: str) -> Positives:
        """Return the positives to mask when ranking the catalogue for ``split``.

        What was already seen may not be recommended again: train is masked for validation, train
        and validation for test.

        Parameters
        ----------
        split : str
            ``"validation"`` or ``"test"``.

        Returns
        -------
        Positives
            The pairs to leave out of the ranking.

        Raises
        ------
        DataError
            When ``split`` is neither.
        """
        if split == "validation" or (split == "test" and len(self.validation) == 0):
            return self.train
        if split == "test":
            return self.train.union(self.validation)
        raise data_error(
            "'validation' or 'test' as the split to rank for",
            repr(split),
            "Train pairs are masked in both, so choose one of these two.",
        )

    def describe(self) -> dict[str, float]:
        """Return the numbers of the data set.

        Returns
        -------
        dict
            ``users``, ``items``, ``train``, ``validation``, ``test`` (counts) and ``density``:
            all pairs / (users x items).
        """
        sizes = {split: len(self.split(split)) for split in SPLITS}
        cells = self.n_users * self.n_items
        counts = {"users": self.n_users, "items": self.n_items, **sizes}
        return {**counts, "density": sum(sizes.values()) / cells}


def _check_sizes(data: Interactions) -> None:
    sizes = {(part.n_users, part.n_items) for part in (data.train, data.validation, data.test)}
    if len(sizes) > 1:
        raise data_error(
            "train, validation and test over the same users and items",
            f"(users, items) = {sorted(sizes)}",
            "Build them with the same n_users and n_items.",
        )
    if len(data.train) == 0:
        raise data_error(
            f"at least one train pair in {data.name!r}",
            "none",
            "A model cannot learn from empty data: check the source.",
        )
    if data.n_users < 2:
        raise data_error(
            f"at least 2 users in {data.name!r}",
            data.n_users,
            "Recommending compares users, and one alone teaches nothing: add pairs of other users.",
        )
    if data.n_items < 2:
        raise data_error(
            f"at least 2 items in {data.name!r}",
            data.n_items,
            "There is nothing to rank: add pairs with other items.",
        )


def _check_disjoint(data: Interactions) -> None:
    for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
        seen, part = data.split(first), data.split(second)
        twice = np.flatnonzero(seen.contains(part.users, part.items))
        if len(twice):
            user, item = data.user_ids[part.users[twice[0]]], data.item_ids[part.items[twice[0]]]
            raise data_error(
                f"each pair of {data.name!r} in one split only",
                f"{len(twice)} in both {first} and {second}, the first is user {user}, item {item}",
                "A pair seen before is masked and can never be found: "
                f"remove such pairs from {second}.",
            )


def _check_names(data: Interactions) -> None:
    expected: tuple[tuple[str, int, Sequence[object] | npt.NDArray[Any] | None], ...] = (
        ("user_ids", data.n_users, data.user_ids),
        ("item_ids", data.n_items, data.item_ids),
        ("titles", data.n_items, data.titles),
        ("years", data.n_items, data.years),
        ("genres", data.n_items, data.genres),
    )
    for what, n, values in expected:
        if values is not None and len(values) != n:
            raise data_error(f"{n} values in {what}", len(values), "Give one for each, in order.")
