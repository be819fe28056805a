"""Estimates from N films: their mean, their variance, and what a softmax does instead."""

from __future__ import annotations

from typing import Any

import torch

from ..exercise import Exercise, Slip


def estimates(pushes, drawn):
    """Push estimated from each row of drawn films, (R, D): pushes is (I, D), drawn is (R, N)."""
    return pushes[drawn].mean(1)


def variance_at(pushes, n):
    """Variance of an estimate from n films, summed over the directions: pushes is (I, D)."""
    return (pushes - pushes.mean(0)).square().sum(1).mean() / n


def softmax_slopes(s, temperature):
    """Slope of log sum_j exp(s_j / temperature) by each cosine, (R, N): s is (R, N)."""
    return torch.softmax(s / temperature, dim=1) / temperature


def any_active(a, n):
    """Chance that a user has an active film among n drawn, mean over the users: a is (U,)."""
    return (1 - (1 - a) ** n).mean()


def _pushes() -> torch.Tensor:
    return torch.tensor([[0.0, 0.0], [3.0, 1.0], [-1.0, 2.0], [0.0, 0.0], [2.0, -1.0]])


def _drawn() -> list[tuple[Any, ...]]:
    return [
        (_pushes(), torch.tensor([[0, 1, 2, 1], [4, 4, 0, 3]])),
        (_pushes(), torch.tensor([[1], [2], [0]])),
    ]


def _scores() -> list[tuple[Any, ...]]:
    four = torch.tensor([[0.9, 0.2, -0.4, 0.1], [0.5, 0.5, 0.5, 0.5]])
    return [(four, 0.1), (torch.tensor([[0.3], [-0.8]]), 0.25)]


NOISE = (
    Exercise(
        title="An estimate from N films",
        level="easy",
        minutes=4,
        reference=estimates,
        cases=_drawn,
        slips=(
            Slip(
                lambda pushes, drawn: pushes[drawn].sum(1),
                "That is the sum. The loss divides by N, so that twice as many negatives do not "
                "push twice as hard.",
            ),
            Slip(
                lambda pushes, drawn: pushes[drawn].mean(0),
                "That is the mean over the rows. Each row is a set of negatives of its own: take "
                "the mean over the N films inside it.",
            ),
            Slip(
                lambda pushes, drawn: pushes[drawn].mean(2),
                "That is the mean over the directions. An estimate is still a vector: take the "
                "mean over the N films.",
            ),
            Slip(
                lambda pushes, drawn: pushes[drawn],
                "These are the pushes of the drawn films one by one, (R, N, D). Which axis has to "
                "go?",
            ),
        ),
        hints=(
            "`pushes[drawn]` looks up the push of every drawn film: shape (R, N, D).",
            "The loss takes the mean over the N negatives, which is axis 1.",
        ),
        why="A mean of N looked-up rows: all that sampling does to a loss whose negatives do not "
        "look at each other.",
    ),
    Exercise(
        title="The variance of N",
        level="medium",
        minutes=5,
        reference=variance_at,
        cases=lambda: [(_pushes(), 1), (_pushes(), 5)],
        slips=(
            Slip(
                lambda pushes, n: (pushes - pushes.mean(0)).square().sum(1).mean() / n**2,
                "N independent films: their SUM has N times the variance of one, and dividing the "
                "sum by N divides its variance by N squared. What is left of N?",
            ),
            Slip(
                lambda pushes, n: (pushes - pushes.mean(0)).square().sum(1).mean() / n**0.5,
                "It is the standard deviation that falls with the root of N. The variance is its "
                "square.",
            ),
            Slip(
                lambda pushes, n: (pushes - pushes.mean(0)).square().sum(1).mean() * n,
                "That would be the variance of the sum. The estimate is a mean: more films make it "
                "steadier, not wilder.",
            ),
            Slip(
                lambda pushes, n: pushes.square().sum(1).mean() / n,
                "That is the mean square. A variance is measured from the mean: take it off first.",
            ),
            Slip(
                lambda pushes, n: (pushes - pushes.mean(0)).square().mean() / n,
                "You averaged over the directions, too. The variance of a vector is the sum over "
                "its directions: the mean squared distance from the mean.",
            ),
        ),
        hints=(
            "Start with n = 1: how far, squared, is the push of one random film from the mean "
            "push, on average?",
            "`(pushes - pushes.mean(0)).square().sum(1)` are these squared distances, one a film.",
            "The mean of n independent draws has 1/n of the variance of one.",
        ),
        why="Independent draws: the variance of their mean is that of one, divided by N.",
    ),
    Exercise(
        title="The slope of a softmax",
        level="medium",
        minutes=5,
        reference=softmax_slopes,
        cases=_scores,
        slips=(
            Slip(
                lambda s, temperature: torch.softmax(s / temperature, 1),
                "The inner derivative is missing: s is divided by the temperature before exp.",
            ),
            Slip(
                lambda s, temperature: torch.exp(s / temperature) / temperature,
                "That would be the slope without the logarithm. With it, each exp is divided by "
                "the sum of them all: the negatives share one push.",
            ),
            Slip(
                lambda s, temperature: torch.softmax(s / temperature, 1) / temperature / s.shape[1],
                "Nothing here is divided by N: it is a sum in the logarithm, not a mean.",
            ),
            Slip(
                lambda s, temperature: torch.softmax(s / temperature, 0) / temperature,
                "You shared the push among the rows. The negatives of one positive stand in one "
                "row: axis 1.",
            ),
        ),
        hints=(
            r"The derivative of $\log z$ is $z'/z$. Here $z$ is the sum, and $s_j$ stands in one "
            "of its terms.",
            r"$\frac1\tau\, e^{s_j/\tau} / \sum_i e^{s_i/\tau}$: a softmax, divided by the "
            "temperature.",
            "`torch.softmax(s / temperature, dim=1)` divides along the rows.",
        ),
        why="A row always sums to 1 / temperature. So N negatives share one fixed amount of "
        "pushing, and who else was drawn decides who gets it.",
    ),
    Exercise(
        title="At least one, for many users",
        level="medium",
        minutes=4,
        reference=any_active,
        cases=lambda: [
            (torch.tensor([0.0, 0.1, 0.6]), 1),
            (torch.tensor([0.0, 0.1, 0.6]), 4),
            (torch.tensor([0.02, 0.02]), 50),
        ],
        slips=(
            Slip(
                lambda a, n: 1 - (1 - a.mean()) ** n,
                "You averaged the users first, and so invented a user with the mean share. Many "
                "draws cannot help somebody who has nobody near: the curve bends, so the mean has "
                "to come last.",
            ),
            Slip(
                lambda a, n: 1 - (1 - a) ** n,
                "That is right for each user; the mean over them is asked for.",
            ),
            Slip(
                lambda a, n: (a**n).mean(),
                "That is the chance that all n are active.",
            ),
            Slip(
                lambda a, n: (a * n).mean(),
                "That is how many are active on average. As a chance it would pass 1.",
            ),
            Slip(
                lambda a, n: ((1 - a) ** n).mean(),
                "That is the chance that none is active: the opposite.",
            ),
        ),
        hints=(
            "For one user it is exercise 4.5: all n are dead with chance `(1 - a) ** n`.",
            "`a` holds a share for each user, so the same line gives a chance for each; then take "
            "the mean.",
        ),
        why="The mean comes last. A user with no film near stays at 0 however many are drawn.",
    ),
)
