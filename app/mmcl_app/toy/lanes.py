"""Lanes A, B and C: what they are called, and how they stand in an address."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mmcl_app.designer import Design
from mmcl_app.url import Note, Read, number_text
from mmcl_core.colours import MOST_BANDS
from mmcl_core.sampling import KINDS
from mmcl_core.stories import Lane

NAMES = ("a", "b", "c")
HEAVIEST = 40.0
MOST_NEGATIVES = 120
FASTEST = 2.0
MOST_MOVES = 8

_PARTS = "margins, band weights, negative weight, N, rate, sampler, pool, false"
_USUAL = ("2", "5", "0.3", "uniform", "0", "none")  # after margins and band weights


def design_of(lane: Lane) -> Design:
    """Return a lane's penalty."""
    return Design(lane.margins, lane.weights, lane.negative_weight)


def acting(lane: Lane) -> Lane:
    """Return the lane with margins that act: none of band weight 0, equal ones joined.

    The core wants one margin at least, so without any there is one of band weight 0.
    """
    joined: dict[float, float] = {}
    for margin, weight in sorted(zip(lane.margins, lane.weights, strict=True)):
        if weight > 0:
            joined[margin] = joined.get(margin, 0.0) + weight
    joined = joined or {1.0: 0.0}
    return dataclasses.replace(lane, margins=tuple(joined), weights=tuple(joined.values()))


def training_of(lane: Lane) -> dict[str, Any]:
    """Return what of a lane is not its penalty."""
    names = ("negatives", "rate", "sampler", "pool", "planted")
    return {name: getattr(lane, name) for name in names}


def titles(lanes: Sequence[Lane]) -> list[str]:
    """Name lanes by their penalty, and by what else they differ in."""
    ways = [_ways(lane) for lane in lanes]
    common = set(ways[0]).intersection(*ways)
    named = []
    for lane, way in zip(lanes, ways, strict=True):
        apart = [word for word in way if word not in common]
        named.append("; ".join([_penalty(lane), *apart]))
    return named


def _penalty(lane: Lane) -> str:
    margins = acting(lane).margins
    if not lane.negative_weight or not any(lane.weights):
        return "No negatives"
    listed = " ".join(f"{m:g}".replace("-", "\u2212") for m in margins)
    return f"One margin, {listed}" if len(margins) == 1 else f"Margins {listed}"


def _ways(lane: Lane) -> list[str]:
    sampled = "" if lane.sampler == "uniform" else f"{lane.sampler} negatives"
    if lane.sampler == "hardest":
        sampled = f"the hardest of {lane.pool}"
    false = "" if lane.planted is None else f"{lane.planted:.0%} false"
    weight = f"w_n = {lane.negative_weight:g}"
    words = [weight, f"N = {lane.negatives}", f"rate {lane.rate:g}", sampled, false]
    return [word for word in words if word]


@dataclass(frozen=True)
class LaneField:
    """A lane, its parts joined by "~", those at the end left out if usual; "off" is no lane."""

    name: str
    default: Lane | None

    def read(self, text: str) -> Read:
        if text == "off" and self.name != "a":
            return None, None
        try:
            lane = _lane(text.split("~"))
        except ValueError as error:
            expected = f"{_PARTS}, joined by ~ ({error})"
            return self.default, Note(self.name, expected, text, self.write(self.default))
        return lane, None

    def write(self, value: Any) -> str:
        if value is None:
            return "off"
        planted = "none" if value.planted is None else number_text(value.planted)
        parts = [
            "_".join(map(number_text, value.margins)) or "none",
            "_".join(map(number_text, value.weights)) or "none",
            number_text(value.negative_weight),
            str(value.negatives),
            number_text(value.rate),
            value.sampler,
            str(value.pool),
            planted,
        ]
        while len(parts) > 2 and parts[-1] == _USUAL[len(parts) - 3]:
            parts.pop()
        return "~".join(parts)


def _lane(parts: Sequence[str]) -> Lane:
    """Read a lane; ValueError says in a few words what is wrong."""
    if len(parts) > 8:
        raise ValueError("eight parts at most")
    lists = [_numbers(part) for part in (*parts, "none", "none")[:2]]
    if len(lists[0]) != len(lists[1]) or len(lists[0]) > MOST_BANDS:
        raise ValueError(f"one band weight for each of at most {MOST_BANDS} margins")
    weight, negatives, rate, sampler, pool, planted = (*parts[2:], *_USUAL[len(parts[2:]) :])
    if sampler not in KINDS:
        raise ValueError(f"a sampler is one of {', '.join(KINDS)}")
    n = int(_inside(negatives, 1, MOST_NEGATIVES))
    return Lane(
        "",
        tuple(_inside(m, -1, 1) for m in lists[0]),
        tuple(_inside(w, 0, 1) for w in lists[1]),
        _inside(weight, 0, HEAVIEST),
        n,
        _inside(rate, 0.001, FASTEST),
        sampler,
        int(_inside(pool, n, MOST_NEGATIVES)) if sampler == "hardest" else 0,
        None if planted == "none" else _inside(planted, 0, 1),
    )


def _numbers(text: str) -> list[str]:
    return [] if text == "none" else text.split("_")


def _inside(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise ValueError(f"a number from {low:g} to {high:g}")
    return value


@dataclass(frozen=True)
class Move:
    """A point put elsewhere by hand, in the frame of a step of one lane."""

    lane: int
    step: int
    point: int
    position: tuple[float, ...]


@dataclass(frozen=True)
class MovesField:
    """Moves, the oldest first, each ``lane_step_point_x_y_z``, joined by "~"."""

    name: str
    default: tuple[Move, ...] = ()

    def read(self, text: str) -> Read:
        moves = []
        for word in filter(None, text.split("~")):
            try:
                lane, step, point, *position = word.split("_")
                place = tuple(_inside(x, -1, 1) for x in position)
                numbers = NAMES.index(lane), int(step), int(point)
                if not place or not any(place) or min(numbers) < 0:
                    raise ValueError
            except ValueError:
                expected = "moves as lane_step_point_x_y_z"
                return (), Note(self.name, expected, text, "no moves")
            moves.append(Move(*numbers, place))
        return tuple(moves[:MOST_MOVES]), None

    def write(self, value: Any) -> str:
        return "~".join(
            "_".join([NAMES[m.lane], str(m.step), str(m.point), *(f"{x:.5f}" for x in m.position)])
            for m in value
        )
