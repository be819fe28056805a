"""One way to say what is wrong: what was expected, what came, what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence

_LONGEST = 500  # characters of what came that an error repeats


def refuse(expected: str, got: object, remedy: str) -> ValueError:
    """Build the error for bad input; the caller raises it.

    Examples
    --------
    >>> str(refuse("a margin in [-1, 1]", 1.5, "Cosines never leave [-1, 1]: choose one inside."))
    'Expected a margin in [-1, 1], got 1.5. Cosines never leave [-1, 1]: choose one inside.'
    """
    came = str(got)
    came = came if len(came) <= _LONGEST else f"{came[:_LONGEST]}…"
    return ValueError(f"Expected {expected}, got {came}. {remedy}")


def number(name: str, value: object, low: float, high: float, remedy: str) -> float:
    """Return `value` as a finite float in [low, high], or raise ValueError."""
    expected = f"{name} to be a number in [{low:g}, {high:g}]"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise refuse(expected, f"{value!r}", remedy)
    try:
        found = float(value)
    except OverflowError:  # a whole number beyond all floats
        found = math.inf
    if not math.isfinite(found) or not low <= found <= high:
        raise refuse(expected, f"{found:g}", remedy)
    return found


def whole(name: str, value: object, low: int, remedy: str) -> int:
    """Return `value` as an int of at least `low`, or raise ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise refuse(f"{name} to be a whole number of at least {low}", f"{value!r}", remedy)
    return value


def choice(name: str, value: object, options: Sequence[str]) -> str:
    """Return `value` if it is one of `options`, or raise ValueError."""
    if value not in options:
        raise refuse(
            f"{name} to be one of {', '.join(options)}", f"{value!r}", "Choose one of these."
        )
    return str(value)
