"""The penalty of several margins: its price, its slope, a design of one's own."""

from __future__ import annotations

import torch

from mmcl_core.losses import slope

from ..compare import as_numbers
from ..exercise import Exercise, Slip

FILMS, SLOPES = (0.3, 0.5, 0.7, 0.95), (0.0, 10.0, 40.0, 100.0)  # what the staircase shall give


def mmcl_by_hand(p, s, margins, band_weights, negative_weight):
    """One value for each liked film: p is (B,), s is (B, N)."""
    pull = (1 - p).clamp(min=0)  # (B,)
    past = (s[:, :, None] - margins).clamp(min=0)  # (B, N, K): how far past each margin
    price = negative_weight * (past * band_weights).sum(-1)  # (B, N)
    return pull + price.mean(-1)  # (B,)


def slope_by_hand(passed, band_weights, negative_weight):
    """Slope of each negative, (B, N): passed is (B, N, K), True where a margin is passed."""
    return negative_weight * (passed * band_weights).sum(-1)


def _pull(p):
    return (1 - p).clamp(min=0)


def _past(s, margins):
    return (s[:, :, None] - margins).clamp(min=0)


def _highest_only(passed, band_weights, negative_weight):
    """Return the band weight of the highest margin passed, instead of the sum of all passed."""
    weights = torch.cat([torch.zeros(1), band_weights])
    return negative_weight * weights[passed.sum(-1)]


def _batches():
    generator = torch.Generator().manual_seed(0)
    p, s = torch.rand(3, generator=generator), torch.rand(3, 4, generator=generator) * 2 - 1
    two = torch.tensor([[0.9, 0.1]])
    return [
        (p, s, torch.tensor([0.2, 0.4, 0.6, 0.8]), torch.tensor([0.05, 0.15, 0.20, 0.60]), 2.0),
        (torch.tensor([0.5]), two, torch.tensor([0.0, 0.5]), torch.tensor([0.7, 0.3]), 10.0),
    ]


def _passed():
    s = torch.tensor([[0.95, 0.7, 0.5], [0.3, 0.1, -0.5]])
    margins, weights = torch.tensor([0.2, 0.4, 0.6, 0.8]), torch.tensor([0.05, 0.15, 0.2, 0.6])
    falling = torch.tensor([0.5, 0.3, 0.15, 0.05])
    return [(s[:, :, None] > margins, weights, 2.0), (s[:, :, None] > margins, falling, 10.0)]


RISES = (
    "These weights give slopes of 10, 50 and 150: they are the slopes as shares, but a band weight "
    "is the RISE at its margin. Slopes add up as margins are passed."
)
SHARES = "The rises are right, but band weights are shares of the negative weight: they sum to 1."
LEFT = (
    "A film exactly at a margin is not past it: its slope is the left one. Put each margin "
    "somewhere below its film, and above the film before."
)


def _staircase(design):
    """Say what is wrong with (margins, band weights, negative weight), or nothing."""
    if not isinstance(design, tuple | list) or len(design) != 3:
        return "Expected three things: a list of margins, a list of band weights, a number."
    margins, weights = (as_numbers(part).reshape(-1).tolist() for part in design[:2])
    negative_weight = float(as_numbers(design[2]))
    try:
        got = slope(
            torch.tensor(FILMS, dtype=torch.float64), margins, weights, negative_weight
        ).tolist()
    except ValueError as error:
        return str(error)
    if max(abs(a - b) for a, b in zip(got, SLOPES, strict=True)) < 0.01:
        return None if abs(sum(weights) - 1) < 1e-3 else SHARES
    if set(FILMS[1:]) & set(margins):
        return LEFT
    if weights and weights == [round(part / negative_weight, 9) for part in SLOPES[1:]]:
        return RISES
    found = ", ".join(f"{value:g} at {film:g}" for film, value in zip(FILMS, got, strict=True))
    return f"Your slopes are {found}."


PENALTY = (
    Exercise(
        title="The loss in four lines",
        level="medium",
        minutes=10,
        reference=mmcl_by_hand,
        cases=_batches,
        slips=(
            Slip(
                lambda p, s, margins, band_weights, negative_weight: (
                    _pull(p)
                    + negative_weight * ((s[:, :, None] - margins) * band_weights).sum(-1).mean(-1)
                ),
                "Below a margin your negatives earn something. They pay nothing there: each "
                "difference needs its floor at 0.",
            ),
            Slip(
                lambda p, s, margins, band_weights, negative_weight: (
                    _pull(p)
                    + negative_weight
                    * ((s[:, :, None] - margins) * band_weights).sum(-1).clamp(min=0).mean(-1)
                ),
                "The floor at 0 comes too late: it belongs to every margin by itself, before the "
                "sum, else margins not yet passed give something back.",
            ),
            Slip(
                lambda p, s, margins, band_weights, negative_weight: (
                    _pull(p) + negative_weight * (_past(s, margins) * band_weights).sum((1, 2))
                ),
                "That is the sum over the negatives. The loss takes their mean, so that N sets how "
                "well the push is known, not how strong it is.",
            ),
            Slip(
                lambda p, s, margins, band_weights, negative_weight: (
                    _pull(p) + negative_weight * (_past(s, margins) * band_weights).mean((1, 2))
                ),
                "Margins are summed, not averaged: the band weights are the shares already.",
            ),
            Slip(
                lambda p, s, margins, band_weights, negative_weight: (
                    _pull(p) + negative_weight * _past(s, margins).sum(-1).mean(-1)
                ),
                "The band weights are missing: all margins count alike.",
            ),
            Slip(
                lambda p, s, margins, band_weights, negative_weight: (
                    negative_weight
                    * (_pull(p) + (_past(s, margins) * band_weights).sum(-1).mean(-1))
                ),
                "The negative weight multiplies the push only. On the pull as well it sets "
                "nothing: it would scale the whole loss.",
            ),
        ),
        hints=(
            "One line each: the pull of the liked film, (B,); how far each negative is past each "
            "margin, (B, N, K); the price of each negative, (B, N); pull plus mean price, (B,).",
            "A maximum with 0 is `.clamp(min=0)`. For all differences of negatives and margins at "
            "once give `s` a third axis: `s[:, :, None] - margins` is (B, N, K).",
            "The price is `negative_weight * (past * band_weights).sum(-1)`: -1 is the last axis, "
            "the margins. Then the mean over the last axis of that, the negatives.",
        ),
        why="All margins at once on a third axis, summed away again. With one margin of band "
        "weight 1 it is CCL.",
    ),
    Exercise(
        title="The staircase",
        level="easy",
        minutes=5,
        reference=slope_by_hand,
        cases=_passed,
        slips=(
            Slip(
                _highest_only,
                "You took the band weight of the highest margin passed. Those below it are passed "
                "too, and their slopes add up.",
            ),
            Slip(
                lambda passed, band_weights, negative_weight: (passed * band_weights).sum(-1),
                "The shape of the staircase is right; its height is missing: the negative weight.",
            ),
            Slip(
                lambda passed, band_weights, negative_weight: (
                    negative_weight * passed.any(-1).float()
                ),
                "That is one margin's answer, all or nothing. Here each margin passed adds its own "
                "step.",
            ),
            Slip(
                lambda passed, band_weights, negative_weight: (
                    negative_weight * passed.float().mean(-1)
                ),
                "That counts the margins passed; each should count with its band weight.",
            ),
        ),
        hints=(
            "Which margins contribute to the slope of a negative at 0.5? All those below it.",
            "`passed * band_weights` keeps the band weights of the margins passed, (B, N, K).",
            "Sum that over the last axis and multiply by the negative weight.",
        ),
        why="Each relu in the price contributes its slope, 1 past its margin and 0 before.",
    ),
    Exercise(
        title="Design a staircase",
        level="medium",
        minutes=6,
        reference=([0.3, 0.6, 0.9], [0.1, 0.3, 0.6], 100.0),
        name="design",
        judge=_staircase,
        slips=(
            Slip(([0.3, 0.6, 0.9], [0.1, 0.4, 1.0], 100.0), RISES),
            Slip(([0.3, 0.6, 0.9], [10.0, 30.0, 60.0], 1.0), SHARES),
            Slip(([0.5, 0.7, 0.95], [0.1, 0.3, 0.6], 100.0), LEFT),
        ),
        hints=(
            "First the margins: one between 0.3 and 0.5 (0.3 itself will do), one between 0.5 and "
            "0.7, one between 0.7 and 0.95.",
            "Then the rises: 10 at the first, 30 more at the second, 60 more at the third.",
            "The negative weight is the height of the last step, 100. Divide the rises by it.",
        ),
        why="A band weight is the *rise* at its margin as a share of the whole: 10, then 30 more, "
        "then 60 more, of 100. Other margins between the same films are as good.",
    ),
    Exercise(
        title="The vanishing arrow",
        level="easy",
        minutes=3,
        reference="b",
        slips=(
            Slip(
                "a",
                "Dead means below the first margin. On the user a negative is past all of them: "
                "in the column slope it still has 2.",
            ),
            Slip(
                "c",
                "It is not rounding: the force shrinks steadily on the way, from 30 degrees on, as "
                "the sine of the angle does.",
            ),
            Slip(
                "d",
                "The price is not flat: from cosine 0.9 to 1 it rises as steeply as anywhere past "
                "0.8. What is flat is the cosine, as a function of the angle.",
            ),
        ),
        hints=(
            "Look at two columns of the table: one of them stays high to the end.",
            "The force is their slope times something. What is $\\sqrt{1 - s^2}$ at $s = 1$?",
        ),
        why="At an angle $\\alpha$ the cosine changes by $\\sin\\alpha$ for each step along the "
        "sphere. On top of each other, $\\alpha = 0$: a small step in any direction leaves the "
        "cosine as it is, so however steep the price, there is no arrow.",
    ),
)
