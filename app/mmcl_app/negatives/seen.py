"""What the panel shows, as numbers, whatever world they come from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from mmcl_core.noise import any_active

MOST = 300  # N goes from 1 to this
AT = (1, 3, 10, 30, 100, MOST)  # where negatives are drawn
ALONG = tuple(sorted({*AT, *np.geomspace(1, MOST, 40).round().astype(int).tolist()}))
POOLS = (1, 2, 4, 8, 16, 40, 120)

Pairs = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chance:
    """The chance that one of N is active: by the formula, drawn, and for the mean user."""

    name: str
    place: int  # of its colour
    n: int
    here: float  # the chance at its own N
    curve: Pairs
    drawn: Pairs
    one_for_all: Pairs
    nobody: float  # share of users with no active item at all


@dataclass(frozen=True)
class Noise:
    """Standard deviation of the push, in units of the push budget, and aim, against N.

    Empty where nobody is pushed. `one` and `relative` are of one negative: the noise, and the same
    in lengths of the mean push; a loss whose push depends on N has no `one`.
    """

    name: str
    place: int
    active: float
    one: float
    relative: float
    curve: Pairs
    drawn: Pairs
    aim: Pairs


@dataclass(frozen=True)
class Way:
    """What one way of drawing finds; None where it is not known."""

    name: str
    own: bool  # whether this scene draws so
    active: float
    any_active: float | None
    false: float
    known: float
    different: int | None  # items in a batch of 64 likes


@dataclass(frozen=True)
class Seen:
    """All of it."""

    n: int  # the scene's own N
    where: str  # whose points these are
    chances: tuple[Chance, ...]
    noises: tuple[Noise, ...]
    ways: tuple[Way, ...]
    pools: tuple[tuple[int, float, float], ...]  # M, active, false among the hardest of M


def chance(name: str, place: int, n: int, active: Tensor, drawn: Pairs) -> Chance:
    """Compute the chance from the share of active items of each user, (U,)."""
    mean = float(active.mean())
    return Chance(
        name,
        place,
        n,
        any_active(active, n),
        tuple((float(at), any_active(active, at)) for at in ALONG),
        drawn,
        tuple((float(at), 1 - (1 - mean) ** at) for at in ALONG),
        float((active == 0).double().mean()),
    )


def falling(one: float) -> Pairs:
    """Return noise against N, from that of one negative."""
    if not math.isfinite(one):
        return ()
    return tuple((float(at), one / math.sqrt(at)) for at in ALONG)


def finite(pairs: Iterable[tuple[float, float]]) -> Pairs:
    """Return the pairs whose y is a number."""
    return tuple((float(x), float(y)) for x, y in pairs if math.isfinite(y))
