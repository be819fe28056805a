"""Models under one contract: two tables of vectors whose plain product is the ranking score.

A model gives `encode()`, all users (U, D) and items (I, D) for ranking, and `user_vectors(ids)`
and `item_vectors(ids)`, the same vectors for some ids, which is what a training step needs, and
`scores(u, items)`, their products without a graph. For a cosine model the vectors are unit
vectors, so that their product is the cosine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.linalg import vector_norm

from mmcl_core import _checks
from mmcl_core.products import gathered_products, row_lengths

SCORES = ("cosine", "dot")
_SHORTEST = 1e-12  # a vector shorter than this is not made a unit vector


class Part(NamedTuple):
    """Some users or items of a step, and the derivative of the loss by their vectors."""

    ids: Tensor  # (M,), distinct and ascending
    vectors: Tensor  # (M, D), as `user_vectors` or `item_vectors` gave them
    gradient: Tensor  # (M, D)


class Model(nn.Module):
    """The contract of all models; see the module's text.

    Parameters
    ----------
    n_users, n_items, dim : int
        U, I and D.
    score : {"cosine", "dot"}
        Whether the product of two vectors is a cosine or an unbounded dot product.
    """

    needs_graph = True  # whether `pull_back` wants vectors that remember how they came about
    sparse = False  # whether gradients hold only the rows that a batch touched

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

    @torch.no_grad()
    def scores(self, u: Tensor, items: Tensor) -> Tensor:
        """Return the products (B, N), without a graph, of vectors `u` (B, D) and `items` (B, N)."""
        every, places = distinct(items, self.n_items)
        return gathered_products(u, self.item_vectors(every), places)

    def touched(self, ids: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """Return the users or items, of `n`, that a step looks at, and where `ids` are among them.

        They are the distinct `ids`; or all `n`, if gradients are dense and that is not many more.
        """
        if not self.sparse and n <= 4 * ids.numel():
            return torch.arange(n, device=ids.device), ids
        return distinct(ids, n)

    def pull_back(self, users: Part, items: Part) -> None:
        """Add to the parameters' gradients what these derivatives by vectors mean for them."""
        torch.autograd.backward((users.vectors, items.vectors), (users.gradient, items.gradient))

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
    init : float or "xavier"
        Standard deviation of the initial normal entries; "xavier" is sqrt(2 / (rows + D)).
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

    needs_graph = False

    def __init__(
        self,
        n_users: int,
        n_items: int,
        dim: int = 64,
        score: str = "cosine",
        init: float | str = 0.1,
        sparse: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(n_users, n_items, dim, score)
        self.sparse = sparse
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

    @torch.no_grad()
    def scores(self, u: Tensor, items: Tensor) -> Tensor:
        """Return the products (B, N), without a graph, of vectors `u` (B, D) and `items` (B, N).

        The stored vectors are multiplied as they are, and the products then divided by their
        lengths: cheaper than a unit vector for every item.
        """
        table = self.items.weight
        if self.score == "dot":
            return gathered_products(u, table, items)
        lengths = row_lengths(table, items, _SHORTEST)  # (B, N)
        return gathered_products(u, table, items).div_(lengths)

    @torch.no_grad()
    def pull_back(self, users: Part, items: Part) -> None:
        """Add to the parameters' gradients what these derivatives by vectors mean for them.

        In closed form, faster than by automatic differentiation: a unit vector can only turn, so
        its own direction is taken out of the derivative, and a long vector turns slowly::

            (g - (g . u) u) / |x|    for x of the table, u = x / |x| and the derivative g by u
        """
        for table, part in ((self.users, users), (self.items, items)):
            weight, (ids, unit, gradient) = table.weight, part
            if self.score == "cosine":
                along = (gradient * unit).sum(1, keepdim=True)  # (M, 1)
                lengths = vector_norm(weight.index_select(0, ids), dim=1, keepdim=True)
                gradient = (gradient - along * unit).div_(lengths.clamp_min_(_SHORTEST))
            if self.sparse:
                more = torch.sparse_coo_tensor(
                    ids[None], gradient, weight.shape, is_coalesced=True, check_invariants=False
                )
            else:
                more = torch.zeros_like(weight).index_add_(0, ids, gradient)
            weight.grad = more if weight.grad is None else weight.grad + more

    def _finish(self, rows: Tensor) -> Tensor:
        if self.score == "dot":
            return rows
        unit: Tensor = rows / vector_norm(rows, dim=-1, keepdim=True).clamp_min(_SHORTEST)
        return unit


def distinct(ids: Tensor, n_items: int) -> tuple[Tensor, Tensor]:
    """Return the distinct `ids`, (M,) ascending, and where each id stands among them.

    Examples
    --------
    >>> distinct(torch.tensor([[7, 2], [2, 2]]), n_items=10)
    (tensor([2, 7]), tensor([[1, 0],
            [0, 0]]))
    """
    if ids.numel() < n_items:
        few: tuple[Tensor, Tensor] = torch.unique(ids, return_inverse=True)
        return few
    seen = torch.zeros(n_items, dtype=torch.bool, device=ids.device)  # marking beats sorting
    seen[ids.flatten()] = True
    place = seen.cumsum(0) - 1  # (I,)
    columns: Tensor = place[ids]
    return seen.nonzero()[:, 0], columns


def _normal(n: int, dim: int, init: float | str, generator: torch.Generator | None) -> Tensor:
    deviation = (2 / (n + dim)) ** 0.5 if init == "xavier" else float(init)
    return torch.empty(n, dim).normal_(0, deviation, generator=generator)


MODELS: dict[str, Callable[..., Model]] = {"mf": MF}
