"""Settings of the challenge: one margin in the address, and what was scored in this session."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from mmcl_app.designer import Design
from mmcl_app.state import PageState
from mmcl_app.turns import turn
from mmcl_app.url import Number
from mmcl_core.challenge import Entry, Result, Round, judge, play

HEAVIEST = 40.0
RATES = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
STATE = PageState(
    "challenge",
    (
        Number("margin", 0.9, -1.0, 1.0),
        Number("weight", 2.0, 0.0, HEAVIEST),
        Number("rate", 1.0, 0.01, 10.0),
    ),
)
_SCORES = "mmcl/challenge/scores"

Score = tuple[Entry, Result]


def entry() -> Entry:
    """Return what is designed now."""
    return Entry(STATE["margin"], STATE["weight"], STATE["rate"])


def take(one: Entry) -> None:
    """Design this one."""
    STATE.set(**values_of(one))


def values_of(one: Entry) -> dict[str, float]:
    """Return the values of the page that design this one."""
    return {"margin": one.margin, "weight": one.negative_weight, "rate": one.rate_factor}


def redesign(design: Design) -> None:
    """Take over what the designer says; with one margin the band weight only scales w_n."""
    if design.margins:
        weight = min(design.negative_weight * design.weights[0], HEAVIEST)
        STATE.set(margin=design.margins[0], weight=round(weight, 3))


def rounds(one: Entry) -> Iterator[Round]:
    """Play the worlds one by one, taking turns with other readers."""
    playing = play(one)
    while True:
        with turn():
            found = next(playing, None)
        if found is None:
            return
        yield found


def keep(one: Entry, played: list[Round]) -> None:
    """Remember a score for this session."""
    st.session_state[_SCORES] = [*scores(), (one, judge(played))]


def scores() -> list[Score]:
    """Return what was scored in this session, the oldest first."""
    found: list[Score] = st.session_state.get(_SCORES, [])
    return found


def best() -> Score | None:
    """Return the score with the largest mean difference."""
    return max(scores(), key=lambda score: score[1].difference, default=None)
