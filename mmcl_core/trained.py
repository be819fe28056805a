"""A trained recommender: recommend items to a user, find an item's neighbours, save and load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from mmcl_core import _checks, _files
from mmcl_core.data import Interactions, Positives
from mmcl_core.metrics import top_k

_FILE, _FORMAT = "trained.npz", "a trained model of format 1"


class Suggestion(NamedTuple):
    """One item of a list: its index, its title, its score (or cosine)."""

    item: int
    title: str
    score: float


@dataclass(frozen=True, eq=False)
class Trained:
    """The vectors of a finished training run and what is needed to use them.

    Parameters
    ----------
    users, items : (U, D) and (I, D), float32
        Vectors whose product is the ranking score.
    known : Positives
        What each user is known to like (train and validation): never recommended again.
    titles : tuple of I str
    info : mapping
        Anything that fits in JSON: the configuration, the metrics.

    Examples
    --------
    >>> known = Positives.from_pairs([0, 0], [0, 1], n_users=1, n_items=3)
    >>> eye = np.eye(3, dtype=np.float32)
    >>> Trained(eye[:1], eye, known, ("A", "B", "C")).recommend(0, k=1)
    [Suggestion(item=2, title='C', score=0.0)]
    """

    users: NDArray[np.float32]
    items: NDArray[np.float32]
    known: Positives
    titles: tuple[str, ...]
    info: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        users: NDArray[np.float32],
        items: NDArray[np.float32],
        data: Interactions,
        info: Mapping[str, Any],
    ) -> Trained:
        """Join vectors with the data that they were trained on."""
        titles = data.titles or tuple(str(item) for item in data.item_ids)
        return cls(users, items, data.known("test"), titles, info)

    def recommend(self, user: int, k: int = 10) -> list[Suggestion]:
        """Return the k best items that `user` is not known to like.

        Parameters
        ----------
        user : int
            User index, 0 to U - 1.
        k : int >= 1

        Returns
        -------
        list of at most k Suggestion, best first, ties by item

        Raises
        ------
        ValueError
            If there is no such user, or k < 1.
        """
        _index("user", user, len(self.users))
        scores = self.items @ self.users[user]  # (I,)
        scores[self.known.of(user)] = -np.inf
        return self._best(scores, k)

    def neighbours(self, item: int, k: int = 10, min_positives: int = 1) -> list[Suggestion]:
        """Return the k items whose vectors have the largest cosine with that of `item`.

        Parameters
        ----------
        item : int
            Item index, 0 to I - 1.
        k : int >= 1
        min_positives : int
            Leave out items with fewer known positives: their vectors have learned little.

        Returns
        -------
        list of at most k Suggestion, closest first, ties by item

        Raises
        ------
        ValueError
            If there is no such item, or k < 1.
        """
        _index("item", item, len(self.items))
        lengths = np.maximum(np.linalg.norm(self.items, axis=1), 1e-12)
        cosines = self.items @ self.items[item] / (lengths * lengths[item])  # (I,)
        cosines[self.known.popularity < min_positives] = -np.inf
        cosines[item] = -np.inf
        return self._best(cosines, k)

    def _best(self, scores: NDArray[np.floating], k: int) -> list[Suggestion]:
        _checks.whole("k", k, 1, "Ask for at least one.")
        (top,) = top_k(torch.from_numpy(scores)[None], min(k, len(scores))).tolist()
        return [Suggestion(i, self.titles[i], float(scores[i])) for i in top if i >= 0]

    def save(self, folder: str | Path) -> Path:
        """Write everything to `folder` (created if needed) as arrays and JSON; return the file."""
        path = Path(folder) / _FILE
        meta = {"format": _FORMAT, "titles": self.titles, "info": dict(self.info)}
        arrays: dict[str, NDArray[Any]] = {
            "users": self.users,
            "items": self.items,
            "known_users": self.known.users,
            "known_items": self.known.items,
        }
        _files.write_archive(path, meta, arrays)
        return path

    @classmethod
    def load(cls, folder: str | Path) -> Trained:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is missing, cut off, or of another format.
        """
        meta, a = _files.read_archive(Path(folder) / _FILE, _FORMAT)
        known = Positives.from_pairs(
            a["known_users"], a["known_items"], len(a["users"]), len(a["items"])
        )
        return cls(a["users"], a["items"], known, tuple(meta["titles"]), meta["info"])


def _index(name: str, value: int, count: int) -> None:
    if not isinstance(value, (int, np.integer)) or not 0 <= value < count:
        raise _checks.refuse(
            f"a {name} index from 0 to {count - 1}", value, f"Choose one of the {count} {name}s."
        )
