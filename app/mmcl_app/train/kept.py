"""The vectors of a lane that is over, kept small while its page is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mmcl_core.data import Interactions, Positives
from mmcl_core.trained import Suggestion, Trained

_MOST = 2**23 - 1
_SHARED: WeakKeyDictionary[Interactions, Positives] = WeakKeyDictionary()


def known_of(data: Interactions) -> Positives:
    """Return what users are known to like, once for all lanes on the same data."""
    if data not in _SHARED:
        _SHARED[data] = data.known("test")
    return _SHARED[data]


class Kept:
    """A trained lane with its vectors in three bytes a number, as exact as sums in float32 are.

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
    def users(self) -> NDArray[np.float32]:
        """Vectors of the users, (U, D)."""
        return _unpack(*self._users)

    @property
    def items(self) -> NDArray[np.float32]:
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


def _pack(rows: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Write each row as whole numbers of 24 bits, times a number of the row's own."""
    scale = np.maximum(np.abs(rows).max(1, keepdims=True).astype(np.float64) / _MOST, 1e-300)
    whole = np.rint(rows / scale).astype("<i4")
    return whole.view(np.uint8).reshape(*rows.shape, 4)[..., :3].copy(), scale


def _unpack(packed: NDArray[np.uint8], scale: NDArray[np.float64]) -> NDArray[np.float32]:
    whole = np.zeros((*packed.shape[:2], 4), np.uint8)
    whole[..., 1:] = packed
    return ((whole.view("<i4")[..., 0] >> 8) * scale).astype(np.float32)
