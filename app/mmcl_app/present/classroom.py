"""For a class: the scenes of the teacher's guide, to open on the projector."""

from __future__ import annotations

import streamlit as st

from mmcl_app.home.addresses import address
from mmcl_app.present.scenes import Scene, scenes
from mmcl_app.share.panel import show_link

HOW = """
Ask, let the class vote, then open the scene: it plays at once, in large type. The expected answers
were tested over five seeds. How to play each scene, two lessons and a sheet to print are in
`docs/teaching.md`; how thirty students join is in `docs/serving.md`.
"""


def classroom() -> None:
    """Show every scene with its question, the ways to open it, and the answer folded away."""
    found = scenes()
    if not found:
        st.info("Expected the teacher's guide as `docs/teaching.md`, got no such file.")
        return
    st.markdown(HOW)
    for one in found:
        _scene(one)


def _scene(one: Scene) -> None:
    asked, answers = one.question()
    with st.container(border=True, gap="small"):
        st.markdown(f"**{one.number}. {one.title}**")
        st.markdown(" &emsp; ".join([asked, *answers]))
        with st.container(horizontal=True, vertical_alignment="center"):
            large = {**one.words, "present": "1"}
            st.link_button("Open on the projector", address(one.page, large))
            if st.button("QR for students", key=f"class-{one.link}"):
                words = {name: text for name, text in one.words.items() if name != "present"}
                show_link(one.page, words, one.title)
        with st.expander("Expected answer"):
            st.markdown(one.answer)
