"""Lists of different lengths, one for each owner, without padding.

The L entries of all owners stand one after another. Sums over them are products with a sparse
matrix, so that no vector is copied for an entry: time and memory go with L, not with the longest
list, and an (L, D) tensor never exists. All functions can be differentiated.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from mmcl_core.products import weighted_sums


class Lists(NamedTuple):
    """B lists of rows of some table, L entries in all."""

    owners: Tensor  # (L,), whose entry it is, ascending
    rows: Tensor  # (L,), row of the table
    counts: Tensor  # (B,), length of each list


def lists_of(indptr: Tensor, rows: Tensor, ids: Tensor, without: Tensor | None = None) -> Lists:
    """Pick the lists `ids` (B,) out of those that CSR arrays hold.

    Parameters
    ----------
    indptr : Tensor (U + 1,), int64
        Where each list begins.
    rows : Tensor (n,), int64
        The entries of all lists.
    ids : Tensor (B,), int64
    without : Tensor (B,), int64, optional
        An entry to leave out of each list, if it is there.

    Returns
    -------
    Lists

    Examples
    --------
    >>> indptr, rows = torch.tensor([0, 2, 2, 5]), torch.tensor([7, 8, 4, 5, 6])
    >>> lists_of(indptr, rows, torch.tensor([2, 0, 1]), without=torch.tensor([5, 5, 5])).rows
    tensor([4, 6, 7, 8])
    """
    starts = indptr[ids]
    counts = indptr[ids + 1] - starts  # (B,)
    owners = torch.arange(len(ids), device=ids.device).repeat_interleave(counts)  # (L,)
    shifts = starts - (counts.cumsum(0) - counts)  # (B,)
    picked = rows[torch.arange(len(owners), device=ids.device) + shifts[owners]]  # (L,)
    if without is not None:
        kept = picked != without[owners]
        owners, picked = owners[kept], picked[kept]
        counts = torch.bincount(owners, minlength=len(ids))
    return Lists(owners, picked, counts)


def products(u: Tensor, table: Tensor, lists: Lists) -> Tensor:
    """Return ``u[owner] . table[row]`` of each entry, (L,), for `u` (B, D) and `table` (M, D)."""
    found: Tensor = _Products.apply(u, table, lists)  # type: ignore[no-untyped-call]
    return found


def sums(weights: Tensor, table: Tensor, lists: Lists) -> Tensor:
    """Return the sum of each list's rows of `table` (M, D), weighted by `weights` (L,): (B, D)."""
    found: Tensor = _Sums.apply(weights, table, lists)  # type: ignore[no-untyped-call]
    return found


def softmax(scores: Tensor, lists: Lists) -> Tensor:
    """Return the softmax of `scores` (L,) within each list, (L,)."""
    owners, n = lists.owners, len(lists.counts)
    highest = scores.new_full((n,), -torch.inf)
    highest.scatter_reduce_(0, owners, scores.detach(), "amax")
    powers = (scores - highest[owners]).exp()
    return powers / scores.new_zeros(n).index_add(0, owners, powers)[owners]


class _Products(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor, table: Tensor, lists: Lists) -> Tensor:
        ctx.save_for_backward(u, table)
        ctx.lists = lists
        return _products(u, table, lists)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, None]:
        (u, table), lists = ctx.saved_tensors, ctx.lists
        return _sums(gradient, table, lists), _spread(gradient, u, lists, len(table)), None


class _Sums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weights: Tensor, table: Tensor, lists: Lists) -> Tensor:
        ctx.save_for_backward(weights, table)
        ctx.lists = lists
        return _sums(weights, table, lists)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, None]:
        (weights, table), lists = ctx.saved_tensors, ctx.lists
        by_weights = _products(gradient, table, lists) if ctx.needs_input_grad[0] else None
        return by_weights, _spread(weights, gradient, lists, len(table)), None


def _products(u: Tensor, table: Tensor, lists: Lists) -> Tensor:
    ends = lists.counts.cumsum(0)
    asked = torch.sparse_csr_tensor(
        torch.cat([ends.new_zeros(1), ends]),
        lists.rows,
        u.new_zeros(len(lists.rows)),
        (len(u), len(table)),
        check_invariants=False,
    )
    found: Tensor = torch.sparse.sampled_addmm(asked, u, table.T, beta=0.0, out=asked).values()
    return found


def _sums(weights: Tensor, table: Tensor, lists: Lists) -> Tensor:
    return weighted_sums(lists.owners, lists.rows, weights, table, len(lists.counts), True)


def _spread(weights: Tensor, u: Tensor, lists: Lists, n: int) -> Tensor:
    return weighted_sums(lists.rows, lists.owners, weights, u, n)
