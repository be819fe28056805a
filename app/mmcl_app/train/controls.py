"""The lanes and what they share, and the buttons that train."""

from __future__ import annotations

import streamlit as st

from mmcl_app.present.manner import control, locked
from mmcl_app.show import mode
from mmcl_app.state import PageState
from mmcl_app.train import jobs, lanes
from mmcl_app.train.advice import advice
from mmcl_app.train.jobs import Look
from mmcl_app.train.settings import MOST_EPOCHS, MOST_NEGATIVES, configs, films, most_epochs
from mmcl_app.train.source import Source
from mmcl_core.colours import palette

FIELD = 170  # pixels; two of them side by side on a telephone
MUCH = 4  # times the likes of the films: worth a word


def controls(state: PageState, source: Source, now: Look) -> None:
    """Show the lanes and what they share, then the buttons."""
    troubles: list[str] = []
    cards(state, troubles)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        negatives(state, source)
        more(state, source)
        buttons(state, now, any(troubles))
    advice(state, source, now, any(troubles))
    with st.container():  # a place of its own, so that nothing below is built anew
        if any(troubles):
            st.caption("Start waits until every lane is in order.")
        elif now.job and {x.name: x.config for x in now.view.lanes} != configs(state, source):
            st.caption("The settings have changed. Start again to train with them.")
        for words in size(state, source):
            st.caption(words)


def size(state: PageState, source: Source) -> list[str]:
    """Say what large data means for a training."""
    likes, said = len(source.data.train), []
    times = likes / len(films().data.train)
    if times >= MUCH:
        said.append(
            f"That is {times:.0f} times as many likes as the films have; expect the training to "
            "take about as many times as long. Stop keeps what has been learned."
        )
    most = most_epochs(source.data, state["n"])
    if state["epochs"] > most:
        said.append(
            f"With {likes:,} likes and N = {state['n']} a training here has at most {most} epochs. "
            "For more: `python -m mmcl_core train`."
        )
    return said


@control("margins")
def cards(state: PageState, troubles: list[str]) -> None:
    """Show the lanes; add what is wrong with each."""
    colours = palette(mode()).runs
    for column, name, colour in zip(st.columns(3), lanes.NAMES, colours, strict=False):
        with column:
            troubles.append(lanes.card(state, name, colour))


@control("negatives")
def negatives(state: PageState, source: Source) -> None:
    """Show N."""
    st.number_input(
        "Negatives per like, N",
        1,
        MOST_NEGATIVES,
        width=FIELD,
        help=source.say(
            "For every film that a user likes, N random films are drawn and pushed away."
        ),
        **state.bind("n"),
    )


@control("more")
def more(state: PageState, source: Source) -> None:
    """Show what else all lanes share."""
    st.number_input(
        "Epochs",
        1,
        MOST_EPOCHS,
        width=FIELD,
        help="One epoch shows every like once.",
        **state.bind("epochs"),
    )
    st.number_input(
        "Learning rate",
        1e-5,
        1.0,
        step=0.001,
        format="%g",
        width=FIELD,
        help="How far the vectors move at each step.",
        **state.bind("rate"),
    )
    st.number_input(
        "Seed",
        0,
        999_999,
        width=FIELD,
        help="Decides the start, the order of the likes and the negatives, for all three lanes.",
        **state.bind("seed"),
    )


@control("start")
def buttons(state: PageState, now: Look, blocked: bool) -> None:
    """Show Start, and beside it Stop or Continue."""
    st.button(
        "Start" if now.job is None else "Start again",
        type="secondary" if now.busy else "primary",
        disabled=blocked or now.busy or locked(),
        on_click=jobs.begin,
        args=(state,),
        key="train.start",
    )
    if now.view.busy:
        st.button("Stop", type="primary", on_click=jobs.stop, disabled=locked(), key="train.stop")
    elif now.view.state == "stopped":
        st.button("Continue", on_click=jobs.go_on, disabled=locked(), key="train.continue")
