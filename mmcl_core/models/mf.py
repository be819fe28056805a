"""Matrix factorisation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.linalg import vector_norm
from torch.nn.functional import embedding

from mmcl_core.data import Positives
from mmcl_core.models.contract import Model, Part
from mmcl_core.products import gathered_products, row_lengths

_SHORTEST = 1e-12  # a vector shorter than this is not made a unit vector


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
    train : Positives, optional
        What other models learn their encoder from; MF does not look at it.

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
    rows_are_vectors = True

    def __init__(
        self,
        n_users: int,
        n_items: int,
        dim: int = 64,
        score: str = "cosine",
        init: float | str = 0.1,
        sparse: bool = False,
        generator: torch.Generator | None = None,
        *,
        train: Positives | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(n_users, n_items, dim, score, **settings)
        self.sparse = sparse
        self.users = nn.Embedding(
            n_users, dim, sparse=sparse, _weight=normal(n_users, dim, init, generator)
        )
        self.items = nn.Embedding(
            n_items, dim, sparse=sparse, _weight=normal(n_items, dim, init, generator)
        )

    def tables(self) -> tuple[Tensor, Tensor]:
        """Return users (U, D) and items (I, D) before they are divided by their length."""
        return self.users.weight, self.items.weight

    def user_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the users `ids`."""
        return self.finish(embedding(ids, self.tables()[0], sparse=self.sparse))

    def item_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the items `ids`."""
        return self.finish(embedding(ids, self.tables()[1], sparse=self.sparse))

    @torch.no_grad()
    def scores(self, u: Tensor, items: Tensor) -> Tensor:
        """Return the products (B, N), without a graph, of vectors `u` (B, D) and `items` (B, N).

        The stored vectors are multiplied as they are, and the products then divided by their
        lengths: cheaper than a unit vector for every item.
        """
        table = self.tables()[1]
        if self.score == "dot":
            return gathered_products(u, table, items)
        lengths = row_lengths(table, items, _SHORTEST)  # (B, N)
        return gathered_products(u, table, items).div_(lengths)

    def rows(self, users: Tensor, items: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return which rows of which tables `asking` and these items are computed from."""
        return [(self.users.weight, users), (self.items.weight, items)]

    @torch.no_grad()
    def pull_back(self, users: Part, items: Part) -> None:
        """Add to the parameters' gradients what these derivatives by vectors mean for them.

        In closed form, faster than by automatic differentiation; see `by_rows`.
        """
        for table, part in ((self.users, users), (self.items, items)):
            weight, gradient = table.weight, self.by_rows(table.weight, part)
            if self.sparse:
                more = torch.sparse_coo_tensor(
                    part.ids[None],
                    gradient,
                    weight.shape,
                    is_coalesced=True,
                    check_invariants=False,
                )
            else:
                more = torch.zeros_like(weight).index_add_(0, part.ids, gradient)
            weight.grad = more if weight.grad is None else weight.grad + more

    def by_rows(self, table: Tensor, part: Part) -> Tensor:
        """Return the derivative (M, D) by the rows of `table` that the vectors of `part` finish.

        A unit vector can only turn, so its own direction is taken out of the derivative, and a
        long vector turns slowly::

            (g - (g . u) u) / |x|    for a row x, u = x / |x| and the derivative g by u
        """
        ids, unit, gradient = part
        if self.score == "dot":
            return gradient
        along = (gradient * unit).sum(1, keepdim=True)  # (M, 1)
        lengths = vector_norm(table.index_select(0, ids), dim=1, keepdim=True)
        return (gradient - along * unit).div_(lengths.clamp_min_(_SHORTEST))

    def finish(self, rows: Tensor) -> Tensor:
        """Return `rows` (..., D) as they meet: for cosines, divided by their length."""
        if self.score == "dot":
            return rows
        unit: Tensor = rows / vector_norm(rows, dim=-1, keepdim=True).clamp_min(_SHORTEST)
        return unit


def normal(n: int, dim: int, init: float | str, generator: torch.Generator | None) -> Tensor:
    """Draw (n, dim) normal entries of deviation `init`; "xavier" is sqrt(2 / (n + dim))."""
    deviation = (2 / (n + dim)) ** 0.5 if init == "xavier" else float(init)
    return torch.empty(n, dim).normal_(0, deviation, generator=generator)
