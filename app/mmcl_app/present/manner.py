"""How pages are shown: for a projector, and with controls hidden or locked.

Three words of an address belong to no page and are carried over all of them:
``present=1``, ``hide=negatives.more`` and ``lock=margins``. A part of a page is named once, where
it is defined, and neither the part nor the page asks anything else:

    @control("negatives")
    def negatives() -> None: ...

A hidden part is not shown. In a locked one, widgets bound by a `PageState` are disabled; what has
no binding asks `locked`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

import streamlit as st

from mmcl_app.notes import show_notes
from mmcl_app.url import Choices, Flag, Note, encode, parse

Given = ParamSpec("Given")


@dataclass(frozen=True)
class Control:
    """A named part of pages.

    `hides` and `locks` say what may be done to it; `quiet` parts are not shown on a projector.
    """

    about: str
    hides: bool = True
    locks: bool = True
    quiet: bool = False


CONTROLS: dict[str, Control] = {
    "margins": Control("the penalty: margins, band weights, negative weight"),
    "negatives": Control("N, the negatives per like"),
    "lanes": Control("the choice of a lane, and more or fewer of them"),
    "more": Control("the Lab's world, sampling and training; the Challenge's rate; Train's rest"),
    "story": Control("the Lab's stories and guided questions", quiet=True),
    "world": Control("the Lab's choice between toy world and films", quiet=True),
    "cosines": Control("whose cosines the Lab on films shows"),
    "points": Control("moving points of the sphere by hand", hides=False),
    "start": Control("the buttons that train or play"),
    "typed": Control("boxes to type a penalty in", quiet=True),
    "rivals": Control("other losses over the penalty", quiet=True),
    "curves": Control("the plots below the spheres", locks=False),
    "panel": Control("the panel How many negatives?", locks=False),
    "numbers": Control("tables and formulas", locks=False, quiet=True),
    "words": Control("explanations", locks=False, quiet=True),
    "home": Control("Take it home", locks=False, quiet=True),
    "pages": Control("the list of pages and the glossary", locks=False, quiet=True),
    "link": Control("the buttons for this page's link", locks=False),
}

FIELDS = (
    Flag("present", False),
    Choices("hide", (), tuple(name for name, one in CONTROLS.items() if one.hides)),
    Choices("lock", (), tuple(name for name, one in CONTROLS.items() if one.locks)),
)
NAMES = tuple(field.name for field in FIELDS)

_NOW, _WRITTEN, _NOTES = (f"mmcl/manner/{what}" for what in ("now", "written", "notes"))
_locked: ContextVar[bool] = ContextVar("locked", default=False)


@dataclass(frozen=True)
class Manner:
    """What an address says about how pages are shown."""

    present: bool = False
    hide: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()

    def hides(self, name: str) -> bool:
        """Return whether a part is not shown."""
        return name in self.hide or (self.present and CONTROLS[name].quiet)

    def words(self) -> dict[str, str]:
        """Return the words of an address; what is as usual has none."""
        written = encode(FIELDS, vars(self))
        return {f.name: written[f.name] for f in FIELDS if getattr(self, f.name) != f.default}


def understood(query: dict[str, str]) -> tuple[Manner, list[Note]]:
    """Read the words of an address that are about the manner; nonsense gets a note."""
    values, notes = parse(FIELDS, {name: query[name] for name in NAMES if name in query})
    return Manner(**values), notes


def manner() -> Manner:
    """Return how pages are shown now."""
    now: Manner = st.session_state.get(_NOW, Manner())
    return now


def follow() -> Manner:
    """Take over what the address says, if it is new, and carry it over to every page."""
    query = st.query_params.to_dict()
    asked = {name: query[name] for name in NAMES if name in query}
    if asked and asked != st.session_state.get(_WRITTEN):
        st.session_state[_NOW], st.session_state[_NOTES] = understood(query)
    _write(manner())
    show_notes(st.session_state.get(_NOTES, []), "manner", _dismiss)
    return manner()


def leave() -> None:
    """End the presentation; what is hidden or locked stays so."""
    now = manner()
    st.session_state[_NOW] = Manner(False, now.hide, now.lock)
    _write(manner())


def _write(now: Manner) -> None:
    st.session_state[_WRITTEN] = words = now.words()
    for name in NAMES:
        if name not in words:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != words[name]:
            st.query_params[name] = words[name]


def _dismiss() -> None:
    st.session_state[_NOTES] = []


def presenting() -> bool:
    """Return whether the page is for a projector."""
    return manner().present


def locked() -> bool:
    """Return whether the part that is being shown is locked."""
    return _locked.get()


def control(name: str) -> Callable[[Callable[Given, Any]], Callable[Given, None]]:
    """Name a part of a page, so that an address can hide or lock it.

    Raises
    ------
    KeyError
        If `CONTROLS` does not know the name.
    """
    known = CONTROLS[name]

    def named(show: Callable[Given, Any]) -> Callable[Given, None]:
        @wraps(show)
        def shown(*args: Given.args, **kwargs: Given.kwargs) -> None:
            now = manner()
            if known.hides and now.hides(name):
                return
            token = _locked.set(_locked.get() or name in now.lock)
            try:
                show(*args, **kwargs)
            finally:
                _locked.reset(token)

        return shown

    return named


def prose(text: str) -> None:
    """Show an explanation, unless explanations are hidden."""
    _prose(text)


@control("words")
def _prose(text: str) -> None:
    st.markdown(text)
