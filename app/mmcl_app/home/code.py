"""Settings written as Python: what is as usual is left out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

INDENT = "    "


def call(value: Any, depth: int = 0) -> str:
    """Write a frozen dataclass as the call that makes it, a field a line.

    Parameters
    ----------
    value : dataclass instance
        Every field has a default.
    depth : int
        How many times the closing bracket is indented.
    """
    usual = type(value)()
    given = {
        field.name: getattr(value, field.name)
        for field in dataclasses.fields(value)
        if getattr(value, field.name) != getattr(usual, field.name)
    }
    if not given:
        return f"{type(value).__name__}()"
    lines = [f"{INDENT * (depth + 1)}{name}={plain(part)},\n" for name, part in given.items()]
    return f"{type(value).__name__}(\n{''.join(lines)}{INDENT * depth})"


def plain(value: Any) -> str:
    """Write numbers, words, and lists and mappings of them.

    Examples
    --------
    >>> plain({"margins": (0.2, 0.4), "negative_weight": 2.0})
    "{'margins': [0.2, 0.4], 'negative_weight': 2.0}"
    """
    if isinstance(value, Mapping):
        inside = ", ".join(f"{plain(k)}: {plain(v)}" for k, v in value.items())
        return f"{{{inside}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(plain, value))}]"
    if isinstance(value, float):  # also NumPy's, which call themselves by another name
        return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'
    return repr(value)


def mapping(values: Mapping[str, str]) -> str:
    """Write a mapping from names to code, an entry a line."""
    inside = "".join(f"{INDENT}{name!r}: {code},\n" for name, code in values.items())
    return f"{{\n{inside}}}"
