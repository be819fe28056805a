"""The controls of the Lab: preset, margins and band weights, negative weight, cosines, rivals."""

from __future__ import annotations

import streamlit as st

from mmcl_app.designer import Design
from mmcl_app.lab.settings import (
    HEAVIEST,
    MOST,
    OWN,
    RIVAL_TITLES,
    RUN_TITLES,
    STAIRCASES,
    STATE,
    apply_preset,
    current_preset,
)
from mmcl_app.lab.words import glyph
from mmcl_app.present.manner import control, locked
from mmcl_app.snapshots import EPOCHS
from mmcl_app.typed import penalty_form
from mmcl_core.colours import band_colours
from mmcl_core.figures import merged_steps

_SPARE = "mmcl/lab/spare"  # margins taken away, so that they can come back


def controls(mode: str) -> None:
    """Show all controls."""
    _cosines()
    _penalty(mode)
    _rivals()


@control("margins")
def _penalty(mode: str) -> None:
    _preset()
    _sliders(mode)
    _negative_weight()
    _typed()


@control("cosines")
def _cosines() -> None:
    st.segmented_control(
        "Cosines of",
        tuple(RUN_TITLES),
        format_func=RUN_TITLES.get,
        required=True,
        width="stretch",
        **STATE.bind("trained", given="default"),
    )
    st.select_slider("after epoch", EPOCHS, **STATE.bind("epoch"))


def _preset() -> None:
    now = current_preset()
    key = STATE.key("lab.preset", now)
    titles = {OWN: "Your own", **{name: stairs.title for name, stairs in STAIRCASES.items()}}
    st.selectbox(
        "Penalty",
        tuple(titles),
        list(titles).index(now),
        format_func=titles.get,
        key=key,
        disabled=locked(),
        on_change=_chosen,
        args=(key,),
    )
    st.caption(STAIRCASES[now].about if now != OWN else "A penalty of your own.")


def _chosen(key: str) -> None:
    name = STATE.hear("lab.preset", key)
    if name in STAIRCASES:
        apply_preset(name)


def _sliders(mode: str) -> None:
    margins, weights = STATE["margins"], STATE["band_weights"]
    count = len(margins)
    st.html(_chips(margins, weights, mode))
    with st.container(key="lab-sliders", gap="xsmall"):
        for i in range(count):
            with st.container(horizontal=True, key=f"lab-row-{i}", gap="medium"):
                st.slider(f"margin {i + 1}", -1.0, 1.0, step=0.01, **STATE.bind("margins", i))
                st.slider(
                    f"band weight {i + 1}", 0.0, 1.0, step=0.01, **STATE.bind("band_weights", i)
                )
    with st.container(horizontal=True):
        st.button("Add a margin", on_click=_add, disabled=locked() or count == MOST)
        st.button("Take one away", on_click=_remove, disabled=locked() or count == 1)


def _chips(margins: tuple[float, ...], weights: tuple[float, ...], mode: str) -> str:
    """Return style rules that set the shape and colour of its band before each margin's name."""
    steps = [m for m, _ in merged_steps(margins, weights)]
    tints = band_colours(len(steps), mode)
    rules = []
    for i, margin in enumerate(margins):
        band = steps.index(margin) + 1 if margin in steps and weights[i] > 0 else 0
        rules.append(
            f".st-key-lab-row-{i} > :first-child label p::before"
            f"{{content:'{glyph(band, len(steps))}\\00a0';color:{tints[band]}}}"
        )
    return f"<style>{''.join(rules)}</style>"


def _add() -> None:
    margins, weights = STATE["margins"], STATE["band_weights"]
    spare = st.session_state.get(_SPARE, [])
    if spare:
        margin, weight = spare.pop()
    else:
        margin = round((max(margins) + 1) / 2, 2)
        weight = round(sum(weights) / len(weights), 2)
    STATE.set(margins=(*margins, margin), band_weights=(*weights, weight))


def _remove() -> None:
    margins, weights = STATE["margins"], STATE["band_weights"]
    st.session_state.setdefault(_SPARE, []).append((margins[-1], weights[-1]))
    STATE.set(margins=margins[:-1], band_weights=weights[:-1])


def _negative_weight() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.slider(
            "negative weight", 0.0, HEAVIEST, step=1.0, format="%g", **STATE.bind("negative_weight")
        )
        st.number_input(
            "or exactly",
            0.0,
            HEAVIEST,
            step=1.0,
            format="%g",
            width=120,
            **STATE.bind("negative_weight", twin=".typed"),
        )


@control("typed")
def _typed() -> None:
    names = ("margins", "band_weights", "negative_weight")

    def use(design: Design) -> None:
        STATE.set(**dict(zip(names, design, strict=True)))

    penalty_form(STATE, Design(*(STATE[name] for name in names)), HEAVIEST, use)


@control("rivals")
def _rivals() -> None:
    st.pills(
        "Compare with",
        tuple(RIVAL_TITLES),
        format_func=RIVAL_TITLES.get,
        selection_mode="multi",
        **STATE.bind("rivals", given="default"),
    )
    st.toggle("Logarithmic shares, to see the few", **STATE.bind("log"))
