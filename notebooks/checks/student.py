"""Calling what a student wrote: every way to fail becomes a sentence."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any


class Stopped(Exception):
    """A student's function did not come to its end; the message says why, in a sentence."""

    def __init__(self, words: str, unfinished: bool = False) -> None:
        super().__init__(words)
        self.unfinished = unfinished


def ask(function: Callable[..., Any], *given: Any) -> Any:
    """Return what a student's function makes of the arguments.

    Raises
    ------
    Stopped
        It raised something, at the line that is said; or a `...` is left in it.
    """
    try:
        return function(*given)
    except Exception as error:
        if isinstance(error, TypeError | AttributeError) and "ellipsis" in str(error).lower():
            words = "There is still a ... in your function. Replace it and run the cell again."
            raise Stopped(words, unfinished=True) from None
        name = getattr(function, "__name__", "your function")
        kind, said = type(error).__name__, str(error) or "no message"
        raise Stopped(
            f"{name} stopped{_where(error)} with {kind}: {said}.{_advice(error)}"
        ) from None


def _where(error: BaseException) -> str:
    """Return the line that raised, of the function itself."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # without `ask`
    if not frames or not frames[0].line:
        return ""
    return f" at `{frames[0].line}`"


def _advice(error: BaseException) -> str:
    if isinstance(error, NameError):
        return " After a restart, first run the imports at the top of the notebook."
    return ""
