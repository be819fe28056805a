"""A story of the laboratory: a world, up to three lanes, and what is claimed of them."""

from __future__ import annotations

from dataclasses import dataclass

from mmcl_core import _checks
from mmcl_core.stories.claims import Claim
from mmcl_core.training import TrainConfig
from mmcl_core.trajectories import Trajectory, record, toy_config
from mmcl_core.worlds import W12, WorldConfig, make_world

MARGINS, WEIGHTS = (0.2, 0.4, 0.6, 0.8), (0.05, 0.15, 0.2, 0.6)  # the several margins of the toy


@dataclass(frozen=True)
class Lane:
    """One penalty and how it is trained; several margins by default.

    Parameters
    ----------
    title : str
    margins, weights : tuple of K float
    negative_weight : float >= 0
        0 trains without negatives.
    negatives : int
        N.
    rate : float
        Learning rate divided by the number of users.
    sampler, pool, planted
        As in `mmcl_core.training.TrainConfig`.
    """

    title: str
    margins: tuple[float, ...] = MARGINS
    weights: tuple[float, ...] = WEIGHTS
    negative_weight: float = 2.0
    negatives: int = 5
    rate: float = 0.3
    sampler: str = "uniform"
    pool: int = 0
    planted: float | None = None

    def config(self, world: WorldConfig, steps: int, seed: int) -> TrainConfig:
        """Return the settings of a run."""
        penalty = {
            "margins": self.margins,
            "weights": self.weights,
            "negative_weight": self.negative_weight,
        }
        return toy_config(
            world,
            rate=self.rate,
            steps=steps,
            loss="mmcl",
            settings=penalty,
            negatives=self.negatives,
            sampler=self.sampler,
            pool=self.pool,
            planted=self.planted,
            seed=seed,
        )


@dataclass(frozen=True)
class Story:
    """A preset of the laboratory.

    Parameters
    ----------
    name : str
        For addresses: lower-case words with hyphens.
    title, text : str
        A few words; one sentence.
    lanes : tuple of 1 to 3 Lane
        A, B and C; their names in claims are "a", "b" and "c".
    claims : tuple of Claim
        What is promised over the seeds 0 to 4, and nothing more.
    world : WorldConfig
    steps : int
    """

    name: str
    title: str
    text: str
    lanes: tuple[Lane, ...]
    claims: tuple[Claim, ...]
    world: WorldConfig = W12
    steps: int = 300

    def lane(self, name: str) -> Lane:
        """Return the lane called "a", "b" or "c"."""
        return self.lanes["abc".index(_checks.choice("lane", name, "abc"[: len(self.lanes)]))]

    def play(self, name: str, seed: int = 0) -> Trajectory:
        """Train one lane; lanes of one seed share the world and the start.

        Examples
        --------
        >>> from mmcl_core.stories import STORIES
        >>> STORIES["spread"].play("b", seed=1).at("recall@10") > 0.5
        True
        """
        world = make_world(self.world, seed)
        return record(world, self.lane(name).config(self.world, self.steps, seed))
