"""A set of observed (user, item) pairs, stored once as sorted CSR arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mmcl_core.data.errors import data_error

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def read_only(array: IntArray) -> IntArray:
    """Return a view of ``array`` that refuses to be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def _ids(values: npt.ArrayLike, what: str) -> IntArray:
    """Return ``values`` as an int64 array, refusing anything that is not a whole number."""
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise data_error(
            f"whole numbers as {what} ids",
            f"dtype {array.dtype}",
            "Map other ids to 0..n-1 with from_pairs from mmcl_core.data.",
        )
    return array.astype(np.int64)


def _check_range(ids: IntArray, n: int, what: str) -> None:
    """Raise DataError when an id lies outside 0..n-1."""
    if ids.size and (ids.min() < 0 or ids.max() >= n):
        raise data_error(
            f"{what} ids from 0 to {n - 1}",
            f"ids from {ids.min()} to {ids.max()}",
            "Map them to 0..n-1 with from_pairs from mmcl_core.data.",
        )


@dataclass(frozen=True, eq=False, repr=False)
class Positives:
    """A frozen set of (user, item) pairs, sorted by user and then by item, without repeats.

    Build it with :meth:`from_pairs`. The fields are what the compressed sparse row (CSR) format
    holds: the items of user ``u`` are ``items[indptr[u]:indptr[u + 1]]``.

    Parameters
    ----------
    users : numpy.ndarray
        (n,) int64, read-only: the user of each pair, ascending.
    items : numpy.ndarray
        (n,) int64, read-only: the item of each pair, ascending within a user.
    indptr : numpy.ndarray
        (U+1,) int64, read-only: where the pairs of each user begin.
    n_users, n_items : int
        Size of the two catalogues: U and I.

    Examples
    --------
    >>> likes = Positives.from_pairs([1, 0, 1], [2, 0, 0], n_users=3, n_items=4)
    >>> likes.of(1).tolist(), likes.counts.tolist(), likes.popularity.tolist()
    ([0, 2], [1, 2, 0], [2, 0, 1, 0])
    """

    users: IntArray
    items: IntArray
    indptr: IntArray
    n_users: int
    n_items: int

    @classmethod
    def from_pairs(
        cls, users: npt.ArrayLike, items: npt.ArrayLike, n_users: int, n_items: int
    ) -> Positives:
        """Build the set from pairs in any order; repeated pairs count once.

        Parameters
        ----------
        users, items : array_like
            (n,) whole numbers: pair ``k`` is ``(users[k], items[k])``.
        n_users, n_items : int
            Size of the two catalogues; every id must be below them.

        Returns
        -------
        Positives
            The set, with its arrays read-only.

        Raises
        ------
        DataError
            When the two columns differ in length, are not whole numbers, or leave the range.

        Examples
        --------
        >>> len(Positives.from_pairs([0, 0, 0], [1, 2, 1], n_users=1, n_items=3))
        2
        """
        u, i = _ids(users, "user"), _ids(items, "item")
        if u.ndim != 1 or u.shape != i.shape:
            raise data_error(
                "one user and one item for each pair",
                f"arrays of shape {u.shape} and {i.shape}",
                "Pass two flat columns of the same length.",
            )
        _check_range(u, n_users, "user")
        _check_range(i, n_items, "item")
        codes = np.unique(u * max(n_items, 1) + i)  # (n,) ascending: by user, then by item
        u, i = np.divmod(codes, max(n_items, 1))
        indptr = np.zeros(n_users + 1, dtype=np.int64)  # (U+1,)
        np.cumsum(np.bincount(u, minlength=n_users), out=indptr[1:])
        return cls(read_only(u), read_only(i), read_only(indptr), n_users, n_items)

    def __len__(self) -> int:
        return len(self.users)

    def __repr__(self) -> str:
        return f"Positives({len(self)} pairs, {self.n_users} users, {self.n_items} items)"

    def of(self, user: int) -> IntArray:
        """Return the items of one user.

        Parameters
        ----------
        user : int
            A user id, 0..U-1.

        Returns
        -------
        numpy.ndarray
            (n_u,) int64, ascending, read-only.

        Raises
        ------
        DataError
            When there is no such user.
        """
        if not 0 <= user < self.n_users:
            raise data_error(
                f"a user id from 0 to {self.n_users - 1}",
                user,
                "Look the id of the source up in data.user_ids.",
            )
        return self.items[self.indptr[user] : self.indptr[user + 1]]

    @cached_property
    def counts(self) -> IntArray:
        """(U,) int64, read-only: number of items of each user."""
        return read_only(np.diff(self.indptr))

    @cached_property
    def popularity(self) -> IntArray:
        """(I,) int64, read-only: number of users of each item."""
        return read_only(np.bincount(self.items, minlength=self.n_items).astype(np.int64))

    @cached_property
    def codes(self) -> IntArray:
        """(n,) int64, read-only, ascending: ``user * n_items + item`` of each pair."""
        return read_only(self.users * self.n_items + self.items)

    def contains(self, users: npt.ArrayLike, items: npt.ArrayLike) -> BoolArray:
        """Tell for each (user, item) whether it is in the set.

        Parameters
        ----------
        users, items : array_like
            Whole numbers; the two shapes are broadcast, so (B, 1) users go with (B, N) items.

        Returns
        -------
        numpy.ndarray
            bool, of the broadcast shape.

        Raises
        ------
        DataError
            When an id is outside its catalogue.

        Examples
        --------
        >>> likes = Positives.from_pairs([0, 1], [2, 0], n_users=2, n_items=3)
        >>> likes.contains([[0], [1]], [0, 1, 2]).tolist()
        [[False, False, True], [True, False, False]]
        """
        u, i = _ids(users, "user"), _ids(items, "item")
        _check_range(u, self.n_users, "user")
        _check_range(i, self.n_items, "item")
        wanted = u * self.n_items + i
        if len(self) == 0:
            return np.zeros(wanted.shape, dtype=np.bool_)
        place = np.minimum(np.searchsorted(self.codes, wanted), len(self) - 1)
        return np.asarray(self.codes[place] == wanted)

    def union(self, other: Positives) -> Positives:
        """Return the pairs that are in this set or in ``other``.

        Parameters
        ----------
        other : Positives
            A set over the same users and items.

        Returns
        -------
        Positives
            The union; each pair once.

        Raises
        ------
        DataError
            When the two sets are over catalogues of different size.

        Examples
        --------
        >>> a = Positives.from_pairs([0], [1], n_users=2, n_items=3)
        >>> b = Positives.from_pairs([0, 1], [1, 2], n_users=2, n_items=3)
        >>> len(a.union(b))
        2
        """
        if (self.n_users, self.n_items) != (other.n_users, other.n_items):
            raise data_error(
                "two sets over the same catalogue",
                f"{self!r} and {other!r}",
                "Build both with the same n_users and n_items.",
            )
        return Positives.from_pairs(
            np.concatenate([self.users, other.users]),
            np.concatenate([self.items, other.items]),
            self.n_users,
            self.n_items,
        )
