"""Every exercise by its name, read from the chapter files."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .exercise import Exercise

CHAPTERS = range(1, 9)


@cache
def exercises(chapter: int) -> dict[str, Exercise]:
    """Return the exercises of a notebook by name, as ``{"3.1": ..., "3.2": ...}``."""
    listed = import_module(f"{__package__}.chapter_{chapter}").EXERCISES
    return {f"{chapter}.{i}": exercise for i, exercise in enumerate(listed, 1)}


def find(name: str) -> Exercise:
    """Return an exercise by its name.

    Raises
    ------
    ValueError
        There is none of that name.

    Examples
    --------
    >>> find("3.1").title
    'From distance to cosine'
    """
    chapter = str(name).split(".")[0]
    if chapter.isdigit() and int(chapter) in CHAPTERS and name in exercises(int(chapter)):
        return exercises(int(chapter))[name]
    raise ValueError(
        f'Expected the name of an exercise, as "3.2" for the second of notebook 3, got {name!r}. '
        "It stands in the exercise's heading."
    )
