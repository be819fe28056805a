"""Whether two answers are the same; if not, a sentence says what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


class Unlike(Exception):
    """Two answers differ; the message says how, in a sentence."""


def holds_dots(answer: Any) -> bool:
    """Tell whether an answer is `...`, or has one inside."""
    if answer is ...:
        return True
    if isinstance(answer, Mapping):
        return any(holds_dots(part) for part in answer.values())
    return isinstance(answer, list | tuple) and any(holds_dots(part) for part in answer)


def same(got: Any, wanted: Any, tolerance: float) -> None:
    """Compare an answer with the one wanted.

    Numbers, arrays, tensors and lists of numbers are compared within the tolerance, whatever holds
    them; words without regard to case; of a tuple and a mapping, every part.

    Raises
    ------
    Unlike
        With a sentence about the kind, the shape, a value that is not a number, or the values.

    Examples
    --------
    >>> same([1, 2], torch.tensor([1.0, 2.0]), 1e-4)
    >>> same([1, 2], 3.0, 1e-4)
    Traceback (most recent call last):
    ...
    checks.compare.Unlike: Expected one number, got 2 numbers.
    """
    if isinstance(wanted, str):
        _words(got, wanted)
    elif isinstance(wanted, Mapping):
        _mapping(got, wanted, tolerance)
    elif isinstance(wanted, tuple):
        _parts(got, wanted, tolerance)
    elif isinstance(wanted, list | set | frozenset) and any(isinstance(w, str) for w in wanted):
        _listed(got, wanted)
    else:
        _numbers(got, wanted, tolerance)


def _words(got: Any, wanted: str) -> None:
    if not isinstance(got, str):
        raise Unlike(f"Expected a word or a letter in quotes, got a {type(got).__name__}.")
    if got.strip().lower() != wanted.lower():
        raise Unlike(f"It is not {got.strip()[:40]!r}.")


def _listed(got: Any, wanted: list[str] | set[str] | frozenset[str]) -> None:
    kind = "list" if isinstance(wanted, list) else "set"
    if not isinstance(got, list | tuple | set | frozenset):
        raise Unlike(f"Expected a {kind} of {len(wanted)} words, got a {type(got).__name__}.")
    if len(got) != len(wanted):
        raise Unlike(f"Expected {len(wanted)} words, got {len(got)}.")
    if not all(isinstance(word, str) for word in got) or set(got) != set(wanted):
        raise Unlike(f"Expected these words, in the right order: {', '.join(sorted(wanted))}.")
    if isinstance(wanted, list) and list(got) != wanted:
        raise Unlike("These are the right words, but not in the right order.")


def _mapping(got: Any, wanted: Mapping[Any, Any], tolerance: float) -> None:
    if not isinstance(got, Mapping):
        raise Unlike(f"Expected a dict, got a {type(got).__name__}.")
    if set(got) != set(wanted):
        raise Unlike(f"Expected the keys {list(wanted)}, got {list(got)}.")
    for key, value in wanted.items():
        try:
            same(got[key], value, tolerance)
        except Unlike as unlike:
            raise Unlike(f"At {key!r}: {unlike}") from None


def _parts(got: Any, wanted: tuple[Any, ...], tolerance: float) -> None:
    if not isinstance(got, tuple | list) or len(got) != len(wanted):
        came = f"{len(got)}" if isinstance(got, tuple | list) else f"a {type(got).__name__}"
        raise Unlike(f"Expected {len(wanted)} values, separated by commas, got {came}.")
    for i, (one, other) in enumerate(zip(got, wanted, strict=True), 1):
        try:
            same(one, other, tolerance)
        except Unlike as unlike:
            raise Unlike(f"Value {i} of {len(wanted)}: {unlike}") from None


def _numbers(got: Any, wanted: Any, tolerance: float) -> None:
    right = as_numbers(wanted)
    try:
        found = as_numbers(got)
    except Exception:
        kind = type(got).__name__
        raise Unlike(f"Expected {_form(right)}, got something of type {kind}.") from None
    if found.shape != right.shape:
        raise Unlike(f"Expected {_form(right)}, got {_form(found)}.")
    if np.isnan(found).any() and not np.isnan(right).any():
        raise Unlike(
            "There is a NaN (not a number) in it. Look for 0 / 0, the root or the logarithm of a "
            "negative number."
        )
    if not np.allclose(found, right, rtol=tolerance, atol=tolerance / 100, equal_nan=True):
        raise Unlike(_difference(found, right, tolerance))


def as_numbers(value: Any) -> NDArray[np.float64]:
    """Return numbers of any container as float64.

    Raises
    ------
    TypeError, ValueError
        There is something else in it.
    """
    if value is None or isinstance(value, str | bytes | complex):
        raise TypeError(type(value).__name__)
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().to(torch.float64).numpy()
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, list | tuple):
        value = [as_numbers(part) for part in value]
    found = np.asarray(value)
    if found.dtype.kind not in "biuf":
        raise TypeError(type(value).__name__)
    return found.astype(np.float64)


def _form(numbers: NDArray[np.float64]) -> str:
    if numbers.ndim == 0:
        return "one number"
    if numbers.ndim == 1:
        return f"{len(numbers)} numbers"
    return f"numbers of shape {numbers.shape}"


def _difference(found: NDArray[np.float64], right: NDArray[np.float64], tolerance: float) -> str:
    """Say which values differ, without giving the right ones away."""
    if found.ndim == 0:
        return f"It is not {found:.4g}."
    wrong = ~np.isclose(found, right, rtol=tolerance, atol=tolerance / 100)
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    at = place[0] if len(place) == 1 else place
    return f"{wrong.sum()} of {wrong.size} values differ; the first is {found[place]:.4g} at {at}."
