"""LightGCN: vectors smoothed over who liked what."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcl_core import _checks
from mmcl_core.data import Positives
from mmcl_core.models.contract import Asking, Part, Setting
from mmcl_core.models.mf import MF

Pair = tuple[Tensor, Tensor]  # users (U, D) and items (I, D)


class LightGCN(MF):
    """Vectors of users and items, averaged over their neighbourhoods in the train graph.

    Each layer replaces a vector by the sum of its neighbours', divided by the square roots of
    both numbers of neighbours, and the mean of all layers meets::

        e_u(k+1) = sum over the items i of u of  e_i(k) / sqrt(n_u n_i)     and likewise e_i
        u = (e_u(0) + e_u(1) + ... + e_u(L)) / (L + 1)

    For cosines u is then divided by its length. Who has no neighbour keeps e(0) / (L + 1).

    Every step smooths all vectors once, and moves every row of both tables: gradients are dense.
    Smoothing is linear and symmetric, so a gradient goes back by being smoothed itself.

    Parameters
    ----------
    n_users, n_items, dim, score, init, generator
        As for `MF`.
    sparse : bool
        Must be False.
    train : Positives
        The graph.
    layers : int >= 0, default 3
        L; with 0 it is MF.

    Raises
    ------
    ValueError
        If something is not as described, or `train` is of other sizes.

    References
    ----------
    He et al., "LightGCN", arXiv 2002.02126.

    Examples
    --------
    >>> likes = Positives.from_pairs([0, 0], [0, 1], n_users=1, n_items=3)
    >>> model = LightGCN(1, 3, dim=2, score="dot", train=likes, layers=1)
    >>> users, items = model.encode()
    >>> e = model.items.weight
    >>> bool(torch.allclose(2 * users[0], model.users.weight[0] + (e[0] + e[1]) / 2**0.5))
    True
    """

    rows_are_vectors = False
    moves_all = True
    own_settings = (
        Setting(
            "layers",
            3,
            lambda value: _checks.whole("layers", value, 0, "With 0 it is MF; 3 is usual."),
            "How many steps away in the graph a vector hears of.",
        ),
    )

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
        train: Positives,
        **settings: Any,
    ) -> None:
        if sparse:
            raise _checks.refuse(
                "dense gradients for LightGCN, whose every step moves every row",
                "sparse True",
                "Leave sparse out.",
            )
        super().__init__(n_users, n_items, dim, score, init, sparse, generator, **settings)
        self._check_train(train)
        self.by_user: Tensor  # (U, I), CSR: 1 / sqrt(n_u n_i) at every pair
        self.by_item: Tensor  # (I, U), its transpose
        self.register_buffer("by_user", _graph(train), persistent=False)
        turned = Positives.from_pairs(train.items, train.users, n_items, n_users)
        self.register_buffer("by_item", _graph(turned), persistent=False)
        self._step: Pair | None = None  # the smoothed tables, from `asking` until `pull_back`

    def tables(self) -> Pair:
        """Return users (U, D) and items (I, D), smoothed, before they are divided by their length.

        Within a step they are those of its beginning.
        """
        stored = self.users.weight, self.items.weight
        if torch.is_grad_enabled():
            smooth: Pair = _Smoothing.apply(*stored, self)  # type: ignore[no-untyped-call]
            return smooth
        return self._step or self.smoothed(*stored)

    def asking(self, users: Tensor, positives: Tensor) -> Asking:
        """Return the user vectors that a step trains, for `users` (B,) and `positives` (B,).

        Without a graph all vectors are smoothed here, once for the whole step.
        """
        self._step = None
        if not torch.is_grad_enabled():
            self._step = self.tables()
        return super().asking(users, positives)

    def encode(self) -> Pair:
        """Return all users (U, D) and all items (I, D); their product is the ranking score."""
        self._step = None
        users, items = self.tables()
        return self.finish(users), self.finish(items)

    def smoothed(self, users: Tensor, items: Tensor) -> Pair:
        """Return the mean over all layers of any `users` (U, D) and `items` (I, D)."""
        layers = self.settings["layers"]
        all_users, all_items = users.clone(), items.clone()
        for _ in range(layers):
            users, items = self.by_user @ items, self.by_item @ users
            all_users += users
            all_items += items
        return all_users.div_(layers + 1), all_items.div_(layers + 1)

    def rows(self, users: Tensor, items: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return nothing: gradients are dense."""
        return []

    @torch.no_grad()
    def pull_back(self, users: Part, items: Part) -> None:
        """Add to the parameters' gradients what these derivatives by vectors mean for them."""
        given = []
        for table, part in zip(self.tables(), (users, items), strict=True):
            given.append(torch.zeros_like(table).index_add_(0, part.ids, self.by_rows(table, part)))
        self._step = None  # the parameters are about to change
        for stored, more in zip((self.users, self.items), self.smoothed(*given), strict=True):
            weight = stored.weight
            weight.grad = more if weight.grad is None else weight.grad + more


class _Smoothing(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, users: Tensor, items: Tensor, model: LightGCN) -> Pair:
        ctx.model = model
        return model.smoothed(users, items)

    @staticmethod
    def backward(ctx: Any, *given: Tensor) -> tuple[Tensor, Tensor, None]:
        return *ctx.model.smoothed(*given), None


def _graph(train: Positives) -> Tensor:
    """Return the (U, I) CSR matrix that holds 1 / sqrt(n_u n_i) at every pair."""
    degrees = train.counts[train.users] * train.popularity[train.items]
    return torch.sparse_csr_tensor(
        torch.from_numpy(train.indptr.copy()),
        torch.from_numpy(train.items.copy()),
        torch.from_numpy((1 / np.sqrt(degrees)).astype(np.float32)),
        (train.n_users, train.n_items),
        check_invariants=False,
    )
