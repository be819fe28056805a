"""The challenge: it can be won, it can be lost, and it can end without a verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mmcl_core import challenge
from mmcl_core.challenge import SEEDS, Entry, Round, judge, play

WINNER, PUBLISHED = Entry(0.6, 1.5, 0.4), Entry(0.9, 2.0, 1.0)


def test_a_tuned_margin_wins() -> None:
    result = judge(play(WINNER))
    assert result.verdict == "won"
    assert all(r.yours > r.theirs for r in result.rounds)
    assert result.low < result.difference < result.high


def test_the_published_margin_loses() -> None:
    result = judge(play(PUBLISHED))
    assert result.verdict == "lost"
    assert all(r.yours < r.theirs for r in result.rounds)
    assert result.difference < -0.1


def test_progress_shows_and_the_score_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[int] = []
    original = challenge._recall

    def counted(lane: Any, seed: int) -> float:
        trained.append(seed)
        return original(lane, seed)

    monkeypatch.setattr(challenge, "_recall", counted)
    challenge._opponent.cache_clear()
    rounds = play(WINNER)
    assert trained == []
    first = next(rounds)
    assert trained == [SEEDS[0]] * 2, "the player and the opponent"
    assert next(play(WINNER)) == first
    assert trained == [SEEDS[0]] * 3, "the opponent trains once"


def test_the_opponent_is_mmcl_with_four_margins() -> None:
    lane = challenge.OPPONENT
    assert lane.margins == (0.2, 0.4, 0.6, 0.8)
    assert lane.weights == (0.05, 0.15, 0.2, 0.6)
    assert (lane.negative_weight, lane.negatives, lane.rate) == (2.0, 2, 0.3)
    assert WINNER.lane.negatives == 2
    assert WINNER.lane.rate == pytest.approx(0.12)


def rounds_of(*differences: float) -> list[Round]:
    return [Round(0.5 + d, 0.5) for d in differences]


def test_the_verdict_is_a_paired_interval() -> None:
    result = judge(rounds_of(0.01, 0.02, 0.03, 0.04, 0.05))
    # By hand: mean .03, standard deviation .0158, standard error .00707, times 2.776: .0196.
    assert result.difference == pytest.approx(0.03)
    assert result.low == pytest.approx(0.0104, abs=1e-4)
    assert result.high == pytest.approx(0.0496, abs=1e-4)
    assert result.verdict == "won"
    assert judge(rounds_of(-0.01, -0.02, -0.03, -0.04, -0.05)).verdict == "lost"
    assert judge(rounds_of(0.1, -0.05, 0.1, -0.05, 0.02)).verdict == "no measurable difference"
    assert judge(rounds_of(0, 0, 0, 0, 0)).verdict == "no measurable difference"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((1.5, 2.0, 1.0), r"the margin to be a number in \[-1, 1\], got 1.5"),
        ((np.nan, 2.0, 1.0), "the margin to be a number"),
        (("high", 2.0, 1.0), "the margin to be a number.*got 'high'"),
        ((0.6, -1.0, 1.0), r"the negative weight to be a number in \[0, 100\], got -1"),
        ((0.6, None, 1.0), "the negative weight to be a number.*got None"),
        ((0.6, 2.0, 0.0), "the learning-rate factor to be a number.*got 0. 1 is the opponent's"),
    ],
)
def test_nonsense_is_refused(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Entry(*values)


def test_all_rounds_are_needed() -> None:
    with pytest.raises(ValueError, match="5 rounds, got 4. Play them all"):
        judge(rounds_of(0.1, 0.1, 0.1, 0.1))
