"""Where a student asks: check, hint, solution; words first, buttons for more."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
from IPython.display import Markdown, display

from .exercise import Exercise, Verdict
from .register import find

OPENING = {"open": "Not attempted yet.", "wrong": "Not yet.", "right": "Right."}
GOES_ON = "The notebook goes on with the solution."

_told: dict[str, int] = {}


def check(name: str, answer: Any) -> Any:
    """Judge an answer, say so, and return what the notebook goes on with.

    Parameters
    ----------
    name : str
        As in the exercise's heading, for example ``"3.2"``.
    answer
        What stands in the cell: a value or a function.

    Returns
    -------
    object
        The answer if it is right, else the solution.
    """
    exercise = find(name)
    verdict = exercise.verdict(answer)
    display(Markdown(f"**Exercise {name}.** {_words(verdict)}"))
    if verdict.state == "right":
        return answer
    display(_buttons(name, exercise))
    return exercise.reference


def hint(name: str) -> None:
    """Show the next hint of an exercise; after the last, the last again."""
    display(Markdown(_next_hint(name, find(name))))


def solution(name: str) -> None:
    """Show the solution of an exercise, and why it is one."""
    display(Markdown(_solution(find(name))))


def _words(verdict: Verdict) -> str:
    after = "" if verdict.state == "right" else f" {GOES_ON}"
    return f"{OPENING[verdict.state]} {verdict.words}{after}"


def _next_hint(name: str, exercise: Exercise) -> str:
    told = min(_told.get(name, 0) + 1, len(exercise.hints))
    _told[name] = told
    return f"**Hint {told} of {len(exercise.hints)}.** {exercise.hints[told - 1]}"


def _solution(exercise: Exercise) -> str:
    return f"```python\n{exercise.source}\n```\n\n{exercise.why}"


def _buttons(name: str, exercise: Exercise) -> widgets.VBox:
    """Return the buttons Hint and Solution, and the place where they write."""
    said = widgets.Output()
    ask, show = widgets.Button(description="Hint"), widgets.Button(description="Solution")

    def tell(_: widgets.Button) -> None:
        said.append_display_data(Markdown(_next_hint(name, exercise)))

    def reveal(_: widgets.Button) -> None:
        show.disabled = True
        said.append_display_data(Markdown(_solution(exercise)))

    ask.on_click(tell)
    show.on_click(reveal)
    return widgets.VBox([widgets.HBox([ask, show]), said])
