"""Drawing films, and the metrics of one ranked list."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Slip


def chances(popularity, chosen):
    """Chance that a negative is one of the chosen films: drawn uniformly, and by popularity."""
    uniform = len(chosen) / len(popularity)
    by_popularity = popularity[chosen].sum() / popularity.sum()
    return uniform, by_popularity


def recall_by_hand(hits, n_hidden):
    """Recall of one ranked list: hits is (K,) of True and False, best place first."""
    return hits.sum() / n_hidden


def ndcg_by_hand(hits, n_hidden):
    """NDCG of one ranked list: hits is (K,) of True and False, best place first."""
    worth = 1 / np.log2(np.arange(len(hits)) + 2)  # of a hit at rank 1, 2, ...
    best = worth[:n_hidden].sum()
    return worth[hits].sum() / best


def _catalogues():
    return [(np.array([9, 0, 4, 1, 1]), [0, 2]), (np.array([2, 2, 6, 1]), [3])]


def _lists():
    few, one = np.array([True, False, True, False, False]), np.array([False, True, False])
    return [(few, 2), (few, 4), (one, 7)]


LISTS = (
    Exercise(
        title="Who is drawn?",
        level="easy",
        minutes=4,
        reference=chances,
        cases=_catalogues,
        slips=(
            Slip(
                lambda popularity, chosen: chances(popularity, chosen)[::-1],
                "The two are swapped: uniformly means that a film's popularity does not matter.",
            ),
            Slip(
                lambda popularity, chosen: (
                    1 / len(popularity),
                    popularity[chosen].mean() / popularity.sum(),
                ),
                "That is the chance of a single one of them. Any of the chosen films will do, so "
                "their chances add up.",
            ),
            Slip(
                lambda popularity, chosen: (
                    len(chosen) / len(popularity),
                    popularity[chosen].sum() / len(popularity),
                ),
                "The second is likes per film, not a chance: it can pass 1. When each like is a "
                "ticket, the number of all tickets is the number of all likes.",
            ),
            Slip(
                lambda popularity, chosen: (
                    len(chosen) / (popularity > 0).sum(),
                    popularity[chosen].sum() / popularity.sum(),
                ),
                "Uniformly, films that nobody liked are drawn as well: all of them count.",
            ),
        ),
        hints=(
            "A chance is what fits, divided by all there is: films by films, likes by likes.",
            "Drawing by popularity is drawing a like, blindly, and taking its film.",
            "`popularity[chosen].sum()` counts the likes of the chosen films.",
        ),
        why="Uniformly each film is a ticket; by popularity each like is one.",
    ),
    Exercise(
        title="Recall of one list",
        level="easy",
        minutes=3,
        reference=recall_by_hand,
        cases=_lists,
        slips=(
            Slip(
                lambda hits, n_hidden: hits.mean(),
                "Divided by K it is the precision: which share of the list is a hit. Recall asks "
                "which share of the hidden likes was found.",
            ),
            Slip(
                lambda hits, n_hidden: hits.sum() / min(len(hits), n_hidden),
                "Divided by the smaller of K and |T| it is another metric, kinder to people with "
                "many likes. Ours divides by all hidden likes.",
            ),
            Slip(
                lambda hits, n_hidden: float(hits.any()),
                "That is the hit rate: whether there is any hit. Recall counts how many.",
            ),
            Slip(
                lambda hits, n_hidden: hits.sum(),
                "That is a count. A share needs what it is a share of: the hidden likes.",
            ),
        ),
        hints=("True counts as 1 in a sum.", "Hits divided by `n_hidden`, however long the list."),
        why="A list of K places finds at most K likes: whoever hides more cannot get 1.",
    ),
    Exercise(
        title="NDCG of one list",
        level="medium",
        minutes=8,
        reference=ndcg_by_hand,
        cases=_lists,
        slips=(
            Slip(
                lambda hits, n_hidden: (1 / np.log2(np.arange(len(hits)) + 2))[hits].sum(),
                "That is the DCG, above the line. Divide it by the best possible one, so that a "
                "perfect list gets 1.",
            ),
            Slip(
                lambda hits, n_hidden: ndcg_by_hand(hits, len(hits)),
                "You divide by a list that is all hits. Somebody with two hidden likes cannot "
                "have that: the best list has its hits at ranks 1 and 2 only.",
            ),
            Slip(
                lambda hits, n_hidden: (
                    (1 / np.log2(np.arange(len(hits)) + 2))[hits].sum()
                    / (1 / np.log2(np.arange(n_hidden) + 2)).sum()
                ),
                "With more hidden likes than places, the best list is full and no longer: the sum "
                "below ends at the smaller of K and |T|.",
            ),
            Slip(
                lambda hits, n_hidden: ndcg_by_hand(hits, hits.sum()),
                "The best list finds all hidden likes, not only those that you found. As it is, "
                "one hit at rank 1 would be perfect even if a hundred are missed.",
            ),
            Slip(
                lambda hits, n_hidden: (
                    (1 / np.log2(np.arange(len(hits)) + 3))[hits].sum()
                    / (1 / np.log2(np.arange(len(hits)) + 3))[:n_hidden].sum()
                ),
                "Your ranks begin at 2. Numpy counts from 0, ranks from 1: the first place is "
                "worth 1 / log2(2) = 1.",
            ),
            Slip(
                lambda hits, n_hidden: (
                    (1 / (np.arange(len(hits)) + 1))[hits].sum()
                    / (1 / (np.arange(len(hits)) + 1))[:n_hidden].sum()
                ),
                "1 / r is the reciprocal rank, which falls faster. Here a hit is worth "
                "1 / log2(r + 1).",
            ),
        ),
        hints=(
            "First an array with the worth of a hit at each of the K places. It falls from 1.",
            "`worth = 1 / np.log2(np.arange(len(hits)) + 2)`: place 0 has rank 1, and r + 1 is 2.",
            "Above the line `worth[hits].sum()`. Below, the best list: its first places are hits, "
            "as many as there are hidden likes. A slice `[:n_hidden]` ends where the list does.",
        ),
        why="In the best list the hits stand first, as many as there are hidden likes or places. "
        "The base of the logarithm cancels.",
    ),
)
