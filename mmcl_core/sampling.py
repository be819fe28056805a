"""Where negatives come from.

A negative is an item that a user is not known to like. Unobserved is not disliked: unless the
user's positives are rejected, some negatives are false.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmcl_core import _checks
from mmcl_core.data import Positives

KINDS = ("uniform", "popularity", "shared", "hardest")
_BLOCK = 2**24  # entries of the (B, I) table of chances drawn at once without replacement

Scorer = Callable[[Tensor, Tensor], Tensor]  # users (B,), items (B, M) -> scores (B, M)


@dataclass(frozen=True)
class Sampler:
    """Draws N negatives for every positive of a batch.

    Parameters
    ----------
    kind : {"uniform", "popularity", "shared", "hardest"}
        "uniform" takes all items alike; "popularity" in proportion to their number of positives;
        "shared" draws one uniform set for the whole batch; "hardest" draws `pool` uniformly and
        keeps the N with the highest score under the current model.
    n : int >= 1
        N, negatives per positive.
    reject_positives : bool
        Draw again where a negative is a known positive of the user. Under "shared" only those
        places differ from the batch's set.
    replacement : bool
        Whether an item may come twice for one positive. Without, N may not pass the number of
        items. For "hardest" it concerns the pool.
    pool : int
        M, for "hardest" only; at least N.
    planted : float in [0, 1], optional
        Share of false negatives, for worlds where all likes are known: positives are rejected,
        then each negative is, with this chance, replaced by one of the user's own positives.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> from mmcl_core.data import Positives
    >>> known = Positives.from_pairs([0, 0, 1], [0, 1, 2], n_users=2, n_items=3)
    >>> sampler = Sampler("uniform", n=4, reject_positives=True)
    >>> sampler.draw(torch.tensor([0]), known, torch.Generator().manual_seed(0))
    tensor([[2, 2, 2, 2]])
    """

    kind: str = "uniform"
    n: int = 10
    reject_positives: bool = False
    replacement: bool = True
    pool: int = 0
    planted: float | None = None

    def __post_init__(self) -> None:
        _checks.choice("sampler", self.kind, KINDS)
        _checks.whole(
            "the number of negatives N",
            self.n,
            1,
            "To train without negatives keep N = 1 and set the negative weight to 0.",
        )
        if self.kind == "hardest":
            _checks.whole(
                f"the pool of the hardest negatives, for N = {self.n},",
                self.pool,
                self.n,
                "Set pool to N or more; with pool = N it is uniform sampling.",
            )
        if self.planted is not None:
            _checks.number("planted", self.planted, 0, 1, "Leave it out to plant nothing.")
            if not self.replacement:
                raise _checks.refuse(
                    "replacement where false negatives are planted",
                    "replacement False",
                    "Set replacement to True: a planted item may come twice.",
                )

    @property
    def rejects(self) -> bool:
        """Whether the user's positives are drawn again."""
        return self.reject_positives or self.planted is not None

    def check(self, known: Positives) -> None:
        """Raise ValueError if this sampler cannot serve the users and items of `known`."""
        wanted = self.pool if self.kind == "hardest" else self.n
        free = known.n_items
        if self.rejects:
            full = (known.counts == known.n_items).nonzero()[0]
            if len(full):
                raise _checks.refuse(
                    "every user to have at least one item that is not a positive",
                    f"user {full[0]}, who has all {known.n_items} items",
                    "Drop this user, or do not reject positives.",
                )
            free -= int(known.counts.max(initial=0))
        if not self.replacement and wanted > free:
            less = ", less the positives of a user" if self.rejects else ""
            raise _checks.refuse(
                f"at most {free} negatives without replacement ({known.n_items} items{less})",
                wanted,
                "Ask for fewer negatives, or set replacement to True.",
            )

    def draw(
        self,
        users: Tensor,
        known: Positives,
        generator: torch.Generator,
        score: Scorer | None = None,
    ) -> Tensor:
        """Draw negatives for a batch of users.

        Parameters
        ----------
        users : Tensor (B,), int64
        known : Positives
            The training positives: their popularity, and what to reject.
        generator : torch.Generator
            On the CPU; the same state gives the same negatives on every device.
        score : callable, for "hardest" only
            Maps users (B,) and items (B, M) to scores (B, M).

        Returns
        -------
        Tensor (B, N), int64, on the device of `users`

        Raises
        ------
        ValueError
            If "hardest" is given no `score`, or as for `check`.
        """
        self.check(known)
        drawn = self._pick(users, known, generator, score)
        if self.planted is not None:
            drawn = self._plant(users, drawn, known, generator, self.planted)
        return drawn

    def _pick(
        self, users: Tensor, known: Positives, generator: torch.Generator, score: Scorer | None
    ) -> Tensor:
        if self.kind == "hardest":
            if score is None:
                raise _checks.refuse(
                    "a scoring function for the hardest negatives", "none", "Pass score=..."
                )
            pool = self._candidates(users, known, generator, self.pool)  # (B, M)
            best = score(users, pool).topk(self.n, dim=1).indices  # (B, N)
            return pool.gather(1, best)
        return self._candidates(users, known, generator, self.n)

    def _candidates(
        self, users: Tensor, known: Positives, generator: torch.Generator, n: int
    ) -> Tensor:
        host = users.cpu()
        if self.replacement:
            drawn = self._independent(len(host), known, generator, n)
            if self.rejects:
                drawn = self._redraw(host, drawn, known, generator)
        else:
            drawn = self._distinct(host, known, generator, n)
        return drawn.to(users.device)

    def _independent(self, b: int, known: Positives, generator: torch.Generator, n: int) -> Tensor:
        if self.kind == "popularity":
            chances = _popularity(known)
            return torch.multinomial(chances, b * n, True, generator=generator).view(b, n)
        rows = 1 if self.kind == "shared" else b
        drawn = torch.randint(known.n_items, (rows, n), generator=generator)
        return drawn.expand(b, n).contiguous()

    def _redraw(
        self, users: Tensor, drawn: Tensor, known: Positives, generator: torch.Generator
    ) -> Tensor:
        owners = users[:, None].expand_as(drawn)
        wrong = torch.from_numpy(known.contains(owners.numpy(), drawn.numpy()))  # (B, N)
        while bool(wrong.any()):
            again = self._independent(int(wrong.sum()), known, generator, 1)[:, 0]
            if self.kind == "shared":  # one shared set cannot repair it: draw each place anew
                again = torch.randint(known.n_items, again.shape, generator=generator)
            drawn[wrong] = again
            still = torch.from_numpy(known.contains(owners[wrong].numpy(), again.numpy()))
            wrong[wrong.clone()] = still
        return drawn

    def _distinct(
        self, users: Tensor, known: Positives, generator: torch.Generator, n: int
    ) -> Tensor:
        base = _popularity(known) if self.kind == "popularity" else torch.ones(known.n_items)
        if self.kind == "shared":
            one = torch.multinomial(base, n, False, generator=generator)
            drawn = one.expand(len(users), n).contiguous()
            return self._repair(users, drawn, known, generator) if self.rejects else drawn
        parts = []
        for block in torch.split(users, max(1, _BLOCK // known.n_items)):
            chances = base.repeat(len(block), 1)  # (b, I)
            if self.rejects:
                for row, user in enumerate(block.tolist()):
                    chances[row, torch.from_numpy(known.of(user).copy())] = 0
            parts.append(torch.multinomial(chances, n, False, generator=generator))
        return torch.cat(parts)

    def _repair(
        self, users: Tensor, drawn: Tensor, known: Positives, generator: torch.Generator
    ) -> Tensor:
        wrong = torch.from_numpy(known.contains(users[:, None].numpy(), drawn.numpy()))  # (B, N)
        for row in wrong.any(1).nonzero()[:, 0].tolist():
            free = torch.ones(known.n_items)  # neither a positive nor drawn already
            free[torch.from_numpy(known.of(int(users[row])).copy())] = 0
            free[drawn[row]] = 0
            missing = int(wrong[row].sum())
            drawn[row, wrong[row]] = torch.multinomial(free, missing, False, generator=generator)
        return drawn

    @staticmethod
    def _plant(
        users: Tensor, drawn: Tensor, known: Positives, generator: torch.Generator, share: float
    ) -> Tensor:
        host = users.cpu().numpy()
        chosen = torch.rand(drawn.shape, generator=generator).numpy() < share  # (B, N)
        chosen &= known.counts[host][:, None] > 0
        owner = np.broadcast_to(host[:, None], chosen.shape)[chosen]  # (C,) of the C places
        place = torch.rand(len(owner), generator=generator).numpy() * known.counts[owner]
        own = known.items[known.indptr[owner] + place.astype(np.int64)]  # (C,)
        drawn[torch.from_numpy(chosen)] = torch.from_numpy(own).to(drawn.device)
        return drawn


def _popularity(known: Positives) -> Tensor:
    # One is added so that an item without positives can still be a negative.
    return torch.from_numpy(known.popularity + 1.0)
