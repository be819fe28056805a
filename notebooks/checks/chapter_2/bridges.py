"""Why a world collapses into one spot."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Slip


def own_taste(users, items, user_taste, item_taste):
    """Whether each like, of users[i] for items[i], stays within one taste."""
    return user_taste[users] == item_taste[items]


def _likes():
    users, items = np.array([0, 0, 1, 2, 3, 3]), np.array([0, 3, 2, 2, 1, 0])
    return [(users, items, np.array([0, 1, 0, 1]), np.array([1, 1, 0, 0]))]


BRIDGES = (
    Exercise(
        title="Likes that stay at home",
        level="easy",
        minutes=3,
        reference=own_taste,
        cases=_likes,
        slips=(
            Slip(
                lambda users, items, user_taste, item_taste: user_taste == item_taste,
                "That compares user 0 with film 0, user 1 with film 1 and so on. Look up the two "
                "tastes of each LIKE.",
            ),
            Slip(
                lambda users, items, user_taste, item_taste: user_taste[users] != item_taste[items],
                "Those are the bridges, the likes to delete. True shall mean that it stays.",
            ),
            Slip(
                lambda users, items, user_taste, item_taste: users == items,
                "These are numbers of users and of films; that they are equal means nothing.",
            ),
            Slip(
                lambda users, items, user_taste, item_taste: users // 10 == items // 10,
                "True only while numbers stand in the order of the tastes, ten each. The tastes "
                "are given: look them up.",
            ),
        ),
        hints=(
            "`user_taste[users]` looks up the taste of the user of every like.",
            "Do the same for the films and compare the two with `==`.",
        ),
        why="Two look-ups and a comparison; the result has one True or False a like.",
    ),
    Exercise(
        title="Why one spot becomes twelve",
        level="medium",
        minutes=3,
        reference="b",
        slips=(
            Slip("a", "Look at the control: as many likes deleted at random, and it collapses."),
            Slip(
                "c",
                "Nothing pushes in this loss. Likes inside a taste pull its points together; about "
                "other tastes they say nothing at all.",
            ),
            Slip(
                "d",
                "All start anywhere on the sphere, tastes mixed, in all three worlds alike. And "
                "the twelve spots do not move any more: waiting would change nothing.",
            ),
        ),
        hints=(
            "Which of the four would also have to hold for the world with random likes deleted?",
            "Look at the number of islands of the three worlds, and at the number of spots.",
        ),
        why="Pulling makes one spot of whatever hangs together. Cross-taste likes are the bridges "
        "over which the tastes are drawn into one.",
    ),
)
