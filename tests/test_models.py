"""The contract that every model keeps, and what is special to each."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mmcl_core.data import Positives
from mmcl_core.losses import LOSSES, Inputs, Loss
from mmcl_core.models import MF, MODELS, SCORES, Model, Part, distinct
from mmcl_core.training.step import Batch, backward

N_USERS, N_ITEMS, DIM = 5, 7, 3
# User 2 has no history, user 4 only one item; nobody likes item 3.
LIKES = Positives.from_pairs([0, 0, 1, 1, 1, 3, 3, 4], [0, 5, 0, 2, 6, 1, 4, 6], N_USERS, N_ITEMS)
# Every model, once for each of its settings that takes another way.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "mf": ("mf", {}),
    "simplex-mean": ("simplex", {"gamma": 0.6, "pooling": "mean"}),
    "simplex-attention": ("simplex", {"gamma": 0.6, "pooling": "attention"}),
    "lightgcn": ("lightgcn", {"layers": 2}),
}
BY_ROW = [kind for kind, (name, _) in KINDS.items() if not MODELS[name].moves_all]
SPARSE = [(kind, sparse) for kind in KINDS for sparse in {False, kind in BY_ROW}]


def make(kind: str, score: str, seed: int = 0, **settings: Any) -> Model:
    name, own = KINDS[kind]
    generator = torch.Generator().manual_seed(seed)
    given = {"train": LIKES, "generator": generator, **own, **settings}
    return MODELS[name](N_USERS, N_ITEMS, dim=DIM, score=score, **given)


@pytest.fixture(params=[(kind, score) for kind in KINDS for score in SCORES], ids="-".join)
def model(request: pytest.FixtureRequest) -> Model:
    return make(*request.param, init=2.0)


def test_every_model_is_tested() -> None:
    assert {name for name, _ in KINDS.values()} == set(MODELS)


def test_encode_gives_one_vector_each(model: Model) -> None:
    users, items = model.encode()
    assert users.shape == (N_USERS, DIM)
    assert items.shape == (N_ITEMS, DIM)
    assert users.dtype == items.dtype == torch.float32
    assert torch.isfinite(users).all()
    assert torch.isfinite(items).all()


def test_some_vectors_are_those_of_encode(model: Model) -> None:
    users, items = model.encode()
    for ids in (torch.tensor([3, 0, 3]), torch.tensor([[4, 1], [2, 2]]), torch.tensor(1)):
        assert torch.allclose(model.user_vectors(ids), users[ids], atol=1e-6)
        assert torch.allclose(model.item_vectors(ids), items[ids], atol=1e-6)


def test_the_product_is_the_cosine_if_it_says_so(model: Model) -> None:
    users, items = model.encode()
    cosines = torch.cosine_similarity(users[:, None], items[None], dim=-1)
    same = torch.allclose(users @ items.T, cosines, atol=1e-6)
    assert same == (model.score == "cosine")


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "simplex-attention"])
def test_length_does_not_matter_for_cosines_only(kind: str, score: str) -> None:
    model = make(kind, score, init=2.0)
    before = [v.clone() for v in model.encode()]
    with torch.no_grad():
        for table in (model.users, model.items):
            table.weight.mul_(3)
    after = model.encode()
    same = all(torch.allclose(b, a, atol=1e-6) for b, a in zip(before, after, strict=True))
    assert same == (model.score == "cosine")


@pytest.mark.parametrize(("kind", "sparse"), SPARSE)
@pytest.mark.parametrize("score", SCORES)
def test_gradients_reach_the_rows_that_the_model_names(kind: str, score: str, sparse: bool) -> None:
    model = make(kind, score, sparse=sparse, init=2.0)
    users, items = torch.tensor([1, 3, 1]), torch.tensor([0, 1, 3])
    _, owners, vectors = model.asking(users, items)
    (vectors[owners] * model.item_vectors(items)).sum().backward()
    named = {id(table): set(ids.tolist()) for table, ids in model.rows(users, items)}
    for table in (model.users.weight, model.items.weight):
        assert table.grad.is_sparse == sparse
        reached = set(table.grad.to_dense().any(1).nonzero()[:, 0].tolist())
        if kind not in BY_ROW:
            continue
        assert reached == named[id(table)]
        if sparse:
            assert set(table.grad.coalesce().indices()[0].tolist()) == reached


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("kind", BY_ROW)
def test_no_other_row_is_read(kind: str, score: str) -> None:
    model = make(kind, score, sparse=True)
    users, items = torch.tensor([4, 0, 2]), torch.tensor([6, 5, 5])
    expected = [*model.asking(users, items), model.item_vectors(items)]
    with torch.no_grad():
        for table, ids in model.rows(users, items):
            rest = torch.ones(len(table), dtype=torch.bool)
            rest[ids] = False
            assert rest.any()
            table[rest] = torch.nan
    found = [*model.asking(users, items), model.item_vectors(items)]
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def test_gradients_reach_all_rows_through_encode(model: Model) -> None:
    users, items = model.encode()
    ((users @ items.T) ** 3).sum().backward()
    assert all(p.grad.to_dense().any(1).all() for p in model.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides_the_start(kind: str) -> None:
    first, again, other = (make(kind, "cosine", seed).encode() for seed in (1, 1, 2))
    for a, b, c in zip(first, again, other, strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


@pytest.mark.parametrize("kind", KINDS)
def test_all_start_from_the_same_tables(kind: str) -> None:
    start, mf = make(kind, "cosine", 3), make("mf", "cosine", 3)
    assert torch.equal(start.users.weight, mf.users.weight)
    assert torch.equal(start.items.weight, mf.items.weight)


@pytest.mark.parametrize("kind", KINDS)
def test_global_randomness_is_left_alone(kind: str) -> None:
    before = torch.get_rng_state()
    make(kind, "cosine")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 7, 3), r"number of users to be a whole number of at least 1, got 0\. A model needs"),
        ((5, 0, 3), r"number of items .* got 0"),
        ((5, 7, 0), r"number of dimensions .* got 0"),
        ((5, 7, 2.5), r"number of dimensions .* got 2\.5"),
    ],
)
def test_bad_sizes_are_refused(name: str, sizes: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MODELS[name](*sizes, train=LIKES)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_score_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=r"score to be one of cosine, dot, got 'angle'\. Choose"):
        make(kind, "angle")


@pytest.mark.parametrize("name", MODELS)
def test_own_settings_have_defaults_and_are_checked(name: str) -> None:
    kind = MODELS[name]
    assert kind.checked({}) == {one.name: one.default for one in kind.own_settings}
    assert all(one.help for one in kind.own_settings)
    with pytest.raises(ValueError, match=rf"settings of {kind.__name__} \(.+\), got hue\. Leave"):
        kind(N_USERS, N_ITEMS, train=LIKES, hue=3)
    with pytest.raises(ValueError, match=r"settings of the model by name, got \[3\]\. Write"):
        kind.checked([3])


@pytest.mark.parametrize("name", [name for name in MODELS if name != "mf"])
def test_positives_of_another_size_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"train positives of 5 users and 8 items, got Positives"):
        MODELS[name](N_USERS, N_ITEMS + 1, train=LIKES)


def test_mf_is_two_tables_of_the_asked_deviation() -> None:
    generator = torch.Generator().manual_seed(0)
    model = MF(2000, 3000, dim=16, score="dot", init=0.05, generator=generator)
    users, items = model.encode()
    assert [tuple(p.shape) for p in model.parameters()] == [(2000, 16), (3000, 16)]
    assert users.std().item() == pytest.approx(0.05, rel=0.02)
    assert items.std().item() == pytest.approx(0.05, rel=0.02)
    assert users.mean().item() == pytest.approx(0, abs=0.002)
    assert torch.equal(model.user_vectors(torch.tensor([7]))[0], model.users.weight[7])


def test_the_contract_asks_for_both_vectors() -> None:
    bare = Model(2, 3, 1, "dot")
    for vectors in (bare.user_vectors, bare.item_vectors):
        with pytest.raises(NotImplementedError):
            vectors(torch.tensor([0]))


@pytest.mark.parametrize("n_items", [8, 10_000])
def test_distinct_ids_and_their_places(n_items: int) -> None:
    ids = torch.randint(8, (5, 6), generator=torch.Generator().manual_seed(0))
    every, places = distinct(ids, n_items)
    assert every.tolist() == sorted(set(ids.flatten().tolist()))
    assert torch.equal(every[places], ids)


@pytest.mark.parametrize("n_asked", [1, 60])  # fewer and more than there are items
@pytest.mark.parametrize("score", ["cosine", "dot"])
@pytest.mark.parametrize("general", [True, False])
def test_scores_are_the_products_of_the_vectors(score: str, n_asked: int, general: bool) -> None:
    g = torch.Generator().manual_seed(0)
    model = MF(6, 9, dim=4, score=score, init=3.0, generator=g)
    with torch.no_grad():
        model.items.weight[2] = 0  # has no direction: its cosine is 0
    u = model.user_vectors(torch.tensor([0, 5, 5]))
    items = torch.cat(
        [torch.tensor([[2], [2], [8]]), torch.randint(9, (3, n_asked), generator=g)], 1
    )
    found = (Model.scores if general else MF.scores)(model, u, items)
    assert not found.requires_grad
    assert torch.allclose(found, (u[:, None] * model.item_vectors(items)).sum(-1), atol=1e-6)
    assert found[0, 0] == 0


@pytest.mark.parametrize(("kind", "sparse"), SPARSE)
@pytest.mark.parametrize("score", SCORES)
def test_pulling_back_is_what_autograd_does(kind: str, score: str, sparse: bool) -> None:
    users, items = torch.tensor([1, 3, 4]), torch.tensor([0, 5, 6])
    g = torch.Generator().manual_seed(3)
    on_users, on_items = (torch.randn(3, DIM, generator=g).double() for _ in range(2))
    found = []
    for way in (MODELS[KINDS[kind][0]], Model):  # in closed form if there is one, and in general
        model = make(kind, score, sparse=sparse, init=2.0).double()
        for _ in range(2):  # gradients add up
            way.pull_back(
                model,
                Part(users, model.user_vectors(users), on_users),
                Part(items, model.item_vectors(items), on_items),
            )
        found.append([p.grad.to_dense() for p in model.parameters()])
        assert all(table.weight.grad.is_sparse == sparse for table in (model.users, model.items))
    for ours, theirs in zip(*found, strict=True):
        assert ours.abs().max() > 0.1
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-12)


# Users and items come twice, a positive is among its own negatives, and histories are used.
BATCH = Batch(
    users=torch.tensor([1, 3, 3, 4, 1]),
    positives=torch.tensor([2, 1, 4, 6, 0]),
    negatives=torch.tensor(
        [[0, 2, 2, 6], [4, 4, 1, 6], [1, 0, 5, 3], [2, 2, 2, 2], [4, 5, 1, 3]],
    ),
)
LOSS_SETTINGS: dict[str, dict[str, Any]] = {
    "mmcl": {"margins": (-0.6, 0.0, 0.5), "weights": (0.2, 0.3, 0.5)},
    "ccl": {"margin": -0.2},
}


@pytest.mark.parametrize(("kind", "sparse"), SPARSE)
@pytest.mark.parametrize("name", LOSSES)
def test_a_step_has_the_full_gradient_of_every_loss(name: str, kind: str, sparse: bool) -> None:
    loss = Loss(name, **LOSS_SETTINGS.get(name, {}))
    ours, theirs = (make(kind, loss.spec.score, sparse=sparse, init=1.0).double() for _ in range(2))
    value, _ = backward(ours, loss, BATCH)
    _, owners, vectors = theirs.asking(BATCH.users, BATCH.positives)
    u, v = vectors[owners], theirs.item_vectors(BATCH.positives)  # (B, D)
    neg = (u[:, None] * theirs.item_vectors(BATCH.negatives)).sum(-1)  # (B, N)
    given = Inputs((u * v).sum(-1), neg, BATCH.users, u, v)
    expected = loss(*given.of(loss.spec.needs)).mean()
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-12)
    for found, wanted in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert wanted.grad.to_dense().abs().max() > 1e-4
        assert torch.allclose(found.grad.to_dense(), wanted.grad.to_dense(), rtol=1e-9, atol=1e-11)


def test_xavier_depends_on_the_size_of_the_table() -> None:
    model = MF(2000, 30_000, dim=16, score="dot", init="xavier")
    assert model.users.weight.std().item() == pytest.approx((2 / 2016) ** 0.5, rel=0.02)
    assert model.items.weight.std().item() == pytest.approx((2 / 30_016) ** 0.5, rel=0.02)
