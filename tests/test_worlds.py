from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mmcl_core.worlds import W12, World, WorldConfig, make_world


def outside(world: World) -> float:
    """Share of likes outside the user's taste."""
    likes = world.likes
    return float((world.item_taste[likes.items] != world.user_taste[likes.users]).mean())


def test_w12_is_the_documented_world() -> None:
    world = make_world()
    assert world.config == W12 == WorldConfig(12, 10, 10, 8, 5, 0.15, 3)
    assert (world.data.train.counts == 5).all()
    assert (world.data.test.counts == 3).all()
    assert len(world.data.validation) == 0
    assert np.bincount(world.user_taste).tolist() == [10] * 12
    assert np.bincount(world.item_taste).tolist() == [10] * 12
    assert len(world.likes) == 120 * 8


def test_likes_leave_the_taste_as_often_as_documented() -> None:
    shares = [outside(make_world(seed=seed)) for seed in range(20)]
    # A like is drawn from all items with chance .15; at most 10 of 120 of them, fewer once liked,
    # are of the own taste: the share outside lies between .15 x 110/120 and .15.
    assert 0.1375 - 0.005 < np.mean(shares) < 0.15 + 0.005


@pytest.mark.parametrize(("cross", "low", "high"), [(0.0, 0.0, 0.0), (1.0, 0.85, 0.97)])
def test_the_extremes_of_cross_taste(cross: float, low: float, high: float) -> None:
    assert low <= outside(make_world(dataclasses.replace(W12, cross_taste=cross))) <= high


def test_train_and_held_out_likes_are_alike() -> None:
    def share(world: World, split: str) -> float:
        part = world.data.split(split)
        return float((world.item_taste[part.items] != world.user_taste[part.users]).mean())

    config = WorldConfig(tastes=4, items_per_taste=6, likes=8, train_likes=4, cross_taste=0.3)
    worlds = [make_world(config, seed) for seed in range(40)]
    gap = np.mean([share(world, "train") - share(world, "test") for world in worlds])
    assert abs(gap) < 0.04  # the order of drawing alone would make it -.15


def test_the_seed_decides() -> None:
    first, again, other = make_world(seed=1), make_world(seed=1), make_world(seed=2)
    assert np.array_equal(first.data.train.codes, again.data.train.codes)
    assert not np.array_equal(first.likes.codes, other.likes.codes)


@pytest.mark.parametrize("dim", [2, 3, 8])
def test_the_space_does_not_change_the_likes(dim: int) -> None:
    world = make_world(dataclasses.replace(W12, dim=dim), seed=4)
    assert world.config.dim == dim
    assert np.array_equal(world.likes.codes, make_world(seed=4).likes.codes)


def test_more_likes_than_the_taste_has_are_drawn_from_all() -> None:
    config = WorldConfig(tastes=2, users_per_taste=2, items_per_taste=3, likes=6, train_likes=4)
    assert (make_world(config).likes.counts == 6).all()


def test_tastes_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        make_world().user_taste[0] = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tastes": 0}, "tastes to be a whole number of at least 1, got 0"),
        ({"users_per_taste": 0}, "users_per_taste"),
        ({"items_per_taste": 0}, "items_per_taste"),
        ({"likes": 1}, "likes to be a whole number of at least 2"),
        ({"train_likes": 8}, "fewer train_likes than likes, got 8 of 8"),
        ({"train_likes": 0}, "train_likes"),
        ({"cross_taste": 1.5}, r"cross_taste to be a number in \[0, 1\], got 1.5"),
        ({"cross_taste": float("nan")}, "cross_taste"),
        ({"dim": 1}, "2 is the circle"),
        ({"likes": 11, "cross_taste": 0}, "at most 10 likes a user.*got 11"),
        ({"likes": 121}, "at most 120 likes a user.*got 121"),
        ({"tastes": 1, "users_per_taste": 1}, "at least 2 users"),
    ],
)
def test_refuses_worlds_that_cannot_be_made(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_world(dataclasses.replace(W12, **change))
