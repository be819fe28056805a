"""Rankings against a full sort of scores that are added up by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from mmcl_core import ranking
from mmcl_core.data import Positives
from mmcl_core.ranking import best_items, exact_scores, top_k

Case = tuple[NDArray[Any], NDArray[Any], Positives]
LOOKS = ([torch.float32], [torch.bfloat16, torch.float32], [torch.bfloat16])


@pytest.fixture(params=LOOKS, ids=["float32", "bfloat16 first", "bfloat16"])
def looks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[torch.dtype]:
    """Take these rough looks, whatever the processor and the size of the catalogue."""
    monkeypatch.setattr(ranking, "_looks", lambda items: request.param)
    return request.param


def halves(products: NDArray[Any]) -> NDArray[Any]:
    """Add up the last axis: the second half onto the first, until one is left."""
    while products.shape[-1] > 1:
        half = -(-products.shape[-1] // 2)
        sums = products[..., :half].copy()
        sums[..., : products.shape[-1] - half] += products[..., half:]
        products = sums
    return products[..., 0]


def full_sort(users: NDArray[Any], items: NDArray[Any], known: Positives, k: int) -> list[Any]:
    found = []
    for user, vector in enumerate(users):
        scores = halves(vector * items)
        order = np.lexsort((np.arange(len(items)), -scores))
        best = order[~np.isin(order, known.of(user))][:k].tolist()
        found.append(best + [-1] * (k - len(best)))
    return found


def ranked(case: Case, k: int) -> list[Any]:
    users, items, known = case
    tensors = torch.from_numpy(users), torch.from_numpy(items)
    return best_items(*tensors, np.arange(len(users)), known, k).tolist()


def nothing(n_users: int, n_items: int) -> Positives:
    return Positives.from_pairs([], [], n_users, n_items)


def vectors(kind: str, n: int, dim: int, rng: np.random.Generator) -> NDArray[np.float32]:
    found = rng.normal(size=(n, dim))
    if kind == "cosines":
        found /= np.linalg.norm(found, axis=1, keepdims=True)
    elif kind == "few":  # most vectors occur many times
        found = found[rng.integers(0, min(n, 3), n)]
    elif kind == "nearly one":  # apart by a few roundings
        found = found[:1] * (1 + 2e-7 * rng.integers(-2, 3, (n, dim)))
    elif kind == "whole numbers":
        found = np.round(found)
    elif kind == "all lengths":
        found *= 10 ** rng.uniform(-20, 17, (n, 1))
    elif kind == "tiny":  # products below the smallest normal number
        found *= 1e-20
    elif kind == "zeros":
        found[rng.random(n) < 0.7] = 0
    return found.astype(np.float32)


KINDS = (
    "normal",
    "cosines",
    "few",
    "nearly one",
    "whole numbers",
    "all lengths",
    "tiny",
    "zeros",
)


def random_case(seed: int, n_users: int, n_items: int, dim: int, kinds: tuple[str, str]) -> Case:
    rng = np.random.default_rng(seed)
    users = vectors(kinds[0], n_users, dim, rng)
    items = vectors(kinds[1], n_items, dim, rng)
    share = rng.choice([0, 0.2, 0.9, 1], n_users)  # of the catalogue that a user knows
    pairs = np.nonzero(rng.random((n_users, n_items)) < share[:, None])
    return users, items, Positives.from_pairs(*pairs, n_users, n_items)


@given(
    seed=st.integers(0, 10**6),
    n_users=st.integers(1, 6),
    n_items=st.integers(1, 150),
    dim=st.sampled_from([1, 2, 3, 5, 8, 64, 130]),
    kinds=st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)),
    k=st.integers(1, 12),
    groups=st.sampled_from([1, 2, 32]),
    crowd=st.sampled_from([0, 1, 4, 10**6]),
    types=st.sampled_from(LOOKS),
)
def test_equals_a_full_sort(
    seed: int,
    n_users: int,
    n_items: int,
    dim: int,
    kinds: tuple[str, str],
    k: int,
    groups: int,
    crowd: int,
    types: list[torch.dtype],
) -> None:
    # crowd 0: all items of every user are scored exactly; 10**6: only the candidates ever are.
    case, k = random_case(seed, n_users, n_items, dim, kinds), min(k, n_items)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_GROUPS", groups)
        patch.setattr(ranking, "_CROWD", crowd)
        patch.setattr(ranking, "_looks", lambda items: types)
        assert ranked(case, k) == full_sort(*case, k)


def catalogue(kinds: tuple[str, str], n_users: int = 40, n_items: int = 3_000) -> Case:
    return random_case(7, n_users, n_items, 64, kinds)


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize("items", KINDS)
def test_a_catalogue_in_groups(items: str) -> None:
    case = catalogue(("normal", items))
    assert ranked(case, 20) == full_sort(*case, 20)


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize("items", ["cosines", "few", "nearly one"])
def test_the_rough_look_changes_nothing(items: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = catalogue(("cosines", items))
    found = []
    for crowd in (0, 10**6):
        monkeypatch.setattr(ranking, "_CROWD", crowd)
        found.append(ranked(case, 20))
    assert found[0] == found[1]


def exact_looks(case: Case, monkeypatch: pytest.MonkeyPatch) -> float:
    """Return how many items of each user were scored exactly for its best 20."""
    looks = []
    whole = ranking.exact_scores

    def counted(users: Tensor, items: Tensor) -> Tensor:
        found = whole(users, items)
        looks.append(found.numel())
        return found

    monkeypatch.setattr(ranking, "exact_scores", counted)
    ranked(case, 20)
    return sum(looks) / len(case[0])


def test_few_items_get_an_exact_look(
    looks: list[torch.dtype], monkeypatch: pytest.MonkeyPatch
) -> None:
    users, items, _ = catalogue(("cosines", "cosines"))
    most = 22 if looks[0] == torch.float32 else 30
    assert 20 <= exact_looks((users, items, nothing(40, 3_000)), monkeypatch) < most


@pytest.mark.usefixtures("looks")
def test_all_items_of_a_crowd_get_one_exact_look(monkeypatch: pytest.MonkeyPatch) -> None:
    users, items, _ = catalogue(("cosines", "nearly one"))
    assert exact_looks((users, items, nothing(40, 3_000)), monkeypatch) == 3_000


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("items", ["cosines", "nearly one", "few", "all lengths", "tiny"])
def test_a_product_as_wrong_as_it_may_be_changes_nothing(
    items: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The best lose all they can, by order of sums, underflow and rounding, and the others win it.
    case = catalogue(("tiny" if items == "tiny" else "cosines", items), 8)
    expected = np.array(full_sort(*case, 20))
    (dim, info), (x, y) = (64, np.finfo(np.float32)), (v.astype(np.float64) for v in case[:2])
    x2, y2 = (torch.from_numpy(v).to(dtype).double().numpy() for v in case[:2])
    relative = dim * info.eps / 2 / (1 - dim * info.eps / 2)
    off = 2 * relative * np.abs(x).sum(1) * np.abs(y).max() + 2 * dim * info.tiny
    off += np.linalg.norm(x - x2, axis=1) * np.linalg.norm(y2, axis=1).max()
    off += np.linalg.norm(x, axis=1) * np.linalg.norm(y - y2, axis=1).max()
    scores = x @ y.T
    for row, best in enumerate(expected):
        sign = np.ones(len(y))
        sign[best[best >= 0]] = -1
        scores[row] += sign * off[row]

    def worst(rough: Tensor, vectors: Tensor, out: Tensor) -> None:
        out[: len(y)] = torch.from_numpy(scores.T).float()

    monkeypatch.setattr(ranking, "_looks", lambda items: [dtype])
    monkeypatch.setattr(ranking, "_CROWD", 10**6)
    monkeypatch.setattr(torch, "mm", worst)
    assert ranked(case, 20) == expected.tolist()


def test_a_product_in_bfloat16_is_rounded_to_the_nearest() -> None:
    # What `_floor` counts on: summed up in float32 and rounded once. Two products: no order.
    rng = np.random.default_rng(2)
    u, v = (torch.from_numpy(rng.normal(size=(n, 2))).bfloat16() for n in (50, 3_000))
    whole = (u.double() @ v.double().T).float()
    assert torch.equal(torch.mm(v, u.T, out=v.new_empty(3_000, 50)).T, whole.bfloat16())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_products_are_within_the_bound(kind: str, dtype: Any) -> None:
    users, items, _ = catalogue((kind, kind), n_users=30)
    u, v = torch.from_numpy(users.astype(dtype)), torch.from_numpy(items.astype(dtype))
    off = (u @ v.T - exact_scores(u.T[:, :, None], v.T[:, None])).abs()
    assert (off <= ranking._slack(u, v, u, v)[:, None] / 4).all()


@pytest.mark.usefixtures("looks")
def test_a_user_with_thousands_of_known_items() -> None:
    users, items, _ = catalogue(("normal", "normal"), n_users=3, n_items=5_000)
    best_first = np.argsort(-(users @ items.T), axis=1)
    # All but 30 for the first user, the 4,000 best for the second, all for the third.
    known = [best_first[0][::-1][30:], best_first[1][:4_000], np.arange(5_000)]
    owners = np.repeat(np.arange(3), [len(part) for part in known])
    positives = Positives.from_pairs(owners, np.concatenate(known), 3, 5_000)
    found = ranked((users, items, positives), 50)
    assert found == full_sort(users, items, positives, 50)
    assert found[0][30:] == [-1] * 20
    assert found[2] == [-1] * 50


@pytest.mark.usefixtures("looks")
def test_equal_items_come_in_order_of_their_ids() -> None:
    users = np.random.default_rng(0).normal(size=(3, 24)).astype(np.float32)
    items = np.repeat(users[:1], 4_000, axis=0)
    items[1_234] *= 2
    found = ranked((users[:1], items, nothing(1, 4_000)), 5)
    assert found == [[1_234, 0, 1, 2, 3]]
    zeros = np.zeros_like(users)
    assert ranked((zeros, items, nothing(3, 4_000)), 4) == [[0, 1, 2, 3]] * 3


@pytest.mark.parametrize("kinds", [("cosines", "cosines"), ("few", "nearly one")])
def test_doubles_are_ranked_as_doubles(kinds: tuple[str, str]) -> None:
    users, items, known = catalogue(kinds)
    rng = np.random.default_rng(3)
    users, items = (v * (1 + 1e-12 * rng.normal(size=v.shape)) for v in (users, items))
    assert users.dtype == np.float64
    assert ranked((users, items, known), 20) == full_sort(users, items, known, 20)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_counts_as_the_same_numbers(dtype: torch.dtype) -> None:
    users, items, known = catalogue(("normal", "normal"))
    half = [torch.from_numpy(v).to(dtype) for v in (users, items)]
    found = best_items(*half, np.arange(len(users)), known, 20)
    assert found.tolist() == full_sort(*(v.float().numpy() for v in half), known, 20)


@pytest.mark.usefixtures("looks")
def test_threads_change_nothing() -> None:
    case = catalogue(("normal", "normal"), n_users=200)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(ranked(case, 20))
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


@pytest.mark.parametrize("precision", ["bf16", "tf32"])
def test_products_told_to_be_fast_change_nothing(precision: str) -> None:
    # Some processors then round factors to 8 bits. Without the wider slack this fails there.
    case = catalogue(("cosines", "cosines"))
    matmul = torch.backends.mkldnn.matmul
    before = matmul.fp32_precision
    try:
        matmul.fp32_precision = precision
        assert ranked(case, 20) == full_sort(*case, 20)
    finally:
        matmul.fp32_precision = before


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize("block", [1, 2_800, 40_000, 10**7])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = catalogue(("normal", "normal"), n_users=30, n_items=400)
    monkeypatch.setattr(ranking, "_BLOCK", block)
    monkeypatch.setattr(ranking, "_WHOLE", block)
    assert ranked(case, 10) == full_sort(*case, 10)


def test_only_the_users_asked_for_are_ranked() -> None:
    users, items, known = catalogue(("normal", "normal"))
    tensors = torch.from_numpy(users), torch.from_numpy(items)
    some = np.array([3, 30, 7])
    expected = full_sort(users, items, known, 20)
    assert best_items(*tensors, some, known, 20).tolist() == [expected[user] for user in some]


def test_numbers_too_large_for_bfloat16_are_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    users, items, known = catalogue(("cosines", "normal"))
    users = np.abs(users) * np.float32(1e-3)
    items[7, :2] = np.finfo(np.float32).max * np.array([1, -1])  # infinite in bfloat16
    monkeypatch.setattr(ranking, "_looks", lambda items: LOOKS[1])
    monkeypatch.setattr(ranking, "_CROWD", 10**6)
    expected = full_sort(users, items, known, 5)
    assert 5 < sum(best[0] == 7 for best in expected) < 35
    assert ranked((users, items, known), 5) == expected


@pytest.mark.parametrize("able", ["amx_bf16", "avx512_bf16", "avx2"])
def test_bfloat16_is_for_large_catalogues_in_float32(
    monkeypatch: pytest.MonkeyPatch, able: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {able: True, "avx512_f": True})
    large = torch.zeros(ranking._LARGE, 1)
    fast = able != "avx2"
    assert ranking._looks(large) == [torch.bfloat16, torch.float32][not fast :]
    assert ranking._looks(large[1:]) == [torch.float32]
    assert ranking._looks(large.double()) == [torch.float64]


def test_exact_scores_are_added_up_in_halves() -> None:
    rng = np.random.default_rng(5)
    for dim in (1, 2, 3, 5, 7, 64, 100):
        u, v = (rng.normal(size=(20, dim)).astype(np.float32) for _ in range(2))
        found = exact_scores(torch.from_numpy(u).T, torch.from_numpy(v).T)
        assert np.array_equal(found.numpy(), halves(u * v))
    # 2**24 + 1 is no float32, so the order shows: ((p0 + p3) + p2) + (p1 + p4).
    p = torch.tensor([2.0**24, 1, 1, -(2.0**24), 1])
    assert exact_scores(p, torch.ones(5)).item() == 3


@given(st.integers(1, 4), st.integers(1, 9), st.integers(0, 10**6))
def test_top_k_is_a_stable_sort(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = torch.from_numpy(rng.choice([-np.inf, -1.0, 0.0, 1.0], (rows, columns)))
    for k in range(1, columns + 1):
        for row, best in zip(scores.tolist(), top_k(scores, k).tolist(), strict=True):
            order = sorted(range(columns), key=lambda i, row=row: (-row[i], i))[:k]
            assert best == [i if row[i] > -np.inf else -1 for i in order]
