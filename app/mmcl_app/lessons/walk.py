"""Where a reader is in a lesson: in the session, and as one word of the address."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

import streamlit as st

from mmcl_app.lessons.loading import FOLDER, Lesson, Step, load_all
from mmcl_app.lessons.scenes import run_again, scene
from mmcl_app.state import LESSON, visit

_WALK, _WRITTEN = "mmcl/lesson/walk", "mmcl/lesson/written"
_LONGEST = 100  # characters of a name or number that are looked at
_CHOICES, _FINISHED = "mmcl/lesson/choices", "mmcl/lesson/finished"


@dataclass(frozen=True)
class Walk:
    """A lesson's name, a step counted from 1, and what was predicted there: 0 is nothing yet."""

    name: str
    number: int = 1
    choice: int = 0

    @property
    def lesson(self) -> Lesson:
        return lessons()[self.name]

    @property
    def step(self) -> Step:
        return self.lesson.steps[self.number - 1]

    @property
    def opened(self) -> bool:
        """Whether the scene is to be seen: at once, or after the prediction."""
        return not self.step.ask or self.choice > 0

    def word(self) -> str:
        """Return the word of the address: ``knot.2``, or ``knot.2.1`` with a prediction."""
        return f"{self.name}.{self.number}" + (f".{self.choice}" if self.choice else "")


def lessons() -> dict[str, Lesson]:
    """Return the lessons that can be walked."""
    return read()[0]


def read() -> tuple[dict[str, Lesson], list[str]]:
    """Return the lessons, and what is wrong with other files; read again when a file changes."""
    files = (path for path in sorted(FOLDER.glob("*.toml")) if path.exists())
    stamps = tuple((path.name, path.stat().st_mtime_ns) for path in files)
    return _read(stamps)


@lru_cache(maxsize=1)
def _read(stamps: tuple[tuple[str, int], ...]) -> tuple[dict[str, Lesson], list[str]]:
    return load_all(FOLDER)


def understood(word: str) -> Walk:
    """Read the word of an address; a step beyond the ends becomes the nearest.

    Raises
    ------
    ValueError
        If there is no such lesson.
    """
    name, number, choice = [*(part[:_LONGEST] for part in word.split(".")), "", ""][:3]
    if name not in lessons():
        came = re.sub(r"[^\w.-]", "", word)[:40] or "nothing"
        raise ValueError(
            f"Expected one of the lessons {', '.join(lessons())} and a step, like knot.2, got "
            f"{came}. The page Lessons lists them."
        )
    steps = lessons()[name].steps
    at = min(max(int(number) if number.isdecimal() else 1, 1), len(steps))
    chosen = int(choice) if choice.isdecimal() else 0
    return Walk(name, at, chosen if chosen <= len(steps[at - 1].choices) else 0)


def current() -> Walk | None:
    """Return where the reader is now; the address is believed when it is new."""
    asked = st.query_params.get(LESSON)
    walk: Walk | None = st.session_state.get(_WALK)
    if asked is not None and asked != st.session_state.get(_WRITTEN):
        try:
            walk = understood(asked)
        except ValueError as error:
            st.info(str(error))
            del st.query_params[LESSON]
    if walk and walk.name not in lessons():
        walk = None
    _keep(walk)
    return walk


def _keep(walk: Walk | None) -> None:
    st.session_state[_WALK] = walk
    st.session_state[_WRITTEN] = word = walk.word() if walk else None
    if walk and walk.choice:
        st.session_state.setdefault(_CHOICES, {})[walk.name, walk.number] = walk.choice
    if word and st.query_params.get(LESSON) != word:
        st.query_params[LESSON] = word


def go(name: str, number: int, page: str) -> None:
    """Go to a step, from a page: what it opens is opened, unless it asks for a prediction first."""
    chosen = st.session_state.get(_CHOICES, {}).get((name, number), 0)
    move(Walk(name, number, chosen), page)


def predict(walk: Walk, choice: int, page: str) -> None:
    """Keep a prediction, and open the scene."""
    move(replace(walk, choice=choice), page)


def move(walk: Walk, page: str) -> None:
    """Walk there from a page, and run it anew."""
    step = walk.step
    if walk.opened and (step.scene or step.page != page):
        st.session_state[_WALK], st.session_state[_WRITTEN] = walk, walk.word()
        words = {**scene(step), LESSON: walk.word()}
        visit("lesson")  # so that the page is reached anew, and plays
        st.switch_page(f"views/{step.page}.py", query_params=words)
    _keep(walk)
    run_again(page)


def end(finished: bool, page: str) -> None:
    """Leave the lesson, from a page."""
    walk: Walk | None = st.session_state.get(_WALK)
    if walk and finished:
        st.session_state[_FINISHED] = finished_lessons() | {walk.name}
    st.session_state[_WALK] = st.session_state[_WRITTEN] = None
    st.query_params.pop(LESSON, None)
    if finished:
        st.switch_page("views/lessons.py")
    run_again(page)


def finished_lessons() -> set[str]:
    """Return the names of the lessons walked to their end in this session."""
    found: set[str] = st.session_state.get(_FINISHED, set())
    return found
