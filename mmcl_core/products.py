"""Products and sums over chosen pairs of users and items, without a (B, N, D) tensor."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vector_norm
from torch.nn.functional import embedding_bag

_BLOCK = 2**18  # numbers gathered at once: about what a core keeps close
_IN_ORDER = 2  # rows read one after the other in less time than one here and there
_SMALL = 2**15  # entries of a whole matrix that takes no longer than looking for what is needed

with warnings.catch_warnings():  # PyTorch says once a process that its sparse rows are young
    warnings.simplefilter("ignore")
    torch.eye(1).to_sparse_csr()


def gathered_products(u: Tensor, table: Tensor, ids: Tensor) -> Tensor:
    """Return the product of each user vector with its own items, without a graph.

    ``out[b, n] = u[b] . table[ids[b, n]]``. Gathering the vectors first would write and read
    B N D numbers; a sampled product reads each row of `table` where it stands.

    Parameters
    ----------
    u : Tensor (B, D), float
    table : Tensor (I, D), float
    ids : Tensor (B, N), int64
        Rows of `table`.

    Returns
    -------
    Tensor (B, N), float

    Examples
    --------
    >>> table = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    >>> gathered_products(torch.tensor([[1.0, 1.0]]), table, torch.tensor([[1, 0]]))
    tensor([[3., 2.]])
    """
    b, n = ids.shape
    u, table = u.detach(), table.detach()
    if n >= len(table) or b * len(table) <= _SMALL:  # making them all is no more work
        every: Tensor = (u @ table.T).gather(1, ids)
        return every
    asked = torch.sparse_csr_tensor(
        torch.arange(0, b * n + 1, n, device=u.device),
        ids.reshape(-1),
        u.new_zeros(b * n),
        (b, len(table)),
        check_invariants=False,
    )
    products: Tensor = torch.sparse.sampled_addmm(asked, u, table.T, beta=0.0, out=asked).values()
    return products.view(b, n)


def row_lengths(table: Tensor, ids: Tensor, shortest: float = 0.0) -> Tensor:
    """Return the length of the row of `table` that each id names, at least `shortest`.

    Parameters
    ----------
    table : Tensor (I, D), float
    ids : Tensor of any shape, int64
    shortest : float

    Returns
    -------
    Tensor, shape of `ids`

    Examples
    --------
    >>> row_lengths(torch.tensor([[3.0, 4.0], [0.0, 1.0]]), torch.tensor([0, 0, 1]))
    tensor([5., 5., 1.])
    """
    flat = ids.reshape(-1)
    if _IN_ORDER * len(flat) < len(table):  # a few rows at a time, never a (B, N, D) tensor
        blocks = flat.split(max(1, _BLOCK // table.shape[1]))
        rows = [vector_norm(table.index_select(0, some), dim=1) for some in blocks]
        return torch.cat(rows).clamp_min_(shortest).view(ids.shape)
    every: Tensor = vector_norm(table, dim=1).clamp_min_(shortest)  # (I,)
    return every.index_select(0, flat).view(ids.shape)


def weighted_sums(
    into: Tensor, rows: Tensor, weights: Tensor, table: Tensor, n: int, ascending: bool = False
) -> Tensor:
    """Add up rows of a table, each with its weight: ``out[into[a]] += weights[a] table[rows[a]]``.

    It is the product of a sparse matrix, with `weights` at (`into`, `rows`), and `table`.

    Parameters
    ----------
    into, rows : Tensor (A,), int64
        Row of the result, and of `table`.
    weights : Tensor (A,), float
    table : Tensor (M, D), float
    n : int
        Rows of the result.
    ascending : bool
        Whether `into` ascends already: then nothing is sorted.

    Returns
    -------
    Tensor (n, D), float
        Zero where `into` names no row.

    Examples
    --------
    >>> table, into = torch.tensor([[1.0], [10.0]]), torch.tensor([2, 0, 2])
    >>> weighted_sums(into, torch.tensor([0, 1, 1]), torch.tensor([5.0, 6.0, 7.0]), table, 3)[:, 0]
    tensor([60.,  0., 75.])
    """
    if n * len(table) <= _SMALL:
        matrix = table.new_zeros(n, len(table)).index_put_((into, rows), weights, accumulate=True)
        return matrix @ table
    if not ascending:
        order = _order(into, n)
        rows, weights = rows.index_select(0, order), weights.index_select(0, order)
    counts = torch.bincount(into, minlength=n)  # (n,)
    starts = counts.cumsum(0) - counts
    return embedding_bag(rows, table, starts, mode="sum", per_sample_weights=weights)


def _order(ids: Tensor, n: int) -> Tensor:
    """Return the stable order of `ids`, all below `n`."""
    if n <= 2**16 and ids.device.type == "cpu":  # NumPy sorts short numbers digit by digit
        return torch.from_numpy(ids.numpy().astype(np.uint16).argsort(kind="stable"))
    return ids.argsort(stable=True)
