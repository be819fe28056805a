"""SimpleX against a loop over users and their histories, and its ragged sums against matrices."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize
from torch.utils._python_dispatch import TorchDispatchMode

from mmcl_core.data import Positives
from mmcl_core.losses import Loss
from mmcl_core.models import MF, POOLINGS, SCORES, SimpleX, ragged
from mmcl_core.training.step import Batch, backward

U, N_ITEMS, D = 6, 9, 4
# User 2 has no history, user 4 only one item; nobody likes item 8.
LIKED = [[0, 3, 5, 7], [5, 6], [], [1, 2, 3, 4, 6], [2], [0, 7]]
LIKES = Positives.from_pairs([u for u in range(U) for _ in LIKED[u]], [*chain(*LIKED)], U, N_ITEMS)
# Users come twice, with and without the same positive; user 1 asks for what is not in its history.
USERS = torch.tensor([3, 0, 3, 4, 2, 0, 1, 3])
POSITIVES = torch.tensor([6, 3, 1, 2, 8, 7, 0, 6])


def make(pooling: str = "mean", score: str = "cosine", gamma: float = 0.3, **more: Any) -> SimpleX:
    generator = torch.Generator().manual_seed(7)
    own = {"train": LIKES, "gamma": gamma, "pooling": pooling, "generator": generator}
    return SimpleX(U, N_ITEMS, D, score, init=1.5, **{**own, **more}).double()


def naive(model: SimpleX, user: int, without: int | None = None) -> Tensor:
    """Return one user's vector, item by item."""
    own, table = model.users.weight[user], model.items.weight
    history = [item for item in LIKED[user] if item != without]
    pooled = torch.zeros(D, dtype=own.dtype)
    if history and model.settings["pooling"] == "mean":
        for item in history:
            pooled = pooled + table[item] / len(history)
    elif history:
        powers = [torch.exp(own @ torch.tanh(model.keys @ table[item])) for item in history]
        for power, item in zip(powers, history, strict=True):
            pooled = pooled + power / sum(powers) * table[item]
    gamma = model.settings["gamma"]
    u = gamma * own + (1 - gamma) * (model.mix @ pooled)
    return u / (u @ u) ** 0.5 if model.score == "cosine" else u


@pytest.fixture(params=[(p, s) for p in POOLINGS for s in SCORES], ids="-".join)
def model(request: pytest.FixtureRequest) -> SimpleX:
    return make(*request.param)


def test_the_user_vector_is_that_of_the_loop(model: SimpleX) -> None:
    users, items = model.encode()
    expected = torch.stack([naive(model, user) for user in range(U)])
    assert torch.allclose(users, expected, rtol=1e-12, atol=1e-12)
    table = model.items.weight
    assert torch.allclose(items, normalize(table, dim=1) if model.score == "cosine" else table)


def test_the_trained_vector_lacks_the_positive(model: SimpleX) -> None:
    ids, owners, vectors = model.asking(USERS, POSITIVES)
    assert torch.equal(ids, USERS)
    pairs = zip(USERS.tolist(), POSITIVES.tolist(), strict=True)
    expected = torch.stack([naive(model, user, item) for user, item in pairs])
    assert torch.allclose(vectors[owners], expected, rtol=1e-12, atol=1e-12)
    whole = model.user_vectors(USERS)
    differs = (vectors[owners] - whole).abs().amax(1) > 1e-9
    in_history = torch.from_numpy(LIKES.contains(USERS.numpy(), POSITIVES.numpy()))
    assert torch.equal(differs, in_history)


def test_the_target_cannot_tell_itself(model: SimpleX) -> None:
    """Moving the positive moves no user vector that is trained to find it, but that of ranking."""
    user, target = torch.tensor([0]), torch.tensor([3])
    before = [model.asking(user, target).vectors.clone(), model.user_vectors(user).clone()]
    with torch.no_grad():
        model.items.weight[3] += 5
    assert torch.equal(model.asking(user, target).vectors, before[0])
    assert not torch.allclose(model.user_vectors(user), before[1], atol=1e-2)
    with torch.no_grad():
        model.items.weight[5] += 5
    assert not torch.allclose(model.asking(user, target).vectors, before[0], atol=1e-2)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_an_empty_history_pools_to_nothing(pooling: str) -> None:
    model = make(pooling, "dot")
    found = model.asking(torch.tensor([2, 4]), torch.tensor([8, 2])).vectors
    assert torch.allclose(found, 0.3 * model.users.weight[[2, 4]], rtol=1e-12)
    found.sum().backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())


@pytest.mark.parametrize("sparse", [True, False])
def test_gradients_are_those_of_the_loop(model: SimpleX, sparse: bool) -> None:
    ours = make(model.settings["pooling"], model.score, sparse=sparse)
    vectors = ours.asking(USERS, POSITIVES).vectors
    pairs = zip(USERS.tolist(), POSITIVES.tolist(), strict=True)
    expected = torch.stack([naive(model, user, item) for user, item in pairs])
    weights = torch.randn(len(USERS), D, generator=torch.Generator().manual_seed(1)).double()
    (vectors * weights).sum().backward()
    (expected * weights).sum().backward()
    for found, wanted in zip(ours.parameters(), model.parameters(), strict=True):
        assert wanted.grad.abs().max() > 1e-3
        assert torch.allclose(found.grad.to_dense(), wanted.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_gradient_of_a_step_is_the_slope_of_its_loss(pooling: str) -> None:
    loss = Loss("ssm")
    negatives = torch.randint(N_ITEMS, (len(USERS), 3), generator=torch.Generator().manual_seed(2))
    batch, model = Batch(USERS, POSITIVES, negatives), make(pooling)
    backward(model, loss, batch)
    slopes = [p.grad.clone() for p in model.parameters()]
    moves, far = torch.Generator().manual_seed(3), 1e-5
    for p, slope in zip(model.parameters(), slopes, strict=True):
        for _ in range(3):
            way, values = torch.randn(p.shape, generator=moves).to(p), []
            for step in (far, -2 * far, far):
                with torch.no_grad():
                    p.add_(way, alpha=step)
                values.append(backward(model, loss, batch)[0])
            found = (values[0] - values[1]) / (2 * far)
            assert found == pytest.approx(float((way * slope).sum()), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_with_gamma_1_it_is_mf(pooling: str, score: str) -> None:
    model = make(pooling, score, gamma=1)
    mf = MF(U, N_ITEMS, D, score, init=1.5, generator=torch.Generator().manual_seed(7)).double()
    for found, wanted in zip(model.encode(), mf.encode(), strict=True):
        assert torch.equal(found, wanted)
    _, owners, vectors = model.asking(USERS, POSITIVES)
    assert torch.equal(vectors[owners], mf.user_vectors(USERS))
    assert model.rows(USERS, POSITIVES)[1][1].tolist() == POSITIVES.tolist()
    batch = Batch(USERS, POSITIVES, POSITIVES[:, None].flip(0))
    for one in (model, mf):
        backward(one, Loss("bpr"), batch)
    assert torch.allclose(model.users.weight.grad, mf.users.weight.grad, rtol=1e-12, atol=1e-15)
    assert torch.allclose(model.items.weight.grad, mf.items.weight.grad, rtol=1e-12, atol=1e-15)
    assert model.mix.grad is None


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"gamma": 1.5}, r"gamma to be a number in \[0, 1\], got 1\.5\. 1 leaves the history out"),
        ({"pooling": "max"}, r"pooling to be one of mean, attention, got 'max'"),
    ],
)
def test_settings_out_of_range_are_refused(own: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SimpleX(U, N_ITEMS, D, train=LIKES, **own)


class Largest(TorchDispatchMode):
    """Remembers the largest tensor that came into being."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for one in out if isinstance(out, (tuple, list)) else (out,):
            if isinstance(one, Tensor) and one.layout == torch.strided:
                self.numbers = max(self.numbers, one.numel())
        return out


@pytest.mark.parametrize("pooling", POOLINGS)
def test_no_vector_is_copied_for_an_entry_nor_for_padding(pooling: str) -> None:
    n, items, dim = 64, 400, 16  # one user likes all, the others 60 each
    owners = [0] * items + [u for u in range(1, n) for _ in range(60)]
    liked = [*range(items), *((u + 7 * k) % items for u in range(1, n) for k in range(60))]
    train = Positives.from_pairs(owners, liked, n, items)
    model = SimpleX(n, items, dim, train=train, pooling=pooling, sparse=True)
    users, positives = torch.arange(n), torch.from_numpy(train.items[train.indptr[:-1]].copy())
    with Largest() as seen:
        backward(model, Loss("bpr"), Batch(users, positives, positives.flip(0)[:, None]))
    assert items * dim <= seen.numbers < len(train) * dim / 2 < n * items * dim / 4


# The ragged sums, against whole matrices.
LISTS = ragged.Lists(
    owners=torch.tensor([0, 0, 0, 2, 3, 3]),
    rows=torch.tensor([4, 0, 1, 1, 2, 4]),
    counts=torch.tensor([3, 0, 1, 2]),
)


def test_lists_are_picked_from_csr_arrays() -> None:
    indptr, rows = torch.from_numpy(LIKES.indptr.copy()), torch.from_numpy(LIKES.items.copy())
    ids, without = torch.tensor([3, 2, 0, 3, 4]), torch.tensor([4, 4, 4, 8, 2])
    for target, expected in (
        (None, [LIKED[u] for u in ids]),
        (without, [[1, 2, 3, 6], [], LIKED[0], LIKED[3], []]),
    ):
        found = ragged.lists_of(indptr, rows, ids, target)
        assert found.counts.tolist() == [len(one) for one in expected]
        assert found.rows.tolist() == [*chain(*expected)]
        assert found.owners.tolist() == [b for b, one in enumerate(expected) for _ in one]


def test_ragged_sums_and_products_by_hand() -> None:
    g = torch.Generator().manual_seed(0)
    u, table, weights = (torch.randn(*shape, generator=g) for shape in ((4, 3), (5, 3), (6,)))
    scores = torch.stack([u[o] @ table[r] for o, r in zip(LISTS.owners, LISTS.rows, strict=True)])
    assert torch.allclose(ragged.products(u, table, LISTS), scores, atol=1e-6)
    matrix = torch.zeros(4, 5)
    matrix[LISTS.owners, LISTS.rows] = weights
    assert torch.allclose(ragged.sums(weights, table, LISTS), matrix @ table, atol=1e-6)
    found = ragged.softmax(1000 * weights, LISTS)  # no overflow
    parts = (1000 * weights).split(LISTS.counts.tolist())
    assert torch.allclose(found, torch.cat([part.softmax(0) for part in parts]))


def test_ragged_gradients_are_those_of_finite_differences() -> None:
    g = torch.Generator().manual_seed(0)
    u, table, weights = (
        torch.randn(*shape, generator=g, dtype=torch.float64, requires_grad=True)
        for shape in ((4, 3), (5, 3), (6,))
    )
    assert torch.autograd.gradcheck(lambda *x: ragged.products(*x, LISTS), (u, table))
    assert torch.autograd.gradcheck(lambda *x: ragged.sums(*x, LISTS), (weights, table))
    assert torch.autograd.gradcheck(lambda x: ragged.softmax(x, LISTS), (weights,))
