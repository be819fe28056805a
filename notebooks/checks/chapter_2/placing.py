"""Twelve points on a sphere, as far apart as possible."""

from __future__ import annotations

import numpy as np

from ..compare import as_numbers
from ..exercise import Exercise, Slip

NEAR = 0.46  # close to the smallest possible largest cosine of twelve directions, 1 / sqrt(5)


def _directions(answer):
    """Return an answer as unit vectors (n, 3), or say in a sentence why it is none."""
    try:
        points = as_numbers(answer)
    except Exception:
        return f"Expected twelve points, three numbers each, got a {type(answer).__name__}."
    if points.ndim != 2 or points.shape[1] != 3:
        return f"Expected twelve rows of three numbers, got numbers of shape {points.shape}."
    if len(points) != 12:
        return f"Expected twelve points, got {len(points)}: with fewer it would be too easy."
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.min() > 0):
        return "One of the points is the centre of the sphere or no number: it has no direction."
    return points / lengths


def _placed(answer):
    """Say what is wrong with a placement; lengths do not matter."""
    points = _directions(answer)
    if isinstance(points, str):
        return points
    cosines = points @ points.T - 2 * np.eye(12)
    worst = cosines.max()
    one, other = sorted(np.unravel_index(cosines.argmax(), cosines.shape))
    if worst < NEAR:
        return None
    if worst > 0.999:
        return f"Points {one} and {other} lie in the same direction (we count from 0)."
    if np.linalg.svd(points - points.mean(0), compute_uv=False)[-1] < 1e-6:
        return FLAT
    if worst > 0.85:
        return SCATTERED
    if abs(worst - 0.5) < 0.005:
        return STACKED
    return (
        f"The closest two, {one} and {other} (we count from 0), have cosine {worst:.2f}; below "
        f"{NEAR} is possible. Others still have room: move the two apart, again and again."
    )


FLAT = (
    "All twelve lie on one circle. A circle has no more room than a clock: neighbours are 30 "
    "degrees apart, cosine 0.87, at best. Use the whole sphere."
)
SCATTERED = (
    "Two points nearly meet. Points thrown at random do not avoid each other: among twelve some "
    "two are always close. Let them flee from each other."
)
STACKED = (
    "Very near. That is how balls are stacked, each point with four neighbours at 60 degrees. It "
    "looks perfect, but the squares between the points are holes: five neighbours fit, further off."
)


def _random():
    points = np.random.default_rng(0).normal(size=(12, 3))
    return points.round(2).tolist()


_SIGNS = [-1, 1]
_CUBE = [[x, y, z] for x in _SIGNS for y in _SIGNS for z in _SIGNS]
_STACK = [p for a in _SIGNS for b in _SIGNS for p in ([a, b, 0], [a, 0, b], [0, a, b])]
_CLOCK = [[float(np.cos(turn)), float(np.sin(turn)), 0.0] for turn in np.arange(12) * np.pi / 6]

PLACING = (
    Exercise(
        title="Twelve points, far apart",
        level="hard",
        minutes=10,
        reference=[
            *([0, 1, 1.618], [0, 1, -1.618], [0, -1, 1.618], [0, -1, -1.618]),
            *([1, 1.618, 0], [1, -1.618, 0], [-1, 1.618, 0], [-1, -1.618, 0]),
            *([1.618, 0, 1], [1.618, 0, -1], [-1.618, 0, 1], [-1.618, 0, -1]),
        ],
        name="points",
        judge=_placed,
        slips=(
            Slip(_CLOCK, FLAT),
            Slip(_STACK, STACKED),
            Slip(
                [*_CUBE, [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]],
                "The closest two, 0 and 9 (we count from 0), have cosine 0.58; below 0.46 is "
                "possible. Others still have room: move the two apart, again and again.",
            ),
            Slip(_random(), SCATTERED),
            Slip(
                [*_CUBE, [1, 0, 0], [-1, 0, 0]],
                "Expected twelve points, got 10: with fewer it would be too easy.",
            ),
            Slip(
                [*_CUBE, [2, 2, 2], [1, 0, 0], [-1, 0, 0], [0, 1, 0]],
                "Points 7 and 8 lie in the same direction (we count from 0).",
            ),
        ),
        hints=(
            "By hand: think of the twelve dark patches of a football, or of the corners of a die "
            "with twenty faces. How many neighbours has each?",
            "By machine: start anywhere. Find everybody's nearest other point and move away from "
            "it: `points - rate * points[nearest]`, back onto the sphere. Let the rate shrink.",
            "The corners of the die lie on three crossed rectangles: (0, ±1, ±1.618), "
            "(±1, ±1.618, 0), (±1.618, 0, ±1).",
        ),
        why="It is the icosahedron: each of its twelve corners has five neighbours, all at "
        r"cosine $1/\sqrt5 \approx 0.447$, about 63 degrees. Nothing is further apart.",
    ),
)
