"""LightGCN against powers of the whole adjacency matrix, and smoothing once a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core.data import Positives
from mmcl_core.losses import Loss
from mmcl_core.models import MF, SCORES, LightGCN
from mmcl_core.training.step import Batch, backward

U, N_ITEMS, D = 5, 7, 3
# User 2 likes nothing, and nobody likes item 3.
LIKES = Positives.from_pairs([0, 0, 1, 1, 1, 3, 3, 4], [0, 5, 0, 2, 6, 1, 4, 6], U, N_ITEMS)
BATCH = Batch(
    users=torch.tensor([0, 3, 3, 2]),
    positives=torch.tensor([5, 1, 4, 3]),
    negatives=torch.tensor([[0, 2, 2], [4, 6, 1], [1, 0, 5], [2, 2, 2]]),
)


def make(score: str = "cosine", layers: int = 3, seed: int = 0) -> LightGCN:
    generator = torch.Generator().manual_seed(seed)
    return LightGCN(
        U, N_ITEMS, D, score, 1.0, generator=generator, train=LIKES, layers=layers
    ).double()


def naive(model: LightGCN) -> tuple[Tensor, Tensor]:
    """Return the vectors by powers of the (U + N_ITEMS, U + N_ITEMS) matrix."""
    a = torch.zeros(U + N_ITEMS, U + N_ITEMS, dtype=torch.float64)
    for user, item in zip(LIKES.users, LIKES.items, strict=True):
        a[user, U + item] = a[U + item, user] = 1
    degrees = a.sum(1)
    roots = torch.where(degrees > 0, degrees.clamp(min=1) ** -0.5, 0.0)
    a = roots[:, None] * a * roots
    start = torch.cat([model.users.weight, model.items.weight])
    layers = model.settings["layers"]
    powers = [torch.linalg.matrix_power(a, k) for k in range(layers + 1)]
    mean = torch.stack([power @ start for power in powers]).mean(0)
    finished = normalize(mean, dim=1) if model.score == "cosine" else mean
    return finished[:U], finished[U:]


@pytest.mark.parametrize("layers", [0, 1, 2, 3, 6])
@pytest.mark.parametrize("score", SCORES)
def test_vectors_are_those_of_the_matrix_powers(score: str, layers: int) -> None:
    model = make(score, layers)
    for found, wanted in zip(model.encode(), naive(model), strict=True):
        assert torch.allclose(found, wanted, rtol=1e-6, atol=1e-7)  # the graph is in float32
    with torch.no_grad():
        for found, wanted in zip(model.encode(), naive(model), strict=True):
            assert torch.allclose(found, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("score", SCORES)
def test_without_layers_it_is_mf(score: str) -> None:
    mf = MF(U, N_ITEMS, D, score, 1.0, generator=torch.Generator().manual_seed(0)).double()
    model = make(score, 0)
    for found, wanted in zip(model.encode(), mf.encode(), strict=True):
        assert torch.equal(found, wanted)


def test_who_has_no_neighbour_keeps_the_own_vector() -> None:
    model = make("dot", 3)
    users, items = model.encode()
    assert torch.equal(users[2], model.users.weight[2] / 4)
    assert torch.equal(items[3], model.items.weight[3] / 4)


@pytest.mark.parametrize("layers", [0, 1, 3])
@pytest.mark.parametrize("name", ["mmcl", "bpr", "directau"])
def test_the_gradient_is_that_of_the_matrix_powers(name: str, layers: int) -> None:
    loss = Loss(name, **({"margins": (-0.5, 0.0), "weights": (0.5, 0.5)} if name == "mmcl" else {}))
    ours, theirs = (make(loss.spec.score, layers) for _ in range(2))
    value, _ = backward(ours, loss, BATCH)
    users, items = naive(theirs)
    u, v = users[BATCH.users], items[BATCH.positives]
    neg = (u[:, None] * items[BATCH.negatives]).sum(-1)
    given = {"pos": (u * v).sum(-1), "neg": neg, "user_vectors": u, "item_vectors": v}
    expected = loss(*(given[need] for need in loss.spec.needs)).mean()
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-6)
    for found, wanted in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert wanted.grad.abs().max() > 1e-2
        assert torch.allclose(found.grad, wanted.grad, rtol=1e-5, atol=1e-6)


def spied(model: LightGCN, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with every smoothing."""
    calls: list[int] = []
    real = model.smoothed
    monkeypatch.setattr(model, "smoothed", lambda *given: (calls.append(1), real(*given))[1])
    return calls


def test_a_step_smooths_vectors_once_and_gradients_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make()
    calls = spied(model, monkeypatch)
    for steps in (1, 2):
        backward(model, Loss("directau"), BATCH)  # asks for users, scores, positives, and items
        assert len(calls) == 2 * steps
    model.encode()
    assert len(calls) == 5


def by_optimizer(model: LightGCN) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, fused=True)
    model.users.weight.grad = torch.ones_like(model.users.weight)
    optimizer.step()


def by_loading(model: LightGCN) -> None:
    state = make(seed=5).state_dict()
    model.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in state.items()})


def by_hand(model: LightGCN) -> None:
    with torch.no_grad():
        model.items.weight[0, 0] = 9.0


def by_casting(model: LightGCN) -> None:
    model.float()
    by_hand(model)
    model.double()


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("ranked_first", [False, True])
@pytest.mark.parametrize("change", [by_optimizer, by_loading, by_hand, by_casting])
@torch.no_grad()
def test_vectors_are_never_those_of_before(
    change: Callable[..., None], ranked_first: bool, begun: bool
) -> None:
    """Also if a step was begun and not ended."""
    model = make()
    before = [vectors.clone() for vectors in model.encode()]
    if begun:
        model.asking(BATCH.users, BATCH.positives)
    change(model)
    after = model.encode() if ranked_first else None
    _, owners, vectors = model.asking(BATCH.users, BATCH.positives)
    after = after or model.encode()
    assert not any(torch.allclose(a, b, atol=1e-3) for a, b in zip(after, before, strict=True))
    for found, wanted in zip(after, naive(model), strict=True):
        assert torch.allclose(found, wanted, rtol=1e-5, atol=1e-5)
    assert torch.equal(vectors[owners], after[0][BATCH.users])


def test_a_graph_can_be_used_within_a_step_that_has_none() -> None:
    model = make()
    with torch.no_grad():
        model.asking(BATCH.users, BATCH.positives)
    for _ in range(2):  # each time anew
        model.user_vectors(torch.arange(U)).sum().backward()
        sum(vectors.sum() for vectors in model.encode()).backward()
    assert model.users.weight.grad.abs().max() > 0.1


def test_only_parameters_are_saved() -> None:
    assert sorted(make().state_dict()) == ["items.weight", "users.weight"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layers": -1}, r"layers to be a whole number of at least 0, got -1\. With 0 it is MF"),
        ({"layers": 1.5}, r"layers .*got 1\.5"),
        ({"sparse": True}, r"dense gradients for LightGCN.*got sparse True\. Leave sparse out"),
    ],
)
def test_settings_out_of_range_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LightGCN(U, N_ITEMS, D, train=LIKES, **given)
