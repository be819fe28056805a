"""Train: three losses learn the same data side by side; curves, test, neighbours, first ten."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from mmcl_app.present.layout import head
from mmcl_app.present.manner import control, prose
from mmcl_app.train import jobs
from mmcl_app.train.card import card
from mmcl_app.train.controls import controls
from mmcl_app.train.live import live
from mmcl_app.train.outcome import outcome
from mmcl_app.train.own import own
from mmcl_app.train.settings import DATA, films, page_state, runner
from mmcl_app.train.source import Source

STATE = page_state()


@control("world")
def choice() -> None:
    """Let the reader choose what to train on."""
    st.segmented_control(
        "What to learn from",
        list(DATA),
        format_func=DATA.get,
        label_visibility="collapsed",
        required=True,
        **STATE.bind("data", given="default"),
    )


def source() -> Source | None:
    """Return what to train on, once there is something."""
    if STATE["data"] == "films":
        return films()
    found = own(STATE)
    if found is not None:
        card(found)
    return found


def lab(found: Source) -> None:
    """Show the lanes, their curves and what came out."""
    prose(
        f"Three losses learn from the same {len(found.data.train):,} likes"
        f"{' of films' if found.films else ''}: same start, same order, same negatives. Only the "
        "loss differs. **Guess before you start**: which lane will put the "
        f"{'films' if found.films else 'items'} that people went on to like highest, and which "
        "will push most pairs?"
    )
    now = jobs.look(STATE, found)
    controls(STATE, found, now)
    st.session_state["train/busy"] = now.view.busy
    with st.container(key="train-live"):
        st.fragment(live, run_every=jobs.POLL if now.view.busy else None)(STATE, found)
    if not now.view.busy and any(lane.done for lane in now.view.lanes):
        st.fragment(outcome)(STATE, found, now.view.lanes)


st.html(Path(__file__).parents[1] / "mmcl_app" / "train" / "train.css")
head("Train", scene="films")
with st.container():
    STATE.open()
choice()
FOUND = source()
jobs.leave(FOUND)
if FOUND is not None:
    lab(FOUND)
STATE.save()
runner()  # its first use imports what is slow: while the page is read, not after the click
