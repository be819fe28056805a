"""Boxes to type a penalty in: nonsense is answered, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from mmcl_app.designer import Design
from mmcl_app.plain import as_text
from mmcl_app.present.manner import locked
from mmcl_app.state import PageState
from mmcl_app.url import number_text, words
from mmcl_core.colours import MOST_BANDS
from mmcl_core.losses import band_pairs

_LONGEST = 20  # characters of a number


def penalty_form(
    state: PageState, now: Design, heaviest: float, use: Callable[[Design], None]
) -> None:
    """Show the boxes.

    Parameters
    ----------
    state : PageState
    now : Design
        What the boxes begin with.
    heaviest : float
        The largest negative weight.
    use : callable
        Gets the typed penalty, once it makes sense.
    """
    wrong, followed = (f"mmcl/{state.page}/typed/{what}" for what in ("wrong", "followed"))
    texts = [", ".join(map(number_text, part)) for part in now[:2]]
    texts.append(number_text(now.negative_weight))
    with st.expander("Type margins and weights"), st.form(f"{state.page}-typed", border=False):
        if st.session_state.get(followed) != texts:  # what was wrong has been overtaken
            st.session_state.pop(wrong, None)
        st.session_state[followed] = texts
        keys = [state.key(f"{state.page}.typed.{i}", text) for i, text in enumerate(texts)]
        labels = ("margins", "band weights", "negative weight")
        for label, text, key in zip(labels, texts, keys, strict=True):
            st.text_input(label, text, key=key, disabled=locked())

        def read() -> None:
            try:
                design = understood(*(st.session_state[key] for key in keys), heaviest)
            except ValueError as error:
                st.session_state[wrong] = str(error)
                return
            st.session_state.pop(wrong, None)
            use(design)

        st.form_submit_button("Use these", on_click=read, disabled=locked())
        if wrong in st.session_state:
            st.warning(as_text(st.session_state[wrong]))


def understood(margins: str, weights: str, negative_weight: str, heaviest: float) -> Design:
    """Read typed numbers; ValueError says what was expected, what came, and what to do."""
    listed = words(margins), words(weights)
    counts = [len(each) for each in listed]
    if max(counts) > MOST_BANDS:
        raise ValueError(
            f"Expected at most {MOST_BANDS} margins and as many band weights, got "
            f"{counts[0]} margins and {counts[1]} band weights. Leave some out."
        )
    long = next((word for each in listed for word in each if len(word) > _LONGEST), "")
    if long:
        raise ValueError(
            f"Expected short numbers, got {long[:_LONGEST]}…. Write them like 0.2 0.8."
        )
    band_pairs(*listed)
    design = tuple(map(float, listed[0])), tuple(map(float, listed[1]))
    if max(design[1]) > 1:
        raise ValueError(
            f"Expected band weights up to 1, got {max(design[1]):g}. "
            "For a stronger push raise the negative weight."
        )
    try:
        weight = float(negative_weight.replace(",", "."))
    except ValueError:
        weight = float("nan")
    if not 0 <= weight <= heaviest:
        raise ValueError(
            f"Expected the negative weight as a number from 0 to {heaviest:g}, got "
            f"{negative_weight[:_LONGEST] or 'nothing'}. Use 0 to train without negatives."
        )
    return Design(*design, weight)
