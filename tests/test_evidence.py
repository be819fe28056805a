"""Differences, their intervals, and the verdict, against a loop and against made-up truth."""

from __future__ import annotations

import numpy as np
import pytest

from mmcl_core.experiments.evidence import Interval, compare_hits
from mmcl_core.experiments.published import PUBLISHED
from mmcl_core.metrics import UserHits


def made(rng: np.random.Generator, chance: float, n: int = 200, k: int = 5) -> UserHits:
    """Users of whom each place of the list is a hit with the given chance."""
    return UserHits(np.arange(n), np.full(n, k), rng.random((n, k)) < chance)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_the_difference_is_that_of_the_means(rng: np.random.Generator) -> None:
    ours, theirs = [made(rng, 0.6), made(rng, 0.5)], [made(rng, 0.4), made(rng, 0.4)]
    for metric in ("recall", "ndcg"):
        found = compare_hits(ours, theirs, metric)
        each = [
            getattr(a, metric).mean() - getattr(b, metric).mean()
            for a, b in zip(ours, theirs, strict=True)
        ]
        base = np.mean([getattr(b, metric).mean() for b in theirs])
        assert found.of_seeds == pytest.approx(each)
        assert found.difference.value == pytest.approx(np.mean(each))
        assert found.gain.value == pytest.approx(np.mean(each) / base)
        assert found.difference.low < found.difference.value < found.difference.high


def test_the_interval_is_that_of_a_loop_over_drawn_users(rng: np.random.Generator) -> None:
    a, b = made(rng, 0.6, n=40), made(rng, 0.5, n=40)
    found = compare_hits([a], [b], "recall", resamples=4000)
    drawn = np.random.default_rng(99)
    each = []
    for _ in range(4000):
        users = [int(drawn.integers(40)) for _ in range(40)]
        each.append(np.mean([a.recall[u] - b.recall[u] for u in users]))
    low, high = np.quantile(each, [0.025, 0.975])
    assert found.difference.low == pytest.approx(low, abs=0.01)
    assert found.difference.high == pytest.approx(high, abs=0.01)


def test_users_are_paired(rng: np.random.Generator) -> None:
    # Users differ wildly from each other, yet each has exactly one hit more with ours.
    few = np.zeros((300, 20), bool)
    for user, hits in enumerate(rng.integers(0, 19, 300)):
        few[user, :hits] = True
    more = few.copy()
    more[np.arange(300), few.sum(1)] = True
    theirs, ours = (UserHits(np.arange(300), np.full(300, 20), hits) for hits in (few, more))
    found = compare_hits([ours], [theirs], "recall").difference
    assert found.low == pytest.approx(0.05)
    assert found.high == pytest.approx(0.05)


def test_a_95_percent_interval_holds_the_truth_about_95_times_of_100() -> None:
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = compare_hits([made(rng, 0.5)], [made(rng, 0.5)], "recall", 400, seed).difference
        inside += found.low <= 0 <= found.high
    assert 180 <= inside <= 198


def test_verdicts() -> None:
    assert Interval(0.2, 0.1, 0.3).verdict == "higher"
    assert Interval(-0.2, -0.3, -0.1).verdict == "lower"
    assert Interval(0.1, -0.1, 0.3).verdict == "no measurable difference"
    assert Interval(0.0, 0.0, 0.0).verdict == "no measurable difference"


def test_the_same_seed_gives_the_same_interval(rng: np.random.Generator) -> None:
    ours, theirs = [made(rng, 0.6)], [made(rng, 0.5)]
    assert compare_hits(ours, theirs) == compare_hits(ours, theirs)
    assert compare_hits(ours, theirs) != compare_hits(ours, theirs, seed=1)


def test_what_cannot_be_paired_is_refused(rng: np.random.Generator) -> None:
    one, other = made(rng, 0.5), made(rng, 0.5, n=199)
    with pytest.raises(ValueError, match=r"same seeds on both sides, got 1 and 2\. Compare only"):
        compare_hits([one], [one, one])
    with pytest.raises(ValueError, match="same seeds on both sides, got 0 and 0"):
        compare_hits([], [])
    with pytest.raises(ValueError, match=r"same split on both sides, got other users .*split seed"):
        compare_hits([one], [other])
    with pytest.raises(ValueError, match="metric to be one of recall, ndcg, got 'map'"):
        compare_hits([one], [one], "map")


def test_published_traces_climb_to_the_published_result() -> None:
    for row in PUBLISHED:
        assert 0 < row.ndcg < row.recall < 0.25
        epochs = [epoch for epoch, _, _ in row.trace]
        recalls = [recall for _, recall, _ in row.trace]
        assert epochs == sorted(set(epochs))
        assert [*recalls, row.recall] == sorted([*recalls, row.recall])
        known = [ndcg for _, _, ndcg in row.trace if not np.isnan(ndcg)]
        assert [*known, row.ndcg] == sorted([*known, row.ndcg])
