"""Exercises of notebook 1, Recommendation is geometry."""

from __future__ import annotations

import numpy as np

from .exercise import Exercise, Slip


def cosine(u, v):
    """Cosine of two vectors of the same size."""
    return (u * v).sum() / np.sqrt((u**2).sum() * (v**2).sum())


def _some_vectors():
    pairs = ([4, 3], [12, 5]), ([-4, 3], [5, 0]), ([1, 2, 2], [2, 1, 2])
    return [tuple(np.array(vector, float) for vector in pair) for pair in pairs]


def masked(scores, known):
    """Scores for ranking: what is known can never come first again."""
    return np.where(known, -np.inf, scores)


def _some_scores():
    return [
        (np.array([63.0, 20.0, 24.0, 30.0, 0.0]), np.array([True, False, False, False, False])),
        (np.array([-33.0, -20.0, 0.0, 30.0, 24.0]), np.array([False, False, False, True, False])),
        (np.array([-0.9, -0.2, -0.4]), np.array([False, True, True])),
    ]


def share_kept(true_near, seen_near):
    """Share of the true neighbours that the picture shows as neighbours; both are (n, k)."""
    return (true_near[:, :, None] == seen_near[:, None, :]).any(2).mean()


def _some_neighbours():
    return [
        (np.array([[1, 2], [3, 0], [0, 1]]), np.array([[2, 3], [0, 2], [1, 0]])),
        (np.array([[1, 2, 3]]), np.array([[3, 1, 4]])),
    ]


EXERCISES = (
    Exercise(
        title="Rank five films",
        level="easy",
        minutes=4,
        reference=["Titanic", "Sleepless", "WALL-E", "Alien", "Star Wars"],
        slips=(
            Slip(
                ["Star Wars", "Titanic", "Sleepless", "Alien", "WALL-E"],
                "You went by size alone: -33 is not a high score but the lowest. The sign counts.",
            ),
            Slip(
                ["Star Wars", "Titanic", "WALL-E", "Alien", "Sleepless"],
                "That is the list of user 344. Multiply by -4 and 3, not by 4 and 3.",
            ),
            Slip(
                ["Sleepless", "Titanic", "WALL-E", "Star Wars", "Alien"],
                "That is the ranking by cosine. The dot product is not divided by any length.",
            ),
            Slip(
                ["Star Wars", "Alien", "WALL-E", "Sleepless", "Titanic"],
                "That is the wrong way round: the highest score comes first.",
            ),
        ),
        hints=(
            "For each film: -4 times its first number plus 3 times its second.",
            "Star Wars: -4 x 12 + 3 x 5 = -33. A negative score is below 0, so near the end.",
            "The scores, in the order of the table: -33, -20, 0, 30, 24.",
        ),
        why="The scores are 30, 24, 0, -20 and -33: a film that points away gets less than 0.",
    ),
    Exercise(
        title="The cosine",
        level="easy",
        minutes=3,
        reference=cosine,
        cases=_some_vectors,
        slips=(
            Slip(
                lambda u, v: (u * v).sum(),
                "That is the dot product. A cosine is divided by both lengths and never passes 1.",
            ),
            Slip(
                lambda u, v: (u * v).sum() / ((u**2).sum() * (v**2).sum()),
                "You divide by the squares of the lengths: a length is the ROOT of the sum.",
            ),
            Slip(
                lambda u, v: (u * v).sum() / (np.sqrt((u**2).sum()) + np.sqrt((v**2).sum())),
                "Divide by one length and by the other: by their product, not by their sum.",
            ),
            Slip(
                lambda u, v: (u * v).sum() / np.sqrt((u**2).sum()),
                "Only the length of u is divided out: v's length still counts.",
            ),
            Slip(
                lambda u, v: u * v / np.sqrt((u**2).sum() * (v**2).sum()),
                "Nearly: one number for each coordinate is left. Add them up.",
            ),
        ),
        hints=(
            "Above the line the dot product, below it the two lengths, multiplied.",
            "The dot product is `(u * v).sum()`.",
            "A length is `np.sqrt((u**2).sum())`.",
        ),
        why="Both lengths are divided out, so only the angle is left.",
    ),
    Exercise(
        title="Double one length",
        level="medium",
        minutes=4,
        reference={"344, dot": 2, "344, cosine": 3, "303, dot": 5, "303, cosine": 5},
        slips=(
            Slip(
                {"344, dot": 2, "344, cosine": 2, "303, dot": 5, "303, cosine": 5},
                "A cosine divides by the film's length, so doubling it changes nothing there.",
            ),
            Slip(
                {"344, dot": 2, "344, cosine": 3, "303, dot": 1, "303, cosine": 5},
                "Longer is not better for everybody: doubled, -20 is -40, and that is lower.",
            ),
            Slip(
                {"344, dot": 2, "344, cosine": 3, "303, dot": 4, "303, cosine": 5},
                "303's score of Alien doubles too, from -20 to -40. That is now below Star Wars.",
            ),
            Slip(
                {"344, dot": 4, "344, cosine": 3, "303, dot": 4, "303, cosine": 5},
                "Nothing would change under cosines. A dot product doubles with the vector.",
            ),
            Slip(
                {"344, dot": 1, "344, cosine": 3, "303, dot": 5, "303, cosine": 5},
                "344's score of Alien becomes 40. That is not enough to pass 63.",
            ),
        ),
        hints=(
            "Doubling a vector doubles its dot product with everybody, whatever the sign.",
            "344 gives Alien 40 now, 303 gives it -40. Sort the five scores again.",
            "A cosine divides by the length, so those two places are the ones in the table.",
        ),
        why=(
            "By dot product the same change lifts Alien for 344, from place 4 to 2, and lowers it "
            "for 303, from 4 to 5. By cosine nothing happens."
        ),
    ),
    Exercise(
        title="Mask what is known",
        level="easy",
        minutes=3,
        reference=masked,
        cases=_some_scores,
        slips=(
            Slip(
                lambda scores, known: np.where(known, 0.0, scores),
                "0 is not the bottom: scores may be negative, and then the known film is first.",
            ),
            Slip(
                lambda scores, known: np.where(known, -1.0, scores),
                "-1 is the lowest cosine, but dot products go lower, and a cosine may be -1, too.",
            ),
            Slip(
                lambda scores, known: scores[~known],
                "Thrown out, all later films move up a place: film 3 is no longer at place 3.",
            ),
            Slip(
                lambda scores, known: np.where(known, scores, -np.inf),
                "The wrong way round: this recommends only what is known already.",
            ),
        ),
        hints=(
            "Which score is below every other score, also below the negative ones?",
            "`-np.inf`, minus infinity. It goes to the places where `known` is True.",
            "`np.where(condition, value_if_true, value_if_false)` keeps the places of the rest.",
        ),
        why="Minus infinity is below every score, and every film keeps its place in the array.",
    ),
    Exercise(
        title="Recall and NDCG of three films",
        level="medium",
        minutes=5,
        reference=(1.0, 0.693426),
        tolerance=0.01,
        slips=(
            Slip(
                (2 / 3, 0.693426),
                "Recall is a share of the HIDDEN likes, and there are two. Hits among the films "
                "shown, 2 of 3, are called precision.",
            ),
            Slip(
                (1.0, 1.130930),
                "NDCG is not divided yet: by the best that two hidden likes can get.",
            ),
            Slip(
                (1.0, 0.530721),
                "The best list has its hits at ranks 1 and 2. There is no third hidden like.",
            ),
            Slip(
                (1.0, 0.555556),
                "A hit at rank r counts 1 / log2(r + 1), which falls more slowly than 1 / r.",
            ),
            Slip(
                (1.0, 1.0),
                "Both are found, but not first: NDCG is 1 only with the hits at ranks 1 and 2.",
            ),
        ),
        hints=(
            "The list is Titanic, WALL-E, Alien. Two of them are hidden likes: at which ranks?",
            "Recall: 2 of 2. For NDCG add 1 / log2(3) for rank 2 and 1 / log2(4) for rank 3.",
            "Divide that by the best case, hits at ranks 1 and 2: 1 / log2(2) + 1 / log2(3).",
        ),
        why="Recall is 2 / 2. NDCG is (0.631 + 0.5) / (1 + 0.631) = 0.693: found, but a rank late.",
    ),
    Exercise(
        title="How many neighbours are kept?",
        level="medium",
        minutes=5,
        reference=share_kept,
        cases=_some_neighbours,
        slips=(
            Slip(
                lambda true_near, seen_near: (true_near == seen_near).mean(),
                "This asks for the same film at the same place. A neighbour at another place of "
                "the list is a neighbour still.",
            ),
            Slip(
                lambda true_near, seen_near: np.isin(true_near, seen_near).mean(),
                "np.isin looks through the whole table: it accepts neighbours of OTHER films. "
                "Compare row by row.",
            ),
            Slip(
                lambda true_near, seen_near: (
                    (true_near[:, :, None] == seen_near[:, None, :]).any(2).sum()
                ),
                "That is their number. Divide by the number of true neighbours: a share is asked.",
            ),
            Slip(
                lambda true_near, seen_near: (
                    true_near[:, :, None] == seen_near[:, None, :]
                ).mean(),
                "You divide by all k x k comparisons of a film. It has k true neighbours only.",
            ),
        ),
        hints=(
            "For one film: `np.isin(true_near[i], seen_near[i]).mean()`.",
            "Do that for every row i, in a loop or a list, and take the mean.",
            "Without a loop: `true_near[:, :, None] == seen_near[:, None, :]` is (n, k, k). "
            "A true neighbour is kept if `any` of the last axis is True.",
        ),
        why="Row by row, the order within a row does not matter. The mean of all is the share.",
    ),
)
