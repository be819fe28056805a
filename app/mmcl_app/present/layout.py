"""What pages look like in front of a class, and the head that all pages share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from mmcl_app.glossary import glossary
from mmcl_app.present.manner import control, leave, presenting

# A unit of Streamlit is 16 pixels; parts with their own style multiply by --large.
_LARGE = """<style>
html { font-size: clamp(16px, 0.5rem + 0.85vw, 26px) !important; }
:root { --large: 1.3; --extra: none; --sphere: 46vh; }
@media (min-width: 1600px) { :root { --large: 1.6; } }
@media (max-width: 640px) { :root { --large: 1; } }
[data-testid="stHeader"] { display: none; }
.st-key-corner.st-key-corner { right: 1rem; }
.stMainBlockContainer.stMainBlockContainer { max-width: none; padding: .6rem 2vw 3rem; }
.stMainBlockContainer h1 { font-size: 1.7rem; padding: .1rem 0 .5rem; line-height: 1.2;
  text-wrap: balance; }
.st-key-answers p { font-size: 1.15rem; }
.st-key-question { padding-right: 11rem; }
.stMainBlockContainer [data-testid="stCaptionContainer"] { display: none; }
@media (max-width: 640px) {
  .stMainBlockContainer.stMainBlockContainer { padding-top: 3.2rem; }
  .st-key-question { padding-right: 0; }
  .stMainBlockContainer h1 { font-size: 1.4rem; }
}
</style>"""

Place = Any  # a container


def large() -> None:
    """Make the page large, if it is for a projector."""
    if presenting():
        st.html(_LARGE)


def way_out() -> None:
    """Show the button that ends a presentation, if there is one."""
    if presenting():
        st.button("Leave presentation", key="present-leave", on_click=leave)


def head(title: str, more: Callable[[], None] = lambda: None, scene: str = "") -> None:
    """Show the head of a page: its title; at the right what belongs there, and the glossary.

    Parameters
    ----------
    title : str
    more : callable, optional
        Shows what stands before the glossary.
    scene : str, optional
        Name of the link of the teacher's guide whose question takes the title's place in front of
        a class.
    """
    if presenting():
        ask(title, scene)
        return
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        st.title(title, anchor=False)
        with st.container(
            horizontal=True,
            vertical_alignment="bottom",
            horizontal_alignment="right",
            width="content",
        ):
            more()
            control("pages")(glossary)()


def ask(title: str, scene: str) -> None:
    """Show the question of a scene of the teacher's guide; without one, a title."""
    from mmcl_app.present.scenes import question

    asked, answers = question(scene) or (title, [])
    with st.container(key="question"):
        st.title(asked, anchor=False)
    if answers:
        with st.container(key="answers"):
            st.markdown(" &emsp; ".join(answers))


def sides(ratio: Sequence[float], title: str, gap: Any) -> tuple[Place, Place]:
    """Return two places side by side.

    In front of a class the second has the whole width, and the first folds away below it.

    Parameters
    ----------
    ratio : two numbers
    title : str
        Of the first place, where it is folded.
    gap : str
        Between columns.
    """
    if not presenting():
        first, second = st.columns(ratio, gap=gap)
        return first, second
    second = st.container()
    return st.expander(title), second
