"""Lab: grab the penalty, and the geometry answers; or ask it of the cosines of real films."""

from __future__ import annotations

import streamlit as st

from mmcl_app.glossary import glossary
from mmcl_app.worlds import choice, world

here = world()
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title("Lab", anchor=False)
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="right", width="content"
    ):
        choice(here)
        glossary()
with st.spinner("The first visit after a start takes some seconds."):
    if here == "toy":
        from mmcl_app.toy.page import show
    else:
        from mmcl_app.lab.page import show
show()
