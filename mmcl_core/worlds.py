"""Toy worlds whose truth is known: every user and item has a taste, and all likes are given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mmcl_core._checks import number, whole
from mmcl_core.data import DataError, Interactions, Positives

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class WorldConfig:
    """What a toy world is made of; the defaults are the world W12.

    Parameters
    ----------
    tastes : int
        Number of tastes (clusters), at least 1.
    users_per_taste, items_per_taste : int
        Users and items of each taste, at least 1.
    likes : int
        Likes of each user, at least 2.
    train_likes : int
        How many of them are for training, at least 1 and below ``likes``; the rest is held out.
    cross_taste : float
        Chance in [0, 1] that a like is drawn from all items instead of the user's own taste.
    dim : int
        Dimensions of the space that the world is embedded in: 2 the circle, 3 the sphere.

    Raises
    ------
    ValueError
        When a value is out of range, or there are not enough items for the likes.

    Examples
    --------
    >>> W12.n_users, W12.n_items
    (120, 120)
    """

    tastes: int = 12
    users_per_taste: int = 10
    items_per_taste: int = 10
    likes: int = 8
    train_likes: int = 5
    cross_taste: float = 0.15
    dim: int = 3

    def __post_init__(self) -> None:
        whole("tastes", self.tastes, 1, "W12 has 12.")
        whole("users_per_taste", self.users_per_taste, 1, "W12 has 10.")
        whole("items_per_taste", self.items_per_taste, 1, "W12 has 10.")
        whole("likes", self.likes, 2, "W12 has 8: 5 for training and 3 held out.")
        whole("train_likes", self.train_likes, 1, "W12 has 5.")
        whole("dim", self.dim, 2, "2 is the circle, 3 the sphere.")
        number("cross_taste", self.cross_taste, 0, 1, "It is a chance; W12 has 0.15.")
        if self.train_likes >= self.likes:
            raise DataError(
                f"Expected fewer train_likes than likes, got {self.train_likes} of {self.likes}. "
                "Leave at least one like held out."
            )
        reachable = self.n_items if self.cross_taste > 0 else self.items_per_taste
        if self.likes > reachable:
            raise DataError(
                f"Expected at most {reachable} likes a user, as many as it can draw from, got "
                f"{self.likes}. Lower likes, or raise items_per_taste or cross_taste."
            )

    @property
    def n_users(self) -> int:
        """Number of users, U."""
        return self.tastes * self.users_per_taste

    @property
    def n_items(self) -> int:
        """Number of items, I."""
        return self.tastes * self.items_per_taste


W12 = WorldConfig()


@dataclass(frozen=True, eq=False)
class World:
    """A toy world: the likes and the tastes behind them.

    Parameters
    ----------
    config : WorldConfig
        What it was made of.
    data : Interactions
        Train likes, and the held-out likes as test; validation is empty.
    user_taste, item_taste : numpy.ndarray
        (U,) and (I,) int64: the taste of each user and item, 0..tastes-1.
    seed : int
        The seed that made it.
    """

    config: WorldConfig
    data: Interactions
    user_taste: IntArray
    item_taste: IntArray
    seed: int

    @cached_property
    def likes(self) -> Positives:
        """All likes, train and held out: a negative among them is a false negative."""
        return self.data.train.union(self.data.test)


def make_world(config: WorldConfig = W12, seed: int = 0) -> World:
    """Make a toy world.

    Each like is drawn, without repeats within a user, from the items of the user's own taste with
    chance ``1 - cross_taste``, else from all items (also when the own taste has none left). A
    random ``train_likes`` of them are for training.

    Parameters
    ----------
    config : WorldConfig
        By default W12: 12 tastes of 10 users and 10 items, 8 likes a user.
    seed : int
        The same seed gives the same world.

    Returns
    -------
    World
        With ids in the order of the tastes.

    Examples
    --------
    >>> world = make_world(seed=1)
    >>> world.data
    Interactions('toy world': 120 users, 120 items, train 600, validation 0, test 360)
    >>> len(world.likes)
    960
    """
    generator = np.random.default_rng(seed)
    user_taste = np.repeat(np.arange(config.tastes), config.users_per_taste)  # (U,)
    item_taste = np.repeat(np.arange(config.tastes), config.items_per_taste)  # (I,)
    likes = np.stack(
        [_draw_likes(taste, item_taste, config, generator) for taste in user_taste.tolist()]
    )
    likes = generator.permuted(likes, axis=1)  # (U, likes)
    parts = likes[:, : config.train_likes], likes[:, config.train_likes :]
    train, test = (_positives(part, config) for part in parts)
    nothing = Positives.from_pairs([], [], config.n_users, config.n_items)
    ids = np.arange(config.n_users), np.arange(config.n_items)
    data = Interactions("toy world", train, nothing, test, *ids)
    for tastes in (user_taste, item_taste):
        tastes.flags.writeable = False
    return World(config, data, user_taste, item_taste, seed)


def _draw_likes(
    taste: int, item_taste: IntArray, config: WorldConfig, generator: np.random.Generator
) -> IntArray:
    """Draw the likes of one user of the given taste, (likes,)."""
    free = np.ones(len(item_taste), dtype=np.bool_)  # (I,) not liked yet
    likes = []
    for from_all in generator.random(config.likes) < config.cross_taste:
        pool = np.flatnonzero(free & (item_taste == taste))
        if from_all or len(pool) == 0:
            pool = np.flatnonzero(free)
        likes.append(generator.choice(pool))
        free[likes[-1]] = False
    return np.array(likes, dtype=np.int64)


def _positives(items: IntArray, config: WorldConfig) -> Positives:
    """Turn one row of items a user into positives."""
    users = np.repeat(np.arange(config.n_users), items.shape[1])
    return Positives.from_pairs(users, items.ravel(), config.n_users, config.n_items)
