"""One training step: sample, score, select, push and pull.

Scores are taken without a graph, and the loss tells which pairs have a force. A dead negative has
exactly none, so only the active pairs are differentiated through the vectors; the result is the
full gradient, not an approximation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vector_norm

from mmcl_core.data import Positives
from mmcl_core.losses import Forces, Inputs, Loss, forces
from mmcl_core.models import Model, Part
from mmcl_core.products import weighted_sums
from mmcl_core.sampling import Sampler


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
    negatives: Tensor  # (B, N); N = 0 for a loss without negatives


def draw_batch(
    model: Model,
    sampler: Sampler | None,
    known: Positives,
    users: Tensor,
    positives: Tensor,
    generator: torch.Generator,
) -> Batch:
    """Draw the negatives of a batch of positives, `users` (B,) and `positives` (B,).

    Without a sampler there are none.
    """
    if sampler is None:
        return Batch(users, positives, positives.new_empty(len(positives), 0))

    @torch.no_grad()
    def by_id(ids: Tensor, items: Tensor) -> Tensor:
        return model.scores(model.user_vectors(ids), items)

    return Batch(users, positives, sampler.draw(users, known, generator, by_id))


@torch.no_grad()
def backward(
    model: Model,
    loss: Loss,
    batch: Batch,
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
    renormalise: bool = False,
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
    renormalise : bool
        Whether a unit vector becomes one again after dropout.

    Returns
    -------
    loss : float
        The mean loss.
    active : float
        Share of the negatives that have a force; 0 if there are none.
    """
    b = len(batch.users)
    with torch.set_grad_enabled(model.needs_graph):
        users, owners, theirs = model.asking(batch.users, batch.positives)  # (M_u,), (B,), (M_u, D)
    u = theirs.detach().index_select(0, owners)  # (B, D)
    if dropout:
        kept = torch.rand(u.shape, generator=generator) >= dropout
        mask = kept.to(u) / (1 - dropout)
        u = u * mask
        if renormalise:
            lengths = vector_norm(u, dim=1, keepdim=True).clamp_min_(1e-12)  # (B, 1)
            u, mask = u / lengths, mask / lengths
    asked = torch.cat([batch.positives[:, None], batch.negatives], 1)  # (B, 1 + N)
    scores = model.scores(u, asked)
    seen = Inputs(scores[:, 0], scores[:, 1:], batch.users)  # (B,), (B, N), (B,)
    if "item_vectors" in loss.spec.needs:
        seen = replace(seen, user_vectors=u, item_vectors=model.item_vectors(batch.positives))
    found = forces(loss, seen)

    # Only the positives and the active negatives matter from here on, each item once.
    rows, drawn, force, by_row = _pairs(asked, found)  # (A,) each; the A pairs with a force
    items, places = model.touched(drawn, model.n_items)  # (M_i,), (A,)
    with torch.set_grad_enabled(model.needs_graph):
        v = model.item_vectors(items)  # (M_i, D)
    # Scores are products: a user feels its items, and an item its users.
    on_users = weighted_sums(rows, places, force, v.detach(), b, by_row)  # (B, D)
    on_items = weighted_sums(places, rows, force, u, len(items))  # (M_i, D)
    if found.vectors:
        on_users += found.vectors[0]
        on_items.index_add_(0, torch.searchsorted(items, batch.positives), found.vectors[1])
    if dropout:
        if renormalise:  # a unit vector can only turn
            on_users -= (on_users * u).sum(1, keepdim=True) * u
        on_users *= mask
    summed = torch.zeros_like(theirs).index_add_(0, owners, on_users)  # (M_u, D)
    model.pull_back(Part(users, theirs, summed), Part(items, v, on_items))
    return found.loss, len(found.rows) / max(1, batch.negatives.numel())


def _pairs(asked: Tensor, found: Forces) -> tuple[Tensor, Tensor, Tensor, bool]:
    """List the pairs with a force: row of the batch, item, force, (A,) each; and if by row.

    `asked` (B, 1 + N) are the items that were scored, the positives first.
    """
    b, n = asked.shape
    row = torch.arange(b, device=asked.device)
    if len(found.rows) == b * (n - 1):  # all of them: nothing to look up, nothing to sort
        force = torch.cat([found.positive[:, None], found.negative.view(b, n - 1)], 1)
        return row.repeat_interleave(n), asked.flatten(), force.flatten(), True
    drawn = torch.cat([asked[:, 0], asked[found.rows, found.columns + 1]])
    return torch.cat([row, found.rows]), drawn, torch.cat([found.positive, found.negative]), False
