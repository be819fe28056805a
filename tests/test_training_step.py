"""One step: its gradient is the full one, and each optimizer does what it says, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mmcl_core import products
from mmcl_core.data import Positives
from mmcl_core.losses import LOSSES, Inputs, Loss, forces, slope
from mmcl_core.models import MF, Model
from mmcl_core.sampling import Sampler
from mmcl_core.training import TrainConfig, row_adam
from mmcl_core.training.optimizers import SphereSGD, make_optimizer, update
from mmcl_core.training.step import Batch, Generators, backward, draw_batch

SETTINGS: dict[str, dict[str, Any]] = {
    "mmcl": {"margins": (-0.2, 0.25, 0.5), "weights": (0.2, 0.3, 0.5)},
    "ccl": {"margin": 0.1},
    "hinge": {"margin": 0.2},
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make(
    score_kind: str, n_items: int = 9, sparse: bool = False, dtype: torch.dtype = torch.float64
) -> MF:
    model = MF(6, n_items, dim=4, score=score_kind, init=1.0, sparse=sparse, generator=generator(5))
    return model.to(dtype)


# Users and items come twice, a positive is among its own negatives, and one row is all one item.
BATCH = Batch(
    users=torch.tensor([0, 3, 3, 5]),
    positives=torch.tensor([2, 2, 8, 1]),
    negatives=torch.tensor([[0, 2, 2, 7, 5], [4, 4, 8, 6, 3], [1, 0, 5, 8, 8], [6, 6, 6, 6, 6]]),
)


def plain(
    model: Model, loss: Loss, batch: Batch, dropout: float, seed: int
) -> tuple[Tensor, Inputs]:
    """Gather all vectors, score all pairs, let autograd do the rest; return loss and inputs."""
    u = model.user_vectors(batch.users)  # (B, D)
    if dropout:
        kept = torch.rand(u.shape, generator=generator(seed)) >= dropout
        u = torch.where(kept, u / (1 - dropout), torch.zeros_like(u))
    v = model.item_vectors(batch.positives)
    neg = (u[:, None] * model.item_vectors(batch.negatives)).sum(-1)
    inputs = Inputs((u * v).sum(-1), neg, batch.users, u, v)
    value = loss(*inputs.of(loss.spec.needs)).mean()
    value.backward()
    return value.detach(), Inputs(*(given.detach() for given in vars(inputs).values()))


def gradients(model: Model) -> list[Tensor]:
    return [p.grad.to_dense() for p in model.parameters()]


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize(("n_items", "small"), [(9, True), (500, True), (500, False)])
@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_the_full_one(
    name: str,
    n_items: int,
    small: bool,
    sparse: bool,
    dropout: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not small:
        monkeypatch.setattr(products, "_SMALL", 0)  # as if the tables were large
    loss = Loss(name, **SETTINGS.get(name, {}))
    kind = loss.spec.score
    ours, theirs = make(kind, n_items, sparse), make(kind, n_items, sparse)
    value, active = backward(ours, loss, BATCH, dropout, generator(1))
    expected, inputs = plain(theirs, loss, BATCH, dropout, 1)
    assert value == pytest.approx(expected.item(), rel=1e-12)
    for found, wanted in zip(gradients(ours), gradients(theirs), strict=True):
        assert found.abs().max() > 1e-3
        assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-10)
    share = len(forces(loss, inputs).rows) / inputs.neg.numel()
    assert active == pytest.approx(share)
    if loss.staircase:
        assert share == float((slope(inputs.neg, *loss.staircase) > 0).double().mean())
    assert 0.2 < share < 0.9 if name in SETTINGS else share == loss.spec.has_negatives


def test_a_loss_without_negatives_does_not_look_at_any() -> None:
    none = Batch(BATCH.users, BATCH.positives, BATCH.negatives[:, :0])
    models = [make("cosine"), make("cosine")]
    told = [
        backward(models[0], Loss("directau"), BATCH),
        backward(models[1], Loss("directau"), none),
    ]
    assert told[0] == told[1]
    assert told[0][1] == 0
    for found, wanted in zip(*map(gradients, models), strict=True):
        assert torch.allclose(found, wanted, rtol=0, atol=1e-15)


def test_the_batch_tests_dead_negatives_too() -> None:
    _, inputs = plain(make("cosine"), Loss("mmcl", **SETTINGS["mmcl"]), BATCH, 0.0, 0)
    bands = (inputs.neg[..., None] > torch.tensor(SETTINGS["mmcl"]["margins"])).sum(-1)
    assert set(bands.flatten().tolist()) == {0, 1, 2, 3}


def test_without_any_force_nothing_moves() -> None:
    loss = Loss("mmcl", negative_weight=0.0, positive_weight=0.0)
    model = make("cosine")
    value, active = backward(model, loss, BATCH)
    assert value == active == 0
    assert not any(g.any() for g in gradients(model))


def test_without_negative_weight_positives_still_pull() -> None:
    loss = Loss("ccl", negative_weight=0.0)
    ours, theirs = make("cosine"), make("cosine")
    _, active = backward(ours, loss, BATCH)
    plain(theirs, loss, BATCH, 0.0, 0)
    assert active == 0
    for found, wanted in zip(gradients(ours), gradients(theirs), strict=True):
        assert torch.allclose(found, wanted, atol=1e-12)


def test_the_hardest_are_those_of_the_current_model() -> None:
    model = make("cosine", dtype=torch.float32)
    known = Positives.from_pairs(range(6), range(6), 6, 9)
    users, items = torch.tensor([4, 1]), torch.tensor([0, 0])
    sampler = Sampler("hardest", 2, replacement=False, pool=9)
    batch = draw_batch(model, sampler, known, users, items, generator())
    table = (model.encode()[0] @ model.encode()[1].T)[users]
    assert torch.equal(batch.negatives, table.topk(2, dim=1).indices)
    assert not batch.negatives.requires_grad


def test_the_streams_of_randomness_are_independent_and_restorable() -> None:
    one, other = Generators.from_seed(3), Generators.from_seed(3)
    torch.rand(5, generator=one.dropout)
    assert torch.rand(3, generator=one.batches).equal(torch.rand(3, generator=other.batches))
    firsts = [torch.rand(1, generator=g).item() for g in vars(Generators.from_seed(3)).values()]
    assert len(set(firsts)) == 4
    states = {name: state.copy() for name, state in one.states().items()}
    following = torch.rand(4, generator=one.negatives)
    one.restore(states)
    assert torch.rand(4, generator=one.negatives).equal(following)


# What each optimizer does with a given gradient. Rows 1 and 2 of five have one, then 2 and 4.
GRADIENTS = [{1: [3.0, -4.0], 2: [0.5, 0.0]}, {2: [1.0, 2.0], 4: [-2.0, 0.25]}]


def one_table(sparse: bool) -> MF:
    return MF(5, 5, dim=2, score="dot", init=1.0, sparse=sparse, generator=generator()).double()


def give(p: torch.nn.Parameter, rows: dict[int, list[float]], sparse: bool) -> None:
    ids, values = torch.tensor([list(rows)]), torch.tensor(list(rows.values()), dtype=p.dtype)
    # As in training, a row may come in several parts.
    ids, values = torch.cat([ids, ids], 1), torch.cat([values / 4, values * 3 / 4])
    grad = torch.sparse_coo_tensor(ids, values, p.shape, check_invariants=True)
    p.grad = grad if sparse else grad.to_dense()


def run(config: TrainConfig, optimizer: torch.optim.Optimizer | None = None) -> tuple[Any, Any]:
    """Apply GRADIENTS to the users, and their double to the items; return start and end."""
    sparse = config.optimizer == "sparse_adam"
    model = one_table(sparse)
    start = [p.detach().numpy().copy() for p in model.parameters()]
    optimizer = optimizer(model) if optimizer else make_optimizer(model, config)
    for rows in GRADIENTS:
        give(model.users.weight, rows, sparse)
        give(model.items.weight, {k: [2 * x for x in v] for k, v in rows.items()}, sparse)
        update(model, optimizer, config)
        assert all(p.grad is None or not p.grad.to_dense().any() for p in model.parameters())
    return start, [p.detach().numpy() for p in model.parameters()]


def dense(rows: dict[int, list[float]], factor: float) -> np.ndarray:
    grad = np.zeros((5, 2))
    for row, values in rows.items():
        grad[row] = factor * np.array(values)
    return grad


def naive_adam(x: np.ndarray, factor: float, rate: float, lazy: bool) -> np.ndarray:
    x, m, v = x.copy(), np.zeros_like(x), np.zeros_like(x)
    for t, rows in enumerate(GRADIENTS, start=1):
        grad = dense(rows, factor)
        touched = list(rows) if lazy else list(range(5))
        for r in touched:
            m[r] = 0.9 * m[r] + 0.1 * grad[r]
            v[r] = 0.999 * v[r] + 0.001 * grad[r] ** 2
            m_hat, v_hat = m[r] / (1 - 0.9**t), v[r] / (1 - 0.999**t)
            x[r] -= rate * m_hat / (np.sqrt(v_hat) + 1e-8)
    return x


@pytest.mark.parametrize("name", ["adam", "sparse_adam"])
def test_adam_by_hand(name: str) -> None:
    start, end = run(TrainConfig(optimizer=name, learning_rate=0.1))
    for before, after, factor in zip(start, end, (1, 2), strict=True):
        expected = naive_adam(before, factor, 0.1, lazy=name == "sparse_adam")
        assert after == pytest.approx(expected, rel=1e-6)
        absent = np.abs(after[1] - naive_adam(before, factor, 0.1, lazy=True)[1]).max()
        assert (absent > 0.01) == (name == "adam"), "row 1 is absent from the second step"


def test_sphere_sgd_by_hand() -> None:
    config = TrainConfig(optimizer="sphere_sgd", learning_rate=0.1)
    start, end = run(config)
    for before, after, factor in zip(start, end, (1, 2), strict=True):
        x = before.copy()
        for rows in GRADIENTS:
            x = x - 0.1 * dense(rows, factor)
            x /= np.sqrt((x * x).sum(1, keepdims=True))
        assert after == pytest.approx(x)


def test_a_step_on_the_sphere_follows_the_tangent() -> None:
    model = make("cosine")
    with torch.no_grad():
        for p in model.parameters():
            p.div_(p.norm(dim=1, keepdim=True))
    backward(model, Loss("mmcl", **SETTINGS["mmcl"]), BATCH)
    for p in model.parameters():
        assert (p.grad * p).sum(1).abs().max() < 1e-12
        assert p.grad.norm(dim=1).max() > 0.1


def naive_effective(config: TrainConfig, x: np.ndarray, y: np.ndarray, rows: dict) -> list:
    """Regularise and clip by the formula: what reaches the optimizer, for users and items."""
    grads = [dense(rows, 1), dense(rows, 2)]
    for grad, values in zip(grads, (x, y), strict=True):
        for r in range(5):
            if config.optimizer == "adam" or r in rows:
                grad[r] += config.l2 * values[r]
    norm = np.sqrt(sum((grad**2).sum() for grad in grads))
    if config.clip_norm and norm > config.clip_norm:
        grads = [grad * config.clip_norm / norm for grad in grads]
    return grads


@pytest.mark.parametrize("clip_norm", [0.0, 1.5, 8.0, 1e6])
@pytest.mark.parametrize("l2", [0.0, 0.2])
@pytest.mark.parametrize("name", ["adam", "sparse_adam", "sphere_sgd"])
def test_l2_and_clipping_by_hand(name: str, l2: float, clip_norm: float) -> None:
    config = TrainConfig(optimizer=name, l2=l2, clip_norm=clip_norm)
    # Plain SGD at rate 1 shows the gradient that the optimizer was given.
    kind = SphereSGD if name == "sphere_sgd" else torch.optim.SGD
    start, end = run(config, lambda model: kind(model.parameters(), lr=1.0))
    x, y = start
    for rows in GRADIENTS:
        by_x, by_y = naive_effective(config, x, y, rows)
        x, y = x - by_x, y - by_y
        if name == "sphere_sgd":
            x, y = (z / np.sqrt((z * z).sum(1, keepdims=True)) for z in (x, y))
    assert end[0] == pytest.approx(x, rel=1e-5, abs=1e-6)
    assert end[1] == pytest.approx(y, rel=1e-5, abs=1e-6)


def dense_adam(x: np.ndarray, grads: list[dict[int, np.ndarray]], rate: float) -> np.ndarray:
    x, m, v = x.copy(), np.zeros_like(x), np.zeros_like(x)
    for t, rows in enumerate(grads, start=1):
        grad = np.zeros_like(x)
        for row, values in rows.items():
            grad[row] = values
        m, v = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2
        x -= rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return x


@pytest.mark.parametrize("late", [20_000, 30])  # with and without a step past the last correction
def test_lazy_adam_is_dense_adam_once_settled(late: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if late == 30:  # corrections are far from 1 there: then it must differ
        monkeypatch.setattr(row_adam, "_LATE", late)
    row_adam._coasting.cache_clear()
    random = np.random.default_rng(0)
    table = torch.nn.Parameter(torch.randn(6, 3, generator=generator(), dtype=torch.float64))
    start = table.detach().numpy().copy()
    optimizer = row_adam.RowAdam([table], lr=0.01, replay=True)
    grads = []
    for step in range(200):  # row 5 never, row 0 always, row 4 only twice
        rows = [0, *(r for r in (1, 2, 3) if random.random() < 0.1), *([4] * (step in (3, 170)))]
        grads.append({row: random.normal(size=3) for row in rows})
        values = torch.tensor(np.stack([grads[-1][row] for row in rows]))
        table.grad = torch.sparse_coo_tensor(
            torch.tensor([rows]), values, (6, 3), is_coalesced=True, check_invariants=False
        )
        optimizer.step()
    expected = dense_adam(start, grads, 0.01)
    assert np.abs(table.detach().numpy() - expected).max() > 1e-3, "some rows still coast"
    optimizer.settle()
    row_adam._coasting.cache_clear()
    near = np.allclose(table.detach().numpy(), expected, rtol=0, atol=1e-7)
    assert near == (late == 20_000)
    settled = table.detach().clone()
    optimizer.settle()
    assert torch.equal(table, settled)


@pytest.mark.parametrize("sparse", [True, False])
def test_dropping_before_normalising(sparse: bool) -> None:
    loss = Loss("mmcl", **SETTINGS["mmcl"])
    ours, theirs = make("cosine", sparse=sparse), make("cosine", sparse=sparse)
    value, _ = backward(ours, loss, BATCH, 0.3, generator(1), renormalise=True)
    rows = theirs.users(BATCH.users)  # (B, D), as stored
    kept = torch.rand(rows.shape, generator=generator(1)) >= 0.3
    u = torch.nn.functional.normalize(rows * kept, dim=1)
    pos = (u * theirs.item_vectors(BATCH.positives)).sum(-1)
    neg = (u[:, None] * theirs.item_vectors(BATCH.negatives)).sum(-1)
    expected = loss(pos, neg).mean()
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-12)
    for found, wanted in zip(gradients(ours), gradients(theirs), strict=True):
        assert found.abs().max() > 1e-3
        assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-12)
