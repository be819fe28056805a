"""A pull, what it does to recall, and the spread of points."""

from __future__ import annotations

import numpy as np
import torch

from ..exercise import Exercise, Slip


def pull_step(user, film, rate):
    """Where the user is after one step along the sphere towards a film that she likes."""
    cosine = (user * film).sum()
    moved = user + rate * (film - cosine * user)
    return moved / moved.norm()


def turning_step(steps, recalls):
    """Return the step at which the mean curve is highest; recalls has one row a seed."""
    return steps[recalls.mean(0).argmax()]


def spread_by_hand(points):
    """Spread of unit vectors, (n, D)."""
    squared = (points[:, None] - points).square().sum(-1)  # (n, n)
    first, second = torch.triu_indices(len(points), len(points), 1)  # each pair once
    return (-2 * squared[first, second]).exp().mean().log()


def _pulls():
    at = [[0.6, 0.8, 0.0], [1.0, 0.0, 0.0]], [[0.0, 0.6, -0.8], [0.0, 0.8, 0.6]]
    return [(*map(torch.tensor, pair), rate) for pair, rate in zip(at, (0.5, 2.0), strict=True)]


def _no_tangent(user, film, rate):
    moved = user + rate * film
    return moved / moved.norm()


def _curves():
    recalls = [[0.1, 0.5, 0.3, 0.4, 0.2], [0.1, 0.2, 0.4, 0.7, 0.5], [0.1, 0.2, 0.6, 0.1, 0.1]]
    return [(np.array([0, 20, 30, 50, 90]), np.array(recalls))]


def _points():
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(5, 3, generator=generator)
    return [(points / points.norm(dim=1, keepdim=True),), (torch.tensor([[1.0, 0.0], [0.0, 1.0]]),)]


def _squared(points):
    return (points[:, None] - points).square().sum(-1)


PULLING = (
    Exercise(
        title="One pull",
        level="easy",
        minutes=4,
        reference=pull_step,
        cases=_pulls,
        slips=(
            Slip(
                lambda user, film, rate: user + rate * (film - (user * film).sum() * user),
                "Right direction, but the user has left the sphere: a tangent touches it at one "
                "point only. Divide by the length.",
            ),
            Slip(
                _no_tangent,
                "You add the whole film. First take away its part along the user, the cosine times "
                "the user: it points straight up and only makes the step shorter.",
            ),
            Slip(
                lambda user, film, rate: pull_step(user, film, -rate),
                "She moves away from the film. The gradient points uphill; a step goes against it.",
            ),
            Slip(
                lambda user, film, rate: film,
                "She is on the film at once. A step goes only as far as the rate says.",
            ),
        ),
        hints=(
            "Three lines: the cosine; the user plus the rate times the downhill direction; divided "
            "by its length.",
            "Downhill along the sphere is `film - cosine * user`.",
            "`moved = user + rate * (film - cosine * user)`, then `moved / moved.norm()`.",
        ),
        why="The step goes along the tangent, which leaves the sphere a little; dividing by the "
        "length puts it back.",
    ),
    Exercise(
        title="Where recall turns",
        level="easy",
        minutes=4,
        reference=turning_step,
        cases=_curves,
        slips=(
            Slip(
                lambda steps, recalls: recalls.mean(0).argmax(),
                "That is the place in the list. Which step stands there?",
            ),
            Slip(
                lambda steps, recalls: steps[recalls[0].argmax()],
                "That is where the first seed turns. One seed is one story; take the mean curve.",
            ),
            Slip(
                lambda steps, recalls: steps[recalls.argmax(1)].mean(),
                "That is the mean of the seeds' own best steps. A late straggler moves it; first "
                "average the curves, then look for the highest point.",
            ),
            Slip(
                lambda steps, recalls: steps[recalls.max(0).argmax()],
                "That is where the luckiest seed is highest. Average over the seeds.",
            ),
        ),
        hints=(
            "First make one curve of the five: the mean over the seeds, that is, over the rows.",
            "`recalls.mean(0)` is that curve; `.argmax()` is the place of its highest point.",
            "Use the place to look up the step: `steps[place]`.",
        ),
        why="A mean curve is less noisy than any of its parts; its top is a step, not a place.",
    ),
    Exercise(
        title="Spread by hand",
        level="medium",
        minutes=6,
        reference=spread_by_hand,
        cases=_points,
        slips=(
            Slip(
                lambda points: (-2 * _squared(points)).exp().mean().log(),
                "Each point is also compared with itself, at distance 0. Take every pair of two "
                "DIFFERENT points, once.",
            ),
            Slip(
                lambda points: torch.pdist(points).mul(-2).exp().mean().log(),
                "These are distances; the formula has their squares.",
            ),
            Slip(
                lambda points: torch.pdist(points).square().mul(-2).exp().mean(),
                "The logarithm is missing: it comes last, of the mean.",
            ),
            Slip(
                lambda points: torch.pdist(points).square().mul(-2).mean(),
                "Exponential and logarithm do not cancel: a mean stands between them. It is there "
                "to make the closest pairs count most.",
            ),
            Slip(
                lambda points: torch.pdist(points).square().mul(2).exp().mean().log(),
                "The sign: a far pair has to count little, so its exponent is very negative.",
            ),
        ),
        hints=(
            "All differences at once: `points[:, None] - points` is (n, n, D). Square it and sum "
            "over the last axis.",
            "Each pair once: `torch.triu_indices(n, n, 1)` gives the rows and columns above the "
            "diagonal. (Or let `torch.pdist(points)` give the distances of all pairs.)",
            "In this order: times -2, `.exp()`, `.mean()`, `.log()`.",
        ),
        why="Close pairs have the large exponentials, so the mean is mostly about them: spread "
        "asks whether anybody is too close.",
    ),
)
