"""Start: what this is, in one look, and three doors."""

from __future__ import annotations

import streamlit as st

from mmcl_app.glossary import glossary
from mmcl_app.picture import ALT, staircase_svg
from mmcl_app.show import mode

IDEA = """
A recommender learns by **pulling** users towards what they like. With nothing to hold against it,
everything drifts together, so training also **pushes** away items drawn at random. A loss decides
how that **push budget** is spent:

- one **high margin**: a few hard kicks, late;
- one **low margin**: many soft nudges, early;
- **several margins**: in steps, a nudge early and a kick late.

The multi-margin cosine loss (MMCL) takes the steps.
"""

CLAIM = """
**What to expect.** Many margins help clearly against the published single margin, a little
against a well-tuned one, and most when negatives are few. Here you can see this, doubt it and
test it; "no measurable difference" is an answer too.
"""

left, right = st.columns([6, 7], gap="large", vertical_alignment="center")
with left:
    st.title("Who pushes, and how hard?", anchor=False)
    st.markdown("MMCL Lab is a course and a laboratory about this one question.")
    st.markdown(IDEA)
with right:
    st.image(staircase_svg(mode()), width="stretch", alt=ALT)

with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.subheader("Ten minutes, three doors", anchor=False)
    glossary()

with st.container(key="doors"):
    lab, train, course = st.columns(3, gap="medium")
with lab.container(border=True, height="stretch"):
    st.caption("First, three minutes")
    st.page_link("views/lab.py", label="Lab")
    st.markdown(
        "Move margins over the real cosines of a trained model. Take the first question, guess, "
        "then reveal."
    )
with train.container(border=True, height="stretch"):
    st.caption("Then, four minutes")
    st.page_link("views/train.py", label="Train")
    st.markdown(
        "Three losses learn the same films side by side. Start them, and look at a film's "
        "neighbours under each."
    )
with course.container(border=True, height="stretch"):
    st.caption("Three minutes, and as long as you like")
    st.markdown("### Course")
    st.markdown(
        "Notebooks that teach it by hand: predict, run, check. In a second terminal, type "
        "`make lab` and open the first."
    )
st.markdown(CLAIM)
