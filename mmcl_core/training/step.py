"""One training step: sample, score, select, push and pull.

The loss sees only scores, so its gradient with respect to the scores is cheap to get. Most of it
is exactly zero for a loss with margins: a dead negative has no force. Only the active pairs are
then differentiated through the vectors; the result is the full gradient, not an approximation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding

from mmcl_core.data import Positives
from mmcl_core.losses import Loss
from mmcl_core.models import Model
from mmcl_core.sampling import Sampler

_BLOCK = 2**18  # numbers gathered at once while scoring: about what a core keeps close


@contextmanager
def flushing_denormals() -> Iterator[None]:
    """Compute with denormal numbers as zeros: tiny initial values are many times slower without.

    It is a state of the thread, also seen by NumPy, so it is not left on.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@dataclass
class Generators:
    """The four independent streams of randomness of a run, all from one seed."""

    init: torch.Generator
    batches: torch.Generator
    negatives: torch.Generator
    dropout: torch.Generator

    @classmethod
    def from_seed(cls, seed: int) -> Generators:
        """Build the streams; runs that differ only in the loss share every draw."""
        states = np.random.SeedSequence(seed).generate_state(4, np.uint64)
        return cls(*(torch.Generator().manual_seed(int(s >> 1)) for s in states))

    def states(self) -> dict[str, np.ndarray]:
        """Return the state of each stream, by name."""
        return {name: g.get_state().numpy() for name, g in vars(self).items()}

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Undo `states`."""
        for name, g in vars(self).items():
            g.set_state(torch.from_numpy(states[name]))


@dataclass(frozen=True)
class Batch:
    """B positives and their negatives, as drawn for one step."""

    users: Tensor  # (B,)
    positives: Tensor  # (B,)
    negatives: Tensor  # (B, N)


def draw_batch(
    model: Model,
    sampler: Sampler,
    known: Positives,
    users: Tensor,
    positives: Tensor,
    generator: torch.Generator,
) -> Batch:
    """Draw the negatives of a batch of positives, `users` (B,) and `positives` (B,)."""

    def by_id(ids: Tensor, items: Tensor) -> Tensor:
        with torch.no_grad():
            every, columns = distinct(items, model.n_items)
            return score(model.user_vectors(ids), model.item_vectors(every), columns)

    return Batch(users, positives, sampler.draw(users, known, generator, by_id))


def distinct(ids: Tensor, n_items: int) -> tuple[Tensor, Tensor]:
    """Return the distinct `ids`, (M,) ascending, and where each id stands among them."""
    if ids.numel() < n_items:
        few: tuple[Tensor, Tensor] = torch.unique(ids, return_inverse=True)
        return few
    seen = torch.zeros(n_items, dtype=torch.bool, device=ids.device)  # marking beats sorting
    seen[ids.flatten()] = True
    place = seen.cumsum(0) - 1  # (I,)
    columns: Tensor = place[ids]
    return seen.nonzero()[:, 0], columns


def score(u: Tensor, v: Tensor, columns: Tensor) -> Tensor:
    """Products (B, N) of user vectors `u` (B, D) with the rows `columns` (B, N) of `v` (M, D)."""
    rows = max(1, _BLOCK // (columns.shape[1] * v.shape[1]))
    parts = [
        torch.bmm(embedding(ids, v), block[:, :, None])[:, :, 0]  # (b, N, D) x (b, D, 1)
        for block, ids in zip(torch.split(u, rows), torch.split(columns, rows), strict=True)
    ]
    return torch.cat(parts)


def backward(
    model: Model,
    loss: Loss,
    batch: Batch,
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
) -> tuple[float, float]:
    """Add the gradient of the mean loss of a batch to the model's parameters.

    Parameters
    ----------
    model : Model
    loss : Loss
    batch : Batch
    dropout : float in [0, 1)
        Applied to the finished user vectors.
    generator : torch.Generator, optional
        Source of the dropout mask; needed if `dropout` is not 0.

    Returns
    -------
    loss : float
        The mean loss.
    active : float
        Share of the negatives that have a force.
    """
    b, n = batch.negatives.shape
    u = model.user_vectors(batch.users)  # (B, D)
    if dropout:
        keep = torch.rand(u.shape, generator=generator) >= dropout
        u = u * keep.to(u) / (1 - dropout)
    # Each item of the batch is looked up once: the positives and all negatives, M ids in all.
    drawn = torch.cat([batch.positives[:, None], batch.negatives], 1)  # (B, 1 + N)
    ids, columns = distinct(drawn, model.n_items)  # (M,), (B, 1 + N)
    v = model.item_vectors(ids)  # (M, D)

    with torch.no_grad():
        scores = score(u, v, columns)  # (B, 1 + N)
    at_pos, at_neg = scores[:, 0].requires_grad_(), scores[:, 1:].requires_grad_()
    mean = loss(at_pos, at_neg).mean()
    pull, push = torch.autograd.grad(mean, (at_pos, at_neg))  # (B,), (B, N)

    forces = torch.cat([pull[:, None], push], 1)  # (B, 1 + N), zero where a negative is dead
    row, place = forces.nonzero(as_tuple=True)  # (A,) pairs with a force
    force = torch.sparse_coo_tensor(
        torch.stack([row, columns[row, place]]),
        forces[row, place],
        (b, len(ids)),
        check_invariants=False,
    )
    # The gradient of this sum is that of the loss: scores are products, forces are constants here.
    (u * torch.sparse.mm(force, v)).sum().backward()
    return float(mean.detach()), int((place > 0).sum()) / (b * n)
