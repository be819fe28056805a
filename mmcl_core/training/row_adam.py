"""Adam for the rows that a batch touched."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.adam import adam

_LATE = 20_000  # steps after which Adam's correction of its early moments is 1 to 1e-8


class RowAdam(torch.optim.Optimizer):
    """Adam that reads and writes only the rows that have a gradient.

    The rows are gathered with their moments, moved by Adam's formula with the step count t of the
    whole table, and put back::

        m = beta_1 m + (1 - beta_1) g          v = beta_2 v + (1 - beta_2) g^2
        x = x - rate  m / (1 - beta_1^t)  /  (sqrt(v / (1 - beta_2^t)) + eps)

    Without `replay` it is sparse Adam, as `torch.optim.SparseAdam`, in a fraction of the time. It
    neglects what dense Adam does with an absent row: the row coasts on its momentum, and m and v
    fade, so that a rare row moves further once it is touched. The same rate therefore means less.

    With `replay` it is dense Adam, done late: a touched row first catches up the g steps that it
    missed. In these its gradient was zero, so they add up in closed form. With t the step of the
    last touch, r = beta_1 / sqrt(beta_2) and c_k = sqrt(1 - beta_2^k) / (1 - beta_1^k)::

        x = x - rate  m / sqrt(v)  (r c_{t+1} + r^2 c_{t+2} + ... + r^g c_{t+g})
        m = beta_1^g m                         v = beta_2^g v

    It neglects eps in the missed steps, and that a row which is only looked at, as a dead negative
    is, stands where it was last touched. `settle` catches up all rows.

    Parameters
    ----------
    params : iterable of nn.Parameter (R, D)
        Their gradients must be sparse and coalesced.
    lr : float > 0
        The rate.
    betas : pair of float in [0, 1)
    eps : float > 0
    replay : bool

    References
    ----------
    Kingma and Ba, "Adam", arXiv 1412.6980.

    Examples
    --------
    >>> table = nn.Parameter(torch.zeros(3, 1))
    >>> table.grad = torch.tensor([[0.0], [5.0], [0.0]]).to_sparse(1)
    >>> RowAdam([table], lr=0.1).step()
    >>> table.data[:, 0]
    tensor([ 0.0000, -0.1000,  0.0000])
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        replay: bool = False,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "replay": replay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Move the rows that have a gradient."""
        for group in self.param_groups:
            moved = [p for p in group["params"] if p.grad is not None]
            rows = [p.grad.indices()[0] for p in moved]  # (M,) each
            parts = [self._gather(p, some, group) for p, some in zip(moved, rows, strict=True)]
            values, first, second = map(list, zip(*parts, strict=True)) if parts else ([], [], [])
            adam(
                values,
                [p.grad.values() for p in moved],
                first,
                second,
                [],
                [self.state[p]["step"] for p in moved],
                fused=True,
                amsgrad=False,
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                lr=group["lr"],
                weight_decay=0.0,
                eps=group["eps"],
                maximize=False,
            )
            for p, some, part in zip(moved, rows, parts, strict=True):
                self._put(p, some, part, group)

    @torch.no_grad()
    def settle(self) -> None:
        """With `replay`, let every row catch up; without, do nothing."""
        for group in self.param_groups:
            for p in group["params"] if group["replay"] else ():
                if self.state[p]:
                    every = torch.arange(len(p), device=p.device)
                    self._put(p, every, self._gather(p, every, group), group)

    def _gather(self, p: Tensor, rows: Tensor, group: dict[str, Any]) -> list[Tensor]:
        """Return value, m and v of some rows, (M, D) each, with `replay` as they are by now."""
        state = self.state[p]
        if not state:
            state["step"] = torch.zeros((), device=p.device)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
            if group["replay"]:
                state["touched"] = p.new_zeros(len(p))  # PyTorch restores a state as floats
        tables = (p, state["exp_avg"], state["exp_avg_sq"])
        x, m, v = (table.index_select(0, rows) for table in tables)
        if group["replay"]:
            last = state["touched"].index_select(0, rows).long()  # (M,)
            missed = int(state["step"]) - last
            beta_1, beta_2 = group["betas"]
            sums = _coasting(beta_1, beta_2).to(x)
            ratio = beta_1 / beta_2**0.5
            ends = [sums[k.clamp(max=_LATE)] for k in (last, last + missed)]
            way = ends[0] - ratio ** missed.to(x.dtype) * ends[1]  # (M,)
            x.addcmul_(m / v.sqrt().clamp_min_(group["eps"]), way[:, None], value=-group["lr"])
            m.mul_((beta_1 ** missed.to(x.dtype))[:, None])
            v.mul_((beta_2 ** missed.to(x.dtype))[:, None])
        return [x, m, v]

    def _put(self, p: Tensor, rows: Tensor, part: list[Tensor], group: dict[str, Any]) -> None:
        state = self.state[p]
        tables = (p, state["exp_avg"], state["exp_avg_sq"])
        for table, new in zip(tables, part, strict=True):
            table.index_copy_(0, rows, new)
        if group["replay"]:
            state["touched"].index_fill_(0, rows, int(state["step"]))


@lru_cache(maxsize=4)
def _coasting(beta_1: float, beta_2: float) -> Tensor:
    """Return ``sum_{j >= 1} r^j c_{t+j}`` for t = 0 to _LATE, float64."""
    k = np.arange(1, _LATE + 1)
    corrections = np.sqrt(1 - beta_2**k) / (1 - beta_1**k)  # c_1 to c_LATE
    ratio = beta_1 / beta_2**0.5
    sums = np.empty(_LATE + 1)
    sums[_LATE] = ratio / (1 - ratio)
    for t in range(_LATE - 1, -1, -1):
        sums[t] = ratio * (corrections[t] + sums[t + 1])
    return torch.from_numpy(sums)
