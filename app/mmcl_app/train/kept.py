"""The vectors of a lane that is over, kept small while its page is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mmcl_core.data import Interactions, Positives
from mmcl_core.trained import Suggestion, Trained

_BITS = 20
_MOST = 2 ** (_BITS - 1) - 1
_LEAST = np.float32(1e-30)  # of a number that a row is multiplied with
Vectors = NDArray[np.float32]
Packed = tuple[NDArray[np.uint8], Vectors, int]
_SHARED: WeakKeyDictionary[Interactions, Positives] = WeakKeyDictionary()


def known_of(data: Interactions) -> Positives:
    """Return what users are known to like, once for all lanes on the same data."""
    if data not in _SHARED:
        _SHARED[data] = data.known("test")
    return _SHARED[data]


class Kept:
    """A trained lane with its vectors in 20 bits a number: cosines are right to about 1e-6.

    It answers as `mmcl_core.trained.Trained` does; the vectors are unpacked for each answer.

    Parameters
    ----------
    trained : Trained
    known : Positives
        What each user is known to like: shared by all lanes on these data.
    """

    def __init__(self, trained: Trained, known: Positives) -> None:
        self.known, self.titles, self.info = known, trained.titles, trained.info
        self._users, self._items = _pack(trained.users), _pack(trained.items)

    @property
    def users(self) -> Vectors:
        """Vectors of the users, (U, D)."""
        return _unpack(*self._users)

    @property
    def items(self) -> Vectors:
        """Vectors of the items, (I, D)."""
        return _unpack(*self._items)

    def recommend(self, user: int, k: int = 10) -> list[Suggestion]:
        """Return the k best items that a user is not known to like."""
        return self._whole().recommend(user, k)

    def neighbours(self, item: int, k: int = 10, min_positives: int = 1) -> list[Suggestion]:
        """Return the k closest items."""
        return self._whole().neighbours(item, k, min_positives)

    def _whole(self) -> Trained:
        info: Mapping[str, Any] = self.info
        return Trained(self.users, self.items, self.known, self.titles, info)


def _pack(rows: NDArray[np.float32]) -> Packed:
    """Write each row as whole numbers of 20 bits, two in five bytes, times a number of its own."""
    scale = np.maximum(np.abs(rows).max(1, keepdims=True) / np.float32(_MOST), _LEAST)
    whole = np.rint(rows / scale).astype(np.int64) & (2**_BITS - 1)
    whole = np.pad(whole, ((0, 0), (0, rows.shape[1] % 2)))  # to an even number of columns
    pairs = (whole[:, ::2] | whole[:, 1::2] << _BITS).astype("<i8")
    return pairs.view(np.uint8).reshape(*pairs.shape, 8)[..., :5].copy(), scale, rows.shape[1]


def _unpack(packed: NDArray[np.uint8], scale: NDArray[np.float32], dim: int) -> Vectors:
    wide = np.zeros((*packed.shape[:2], 8), np.uint8)
    wide[..., :5] = packed
    pairs = wide.view("<i8")  # (R, ceil(D / 2), 1)
    # Up to the top and down again, so that a number's own sign fills what is left of it.
    parts = [(pairs << 64 - upto) >> 64 - _BITS for upto in (_BITS, 2 * _BITS)]
    whole = np.concatenate(parts, -1).reshape(len(packed), -1)[:, :dim]
    return (whole * scale).astype(np.float32)
