"""What a training step hands to every loss, and the checks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from mmcl_core import _checks
from mmcl_core.losses.staircase import float_tensor


@dataclass(frozen=True)
class Inputs:
    """Everything of a batch that a loss may look at; a row of the table names what it needs.

    Parameters
    ----------
    pos : Tensor (B,), float
        Scores of the positive pairs.
    neg : Tensor (B, N), float
        Scores of the N negatives of each positive.
    users : Tensor (B,), int64, optional
        Ids of the positives' users; one may come several times.
    user_vectors, item_vectors : Tensor (B, D), float, optional
        The two vectors of each positive pair.

    Examples
    --------
    >>> import torch
    >>> batch = Inputs(torch.tensor([0.5]), torch.tensor([[0.9, 0.1]]))
    >>> [tuple(given.shape) for given in batch.of(("pos", "neg"))]
    [(1,), (1, 2)]
    """

    pos: Tensor
    neg: Tensor
    users: Tensor | None = None
    user_vectors: Tensor | None = None
    item_vectors: Tensor | None = None

    def of(self, names: Sequence[str]) -> list[Tensor]:
        """Return the inputs called `names`.

        Raises
        ------
        ValueError
            If one of them was not given.
        """
        found = [getattr(self, name) for name in names]
        missing = [name for name, given in zip(names, found, strict=True) if given is None]
        if missing:
            raise _checks.refuse(
                f"a batch with {', '.join(names)}", f"none of {', '.join(missing)}", "Pass them."
            )
        return found


def check_scores(pos: Tensor, neg: Tensor) -> None:
    """Raise ValueError unless `pos` is (B,), `neg` (B, N) with N >= 1, both of floats."""
    float_tensor("pos", pos)
    float_tensor("neg", neg)
    if pos.ndim != 1 or neg.ndim != 2 or neg.shape[0] != pos.shape[0] or neg.shape[1] < 1:
        raise _checks.refuse(
            "pos of shape (B,) and neg of shape (B, N) with N >= 1",
            f"pos {tuple(pos.shape)} and neg {tuple(neg.shape)}",
            "For a loss without negatives keep N = 1 and set the negative weight to 0.",
        )


def check_users(users: Tensor, pos: Tensor) -> None:
    """Raise ValueError unless `users` holds a whole number for each of `pos` (B,)."""
    whole = isinstance(users, Tensor) and not (users.is_floating_point() or users.is_complex())
    if not whole or users.shape != pos.shape:
        got = f"{users.dtype} {tuple(users.shape)}" if isinstance(users, Tensor) else f"{users!r}"
        raise _checks.refuse(
            f"users as a tensor of ids of shape {tuple(pos.shape)}",
            got,
            "Give the id of the user of each positive.",
        )


def check_vectors(user_vectors: Tensor, item_vectors: Tensor) -> None:
    """Raise ValueError unless both are of floats and one shape (B, D)."""
    float_tensor("user vectors", user_vectors)
    float_tensor("item vectors", item_vectors)
    if user_vectors.ndim != 2 or user_vectors.shape != item_vectors.shape:
        raise _checks.refuse(
            "user and item vectors of one shape (B, D)",
            f"{tuple(user_vectors.shape)} and {tuple(item_vectors.shape)}",
            "Give the two vectors of each positive pair.",
        )
