"""Rare kicks, common nudges: how often anything pushes, and how noisy it is."""

from __future__ import annotations

from ..exercise import Exercise, Slip


def some_active(a, n):
    """Chance that at least one of n independent negatives is active."""
    return 1 - (1 - a) ** n


def relative_noise(a):
    """Noise of one margin with active share a: standard deviation of the slope / its mean."""
    return ((1 - a) / a) ** 0.5


NOISE = (
    Exercise(
        title="At least one",
        level="easy",
        minutes=4,
        reference=some_active,
        cases=lambda: [(0.05, 2), (0.4, 2), (0.4, 5)],
        slips=(
            Slip(
                lambda a, n: a * n,
                "That is how many are active on average. As a chance it would pass 1: draws in "
                "which several are active were counted several times.",
            ),
            Slip(lambda a, n: a**n, "That is the chance that all n are active."),
            Slip(lambda a, n: (1 - a) ** n, "That is the chance that none is: the opposite."),
            Slip(
                lambda a, n: 1 - a**n,
                "That is the chance that not all are active. The opposite of 'at least one is "
                "active' is 'all are dead'.",
            ),
        ),
        hints=(
            "Ask for the opposite first: what is the chance that all n are dead?",
            "One is dead with chance 1 - a, and they are drawn independently: `(1 - a) ** n`.",
        ),
        why="All n are dead with chance $(1 - a)^n$; what is left is the answer.",
    ),
    Exercise(
        title="The noise of a kick",
        level="medium",
        minutes=5,
        reference=relative_noise,
        cases=lambda: [(0.05,), (0.2,), (0.9,)],
        slips=(
            Slip(
                lambda a: (1 - a) / a,
                "That is the variance over the squared mean. The standard deviation is its root.",
            ),
            Slip(
                lambda a: (a * (1 - a)) ** 0.5,
                "That is the standard deviation for negative weight 1. Divide it by the mean, a: "
                "what is rare looks quiet only until you ask how much there is of it.",
            ),
            Slip(
                lambda a: (a / (1 - a)) ** 0.5,
                "Upside down: that says a rare kick is calm. It is mean over standard deviation, "
                "nearly.",
            ),
        ),
        hints=(
            "The standard deviation is the root of the variance. The negative weight stands in it "
            "as in the mean, so it cancels.",
            "$\\sqrt{a(1-a)} / a$. Bring the $a$ under the root.",
        ),
        why="$\\sqrt{a(1-a)}\\,w_n / (a\\,w_n) = \\sqrt{(1-a)/a}$: the rarer, the noisier, "
        "whatever the negative weight.",
    ),
)
