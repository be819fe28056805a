"""Models under one contract: two tables of vectors whose plain product is the ranking score.

A model gives `encode()`, all users (U, D) and items (I, D) for ranking, and `user_vectors(ids)`
and `item_vectors(ids)`, the same vectors for some ids, which is what a training step needs. For a
cosine model the vectors are unit vectors, so that their product is the cosine.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from mmcl_core import _checks

SCORES = ("cosine", "dot")


class Model(nn.Module):
    """The contract of all models; see the module's text.

    Parameters
    ----------
    n_users, n_items, dim : int
        U, I and D.
    score : {"cosine", "dot"}
        Whether the product of two vectors is a cosine or an unbounded dot product.
    """

    def __init__(self, n_users: int, n_items: int, dim: int, score: str) -> None:
        super().__init__()
        for name, value in (("users", n_users), ("items", n_items), ("dimensions", dim)):
            _checks.whole(f"the number of {name}", value, 1, "A model needs at least one.")
        self.n_users, self.n_items, self.dim = n_users, n_items, dim
        self.score = _checks.choice("score", score, SCORES)

    def user_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the users `ids`."""
        raise NotImplementedError

    def item_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the items `ids`."""
        raise NotImplementedError

    def encode(self) -> tuple[Tensor, Tensor]:
        """Return all users (U, D) and all items (I, D); their product is the ranking score."""
        device = next(self.parameters()).device
        users = self.user_vectors(torch.arange(self.n_users, device=device))
        items = self.item_vectors(torch.arange(self.n_items, device=device))
        return users, items


class MF(Model):
    """Matrix factorisation: one free vector per user and per item.

    Parameters
    ----------
    n_users, n_items, dim : int
    score : {"cosine", "dot"}
        With "cosine" vectors are divided by their length before they meet.
    init : float
        Standard deviation of the initial normal entries.
    sparse : bool
        Whether gradients hold only the rows that a batch touched.
    generator : torch.Generator, optional
        Source of the initial entries.

    Raises
    ------
    ValueError
        If a size or the score is not as described.

    Examples
    --------
    >>> model = MF(3, 5, dim=4, generator=torch.Generator().manual_seed(0))
    >>> users, items = model.encode()
    >>> users.shape, items.shape, bool(torch.allclose(users.norm(dim=1), torch.ones(3)))
    (torch.Size([3, 4]), torch.Size([5, 4]), True)
    """

    def __init__(
        self,
        n_users: int,
        n_items: int,
        dim: int = 64,
        score: str = "cosine",
        init: float = 0.1,
        sparse: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(n_users, n_items, dim, score)
        self.users = nn.Embedding(
            n_users, dim, sparse=sparse, _weight=_normal(n_users, dim, init, generator)
        )
        self.items = nn.Embedding(
            n_items, dim, sparse=sparse, _weight=_normal(n_items, dim, init, generator)
        )

    def user_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the users `ids`."""
        return self._finish(self.users(ids))

    def item_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the items `ids`."""
        return self._finish(self.items(ids))

    def _finish(self, rows: Tensor) -> Tensor:
        return normalize(rows, dim=-1) if self.score == "cosine" else rows


def _normal(n: int, dim: int, init: float, generator: torch.Generator | None) -> Tensor:
    return torch.empty(n, dim).normal_(0, init, generator=generator)


MODELS: dict[str, Callable[..., Model]] = {"mf": MF}
