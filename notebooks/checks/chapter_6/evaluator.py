"""An evaluator of many people, and what can be wrong with it."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Slip


def recall_of_all(users, items, known, hidden, k):
    """Mean Recall@k; known and hidden hold the numbers of every user's films."""
    found = []
    for user in range(len(users)):
        scores = items @ users[user]
        scores[known[user]] = -np.inf
        first = np.argsort(-scores, kind="stable")[:k]
        hits = np.isin(first, hidden[user]).sum()
        found.append(hits / len(hidden[user]))
    return np.mean(found)


def _people():
    """Return a few people who know what scores high for them, as after training."""
    generator = np.random.default_rng(0)
    cases = []
    for k in (4, 7):
        users, items = generator.normal(size=(6, 3)), generator.normal(size=(14, 3))
        order = np.argsort(-users @ items.T, axis=1, kind="stable")  # (6, 14)
        hidden = [row[[4 + i % 4, 9, 11]] for i, row in enumerate(order)]
        cases.append((users, items, list(order[:, :3]), hidden, k))
    return cases


def _spoilt(users, items, hidden, k, mask=lambda scores, user: None, cut=None, divide=None):
    """Return what an evaluator says that masks, cuts or divides in another way."""
    found = []
    for user in range(len(users)):
        scores = items @ users[user]
        mask(scores, user)
        first = np.argsort(-scores, kind="stable")[:k]
        first = first if cut is None else first[~np.isin(first, cut[user])]
        found.append(np.isin(first, hidden[user]).sum() / (divide or len(hidden[user])))
    return np.mean(found)


def _masking(films_of, value=-np.inf):
    def mask(scores, user):
        scores[films_of(user)] = value

    return mask


EVALUATOR = (
    Exercise(
        title="The colleague's bug",
        level="medium",
        minutes=10,
        reference=recall_of_all,
        cases=_people,
        slips=(
            Slip(
                lambda users, items, known, hidden, k: _spoilt(
                    users, items, hidden, k, _masking(lambda user: hidden[user])
                ),
                "You masked the hidden films, the very answers, so nobody can find one. Mask what "
                "is known.",
            ),
            Slip(
                lambda users, items, known, hidden, k: _spoilt(users, items, hidden, k, cut=known),
                "Your colleague's numbers, still. Known films take the first places; whoever "
                "removes them after the first k are chosen leaves those places empty. Mask before "
                "sorting, and others move up.",
            ),
            Slip(
                lambda users, items, known, hidden, k: _spoilt(
                    users, items, hidden, k, _masking(lambda user: known[user]), divide=k
                ),
                "Masked rightly, but now it is divided by k: that is the precision. Recall divides "
                "by the number of hidden films.",
            ),
            Slip(
                lambda users, items, known, hidden, k: _spoilt(
                    users, items, hidden, k, _masking(lambda user: known[user], value=0.0)
                ),
                "A score of 0 is not the lowest: a cosine may be negative, and then a known film "
                "still wins. Use `-np.inf`.",
            ),
            Slip(
                lambda users, items, known, hidden, k: _spoilt(
                    users, items, hidden, k, _masking(lambda _: np.unique(np.concatenate(known)))
                ),
                "You mask for everybody what anybody knows. What is known to one person may be "
                "the best advice for another.",
            ),
        ),
        hints=(
            "All arguments are there for a reason. Which one is never used?",
            "What is known scores highest, so it takes the first places, and none of it is hidden.",
            "Between scoring and sorting: set the scores of `known[user]` to `-np.inf`.",
        ),
        why="Masked before sorting, known films leave their places to others.",
    ),
)
