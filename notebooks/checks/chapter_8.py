"""Exercises of notebook 8, Beyond."""

from __future__ import annotations

import torch

from .exercise import Exercise, Slip


def fit(edges, prices):
    """Return the rises of slope at the K margins edges[:-1], from prices at the K + 1 edges."""
    slopes = torch.diff(prices) / torch.diff(edges)  # (K,): one chord a band
    return torch.cat([slopes[:1], torch.diff(slopes)])  # (K,)


def softmax_slopes(s, temperature):
    """Return slopes (B, N): those of e^(s/t), scaled row by row until they sum to 1/t."""
    slopes = torch.exp(s / temperature)  # (B, N)
    return slopes / slopes.sum(1, keepdim=True) / temperature


def margin_gradient(s, margins, band_weights, negative_weight):
    """Differentiate the mean price of the cosines s (B, N) by each margin: (K,)."""
    share = (s[..., None] > margins).float().mean((0, 1))  # (K,): who is past each margin
    return -negative_weight * band_weights * share


def hold_budget(s, margins, band_weights, budget):
    """Return the negative weight that makes the mean slope at the cosines s the budget."""
    share = (s[..., None] > margins).float().mean((0, 1))  # (K,)
    return budget / (band_weights * share).sum()


def one_layer(likes, users, items):
    """Return new users (U, D) and items (I, D); likes (U, I) is 1 where a user likes an item."""
    graph = likes / (likes.sum(1, keepdim=True) * likes.sum(0)).sqrt()  # (U, I)
    return graph @ items, graph.T @ users


def _chord_slopes(edges, prices):
    return torch.diff(prices) / torch.diff(edges)


def _share(s, margins):
    return (s[..., None] > margins).float().mean((0, 1))


def _curves():
    edges = torch.tensor([-1.0, 0.0, 0.5, 1.0])
    uneven = torch.tensor([-1.0, 0.2, 0.7, 0.9, 1.0])
    return [(edges, (edges + 1) ** 2 + edges), (uneven, torch.exp(2 * uneven))]


def _rows():
    s = torch.tensor([[0.6, -0.2, 0.1], [0.6, 0.8, 0.9]])
    return [(s, 0.3), (s[:1], 1.0), (s, 2.0)]


def _cosines():
    s = torch.tensor([[0.9, 0.5, -0.3], [0.7, 0.3, 0.1]])
    margins = torch.tensor([0.2, 0.6])
    return [
        (s, margins, torch.tensor([0.3, 0.7]), 2.0),
        (s[:1], margins, torch.tensor([0.8, 0.2]), 5.0),
    ]


def _graphs():
    likes = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0]])
    users = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, -1.0]])
    items = torch.tensor([[1.0, 1.0], [3.0, 0.0], [0.0, 1.0], [-1.0, 2.0]])
    return [(likes, users, items)]


EXERCISES = (
    Exercise(
        title="From prices to margins",
        level="medium",
        minutes=6,
        reference=fit,
        cases=_curves,
        slips=(
            Slip(
                _chord_slopes,
                "These are the slopes of the bands. A band weight is the RISE of the slope at its "
                "margin: slopes add up as margins are passed.",
            ),
            Slip(
                lambda edges, prices: torch.diff(_chord_slopes(edges, prices)),
                "One is missing. Below the first margin the slope is 0, so the first rise is the "
                "whole slope of the first band.",
            ),
            Slip(
                lambda edges, prices: torch.diff(prices, n=2, prepend=prices[:1]),
                "You took the rises of the prices. A slope is a rise of price divided by the "
                "width of its band, and the bands are not equally wide.",
            ),
            Slip(
                lambda edges, prices: prices[1:] / (edges[1:] - edges[:1]),
                "A chord starts where its own band starts, not at -1 with price 0.",
            ),
        ),
        hints=(
            "First the slope of each band, K of them: price gained over width. `torch.diff` "
            "subtracts neighbours.",
            "Then how much the slope rises at each margin. At the first it rises from 0.",
            "`slopes = torch.diff(prices) / torch.diff(edges)`; put `slopes[:1]` in front of "
            "`torch.diff(slopes)` with `torch.cat`.",
        ),
        why="Second differences: the same as the second derivative, for a curve made of chords.",
    ),
    Exercise(
        title="From the exponential to softmax",
        level="medium",
        minutes=5,
        reference=softmax_slopes,
        cases=_rows,
        slips=(
            Slip(
                lambda s, t: torch.exp(s / t),
                "Nothing is scaled yet: this is a penalty of one cosine, and the row next door "
                "plays no part in it.",
            ),
            Slip(
                lambda s, t: torch.softmax(s / t, 1),
                "These rows sum to 1. The slope is by s, and s is divided by the temperature: "
                "one more factor.",
            ),
            Slip(
                lambda s, t: torch.softmax((s / t).flatten(), 0).view_as(s) / t,
                "You scaled the batch as a whole. Every liked film has a sum of its own: its row.",
            ),
            Slip(
                lambda s, t: torch.softmax(s / t, 0) / t,
                "You summed over the batch, down the columns. Negatives of one film stand in a "
                "row: sum over the last axis.",
            ),
        ),
        hints=(
            "Begin with `slopes = torch.exp(s / temperature)`; a common factor does not matter.",
            "Divide each row by its sum, `slopes.sum(1, keepdim=True)`: now every row sums to 1.",
            "Divide by the temperature: now every row sums to 1/t.",
        ),
        why="It is `torch.softmax(s / temperature, 1) / temperature`. The sum over the row is "
        "where the other negatives come in.",
    ),
    Exercise(
        title="Which way a margin goes",
        level="medium",
        minutes=5,
        reference=margin_gradient,
        cases=_cosines,
        slips=(
            Slip(
                lambda s, margins, band_weights, negative_weight: (
                    negative_weight * band_weights * _share(s, margins)
                ),
                "The sign. Raise a margin: does a negative then pay more or less?",
            ),
            Slip(
                lambda s, margins, band_weights, negative_weight: (
                    -negative_weight * band_weights * (s[..., None] > margins).sum((0, 1))
                ),
                "You counted the pairs. The loss takes their mean, so the share is wanted.",
            ),
            Slip(
                lambda s, margins, band_weights, negative_weight: (
                    -negative_weight * _share(s, margins)
                ),
                "A band weight is missing: a margin that adds little to the price changes it "
                "little.",
            ),
            Slip(
                lambda s, margins, band_weights, negative_weight: (
                    -negative_weight * band_weights * (s[..., None] - margins).relu().mean((0, 1))
                ),
                "How far past does not matter. One unit more of margin saves everybody past it "
                "the same.",
            ),
        ),
        hints=(
            "Take one negative and one margin: `relu(s - m)`. Its derivative by `m` has two cases.",
            "It is -1 past the margin and 0 before. Now the mean over all pairs, times "
            "`negative_weight * band_weights`.",
            "The share past each margin is `(s[..., None] > margins).float().mean((0, 1))`.",
        ),
        why="Minus what each margin spends of the push budget. It is never positive, so going "
        "downhill a margin can only rise.",
    ),
    Exercise(
        title="Hold the budget",
        level="easy",
        minutes=4,
        reference=hold_budget,
        cases=_cosines,
        slips=(
            Slip(
                lambda s, margins, band_weights, budget: budget / _share(s, margins).max(),
                "That holds active share x negative weight: right for one margin. With several, "
                "the mean slope counts each margin with its band weight.",
            ),
            Slip(
                lambda s, margins, band_weights, budget: budget / _share(s, margins).sum(),
                "Band weights are missing: a nudge and a kick count alike.",
            ),
            Slip(
                lambda s, margins, band_weights, budget: (
                    budget * (band_weights * _share(s, margins)).sum()
                ),
                "Upside down: when fewer are past the margins, the negative weight has to grow.",
            ),
            Slip(
                lambda s, margins, band_weights, budget: (
                    budget / (band_weights * (s[..., None] - margins).relu().mean((0, 1))).sum()
                ),
                "That holds the mean price. The budget is the mean slope: who is past, and not "
                "how far.",
            ),
        ),
        hints=(
            "Mean slope = negative weight x (sum of band weight x share past the margin).",
            "Solve for the negative weight: `budget / (band_weights * share).sum()`.",
        ),
        why="One division. It keeps the product and says nothing about its two factors.",
    ),
    Exercise(
        title="One layer of LightGCN",
        level="hard",
        minutes=7,
        reference=one_layer,
        cases=_graphs,
        slips=(
            Slip(
                lambda likes, users, items: (likes @ items, likes.T @ users),
                "A plain sum: whoever likes much, and what is liked by many, would grow with "
                "every layer. Divide by the roots of both numbers of neighbours.",
            ),
            Slip(
                lambda likes, users, items: (
                    likes @ items / likes.sum(1, keepdim=True),
                    likes.T @ users / likes.sum(0)[:, None],
                ),
                "That is the mean over the neighbours: only the receiver's number counts. In "
                "LightGCN a film that everybody likes also speaks more softly.",
            ),
            Slip(
                lambda likes, users, items: (
                    users + one_layer(likes, users, items)[0],
                    items + one_layer(likes, users, items)[1],
                ),
                "You kept the vector itself in the sum. A layer of LightGCN hears only the "
                "neighbours; what was before comes in through the mean over all layers.",
            ),
            Slip(
                lambda likes, users, items: (
                    one_layer(likes, users, items)[0],
                    one_layer(likes, one_layer(likes, users, items)[0], items)[1],
                ),
                "The films heard the NEW users. Both sides of a layer hear the old vectors.",
            ),
        ),
        hints=(
            "How many films has each user, how many users has each film? Sums of `likes` over its "
            "rows and columns.",
            "Make a table (U, I) with 1 / sqrt(n_u n_i) where there is a like: "
            "`likes.sum(1, keepdim=True) * likes.sum(0)` has all products n_u n_i.",
            "With that table `graph`: users hear `graph @ items`, items hear `graph.T @ users`.",
        ),
        why="One table of numbers, used from both sides. There is nothing to train in it.",
    ),
)
