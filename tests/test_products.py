"""Sampled products against a loop."""

from __future__ import annotations

import pytest
import torch

from mmcl_core import products
from mmcl_core.products import gathered_products, row_lengths, weighted_sums


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("small", [0, 10**6])
@pytest.mark.parametrize(("b", "n", "dim", "n_items"), [(5, 4, 3, 7), (1, 1, 1, 1), (3, 50, 8, 4)])
def test_every_product_is_the_asked_one(
    b: int,
    n: int,
    dim: int,
    n_items: int,
    small: int,
    dtype: torch.dtype,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(products, "_SMALL", small)
    u, table = (torch.randn(k, dim, generator=generator(k)).to(dtype) for k in (b, n_items))
    ids = torch.randint(n_items, (b, n), generator=generator())  # repeats, in any order
    found = gathered_products(u, table, ids)
    naive = [[float(u[i] @ table[j]) for j in row] for i, row in enumerate(ids.tolist())]
    assert found.dtype == dtype
    for row, expected in zip(found.tolist(), naive, strict=True):
        assert row == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_views_and_parameters_are_taken_as_they_are() -> None:
    u = torch.randn(6, 8, generator=generator(), requires_grad=True)[::2, ::2]  # (3, 4)
    table = torch.nn.Parameter(torch.randn(4, 5, generator=generator(1)).T)  # (5, 4)
    ids = torch.randint(5, (2, 3), generator=generator(2)).T  # (3, 2)
    found = gathered_products(u, table, ids)
    assert not found.requires_grad
    assert torch.allclose(found, (u[:, None] * table[ids]).sum(-1))


def test_a_row_that_is_no_number_stays_one() -> None:
    table = torch.tensor([[1.0], [torch.nan]])
    found = gathered_products(torch.ones(1, 1), table, torch.tensor([[0, 1]]))
    assert found[0, 0] == 1
    assert found[0, 1].isnan()


@pytest.mark.parametrize("asked", [2, 3, 40])  # twice: under half of the rows, over it, over all
def test_lengths_of_the_asked_rows(asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_BLOCK", 8)  # a row or two at a time
    table = torch.randn(9, 5, generator=generator()).double()
    table[4] = 0
    ids = torch.randint(9, (2, asked), generator=generator(1))
    ids[0, 0] = 4
    expected = [[max(0.5, sum(x * x for x in table[j].tolist()) ** 0.5) for j in r] for r in ids]
    for row, wanted in zip(row_lengths(table, ids, 0.5).tolist(), expected, strict=True):
        assert row == pytest.approx(wanted)


@pytest.mark.parametrize("small", [0, 10**6])
@pytest.mark.parametrize("n", [5, 2**16, 2**16 + 5])  # short numbers are sorted in another way
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_weighted_sums_by_a_loop(
    small: int, n: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "_SMALL", small)
    table = torch.randn(6, 3, generator=generator()).to(dtype)
    into = torch.tensor([n - 1, 0, n - 1, n - 1, min(511, n - 3), n - 1])  # and most get nothing
    rows = torch.tensor([5, 0, 1, 1, 5, 5])  # the same pair twice
    weights = torch.randn(6, generator=generator(1)).to(dtype)
    expected = torch.zeros(n, 3, dtype=dtype)
    for i, row, weight in zip(into.tolist(), rows.tolist(), weights.tolist(), strict=True):
        expected[i] += weight * table[row]
    found = weighted_sums(into, rows, weights, table, n)
    assert found.dtype == dtype
    assert torch.allclose(found, expected, atol=1e-6)
    up = into.argsort(stable=True)
    again = weighted_sums(into[up], rows[up], weights[up], table, n, ascending=True)
    assert torch.equal(again, found)
    assert not weighted_sums(into[:0], rows[:0], weights[:0], table, n).any()
