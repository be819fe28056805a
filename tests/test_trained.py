from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmcl_core.data import Interactions, Positives
from mmcl_core.metrics import rank
from mmcl_core.trained import Suggestion, Trained
from mmcl_core.training import TrainConfig, Training, train
from mmcl_core.worlds import make_world

# One row an item of `tiny`: the angles 0, 60, 60, 120, 180 and 45 degrees, of lengths 1 to 6.
ANGLES = np.radians([0, 60, 60, 120, 180, 45])
ITEMS = (np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1) * np.arange(1, 7)[:, None]).astype(
    np.float32
)
USERS = np.array([[1, 0], [0, 1], [-1, 0], [2, 0], [0, 3]], dtype=np.float32)


@pytest.fixture
def trained(tiny: Interactions) -> Trained:
    return Trained.of(USERS, ITEMS, tiny, {"seed": 3, "test": {"ndcg@20": 0.25}})


def test_recommends_the_best_unknown_items(trained: Trained) -> None:
    # User 1 looks along the second axis and knows 0 and 1: of the sines times lengths
    # 0, 1.7, 2.6, 3.5, 0, 4.2 the best left are 5, 3, 2, 4.
    found = trained.recommend(1, k=3)
    assert [s.item for s in found] == [5, 3, 2]
    assert [s.title for s in found] == ["Zeta", "Delta", "Gamma"]
    heights = [6 * math.sin(math.radians(45)), 4 * math.sin(math.radians(120)), 3 * 0.75**0.5]
    assert [s.score for s in found] == pytest.approx(heights)
    assert isinstance(found[0], Suggestion)


def test_recommends_what_the_ranking_of_test_recommends(trained: Trained, tiny: Any) -> None:
    ranked, top = rank(USERS, ITEMS, tiny, 6)
    for user, row in zip(ranked.tolist(), top.tolist(), strict=True):
        assert [s.item for s in trained.recommend(user, k=6)] == [i for i in row if i >= 0]


def test_never_recommends_what_is_known(trained: Trained, tiny: Interactions) -> None:
    known = tiny.known("test")
    for user in range(5):
        items = {s.item for s in trained.recommend(user, k=99)}
        assert items == set(range(6)) - set(known.of(user).tolist())


def test_ties_are_broken_by_item(tiny: Interactions) -> None:
    flat = Trained.of(np.ones((5, 1), np.float32), np.ones((6, 1), np.float32), tiny, {})
    assert [s.item for s in flat.recommend(3, k=3)] == [0, 1, 2]
    assert [s.item for s in flat.neighbours(2, k=3)] == [0, 1, 3]


def test_neighbours_are_the_closest_in_angle(trained: Trained) -> None:
    found = trained.neighbours(1, k=99)
    # From 60 degrees: item 2 at 0, 5 at 15, 0 and 3 at 60 and 4 at 120 degrees; whatever lengths.
    assert [s.item for s in found][:2] == [2, 5]
    assert {s.item for s in found[2:4]} == {0, 3}
    assert found[4].item == 4
    angles = [0, 15, 60, 60, 120]
    assert [s.score for s in found] == pytest.approx(np.cos(np.radians(angles)), abs=1e-6)
    assert found[0].title == "Gamma"


def test_neighbours_need_enough_positives(trained: Trained) -> None:
    # Known (train and validation) positives of the items: 3 3 2 2 1 1.
    assert trained.known.popularity.tolist() == [3, 3, 2, 2, 1, 1]
    assert {s.item for s in trained.neighbours(1, k=99, min_positives=2)} == {0, 2, 3}
    assert {s.item for s in trained.neighbours(4, k=99, min_positives=3)} == {0, 1}
    assert trained.neighbours(1, min_positives=99) == []


def test_a_vector_of_zeros_is_no_trouble(tiny: Interactions) -> None:
    items = ITEMS.copy()
    items[0] = 0
    found = Trained.of(USERS, items, tiny, {}).neighbours(0, k=2)
    assert [(s.item, s.score) for s in found] == [(1, 0.0), (2, 0.0)]


def test_vectors_are_left_alone(trained: Trained) -> None:
    trained.recommend(0)
    trained.neighbours(0)
    assert np.array_equal(trained.users, USERS)
    assert np.isfinite(trained.items).all()


def test_titles_default_to_the_ids() -> None:
    world = make_world()
    vectors = np.ones((120, 2), np.float32)
    assert Trained.of(vectors, vectors, world.data, {}).titles[:3] == ("0", "1", "2")


@pytest.mark.parametrize("index", [-1, 5, 1.5, "ann", None])
def test_an_unknown_user_is_refused(index: Any, trained: Trained) -> None:
    with pytest.raises(ValueError, match=r"user index from 0 to 4, got .*one of the 5 users"):
        trained.recommend(index)


@pytest.mark.parametrize("index", [-1, 6, None])
def test_an_unknown_item_is_refused(index: Any, trained: Trained) -> None:
    with pytest.raises(ValueError, match=r"item index from 0 to 5, got .*one of the 6 items"):
        trained.neighbours(index)


def test_indices_may_be_numpy_numbers(trained: Trained) -> None:
    assert trained.recommend(np.int64(1)) == trained.recommend(1)


@pytest.mark.parametrize("k", [0, -1, 2.5])
def test_bad_k_is_refused(k: Any, trained: Trained) -> None:
    for use in (trained.recommend, trained.neighbours):
        with pytest.raises(ValueError, match=r"k to be a whole number of at least 1, got"):
            use(0, k)


def test_save_and_load(trained: Trained, tmp_path: Path) -> None:
    path = trained.save(tmp_path / "run")
    assert path.parent == tmp_path / "run"
    again = Trained.load(tmp_path / "run")
    assert again.users.dtype == np.float32
    assert np.array_equal(again.users, USERS)
    assert np.array_equal(again.items, ITEMS)
    assert again.titles == trained.titles
    assert again.info == trained.info
    for user in range(5):
        assert again.recommend(user, k=6) == trained.recommend(user, k=6)


def test_save_replaces_the_old_one(trained: Trained, tiny: Any, tmp_path: Path) -> None:
    trained.save(tmp_path)
    Trained.of(USERS * 2, ITEMS, tiny, {}).save(tmp_path)
    assert np.array_equal(Trained.load(tmp_path).users, USERS * 2)
    assert len(list(tmp_path.iterdir())) == 1


def test_users_without_known_items_survive(tmp_path: Path) -> None:
    known = Positives.from_pairs([1], [0], 4, 3)
    Trained(np.ones((4, 1), np.float32), np.ones((3, 1), np.float32), known, ("a", "b", "c")).save(
        tmp_path
    )
    again = Trained.load(tmp_path).known
    assert (again.n_users, again.n_items, len(again)) == (4, 3, 1)


def test_load_refuses_what_is_missing_cut_off_or_not_a_model(
    trained: Trained, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"trained\.npz, got no such file\. Check the folder"):
        Trained.load(tmp_path)
    path = trained.save(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"got an unreadable one .*delete it and start again"):
        Trained.load(tmp_path)


def test_load_refuses_a_checkpoint(tmp_path: Path) -> None:
    config = TrainConfig(dim=2, max_steps=1, watch="none", keep="last", device="cpu")
    run = Training(config, make_world().data, tmp_path)
    for _ in run.events():
        pass
    (tmp_path / "checkpoint.npz").rename(tmp_path / "trained.npz")
    with pytest.raises(ValueError, match=r"a trained model of format 1 .*got a checkpoint"):
        Trained.load(tmp_path)


def test_what_training_returns_can_be_used(tmp_path: Path) -> None:
    config = TrainConfig(dim=3, epochs=1, watch="test", keep="last", device="cpu")
    *_, done = train(config, make_world().data)
    done.trained.save(tmp_path)
    again = Trained.load(tmp_path)
    assert again.recommend(0) == done.trained.recommend(0)
    assert again.info["test"] == dict(done.test)
    assert TrainConfig.from_dict(again.info["config"]) == config
    assert torch.from_numpy(again.users).shape == (120, 3)
