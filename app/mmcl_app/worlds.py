"""The two worlds of the Lab, and which of them is asked for."""

from __future__ import annotations

import streamlit as st

from mmcl_app.present.manner import control, locked
from mmcl_app.state import here, page_words

TITLES = {"toy": "Toy world", "films": "Real films"}
_PAGES = ("toy", "lab")  # the names of their states
_FILMS = {"margins", "band_weights", "negative_weight", "trained", "epoch", "rivals", "question"}
_LAST = "mmcl/worlds/last"


def world() -> str:
    """Return "toy" or "films".

    What the address says or is about. Without words in it, the world shown last if the reader
    comes from another page, else the toy.
    """
    query, found = page_words(), "toy"
    if query:
        films = query.get("world") == "films" or not _FILMS.isdisjoint(query)
        found = "films" if films and query.get("world") != "toy" else "toy"
    elif here() not in _PAGES:
        found = st.session_state.get(_LAST, "toy")
    st.session_state[_LAST] = found
    return found


@control("world")
def choice(now: str) -> None:
    """Show the choice of a world."""
    key = f"worlds.{now}"
    st.segmented_control(
        "World",
        tuple(TITLES),
        default=now,
        format_func=TITLES.get,
        required=True,
        key=key,
        label_visibility="collapsed",
        disabled=locked(),
        on_change=_choose,
        args=(key,),
    )


def _choose(key: str) -> None:
    """Go to the other world's address, so that going back is one step."""
    asked = st.session_state[key]
    if asked == "toy":
        from mmcl_app.toy.settings import STATE
    else:
        from mmcl_app.lab.settings import STATE
    st.query_params.from_dict(STATE.link(world=asked))
