"""SimpleX: a user is also what the user liked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mmcl_core import _checks
from mmcl_core.data import Positives
from mmcl_core.models import ragged
from mmcl_core.models.contract import Asking, Model, Part, Setting, distinct
from mmcl_core.models.mf import MF, normal

POOLINGS = ("mean", "attention")


class SimpleX(MF):
    """Matrix factorisation whose user vector also holds the pooled history of the user.

    ``u = gamma e_u + (1 - gamma) W pooled(history)``, and for cosines u is then divided by its
    length. The history is the user's train items. While a positive is trained it is taken out of
    its own user's history, which else would give the answer away. Pooling is

    - "mean": the mean of the items' vectors e_i;
    - "attention": their mean weighted by the softmax, over the history, of e_u . tanh(W_k e_i).

    An empty history pools to 0. With gamma = 1 it is MF.

    Parameters
    ----------
    n_users, n_items, dim, score, init, sparse, generator
        As for `MF`. W and W_k (D, D) are drawn last, with the "xavier" deviation.
    train : Positives
        The histories.
    gamma : float in [0, 1], default 0.8
        Share of the user's own vector.
    pooling : {"mean", "attention"}, default "mean"

    Raises
    ------
    ValueError
        If something is not as described, or `train` is of other sizes.

    Notes
    -----
    The published code adds a bias to W_k; here there is none.

    References
    ----------
    Mao et al., "SimpleX", arXiv 2109.12613.

    Examples
    --------
    >>> likes = Positives.from_pairs([0, 0, 1], [1, 3, 2], n_users=2, n_items=4)
    >>> model = SimpleX(2, 4, dim=3, train=likes, gamma=0.5, pooling="attention")
    >>> model.encode()[0].shape, model.settings
    (torch.Size([2, 3]), {'gamma': 0.5, 'pooling': 'attention'})
    """

    needs_graph = True
    rows_are_vectors = False
    own_settings = (
        Setting(
            "gamma",
            0.8,
            lambda value: _checks.number("gamma", value, 0, 1, "1 leaves the history out."),
            "Share of the user's own vector; the history has the rest.",
        ),
        Setting(
            "pooling",
            "mean",
            lambda value: _checks.choice("pooling", value, POOLINGS),
            "How a history becomes one vector.",
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
        super().__init__(n_users, n_items, dim, score, init, sparse, generator, **settings)
        self._check_train(train)
        self.gamma: float = self.settings["gamma"]
        self.mix = nn.Parameter(normal(dim, dim, "xavier", generator))  # W
        if self.settings["pooling"] == "attention":
            self.keys = nn.Parameter(normal(dim, dim, "xavier", generator))  # W_k
        self.indptr: Tensor
        self.history: Tensor
        self.register_buffer("indptr", torch.from_numpy(train.indptr.copy()), persistent=False)
        self.register_buffer("history", torch.from_numpy(train.items.copy()), persistent=False)

    def user_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the users `ids`, with their whole histories."""
        return self._with_history(ids.reshape(-1), None).view(*ids.shape, self.dim)

    def asking(self, users: Tensor, positives: Tensor) -> Asking:
        """Return a user vector for each positive, whose history lacks the positive."""
        owners = torch.arange(len(users), device=users.device)
        return Asking(users, owners, self._with_history(users, positives))

    def rows(self, users: Tensor, items: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return which rows of which tables `asking` and these items are computed from."""
        if self.gamma < 1:
            histories = ragged.lists_of(self.indptr, self.history, users)
            items = torch.cat([items, histories.rows])
        return super().rows(users, items)

    def pull_back(self, users: Part, items: Part) -> None:
        """Add to the parameters' gradients what these derivatives by vectors mean for them."""
        Model.pull_back(self, users, items)

    def _with_history(self, users: Tensor, without: Tensor | None) -> Tensor:
        """Return the vectors (B, D) of `users` (B,), their histories `without` some items (B,)."""
        own = self.users(users)  # (B, D)
        if self.gamma == 1:
            return self.finish(own)
        lists = ragged.lists_of(self.indptr, self.history, users, without)
        some, places = distinct(lists.rows, self.n_items)  # (M,), (L,)
        lists, liked = lists._replace(rows=places), self.items(some)  # (M, D)
        if self.settings["pooling"] == "attention":
            keys = torch.tanh(liked @ self.keys.T)  # (M, D)
            weights = ragged.softmax(ragged.products(own, keys, lists), lists)  # (L,)
        else:
            weights = (1 / lists.counts.to(own))[lists.owners]  # (L,)
        pooled = ragged.sums(weights, liked, lists)  # (B, D)
        return self.finish(self.gamma * own + (1 - self.gamma) * pooled @ self.mix.T)
