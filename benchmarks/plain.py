"""The plain training step: the published formulation, kept here as the reference.

Gather the vectors of all negatives, (B, N, D); score them; subtract every margin, (B, K, N); let
autograd differentiate all of it; move every row of both tables with dense Adam.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize


class Plain(nn.Module):
    """Matrix factorisation with MMCL, written as the formula stands."""

    def __init__(
        self,
        users: Tensor,
        items: Tensor,
        margins: Sequence[float],
        weights: Sequence[float],
        negative_weight: float,
    ) -> None:
        super().__init__()
        self.users = nn.Embedding.from_pretrained(users.clone(), freeze=False)
        self.items = nn.Embedding.from_pretrained(items.clone(), freeze=False)
        self.margins = torch.tensor(margins, dtype=users.dtype)
        self.weights = torch.tensor(weights, dtype=users.dtype)
        self.negative_weight = negative_weight

    def loss(self, users: Tensor, positives: Tensor, negatives: Tensor) -> Tensor:
        """Return the mean loss of users (B,), positives (B,) and negatives (B, N)."""
        u = normalize(self.users(users), dim=-1)  # (B, D)
        i = normalize(self.items(positives), dim=-1)  # (B, D)
        j = normalize(self.items(negatives), dim=-1)  # (B, N, D)
        p = (u * i).sum(-1)  # (B,)
        s = torch.bmm(j, u[:, :, None])[:, :, 0]  # (B, N)
        past = (s[:, None, :] - self.margins[:, None]).relu()  # (B, K, N)
        pushes = (self.weights[:, None] * past).sum(1).mean(-1)  # (B,)
        return ((1 - p).relu() + self.negative_weight * pushes).mean()
