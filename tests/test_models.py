"""The contract that every model keeps, and what is special to each."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mmcl_core.models import MF, MODELS, SCORES, Model, Part, distinct

N_USERS, N_ITEMS, DIM = 5, 7, 3


def make(name: str, score: str, seed: int = 0, **settings: Any) -> Model:
    generator = torch.Generator().manual_seed(seed)
    return MODELS[name](N_USERS, N_ITEMS, dim=DIM, score=score, generator=generator, **settings)


@pytest.fixture(params=[(name, score) for name in MODELS for score in SCORES], ids="-".join)
def model(request: pytest.FixtureRequest) -> Model:
    return make(*request.param, init=2.0)


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
        assert torch.equal(model.user_vectors(ids), users[ids])
        assert torch.equal(model.item_vectors(ids), items[ids])


def test_the_product_is_the_cosine_if_it_says_so(model: Model) -> None:
    users, items = model.encode()
    cosines = torch.cosine_similarity(users[:, None], items[None], dim=-1)
    same = torch.allclose(users @ items.T, cosines, atol=1e-6)
    assert same == (model.score == "cosine")


def test_length_does_not_matter_for_cosines_only(model: Model) -> None:
    before = [v.clone() for v in model.encode()]
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3)
    after = model.encode()
    same = all(torch.allclose(b, a, atol=1e-6) for b, a in zip(before, after, strict=True))
    assert same == (model.score == "cosine")


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("name", MODELS)
def test_gradients_reach_the_touched_rows_only(name: str, score: str, sparse: bool) -> None:
    model = make(name, score, sparse=sparse)
    users, items = torch.tensor([1, 3, 1]), torch.tensor([0, 6, 5])
    (model.user_vectors(users) * model.item_vectors(items)).sum().backward()
    for p, ids in zip(model.parameters(), (users, items), strict=True):
        assert p.grad.is_sparse == sparse
        dense = p.grad.to_dense()
        assert dense.any(1).nonzero()[:, 0].tolist() == sorted(set(ids.tolist()))
        if sparse:
            assert sorted(set(p.grad.coalesce().indices()[0].tolist())) == sorted(set(ids.tolist()))


def test_gradients_reach_all_rows_through_encode(model: Model) -> None:
    users, items = model.encode()
    (users[:, :1] * items[:, 0] ** 3).sum().backward()
    assert all(p.grad.to_dense().any(1).all() for p in model.parameters())


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_decides_the_start(name: str) -> None:
    first, again, other = (make(name, "cosine", seed).encode() for seed in (1, 1, 2))
    for a, b, c in zip(first, again, other, strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


@pytest.mark.parametrize("name", MODELS)
def test_global_randomness_is_left_alone(name: str) -> None:
    before = torch.get_rng_state()
    make(name, "cosine")
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
        MODELS[name](*sizes)


@pytest.mark.parametrize("name", MODELS)
def test_an_unknown_score_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"score to be one of cosine, dot, got 'angle'\. Choose"):
        make(name, "angle")


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


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("name", MODELS)
def test_pulling_back_is_what_autograd_does(name: str, score: str, sparse: bool) -> None:
    users, items = torch.tensor([1, 3, 4]), torch.tensor([0, 5, 6])
    g = torch.Generator().manual_seed(3)
    on_users, on_items = (torch.randn(3, DIM, generator=g).double() for _ in range(2))
    found = []
    for kind in (MODELS[name], Model):  # in closed form if there is one, and in general
        model = make(name, score, sparse=sparse, init=2.0).double()
        for _ in range(2):  # gradients add up
            kind.pull_back(
                model,
                Part(users, model.user_vectors(users), on_users),
                Part(items, model.item_vectors(items), on_items),
            )
        found.append([p.grad.to_dense() for p in model.parameters()])
        assert all(p.grad.is_sparse == sparse for p in model.parameters())
    for ours, theirs in zip(*found, strict=True):
        assert ours.abs().max() > 0.1
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_xavier_depends_on_the_size_of_the_table() -> None:
    model = MF(2000, 30_000, dim=16, score="dot", init="xavier")
    assert model.users.weight.std().item() == pytest.approx((2 / 2016) ** 0.5, rel=0.02)
    assert model.items.weight.std().item() == pytest.approx((2 / 30_016) ** 0.5, rel=0.02)
