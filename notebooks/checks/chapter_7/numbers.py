"""Percentages, errors, intervals, numbers of seeds."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..compare import Unlike, holds_dots, same
from ..exercise import Exercise, Slip
from ..student import Stopped, ask


def gain(ours, theirs):
    """How far the mean of ours lies above the mean of theirs, as a share of theirs."""
    return np.mean(ours) / np.mean(theirs) - 1


GAIN = Exercise(
    title="What a percentage is of",
    level="easy",
    minutes=3,
    reference=gain,
    cases=lambda: [
        (np.array([0.30, 0.20, 0.25]), np.array([0.10, 0.20, 0.15])),
        (np.array([0.1, 0.2]), np.array([0.4, 0.2])),
    ],
    slips=(
        Slip(
            lambda ours, theirs: np.mean(ours) - np.mean(theirs),
            "That is the difference itself, in points of the metric. A percentage needs a whole: "
            "divide by theirs.",
        ),
        Slip(
            lambda ours, theirs: 1 - np.mean(theirs) / np.mean(ours),
            "You divided by ours. A gain is told as a share of what was there before: theirs.",
        ),
        Slip(
            lambda ours, theirs: np.mean(ours) / np.mean(theirs),
            "That is how many times as much. Equal means should give a gain of 0, not of 1.",
        ),
        Slip(
            lambda ours, theirs: np.mean(ours / theirs) - 1,
            "That is the mean of each seed's own percentage, in which seeds that went badly for "
            "the other side count most. Take both means first.",
        ),
    ),
    hints=(
        "Two equal means: a gain of 0. Twice as much: a gain of 1, which is 100%.",
        "Divide the mean of ours by the mean of theirs, and take 1 away.",
        "`np.mean(ours) / np.mean(theirs) - 1`",
    ),
    why="A percentage has two ingredients, and the second one is the control.",
)


def standard_errors(mine, other):
    """Paired and unpaired standard error of the mean difference."""
    n = len(mine)
    paired = (mine - other).std(ddof=1) / n**0.5
    unpaired = ((mine.var(ddof=1) + other.var(ddof=1)) / n) ** 0.5
    return paired, unpaired


def _swapped(mine, other):
    return standard_errors(mine, other)[::-1]


def _spreads(mine, other):
    paired, unpaired = standard_errors(mine, other)
    return paired * len(mine) ** 0.5, unpaired * len(mine) ** 0.5


def _added(mine, other):
    both = (mine.std(ddof=1) + other.std(ddof=1)) / len(mine) ** 0.5
    return standard_errors(mine, other)[0], both


def _taken_away(mine, other):
    both = abs(mine.var(ddof=1) - other.var(ddof=1)) / len(mine)
    return standard_errors(mine, other)[0], both**0.5


def _by_n(mine, other):
    n = len(mine)
    return (mine - other).std() / n**0.5, ((mine.var() + other.var()) / n) ** 0.5


def _users():
    rng = np.random.default_rng(7)
    easy = rng.beta(1, 4, 12)
    return [(easy + rng.normal(0.02, 0.05, 12), easy + rng.normal(0, 0.05, 12))]


ERRORS = Exercise(
    title="Paired against unpaired",
    level="medium",
    minutes=6,
    reference=standard_errors,
    cases=_users,
    slips=(
        Slip(
            _swapped,
            "The right two numbers in the wrong order: paired, from the differences, is first.",
        ),
        Slip(
            _spreads,
            "These are spreads of single users. The error of a mean of n users is smaller: divide "
            "by the square root of n.",
        ),
        Slip(
            _added,
            "The paired one is right. Of two independent errors the squares add up, not the "
            "errors themselves.",
        ),
        Slip(
            _taken_away,
            "The paired one is right. In a difference of strangers the variances still add up: "
            "both are noise.",
        ),
        Slip(
            _by_n,
            "Nearly: numpy divides by n. The spread of a sample divides by n - 1: `ddof=1`.",
        ),
    ),
    hints=(
        "Paired: look at one number a user, the difference, and forget the two it came from.",
        "The error of a mean is the standard deviation (`ddof=1`) divided by the root of n.",
        "Unpaired: the variance of either mean is `var(ddof=1) / n`; add the two, take the root.",
    ),
    why="Whatever makes a user easy or hard for both sides drops out of her difference, and out of "
    "the paired error with it.",
)


def bootstrap(mine, other, resamples, rng):
    """Both ends of the 95% interval of the mean difference, from users drawn again."""
    drawn = rng.integers(0, len(mine), (resamples, len(mine)))  # (resamples, U)
    means = (mine - other)[drawn].mean(1)  # (resamples,)
    low, high = np.quantile(means, [0.025, 0.975])
    return low, high


def _strangers(mine, other, resamples, rng):
    shape = (resamples, len(mine))
    means = (rng.choice(mine, shape) - rng.choice(other, shape)).mean(1)
    return tuple(np.quantile(means, [0.025, 0.975]))


def _shuffled(mine, other, resamples, rng):
    means = [rng.permutation(mine - other).mean() for _ in range(resamples)]
    return tuple(np.quantile(means, [0.025, 0.975]))


def _of_users(mine, other, resamples, rng):
    return tuple(np.quantile(mine - other, [0.025, 0.975]))


def _ninety(mine, other, resamples, rng):
    return tuple(np.quantile(_means(mine, other, resamples, rng), [0.05, 0.95]))


def _one_error(mine, other, resamples, rng):
    means = _means(mine, other, resamples, rng)
    return means.mean() - means.std(), means.mean() + means.std()


def _turned(mine, other, resamples, rng):
    return bootstrap(other, mine, resamples, rng)


def _means(mine, other, resamples, rng):
    drawn = rng.integers(0, len(mine), (resamples, len(mine)))
    return (mine - other)[drawn].mean(1)


_BOOTSTRAP_SLIPS = (
    Slip(
        _strangers,
        "Far too wide: the two sides were drawn apart, different users for each. Draw users once "
        "and take the difference of the same ones.",
    ),
    Slip(
        _shuffled,
        "Your interval has no width: every draw holds each user exactly once, so all the means "
        "are the same. Draw with replacement.",
    ),
    Slip(
        _of_users,
        "That is where 95% of the users lie. Asked is where the mean would lie: first average "
        "each draw, then take the quantiles of the averages.",
    ),
    Slip(
        _ninety,
        "That leaves out 5% on either side and holds 90%. For 95%, leave out 2.5% on either side.",
    ),
    Slip(
        _one_error,
        "One standard deviation to either side holds about 68% of the means, not 95%.",
    ),
    Slip(_turned, "The signs are turned: the difference is mine less other."),
)


def _bootstrap_case():
    rng = np.random.default_rng(70)
    easy = rng.beta(1, 4, 150)
    mine, other = easy + rng.normal(0.02, 0.06, 150), easy + rng.normal(0, 0.06, 150)
    return mine, other, 2000, np.random.default_rng(71)


@cache
def _known_ends():
    """Return the ends that the solution and each slip come to, with many draws."""
    mine, other, _, _ = _bootstrap_case()
    answers = (bootstrap, *(slip.answer for slip in _BOOTSTRAP_SLIPS))
    return [np.array(f(mine, other, 20_000, np.random.default_rng(72))) for f in answers]


def _judge_bootstrap(function):
    """Accept every way to draw: ends may differ from ours by chance, not by more."""
    got = ask(function, *_bootstrap_case())
    if holds_dots(got):
        raise Stopped("Put your lines in place of ... and run the cell again.", unfinished=True)
    right, *wrong = _known_ends()
    width = right[1] - right[0]
    try:
        same(got, [0.0, 0.0], 1e9 * width)
    except Unlike as unlike:
        return str(unlike)
    off = [np.abs(np.array(got, float) - ends).max() / width for ends in (right, *wrong)]
    nearest = int(np.argmin(off))
    if off[nearest] > 0.06:
        return "Your interval is neither this one nor a known mistake: ask for a hint."
    return _BOOTSTRAP_SLIPS[nearest - 1].says if nearest else None


BOOTSTRAP = Exercise(
    title="The bootstrap in three lines",
    level="medium",
    minutes=8,
    reference=bootstrap,
    judge=_judge_bootstrap,
    slips=_BOOTSTRAP_SLIPS,
    hints=(
        "Three steps: draw users, average the differences of each draw, cut off the outer 5%.",
        "Draw numbers of users, as many as there are, with replacement, `resamples` times: "
        "`rng.integers(0, len(mine), (resamples, len(mine)))`.",
        "Take the difference of the drawn users, the same ones on both sides, and average each "
        "draw: `(mine - other)[drawn].mean(1)`.",
        "The interval holds the middle 95% of these averages: "
        "`np.quantile(means, [0.025, 0.975])`.",
    ),
    why="Drawing users again imitates asking other people of the same kind. How much the mean "
    "difference moves is how much it hangs on whom you happened to ask.",
)


def seeds_needed(sd, difference):
    """Fewest seeds with which the difference is at least 2.8 standard errors."""
    return int(np.ceil((2.8 * sd / difference) ** 2))


SEEDS = Exercise(
    title="How many seeds?",
    level="medium",
    minutes=4,
    reference=seeds_needed,
    cases=lambda: [(0.008, 0.02), (0.0075, 0.002), (0.01, 0.0031)],
    slips=(
        Slip(
            lambda sd, difference: int(np.ceil(2.8 * sd / difference)),
            "The error shrinks with the root of n: half the difference needs four times the "
            "seeds. Square it.",
        ),
        Slip(
            lambda sd, difference: int((2.8 * sd / difference) ** 2),
            "Rounded down, the difference is a little less than 2.8 errors: round up.",
        ),
        Slip(
            lambda sd, difference: (2.8 * sd / difference) ** 2,
            "Seeds come whole: round up.",
        ),
        Slip(
            lambda sd, difference: int(np.ceil((sd / difference) ** 2)),
            "With these the difference is one standard error, and chance alone often does that. "
            "Ask for 2.8 of them.",
        ),
    ),
    hints=(
        r"The standard error of n seeds is $\text{sd} / \sqrt n$. Set 2.8 of them equal to the "
        "difference.",
        r"Solved for n: $n = (2.8 \cdot \text{sd} / \text{difference})^2$, rounded up.",
        "`int(np.ceil((2.8 * sd / difference) ** 2))`",
    ),
    why="Half the difference needs four times the seeds. Small gains are expensive to see.",
)
