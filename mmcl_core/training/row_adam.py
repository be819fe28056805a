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

    It neglects eps in the missed steps, and that a row which is only looked at stands where it was
    last touched. `catch_up` brings some rows up to date before they are looked at, `settle` all.

    A parameter with a dense gradient has no absent rows: all of it moves, by the same formula.

    Parameters
    ----------
    params : iterable of nn.Parameter
        Tables (R, D) whose gradients are sparse and coalesced, and others whose gradients are
        dense.
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
            rows = [p.grad.indices()[0] if p.grad.is_sparse else None for p in moved]  # (M,) each
            parts = [self._prepare(p, some, group) for p, some in zip(moved, rows, strict=True)]
            values, first, second = map(list, zip(*parts, strict=True)) if parts else ([], [], [])
            adam(
                values,
                [p.grad.values() if p.grad.is_sparse else p.grad for p in moved],
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
                if some is not None:
                    self._put(p, some, part)

    @torch.no_grad()
    def catch_up(self, p: Tensor, rows: Tensor) -> None:
        """With `replay`, bring distinct rows of a table up to date; without, do nothing."""
        state = self.state.get(p, {})
        if "touched" not in state:
            return
        rows = rows[state["touched"].index_select(0, rows) < state["step"]]  # (M,)
        part = self._gather(p, rows)
        self._coast(p, rows, part)
        self._put(p, rows, part)

    def settle(self) -> None:
        """With `replay`, bring every row up to date; without, do nothing."""
        for p in self.param_groups[0]["params"]:
            self.catch_up(p, torch.arange(len(p), device=p.device))

    def _prepare(self, p: Tensor, rows: Tensor | None, group: dict[str, Any]) -> list[Tensor]:
        """Return value, m and v of some rows, (M, D) each, up to date; without `rows`, of all."""
        state = self.state[p]
        if not state:
            state["step"] = torch.zeros((), device=p.device)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
            if group["replay"] and rows is not None:
                state["touched"] = p.new_zeros(len(p))  # PyTorch restores a state as floats
        if rows is None:
            return self._tables(p)
        part = self._gather(p, rows)
        if "touched" in state:
            self._coast(p, rows, part)
        return part

    def _coast(self, p: Tensor, rows: Tensor, part: list[Tensor]) -> None:
        """Move gathered rows, with their moments, by the steps that they missed."""
        x, m, v = part
        (group,) = self.param_groups
        beta_1, beta_2 = group["betas"]
        last = self.state[p]["touched"].index_select(0, rows).long()  # (M,)
        now = int(self.state[p]["step"])
        if not len(last) or int(last.min()) == now:
            return
        sums, missed = _coasting(beta_1, beta_2, x.dtype, x.device), (now - last).to(x.dtype)
        start = sums.index_select(0, last.clamp(max=_LATE))  # (M,)
        way = start - (beta_1 / beta_2**0.5) ** missed * sums[min(now, _LATE)]  # (M,)
        x.addcmul_(m / v.sqrt().clamp_min_(group["eps"]), way[:, None], value=-group["lr"])
        m.mul_((beta_1**missed)[:, None])
        v.mul_((beta_2**missed)[:, None])

    def _tables(self, p: Tensor) -> list[Tensor]:
        return [p, self.state[p]["exp_avg"], self.state[p]["exp_avg_sq"]]

    def _gather(self, p: Tensor, rows: Tensor) -> list[Tensor]:
        return [table.index_select(0, rows) for table in self._tables(p)]

    def _put(self, p: Tensor, rows: Tensor, part: list[Tensor]) -> None:
        for table, new in zip(self._tables(p), part, strict=True):
            table.index_copy_(0, rows, new)
        state = self.state[p]
        if "touched" in state:
            state["touched"].index_fill_(0, rows, int(state["step"]))


@lru_cache(maxsize=4)
def _coasting(beta_1: float, beta_2: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return ``sum_{j >= 1} r^j c_{t+j}`` for t = 0 to _LATE."""
    k = np.arange(1, _LATE + 1)
    corrections = np.sqrt(1 - beta_2**k) / (1 - beta_1**k)  # c_1 to c_LATE
    ratio = beta_1 / beta_2**0.5
    sums = np.empty(_LATE + 1)
    sums[_LATE] = ratio / (1 - ratio)
    for t in range(_LATE - 1, -1, -1):
        sums[t] = ratio * (corrections[t] + sums[t + 1])
    return torch.from_numpy(sums).to(device, dtype)
