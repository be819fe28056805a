"""Ranking metrics over the whole catalogue, exact.

For each user with at least one held-out item, all items are ranked by score, the items already
known to the user are masked, and the top K is compared with T, the user's held-out items:

    Recall@K   = hits / |T|
    NDCG@K     = sum over hits at rank r <= K of 1/log2(r+1)  /  sum_{r <= min(K, |T|)} 1/log2(r+1)
    hit rate   = share of users with at least one hit
    coverage   = share of the catalogue that appears in somebody's top K
    popularity = mean number of training positives of the recommended items

Recall and NDCG agree with RecBox/SimpleX, LightGCN-PyTorch and RecBole. Ties are broken by item
id, so a run repeats; `mmcl_core.ranking` says how the ranking is made, and what a score is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmcl_core import _checks
from mmcl_core.data import Interactions, Positives
from mmcl_core.ranking import best_items, top_k

__all__ = ["UserHits", "evaluate", "held_out", "popularity_vectors", "rank", "top_k", "user_hits"]

Vectors = Tensor | NDArray[np.floating]


def evaluate(
    users: Vectors, items: Vectors, data: Interactions, k: int = 20, split: str = "test"
) -> dict[str, float]:
    """Rank the whole catalogue for every user and score the top K.

    Parameters
    ----------
    users, items : (U, D) and (I, D), float
        Vectors whose product is the ranking score; a model's `encode()`.
    data : Interactions
        Train positives are masked, and at "test" the validation positives too.
    k : int >= 1
        K. A catalogue smaller than K is ranked whole.
    split : {"test", "validation"}
        Which held-out items count.

    Returns
    -------
    dict of str to float
        "recall@K", "ndcg@K", "hit_rate@K", "coverage@K" in [0, 1]; "popularity@K", in positives.

    Raises
    ------
    ValueError
        If shapes or types do not fit, a product is not finite, or nobody has a held-out item.

    Examples
    --------
    >>> from mmcl_core.data import from_pairs
    >>> data = from_pairs([0] * 6 + [1] * 6, list(range(6)) * 2, name="two", seed=0)
    >>> sorted(evaluate(np.ones((2, 1)), np.ones((6, 1)), data, k=6))
    ['coverage@6', 'hit_rate@6', 'ndcg@6', 'popularity@6', 'recall@6']
    """
    ranked, top = rank(users, items, data, k, split)
    found = _hits(ranked, top, held_out(data, split))
    shown = top[top >= 0]
    return {
        f"recall@{k}": float(np.mean(found.recall)),
        f"ndcg@{k}": float(np.mean(found.ndcg)),
        f"hit_rate@{k}": float(np.mean(found.hits.any(1))),
        f"coverage@{k}": len(np.unique(shown)) / data.n_items,
        f"popularity@{k}": float(np.mean(data.popularity[shown])) if len(shown) else 0.0,
    }


@dataclass(frozen=True, eq=False)
class UserHits:
    """Which of each user's top K are held-out items: all that Recall and NDCG of a user need.

    Parameters
    ----------
    users : (n,) int64
        The users that have at least one held-out item.
    held_out : (n,) int64
        How many each of them has, |T|.
    hits : (n, K) bool
        Whether the item at each rank is one of them.
    """

    users: NDArray[np.int64]
    held_out: NDArray[np.int64]
    hits: NDArray[np.bool_]

    @property
    def recall(self) -> NDArray[np.float64]:
        """Recall@K of each user, (n,)."""
        recall: NDArray[np.float64] = self.hits.sum(1) / self.held_out
        return recall

    @property
    def ndcg(self) -> NDArray[np.float64]:
        """NDCG@K of each user, (n,)."""
        k = self.hits.shape[1]
        discounts = 1 / np.log2(np.arange(k) + 2)  # (K,)
        ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(self.held_out, k)]  # (n,)
        ndcg: NDArray[np.float64] = self.hits @ discounts / ideal
        return ndcg


def user_hits(
    users: Vectors, items: Vectors, data: Interactions, k: int = 20, split: str = "test"
) -> UserHits:
    """Return who finds what, for intervals over users; the means are those of `evaluate`.

    Parameters
    ----------
    users, items, data, k, split
        As for `evaluate`.

    Raises
    ------
    ValueError
        As for `evaluate`.

    Examples
    --------
    >>> from mmcl_core.data import from_pairs
    >>> data = from_pairs([0] * 6 + [1] * 6, list(range(6)) * 2, name="two", seed=0)
    >>> found = user_hits(np.ones((2, 1)), np.ones((6, 1)), data, k=6)
    >>> found.hits.shape, found.recall.tolist()
    ((2, 6), [1.0, 1.0])
    """
    return _hits(*rank(users, items, data, k, split), held_out(data, split))


def _hits(ranked: NDArray[np.int64], top: NDArray[np.int64], truth: Positives) -> UserHits:
    filled = top >= 0  # (n, K): a user who knows almost everything has fewer than K left
    hits = truth.contains(ranked[:, None], np.where(filled, top, 0)) & filled  # (n, K)
    return UserHits(ranked, truth.counts[ranked], hits)


def rank(
    users: Vectors, items: Vectors, data: Interactions, k: int = 20, split: str = "test"
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank the unknown items of every user who has a held-out item.

    Parameters
    ----------
    users, items, data, k, split
        As for `evaluate`.

    Returns
    -------
    ranked : (n,) int64
        The users that have at least one held-out item.
    top : (n, K) int64
        Their best items, best first, ties by item id; -1 where nothing is left to recommend.

    Raises
    ------
    ValueError
        As for `evaluate`.
    """
    u, v = torch.as_tensor(users).detach(), torch.as_tensor(items).detach()
    _check(u, v, data, k)
    known = data.known(split)
    ranked = np.flatnonzero(held_out(data, split).counts)
    if not len(ranked):
        raise _checks.refuse(
            f"at least one held-out item in the {split} split", "none", "Evaluate on another split."
        )
    return ranked, best_items(u, v, ranked, known, min(k, data.n_items))


def popularity_vectors(data: Interactions) -> tuple[Tensor, Tensor]:
    """Return users (U, 1) and items (I, 1) that rank by train popularity: the baseline to beat.

    Examples
    --------
    >>> from mmcl_core.data import from_pairs
    >>> data = from_pairs([0] * 6 + [1] * 6, list(range(6)) * 2, name="two", seed=0)
    >>> users, items = popularity_vectors(data)
    >>> bool((items[:, 0] == torch.from_numpy(data.popularity.copy())).all())
    True
    """
    counts = torch.from_numpy(data.popularity.astype(np.float32))
    return torch.ones(data.n_users, 1), counts[:, None]


def held_out(data: Interactions, split: str) -> Positives:
    """Return the positives that count in `split`, "test" or "validation"."""
    _checks.choice("split", split, ("test", "validation"))
    return data.test if split == "test" else data.validation


def _check(users: Tensor, items: Tensor, data: Interactions, k: int) -> None:
    _checks.whole("k", k, 1, "Usual values are 10 and 20.")
    fits = users.ndim == items.ndim == 2 and users.shape[1] == items.shape[1]
    if not fits or len(users) != data.n_users or len(items) != data.n_items:
        raise _checks.refuse(
            f"users ({data.n_users}, D) and items ({data.n_items}, D)",
            f"{tuple(users.shape)} and {tuple(items.shape)}",
            "Pass what the model's encode() returns, trained on the same data.",
        )
    if not users.is_floating_point() or users.dtype != items.dtype:
        raise _checks.refuse(
            "users and items of one type of floats",
            f"{users.dtype} and {items.dtype}",
            "Convert both, for example to float32.",
        )
    bound = float(users.abs().max()) * float(items.abs().max()) * users.shape[1]
    if not 2 * bound < torch.finfo(users.dtype).max:  # NaN is not below it either
        raise _checks.refuse(
            "vectors whose products are finite",
            f"products up to {bound:g}",
            "The model diverged: lower the learning rate.",
        )
