"""The contract that every model keeps: its vectors, and the way back from their gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mmcl_core import _checks
from mmcl_core.data import Positives
from mmcl_core.products import gathered_products

SCORES = ("cosine", "dot")


class Setting(NamedTuple):
    """A setting that only one model has."""

    name: str
    default: Any
    check: Callable[[object], Any]  # returns a good value, raises ValueError at a bad one
    help: str


class Asking(NamedTuple):
    """The user vectors of a step, B positives, and which positive has which."""

    ids: Tensor  # (M,), the user of each vector; several vectors may be one user's
    owners: Tensor  # (B,), the row of `vectors` of each positive
    vectors: Tensor  # (M, D)


class Part(NamedTuple):
    """Some users or items of a step, and the derivative of the loss by their vectors."""

    ids: Tensor  # (M,), as `asking` gave them; of items, distinct and ascending
    vectors: Tensor  # (M, D), as `asking` or `item_vectors` gave them
    gradient: Tensor  # (M, D)


class Model(nn.Module):
    """Two tables of vectors, one of users and one of items, whose plain product is the score.

    Parameters
    ----------
    n_users, n_items, dim : int
        U, I and D.
    score : {"cosine", "dot"}
        Whether the product of two vectors is a cosine or an unbounded dot product.
    **settings
        Values of `own_settings`; what is left out takes its default.

    Raises
    ------
    ValueError
        If a size, the score or a setting is not as described.
    """

    needs_graph = True  # whether `pull_back` wants vectors that remember how they came about
    rows_are_vectors = False  # whether to move a row of a table is to move one vector
    moves_all = False  # whether every step has a gradient for every row
    own_settings: tuple[Setting, ...] = ()
    sparse = False  # whether gradients hold only the rows that a batch touched

    def __init__(self, n_users: int, n_items: int, dim: int, score: str, **settings: Any) -> None:
        super().__init__()
        for name, value in (("users", n_users), ("items", n_items), ("dimensions", dim)):
            _checks.whole(f"the number of {name}", value, 1, "A model needs at least one.")
        self.n_users, self.n_items, self.dim = n_users, n_items, dim
        self.score = _checks.choice("score", score, SCORES)
        self.settings = self.checked(settings)

    @classmethod
    def checked(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every setting of `own_settings`, checked; what is not given has its default.

        Raises
        ------
        ValueError
            If a name is unknown or a value is not allowed.
        """
        if not isinstance(given, Mapping):
            raise _checks.refuse(
                "settings of the model by name", f"{given!r}", 'Write {"layers": 2}.'
            )
        unknown = sorted(set(given) - {one.name for one in cls.own_settings})
        if unknown:
            has = ", ".join(one.name for one in cls.own_settings) or "it has none"
            raise _checks.refuse(
                f"settings of {cls.__name__} ({has})",
                ", ".join(unknown),
                "Leave out what this model does not have.",
            )
        return {one.name: one.check(given.get(one.name, one.default)) for one in cls.own_settings}

    def user_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the users `ids`."""
        raise NotImplementedError

    def item_vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors, ids.shape + (D,), of the items `ids`."""
        raise NotImplementedError

    def asking(self, users: Tensor, positives: Tensor) -> Asking:
        """Return the user vectors that a step trains, for `users` (B,) and `positives` (B,).

        They are `user_vectors`, each user once; a model whose user vector may not know the
        positive that it is to find gives others.
        """
        ids, owners = self.touched(users, self.n_users)
        return Asking(ids, owners, self.user_vectors(ids))

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

    def rows(self, users: Tensor, items: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return which rows of which tables `asking` and these items are computed from.

        Only a model with sparse gradients has to say so.
        """
        return []

    def pull_back(self, users: Part, items: Part) -> None:
        """Add to the parameters' gradients what these derivatives by vectors mean for them."""
        torch.autograd.backward((users.vectors, items.vectors), (users.gradient, items.gradient))

    def encode(self) -> tuple[Tensor, Tensor]:
        """Return all users (U, D) and all items (I, D); their product is the ranking score."""
        device = next(self.parameters()).device
        users = self.user_vectors(torch.arange(self.n_users, device=device))
        items = self.item_vectors(torch.arange(self.n_items, device=device))
        return users, items

    def _check_train(self, train: Positives) -> None:
        """Raise ValueError unless `train` is over the users and items of this model."""
        if (train.n_users, train.n_items) != (self.n_users, self.n_items):
            raise _checks.refuse(
                f"train positives of {self.n_users} users and {self.n_items} items",
                f"{train!r}",
                "Build the model with the sizes of its data.",
            )


def distinct(ids: Tensor, n_items: int) -> tuple[Tensor, Tensor]:
    """Return the distinct `ids`, (M,) ascending, and where each id stands among them.

    Examples
    --------
    >>> distinct(torch.tensor([[7, 2], [2, 2]]), n_items=10)
    (tensor([2, 7]), tensor([[1, 0],
            [0, 0]]))
    """
    if 4 * ids.numel() < n_items:
        few: tuple[Tensor, Tensor] = torch.unique(ids, return_inverse=True)
        return few
    seen = torch.zeros(n_items, dtype=torch.bool, device=ids.device)  # marking beats sorting
    seen[ids.flatten()] = True
    place = seen.cumsum(0) - 1  # (I,)
    columns: Tensor = place[ids]
    return seen.nonzero()[:, 0], columns
