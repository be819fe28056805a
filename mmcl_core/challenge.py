"""The challenge: two negatives; beat four margins with one.

A player designs one margin, a negative weight and a learning rate. The score is the mean
Recall@10 over five hidden toy worlds, against MMCL with four margins in the same worlds, from the
same start, with the same positives and negatives.

It can be won. Of 88 entries tried once, 24 won: margins 0.4 to 0.8, negative weights 1 to 3,
learning-rate factors 0.25 to 0.67; for example margin 0.6, negative weight 1.5, factor
0.4, with a mean recall of 0.77 against 0.67. The published margin of 0.9 won with none of 12 pairs
of weight and factor. What it teaches: the slower rate wins. With a third of its rate the opponent
reaches 0.78 too, so a win says that an untuned loss can be beaten, not that one margin is better
than four.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmcl_core import _checks
from mmcl_core.stories import Lane
from mmcl_core.training import DoneEvent, Training
from mmcl_core.worlds import W12, World, make_world

NEGATIVES, STEPS, USUAL_RATE = 2, 300, 0.3
OPPONENT = Lane("Several margins", negatives=NEGATIVES, rate=USUAL_RATE)
SEEDS = (2405, 4614, 2109, 12613, 607)  # the hidden worlds
_T = 2.776  # two-sided 95% point of Student's t with 4 degrees of freedom


@dataclass(frozen=True)
class Entry:
    """What a player designs.

    Parameters
    ----------
    margin : float in [-1, 1]
    negative_weight : float in [0, 100]
        w_n; the opponent's is 2.
    rate_factor : float in [0.01, 10]
        Times the opponent's learning rate.

    Raises
    ------
    ValueError
        If a number is missing or out of range.

    Examples
    --------
    >>> Entry(0.6, 2.0, 0.5).lane.rate
    0.15
    """

    margin: float
    negative_weight: float
    rate_factor: float = 1.0

    def __post_init__(self) -> None:
        _checks.number("the margin", self.margin, -1, 1, "It is a cosine.")
        _checks.number("the negative weight", self.negative_weight, 0, 100, "The opponent's is 2.")
        _checks.number(
            "the learning-rate factor", self.rate_factor, 0.01, 10, "1 is the opponent's rate."
        )

    @property
    def lane(self) -> Lane:
        """The entry as a lane."""
        return Lane(
            "One margin",
            (float(self.margin),),
            (1.0,),
            negative_weight=float(self.negative_weight),
            negatives=NEGATIVES,
            rate=USUAL_RATE * self.rate_factor,
        )


@dataclass(frozen=True)
class Round:
    """One hidden world: Recall@10 of the player's margin and of the opponent."""

    yours: float
    theirs: float


@dataclass(frozen=True)
class Result:
    """The outcome of all rounds.

    Parameters
    ----------
    rounds : tuple of 5 Round
    difference : float
        Mean of yours - theirs.
    low, high : float
        95% interval of the mean difference.
    verdict : {"won", "lost", "no measurable difference"}
    """

    rounds: tuple[Round, ...]
    difference: float
    low: float
    high: float
    verdict: str


def play(entry: Entry) -> Iterator[Round]:
    """Train in the hidden worlds, one by one.

    Parameters
    ----------
    entry : Entry

    Yields
    ------
    Round
        Five in all.

    Examples
    --------
    >>> first = next(play(Entry(0.9, 2.0)))
    >>> first.yours < first.theirs
    True
    """
    for seed in SEEDS:
        yield Round(_recall(entry.lane, seed), _opponent(seed))


def judge(rounds: Iterable[Round]) -> Result:
    """Compare the two sides, world by world.

    The worlds differ more than the losses do, so the differences d within each world are judged:
    their mean and its 95% interval by Student's t, ``mean(d) +- 2.776 std(d) / sqrt(5)``. "won"
    if the interval lies above 0, "lost" if below, else "no measurable difference".

    Parameters
    ----------
    rounds : iterable of 5 Round

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If there are not five rounds.

    Examples
    --------
    >>> judge([Round(0.70 + i / 100, 0.65) for i in range(5)]).verdict
    'won'
    """
    rounds = tuple(rounds)
    if len(rounds) != len(SEEDS):
        raise _checks.refuse(f"{len(SEEDS)} rounds", len(rounds), "Play them all.")
    d = np.array([r.yours - r.theirs for r in rounds])  # (5,)
    mean, half = float(d.mean()), float(_T * d.std(ddof=1) / np.sqrt(len(d)))
    low, high = mean - half, mean + half
    verdict = "won" if low > 0 else "lost" if high < 0 else "no measurable difference"
    return Result(rounds, mean, low, high, verdict)


@lru_cache(maxsize=len(SEEDS))
def _world(seed: int) -> World:
    return make_world(W12, seed)


@lru_cache(maxsize=len(SEEDS))
def _opponent(seed: int) -> float:
    return _recall(OPPONENT, seed)


def _recall(lane: Lane, seed: int) -> float:
    run = Training(lane.config(W12, STEPS, seed), _world(seed).data)
    (done,) = (e for e in run.events(measured=False) if isinstance(e, DoneEvent))
    return done.test["recall@10"]
