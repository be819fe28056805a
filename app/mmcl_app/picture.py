"""The picture of the Start page: a staircase of pushes and whom it meets, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from mmcl_core.colours import band_colours, faded, palette

MARGINS = (0.2, 0.4, 0.6, 0.8)
WEIGHTS = (0.05, 0.15, 0.2, 0.6)
NEGATIVES = (-0.13, -0.02, 0.05, 0.14, 0.26, 0.35, 0.45, 0.56, 0.69, 0.87)  # cosines
POSITIVE = 0.42
WIDTH, HEIGHT = 640, 470
LEFT, RIGHT, TOP, FLOOR = 24, 600, 92, 402
FONT = "font-family='Source Sans, Segoe UI, system-ui, sans-serif'"


def slope(s: float) -> float:
    """Push on a negative at cosine s, as a share of the highest."""
    return sum(w for m, w in zip(MARGINS, WEIGHTS, strict=True) if s > m)


def x_of(s: float) -> float:
    """Horizontal place of a cosine from -0.2 to 1."""
    return LEFT + (RIGHT - LEFT) * (s + 0.2) / 1.2


def y_of(push: float) -> float:
    """Height of a push."""
    return FLOOR - (FLOOR - TOP) * push


def staircase_svg(mode: str) -> str:
    """Draw the staircase, ten negatives on it with their forces, one positive, and the user.

    The arrows are to scale: slope x leverage, in the direction away from the user.
    """
    found, tints = palette(mode), band_colours(len(MARGINS), mode)
    parts = [*_steps(tints), *_axis(found.text, found.muted)]
    for s in NEGATIVES:
        parts += _negative(s, tints)
    parts += _positive(found.positive, found.text) + _words(found.text, found.muted)
    return f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img'>{''.join(parts)}</svg>"


def _steps(tints: Sequence[str]) -> list[str]:
    parts = []
    edges = [*MARGINS, 1.0]
    for band, (left, right) in enumerate(pairwise(edges), 1):
        x, y, width = x_of(left), y_of(slope(right)), x_of(right) - x_of(left)
        parts.append(
            f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{FLOOR - y:.1f}' "
            f"fill='{faded(tints[band], 0.16)}'/>"
            f"<path d='M{x:.1f} {y_of(slope(left)):.1f}V{y:.1f}H{x + width:.1f}' fill='none' "
            f"stroke='{tints[band]}' stroke-width='3'/>"
        )
    start = x_of(MARGINS[0])
    parts.append(f"<path d='M{LEFT} {FLOOR}H{start:.1f}' stroke='{tints[0]}' stroke-width='3'/>")
    return parts


def _axis(text: str, muted: str) -> list[str]:
    user = x_of(1.0)
    return [
        f"<path d='M{LEFT} {FLOOR}H{user}' stroke='{muted}' stroke-width='1'/>",
        f"<path d='M{user} {TOP - 50}V{FLOOR}' stroke='{text}' stroke-width='1.5'/>",
        f"<circle cx='{user}' cy='{TOP - 60}' r='9' fill='{text}'/>",
    ]


def _negative(s: float, tints: Sequence[str]) -> list[str]:
    band = sum(s > m for m in MARGINS)
    x, y, tint = x_of(s), y_of(slope(s)) - 16, tints[band]
    length = 150 * slope(s) * sqrt(1 - s * s)
    arrow = _arrow(x - 11, y, -length, tint) if band else ""
    return [arrow, _shape(band, x, y, tint)]


def _arrow(x: float, y: float, length: float, tint: str) -> str:
    way = 1 if length > 0 else -1
    end = x + length
    return (
        f"<path d='M{x:.1f} {y:.1f}H{end:.1f}' stroke='{tint}' stroke-width='2.5'/>"
        f"<path d='M{end + way * 7:.1f} {y:.1f}l{-way * 8} -4.5v9z' fill='{tint}'/>"
    )


def _shape(band: int, x: float, y: float, tint: str) -> str:
    at = f"transform='translate({x:.1f} {y:.1f})' fill='{tint}'"
    return {
        0: f"<path {at} d='M-5 -5L5 5M5 -5L-5 5' stroke='{tint}' stroke-width='3'/>",
        1: f"<circle {at} r='7'/>",
        2: f"<rect {at} x='-6.5' y='-6.5' width='13' height='13'/>",
        3: f"<path {at} d='M0 -9L9 0L0 9L-9 0Z'/>",
        4: f"<path {at} d='M0 -9L9 7H-9Z'/>",
    }[band]


def _positive(tint: str, text: str) -> list[str]:
    x, y = x_of(POSITIVE), TOP + 92
    return [
        f"<circle cx='{x:.1f}' cy='{y}' r='7' fill='none' stroke='{tint}' stroke-width='3'/>",
        _arrow(x + 12, y, 62, tint),
        _text("a positive is pulled", x - 18, y + 5, text, "end"),
    ]


def _words(text: str, muted: str) -> list[str]:
    kick = x_of(NEGATIVES[-1]) - 11 - 150 * sqrt(1 - NEGATIVES[-1] ** 2)
    return [
        _text("the user", x_of(1.0) - 20, TOP - 55, text, "end"),
        _text("dead: left alone", x_of(0.0), FLOOR - 42, text, "middle"),
        _text("soft nudges", x_of(0.29), y_of(slope(0.41)) - 34, text, "middle"),
        _text("a hard kick", kick - 16, TOP - 11, text, "end"),
        _text("nearer to the user (cosine)", x_of(0.4), FLOOR + 50, muted, "middle"),
        *(
            _text(f"{s:g}", x_of(s), FLOOR + 24, muted, "middle")
            for s in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        ),
    ]


def _text(words: str, x: float, y: float, colour: str, anchor: str) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' fill='{colour}' font-size='16' {FONT} "
        f"text-anchor='{anchor}'>{words}</text>"
    )


ALT = (
    "A staircase of pushes: negatives below the first margin are left alone, those on the low "
    "steps get short arrows away from the user, the one on the highest step gets a long arrow. "
    "A positive is pulled towards the user."
)
