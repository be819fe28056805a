"""What a sampler draws: who is active among them, and who is a like after all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmcl_core.data import Positives
from mmcl_core.losses import Loss
from mmcl_core.noise.chance import active_pairs, drawn_sets
from mmcl_core.sampling import Sampler


class DrawnShares(NamedTuple):
    """Shares of drawn negatives, and of their sets.

    `active`: past the first margin. `any_active`: sets of N with at least one active. `false`:
    likes of the user, of which `known` are known to the sampler.
    """

    active: float
    any_active: float
    false: float
    known: float


def drawn_shares(
    cosines: Tensor,
    loss: Loss,
    sampler: Sampler,
    positives: tuple[Positives, Positives],
    draws: int,
    generator: torch.Generator,
) -> DrawnShares:
    """Draw sets of negatives for every user, and look at them.

    Parameters
    ----------
    cosines : Tensor (U, I), float
    loss : Loss
        One with margins.
    sampler : Sampler
    positives : tuple of two Positives
        Those that the sampler knows, and all likes; where likes are not all known, those that are.
    draws : int >= 1
        Sets of negatives for each user.
    generator : torch.Generator

    Returns
    -------
    DrawnShares

    Raises
    ------
    ValueError
        If the loss has no margins, `draws` is below 1, or as for `Sampler.check`.

    Examples
    --------
    >>> liked = Positives.from_pairs([0], [0], n_users=1, n_items=4)
    >>> cosines, generator = torch.tensor([[0.9, 0.8, 0.1, 0.0]]), torch.Generator().manual_seed(0)
    >>> loss, hardest = Loss("ccl", margin=0.5), Sampler("hardest", n=1, pool=40)
    >>> drawn_shares(cosines, loss, hardest, (liked, liked), 10, generator)
    DrawnShares(active=1.0, any_active=1.0, false=1.0, known=1.0)
    """
    known, likes = positives
    active = active_pairs(cosines, loss)  # (U, I)
    whose = np.arange(len(cosines))[:, None]  # (U, 1)
    found = []
    for drawn in drawn_sets(cosines, sampler, known, draws, generator):  # (U, N)
        hit = active.gather(1, drawn).numpy()  # (U, N)
        which = drawn.numpy()
        false, told = likes.contains(whose, which), known.contains(whose, which)
        found.append([part.mean() for part in (hit, hit.any(1), false, told)])
    return DrawnShares(*np.mean(found, axis=0).tolist())
