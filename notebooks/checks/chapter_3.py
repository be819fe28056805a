"""Exercises of notebook 3, One margin."""

from __future__ import annotations

import numpy as np
import torch

from .exercise import Exercise, Slip


def slope_by_hand(s, margin, negative_weight):
    """Slope of the price at each cosine in s."""
    return torch.where(s > margin, negative_weight, 0.0)


def force_by_hand(s, margin, negative_weight):
    """Length of the force of negatives with cosines s, on unit vectors."""
    return negative_weight * (s > margin) * (1 - s**2).sqrt()


def share_past(m):
    """Share of an even sphere in 3-D with a cosine above m."""
    return (1 - m) / 2


def spread_of_cosines(dim, n, generator):
    """Draw n directions; return how widely their cosines with the first axis spread."""
    points = torch.randn(n, dim, generator=generator)  # (n, dim)
    cosines = points[:, 0] / points.norm(dim=1)  # (n,)
    return cosines.std()


def mean_slope(s, margin, negative_weight):
    """Mean slope of all negatives with cosines s, the dead ones among them."""
    return negative_weight * (s > margin).float().mean()


def _some_cosines():
    return [(torch.tensor([-0.4, 0.3, 0.5, 0.6, 0.95]), 0.5, 2.0), (torch.tensor([0.9]), 0.2, 7.0)]


def _cosines_to_the_user():
    return [(torch.tensor([-0.6, 0.4, 0.6, 0.8, 1.0]), 0.5, 2.0), (torch.tensor([0.28]), 0.1, 5.0)]


def _dimensions():
    return [(dim, 20_000, torch.Generator().manual_seed(dim)) for dim in (3, 64)]


def _unit_columns(dim, n, generator):
    points = torch.randn(n, dim, generator=generator)
    return (points / points.norm(dim=0))[:, 0].std()


def _one_corner(dim, n, generator):
    points = torch.rand(n, dim, generator=generator)
    return (points[:, 0] / points.norm(dim=1)).std()


def _many_pairs():
    evenly = torch.linspace(-1, 1, 101)
    return [(evenly, 0.5, 4.0), (torch.tensor([0.1, 0.7, 0.9, -0.3]), 0.6, 30.0)]


EXERCISES = (
    Exercise(
        title="From distance to cosine",
        level="easy",
        minutes=2,
        reference=0.5,
        slips=(
            Slip(-0.5, "The sign: a distance of 1 is less than that of a right angle, 1.41."),
            Slip(1.0, "The distance is squared, and 2 - 2 cos has to be 1, not 0."),
            Slip(60.0, "60 degrees is the angle; its cosine is asked for."),
        ),
        hints=(
            "On the unit sphere distance and cosine say the same; the formula stands above.",
            r"Put $|u - v|^2 = 1$ into $2 - 2\cos(u, v)$ and solve for the cosine.",
        ),
        why=r"$1 = 2 - 2\cos$ gives $\cos = 1/2$, an angle of 60 degrees.",
    ),
    Exercise(
        title="The slope of one price",
        level="easy",
        minutes=4,
        reference=slope_by_hand,
        cases=_some_cosines,
        slips=(
            Slip(
                lambda s, margin, negative_weight: negative_weight * (s - margin).clamp(min=0),
                "That is the price. Its slope does not grow with the distance past the margin.",
            ),
            Slip(
                lambda s, margin, negative_weight: torch.where(s >= margin, negative_weight, 0.0),
                "Only one value differs: exactly at the margin PyTorch takes the left side, 0.",
            ),
            Slip(
                lambda s, margin, negative_weight: torch.full_like(s, negative_weight),
                "Below the margin nothing is paid, so nothing changes there: those are dead.",
            ),
            Slip(
                lambda s, margin, negative_weight: (s > margin).float(),
                "Right place, wrong size: each unit of cosine costs the negative weight.",
            ),
        ),
        hints=(
            "There are only two cases, on either side of the margin.",
            "It is `negative_weight` where `s > margin` and 0 elsewhere.",
            "`torch.where(condition, value_if_true, value_if_false)` does that for a whole tensor.",
        ),
        why="A straight line has one slope; the price is two of them, joined at the margin.",
    ),
    Exercise(
        title="The force of one negative",
        level="easy",
        minutes=4,
        reference=force_by_hand,
        cases=_cosines_to_the_user,
        slips=(
            Slip(
                lambda s, margin, negative_weight: torch.where(s > margin, negative_weight, 0.0),
                "That is the slope alone. Only the part of it along the sphere moves a point: "
                "multiply by the leverage.",
            ),
            Slip(
                lambda s, margin, negative_weight: negative_weight * (s > margin) * s,
                "That grows towards the user. The leverage is the sine of the angle, not the "
                "cosine: it shrinks.",
            ),
            Slip(
                lambda s, margin, negative_weight: negative_weight * (s > margin) * (1 - s**2),
                "That is the leverage squared: the sine is the root of 1 - s^2.",
            ),
            Slip(
                lambda s, margin, negative_weight: negative_weight * (1 - s**2).sqrt(),
                "Up to the margin there is no slope, so there is no force: those are dead.",
            ),
            Slip(
                lambda s, margin, negative_weight: (
                    negative_weight * (s - margin).clamp(min=0) * (1 - s**2).sqrt()
                ),
                "Price times leverage. Not the price pushes but its slope, which is the same "
                "however far past the margin.",
            ),
        ),
        hints=(
            "Two factors. You have written the first one, the slope, in the last exercise.",
            "The second is the leverage, $\\sqrt{1 - s^2}$: `(1 - s**2).sqrt()`.",
            "`(s > margin)` is 1 where a negative is active and 0 where it is dead; it may stand "
            "as a factor.",
        ),
        why="Slope times leverage. On the user, at cosine 1, the second factor is 0: no direction "
        "along the sphere leads away faster than any other.",
    ),
    Exercise(
        title="The share of a sphere",
        level="easy",
        minutes=4,
        reference=share_past,
        cases=lambda: [(0.9,), (0.3,), (-0.5,)],
        slips=(
            Slip(
                lambda m: 1 - m,
                "That is the height of the slice. The whole sphere is 2 high, from -1 to 1, so "
                "divide by it: a share is never above 1.",
            ),
            Slip(
                lambda m: (1 + m) / 2,
                "That is the share BELOW m: it grows with the margin. The slice past m shrinks.",
            ),
            Slip(
                lambda m: np.arccos(m) / np.pi,
                "That is the share of a circle, in 2-D: it counts angles. On a sphere the rings "
                "near the pole are short, so they hold less than their angle says.",
            ),
        ),
        hints=(
            "Which heights belong to the slice with cosines above m? How high is that slice?",
            "It reaches from m to 1. Archimedes: its share of the surface is its share of the "
            "height of the whole sphere.",
        ),
        why="The slice past m is 1 - m high, the sphere is 2 high. Only in 3-D is it so simple.",
    ),
    Exercise(
        title="Cosines in many dimensions",
        level="medium",
        minutes=6,
        reference=spread_of_cosines,
        cases=_dimensions,
        tolerance=0.05,
        slips=(
            Slip(
                lambda dim, n, generator: torch.randn(n, dim, generator=generator)[:, 0].std(),
                "That is the spread of a coordinate, 1 in every dimension. A cosine is one of a "
                "vector of length 1: divide by the lengths first.",
            ),
            Slip(
                _unit_columns,
                "You made the columns unit vectors, not the points. A point is a row: take the "
                "length along dim=1.",
            ),
            Slip(
                _one_corner,
                "`rand` is never negative, so your directions all lie in one corner of the sphere. "
                "`randn` points everywhere.",
            ),
            Slip(
                lambda dim, n, generator: 1 / dim,
                "That is the variance. Its root is the standard deviation.",
            ),
        ),
        hints=(
            "`torch.randn(n, dim, generator=generator)` gives n points, one a row.",
            "The cosine with the first axis is the first coordinate, divided by the length of the "
            "point: `points[:, 0] / points.norm(dim=1)`.",
            "The standard deviation of a tensor is `.std()`.",
        ),
        why="The squares of the coordinates of a unit vector sum to 1, and all axes are alike: a "
        r"square is $1/D$ on average, so a cosine spreads by $1/\sqrt D$.",
    ),
    Exercise(
        title="The mean slope",
        level="easy",
        minutes=4,
        reference=mean_slope,
        cases=_many_pairs,
        slips=(
            Slip(
                lambda s, margin, negative_weight: (
                    negative_weight * (s - margin).clamp(min=0).mean()
                ),
                "That is the mean price. What pushes is its slope: the negative weight past the "
                "margin, however far.",
            ),
            Slip(
                lambda s, margin, negative_weight: negative_weight,
                "That is the mean over the active ones only. The dead count too, with slope 0.",
            ),
            Slip(
                lambda s, margin, negative_weight: (s > margin).float().mean(),
                "That is how many are pushed, the active share; not how hard each is pushed.",
            ),
            Slip(
                lambda s, margin, negative_weight: negative_weight * (s > margin).float().sum(),
                "That is the sum. A mean does not depend on how many pairs you look at.",
            ),
        ),
        hints=(
            "`slope_by_hand` gives the slope of every one of them; what is its mean?",
            "A share of them has the slope `negative_weight`, the others have 0. The share is "
            "`(s > margin).float().mean()`.",
        ),
        why="Active share times negative weight: how many are pushed, times how hard.",
    ),
    Exercise(
        title="What stays",
        level="medium",
        minutes=4,
        reference="c",
        slips=(
            Slip(
                "a",
                "That is true of points that stand still (section 5). Compare the rows with "
                "negative weight 30: the active share hardly falls. Points that learn come closer.",
            ),
            Slip(
                "b",
                "Heavier pushes drive films away, and then fewer are left to push. Compare 10 and "
                "90: the mean slope grows by far less than nine times.",
            ),
            Slip(
                "d",
                "Compare the rows with margin 0.6: the heavier each push, the fewer are pushed.",
            ),
        ),
        hints=(
            "Look down the column of the active share, then down the column of the mean slope. In "
            "which of them do the numbers differ less?",
            "From negative weight 10 to 90 the share falls to about a seventh. What happens to the "
            "product?",
        ),
        why="At rest the pushes balance the pulls, and what the pulls ask for is much the same. So "
        "the mean slope hardly moves.",
    ),
)
