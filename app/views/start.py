"""Start: three penalties move the same sphere, one sentence, a ten-minute path, three doors."""

from __future__ import annotations

import streamlit as st

from mmcl_app.film import film, recall
from mmcl_app.present.layout import head
from mmcl_app.present.manner import control, prose
from mmcl_app.stage import one_pane, packed_stage
from mmcl_app.state import visit

SENTENCE = """
A recommender **pulls** users towards what they like and **pushes** away items drawn at random;
a loss decides how that **push budget** is spent: a few hard kicks, or many soft nudges.
"""

CLAIM = """
**What to expect.** Many margins help clearly against the published single margin, a little
against a well-tuned one, and most when negatives are few. Here you can see this, doubt it and
test it; "no measurable difference" is an answer too.
"""

PANES = "ABC"
CAMERA = [2.5, 0.45, 1.0]  # half towards where A crowds


@st.fragment
def _film() -> None:
    with st.container(key="film"):
        with st.container(key="film-pane"):
            pane = st.segmented_control(
                "Penalty",
                range(len(PANES)),
                format_func=lambda pane: PANES[pane],
                default=0,
                required=True,
                label_visibility="collapsed",
            )
        one_pane(pane or 0, "film")
        packed_stage(film, key="start-stage", view={"playing": True, "camera": CAMERA})


@control("words")
def _doors() -> None:
    st.subheader("Ten minutes, three doors", anchor=False)
    with st.container(key="doors"):
        lessons, lab, train = st.columns(3, gap="medium")
    with lessons.container(border=True, height="stretch"):
        st.caption("First, seven minutes")
        st.page_link("views/lessons.py", label="Lessons")
        st.markdown(
            "Predict, then look. Begin with *Pull and push*. The last of the six has a challenge: "
            "two negatives, beat four margins with one."
        )
    with lab.container(border=True, height="stretch"):
        st.caption("Then, as long as you like")
        st.page_link("views/lab.py", label="Lab")
        st.markdown(
            "Grab the penalty, and the sphere obeys: drag a knot, let go, and the world learns "
            "anew. Or ask it of the cosines of real films."
        )
    with train.container(border=True, height="stretch"):
        st.caption("Then, four minutes")
        st.page_link("views/train.py", label="Train")
        st.markdown(
            "Three losses learn the same films side by side. Start them, and look at a film's "
            "neighbours under each."
        )
    st.markdown(
        "There is a course, too: notebooks that teach it by hand: predict, run, check. In a second "
        "terminal, type `make lab` and open the first."
    )


visit("start")

head("Who pushes, and how hard?")
prose(SENTENCE)
_film()
ends = ", ".join(f"{name} {value:.2f}" for name, value in zip("ABC", recall(), strict=True))
prose(
    "The same start, likes and negatives, two to a like; only the penalty differs. Recall@10 on "
    f"likes held out, at the last step: {ends}. That is one seed of a toy world, and neither "
    "single margin has its rate tuned."
)
prose(CLAIM)
_doors()
