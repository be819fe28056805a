"""The best items of every user, exact: a rough look at all items, an exact look at a few.

The score of a user and an item is, everywhere in this module, their D products rounded and added
up in halves (`exact_scores`). This order is fixed, so equal item vectors tie exactly, and neither
blocks nor threads change a ranking. A matrix product adds up in an order of its own, and may
round its factors first, but is much faster; how far it can be off is known. So, for a block of
users:

1. One matrix product scores all items; what is known is set to -inf.
2. The maximum of each group of items is taken. K items score at least the K-th largest maximum,
   less what the product may be off: a floor under the K-th best exact score.
3. The items that may reach that floor, as a rule hardly more than K, are scored again exactly and
   sorted, ties by item id.

A large catalogue gets its rough look in bfloat16 where the processor multiplies that fast (AMX, or
AVX-512 with bfloat16). A user with too many items near the floor is looked at again in the vectors'
own type, and then, as when most item vectors are equal, has all items scored exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmcl_core.data import Positives

_BLOCK = 2**25  # bytes of scores held at once
_WHOLE = 2**20  # products held at once where all items are scored exactly
_GROUPS = 32  # groups of items for each place in the list
_CROWD = 4  # groups for each place in the list that may get an exact look
_LARGE = 2**14  # items from which bfloat16 pays
_FAST = ("amx_bf16", "avx512_bf16")  # what a processor needs for that

Ids = NDArray[np.int64]


def best_items(users: Tensor, items: Tensor, ranked: Ids, known: Positives, k: int) -> Ids:
    """Return the k best unknown items of some users, best first, ties by item id.

    Parameters
    ----------
    users, items : Tensor (U, D) and (I, D), float
        On one device. Their products must be finite.
    ranked : ndarray (n,), int64
        Users, n >= 1.
    known : Positives
        Pairs to leave out.
    k : int, 1 <= k <= I

    Returns
    -------
    ndarray (n, k), int64
        -1 where nothing is left to recommend.

    Examples
    --------
    >>> known = Positives.from_pairs([0], [1], n_users=2, n_items=3)
    >>> best_items(torch.ones(2, 1), torch.tensor([[1.0], [3], [2]]), np.arange(2), known, 3)
    array([[ 2,  0, -1],
           [ 1,  2,  0]])
    """
    if users.dtype.itemsize < 4:  # half precision: the same numbers in float32
        users, items = users.float(), items.float()
    top = np.empty((len(ranked), k), dtype=np.int64)
    left = np.arange(len(ranked))
    for dtype in _looks(items):
        look = _Look.of(users, items, k, dtype)
        crowds, held = [left[:0]], look.rough.new_empty(0)
        for block in _blocks(left, len(look.rough) * dtype.itemsize, _BLOCK):
            held.resize_(len(look.rough), len(block))
            found, crowded = _best(look, ranked[block], known, held)
            top[block] = found.cpu().numpy()
            crowds.append(block[crowded.cpu().numpy()])
        left = np.concatenate(crowds)
    columns = items.T.contiguous()  # (D, I)
    for block in _blocks(left, columns.numel(), _WHOLE):
        ids = torch.from_numpy(ranked[block]).to(users.device)
        scores = exact_scores(users[ids].T[:, :, None], columns[:, None])  # (b, I)
        scores[_pairs(known, ranked[block], items.device)] = -torch.inf
        top[block] = top_k(scores, k).cpu().numpy()
    return top


def exact_scores(users: Tensor, items: Tensor) -> Tensor:
    """Return products of vectors, added up in a fixed order: the second half onto the first.

    Of five products p, the sum is ``((p0 + p3) + p2) + (p1 + p4)``.

    Parameters
    ----------
    users, items : Tensor (D, ...), float
        One vector a column; the other dimensions are broadcast.

    Returns
    -------
    Tensor (...), float

    Examples
    --------
    >>> exact_scores(torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0, 4.0], [0.5, 0.0]]))
    tensor([4., 4.])
    """
    sums = users * items  # (D, ...)
    while len(sums) > 1:
        half = (len(sums) + 1) // 2
        sums[: len(sums) - half] += sums[half:]
        sums = sums[:half]
    return sums[0]


def top_k(scores: Tensor, k: int) -> Tensor:
    """Return the k best columns of each row, best first, ties by column; -1 for -inf scores.

    Parameters
    ----------
    scores : Tensor (b, I), float
    k : int <= I

    Returns
    -------
    Tensor (b, k), int64

    Examples
    --------
    >>> top_k(torch.tensor([[1.0, 3.0, 3.0, -torch.inf]]), 4)
    tensor([[ 1,  2,  0, -1]])
    """
    values, columns = scores.topk(k, dim=1)  # (b, k), ties in any order
    columns, by_column = columns.sort(dim=1)
    values = values.gather(1, by_column)
    values, by_value = values.sort(dim=1, descending=True, stable=True)
    columns = columns.gather(1, by_value)
    # topk may have cut through a group of equal scores: those few rows are sorted whole.
    cut = ((scores >= values[:, -1:]).sum(1) > k).nonzero()[:, 0]
    if len(cut):
        whole = scores[cut].sort(dim=1, descending=True, stable=True)
        values[cut], columns[cut] = whole.values[:, :k], whole.indices[:, :k]
    return columns.masked_fill(values == -torch.inf, -1)


@dataclass(frozen=True)
class _Look:
    """What all blocks share: the exact vectors, the rough ones, and how far they may be apart."""

    users: Tensor  # (U, D)
    items: Tensor  # (I, D)
    rough_users: Tensor  # (U, D), of the rough type
    rough: Tensor  # (m G, D), of the rough type: the items, then zeros, for G groups of m
    slack: Tensor  # (U,)
    n_groups: int  # G; group g holds the items g, g + G, g + 2 G ...
    k: int

    @classmethod
    def of(cls, users: Tensor, items: Tensor, k: int, dtype: torch.dtype) -> _Look:
        size = max(1, len(items) // (_GROUPS * k))
        n_groups = -(-len(items) // size)
        rough = items.new_zeros(size * n_groups, items.shape[1], dtype=dtype)
        rough[: len(items)] = items
        rough_users = users.to(dtype)
        slack = _slack(users, items, rough_users, rough[: len(items)])
        return cls(users, items, rough_users, rough, slack, n_groups, k)


def _looks(items: Tensor) -> list[torch.dtype]:
    """Return the types of the rough looks to take, the fastest first."""
    large = items.dtype == torch.float32 and items.device.type == "cpu" and len(items) >= _LARGE
    able = torch.cpu.get_capabilities() if large else {}
    fast = any(able.get(name, False) for name in _FAST)
    return [torch.bfloat16, items.dtype] if fast else [items.dtype]


def _slack(users: Tensor, items: Tensor, rough_users: Tensor, rough_items: Tensor) -> Tensor:
    """Return how far below the K-th largest maximum a rough score may be and still matter, (U,).

    Whatever the order of D products and D - 1 sums, each rounded to the nearest number, the result
    is off by at most e = D u / (1 - D u) sum_d |x_d y_d|, u = eps / 2 (Higham, Accuracy and
    Stability of Numerical Algorithms, 2002, section 3.1); that sum is at most D mean|x| max|y|.
    Numbers below the smallest normal one may count as zero, hence the term with `tiny`. Rounding x
    to x' and y to y' first moves the product by r <= |x - x'| |y'| + |x| |y - y'|. So a rough
    score and an exact one are at most 2 e + r apart; the K items with the largest rough scores, t
    or more, have exact ones of at least t - 2 e - r, and what reaches that has a rough one of at
    least t - 4 e - 2 r. Twice 4 e is given, for rounding here and in the difference.
    """
    dim, info = items.shape[1], torch.finfo(items.dtype)
    x, y = users.cpu().double(), items.cpu().double()
    mean, largest = (x.abs() / dim).sum(1), float(y.abs().max())  # (U,)
    relative = dim * info.eps
    backend = torch.backends.cuda if items.is_cuda else torch.backends.mkldnn
    if items.dtype == torch.float32 and backend.matmul.fp32_precision not in ("none", "ieee"):
        relative += 2**-7  # told to be fast, the product may keep 8 bits of each factor
    slack = 4 * dim * (relative * mean * largest + info.tiny * (mean + largest + 2))
    if rough_items.dtype != items.dtype:
        off_x, off_y = x - rough_users.double(), y - rough_items.double()
        slack += 2 * off_x.norm(dim=1) * (y - off_y).norm(dim=1).max()
        slack += 2 * x.norm(dim=1) * off_y.norm(dim=1).max()
    return slack.to(items)


def _blocks(places: Ids, each: int, most: int) -> Iterator[Ids]:
    """Cut places into blocks of about the same length, `each` a place and about `most` a block."""
    if len(places):
        yield from np.array_split(places, min(len(places), -(-len(places) * each // most)))


def _pairs(known: Positives, users: Ids, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return place in `users` and item of each pair that these users know."""
    counts = known.counts[users]
    places = np.repeat(np.arange(len(users)), counts)
    shift = known.indptr[users] - (np.cumsum(counts) - counts)
    items = known.items[np.arange(len(places)) + np.repeat(shift, counts)]
    return torch.from_numpy(places).to(device), torch.from_numpy(items).to(device)


def _best(look: _Look, block: Ids, known: Positives, scores: Tensor) -> tuple[Tensor, Tensor]:
    """Return the best items of a block of users, (b, k), and the places of those with a crowd.

    `scores` (m G, b) is written over.
    """
    ids = torch.from_numpy(block).to(look.items.device)
    torch.mm(look.rough, look.rough_users.index_select(0, ids).T, out=scores)
    places, items = _pairs(known, block, ids.device)
    scores.view(-1).index_fill_(0, items * len(ids) + places, -torch.inf)
    scores[len(look.items) :] = -torch.inf
    rows, columns, crowded = _candidates(look, scores, look.slack[ids])
    return _sorted(look, look.users.index_select(0, ids), rows, columns), crowded


def _candidates(look: _Look, scores: Tensor, slack: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return rows and columns of all scores that may be among the best, and rows with a crowd."""
    b, n_groups = scores.shape[1], look.n_groups
    groups = scores.view(-1, n_groups, b)  # (m, G, b)
    maxima, floor = _floor(groups, slack, look.k)  # (G, b), (b,)
    near = maxima >= floor  # (G, b)
    crowded = (near.sum(0) > _CROWD * look.k) | ~slack.isfinite()  # (b,)
    near &= ~crowded
    at = near.view(-1).nonzero()[:, 0]  # (p,)
    rows = at % b
    found = groups.view(-1, n_groups * b).index_select(1, at) >= floor[rows]  # (m, p)
    place, pair = found.nonzero(as_tuple=True)
    return rows[pair], place * n_groups + at[pair] // b, crowded.nonzero()[:, 0]


def _floor(groups: Tensor, slack: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the maxima of the groups (G, b) and what a rough score must reach to matter (b,)."""
    info = torch.finfo(groups.dtype)

    def under(maxima: Tensor) -> Tensor:
        kth = maxima.to(slack.dtype).topk(k, dim=0).values[-1]  # (b,)
        floor = kth - info.eps / 2 * kth.abs() - slack  # a product is rounded to its type
        return floor.clamp_(min=info.min).to(groups.dtype)  # -inf is never a candidate

    if groups.dtype == torch.bfloat16:
        # Numbers above zero are in the order of their bits, and whole numbers are compared faster.
        maxima = groups.view(torch.int16).amax(0).view(groups.dtype)
        floor = under(maxima)
        if floor.min() > 0:
            return maxima, floor
    maxima = groups.amax(0)
    return maxima, under(maxima)


def _sorted(look: _Look, users: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Score the candidates exactly and return each row's best, (b, k)."""
    codes = (rows * len(look.items) + columns).sort().values
    rows, columns = codes // len(look.items), codes % len(look.items)  # by row, then by item
    exact = exact_scores(users.index_select(0, rows).T, look.items.index_select(0, columns).T)
    counts = torch.bincount(rows, minlength=len(users))
    width = max(look.k, int(counts.max()))
    cells = torch.arange(len(rows), device=rows.device) + rows * width
    cells -= (counts.cumsum(0) - counts)[rows]
    scores = exact.new_full((len(users), width), -torch.inf)
    scores.view(-1)[cells] = exact
    names = rows.new_zeros(len(users), width)
    names.view(-1)[cells] = columns
    top = top_k(scores, look.k)
    return names.gather(1, top.clamp(min=0)).masked_fill(top < 0, -1)
