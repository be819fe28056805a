"""No preset of the laboratory can lie: each claim is checked over five seeds."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from mmcl_core.stories import STORIES, Claim, Lane, Story
from mmcl_core.trajectories import Trajectory
from mmcl_core.worlds import W12

Recorded = Callable[..., list[Trajectory]]

QUICK = ("spread", "good", "crammed", "several", "tie", "projector")


def every_story() -> list[object]:
    return [
        pytest.param(story, id=name, marks=[] if name in QUICK else pytest.mark.slow)
        for name, story in STORIES.items()
    ]


@pytest.mark.parametrize("story", every_story())
def test_every_claim_holds(story: Story, recorded: Recorded) -> None:
    runs = {
        name: recorded(lane, story.world, story.steps)
        for name, lane in zip("abc", story.lanes, strict=False)
    }
    broken = {
        claim.sentence(): (finding.left, finding.right)
        for claim in story.claims
        if not (finding := claim.check(runs)).holds
    }
    assert broken == {}


def test_the_stories_that_are_told() -> None:
    assert {"torn", "spread", "good", "crammed", "collapse", "split", "crowded"} <= set(STORIES)
    assert {"several", "tie", "heavy", "false", "hard", "eight"} <= set(STORIES)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_story_is_whole(story: Story) -> None:
    assert STORIES[story.name] is story
    assert re.fullmatch("[a-z]+", story.name)
    assert story.title
    assert re.fullmatch(r"[A-Z].*\.", story.text)
    assert 1 <= len(story.lanes) <= 3
    assert len({lane.title for lane in story.lanes}) == len(story.lanes)
    assert len(story.claims) >= 2
    mentioned = {claim.lane for claim in story.claims}
    mentioned |= {claim.other for claim in story.claims if isinstance(claim.other, str)}
    assert mentioned == set("abc"[: len(story.lanes)]), "nothing is shown without being claimed of"
    for lane in story.lanes:
        assert lane.config(story.world, story.steps, seed=3).seed == 3


def test_a_lane_is_trained_as_it_says() -> None:
    lane = Lane("x", (0.5,), (1.0,), 4.0, 3, 0.1, "hardest", 9)
    config = lane.config(W12, 50, 7)
    assert config.settings["margins"] == (0.5,)
    assert config.settings["negative_weight"] == 4.0
    assert (config.negatives, config.pool, config.sampler) == (3, 9, "hardest")
    assert config.learning_rate == pytest.approx(12.0)
    assert (config.max_steps, config.seed, config.dim) == (50, 7, 3)
    with pytest.raises(ValueError, match="lane to be one of a, b, got 'c'"):
        STORIES["several"].lane("c")


class Fake:
    """A run whose curve is given."""

    def __init__(self, *values: float) -> None:
        self.values = values

    def at(self, curve: str, step: int | None = None) -> float:
        assert curve == "recall@10"
        return self.values[-1 if step is None else step]


def holds(claim: Claim, a: list[tuple[float, ...]], b: list[tuple[float, ...]]) -> bool:
    finding = claim.check({"a": [Fake(*v) for v in a], "b": [Fake(*v) for v in b]})  # type: ignore[misc]
    assert finding.left.shape == finding.right.shape == (len(a),)
    return finding.holds


def test_claims_by_hand() -> None:
    a, b = [(0.1, 0.5), (0.2, 0.6)], [(0.3, 0.4), (0.4, 0.7)]  # ends differ by +.1 and -.1
    above = Claim("recall@10", "a", ">", "b", by=0.05)
    assert not holds(above, a, b)
    assert holds(above, a, [(0.0, 0.4), (0.0, 0.45)])
    assert not holds(Claim("recall@10", "a", ">", "b", every=True), a, b)
    assert holds(Claim("recall@10", "a", "~", "b", by=0.05), a, b)
    assert not holds(Claim("recall@10", "a", "~", "b", by=0.05, every=True), a, b)
    assert holds(Claim("recall@10", "a", ">", "a", by=0.3, other_step=0, every=True), a, b)
    assert holds(Claim("recall@10", "a", "<", "b", by=0.15, step=0, other_step=0, every=True), a, b)
    assert holds(Claim("recall@10", "a", "<", 0.56), a, b)
    assert not holds(Claim("recall@10", "a", "<", 0.56, every=True), a, b)
    assert not holds(Claim("recall@10", "a", "<", "a"), a, b), "equal is not below"
    assert not holds(Claim("recall@10", "a", ">", "b"), [(np.nan,)], [(0.0,)])


def test_claims_in_words() -> None:
    said = Claim("recall@10", "a", ">", "a", by=0.2, step=90, other_step=0, every=True).sentence()
    assert said == (
        "Recall@10 of A at step 90 is above that of A at step 0 by more than 0.2, in every seed."
    )
    said = Claim("closeness", "c", "<", 0.5).sentence()
    assert said == "Closeness of C is below 0.5, in the mean over the seeds."
    said = Claim("recall@10", "a", "~", "b", by=0.05).sentence()
    assert (
        said == "Recall@10 of A and that of B are less than 0.05 apart, in the mean over the seeds."
    )


def test_a_claim_about_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="curve to be one of"):
        Claim("beauty", "a", ">", "b")
    with pytest.raises(ValueError, match="relation to be one of >, <, ~"):
        Claim("recall@10", "a", "=", "b")
