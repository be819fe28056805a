"""Lab: grab the penalty, and the geometry answers; or ask it of the cosines of real films."""

from __future__ import annotations

import streamlit as st

from mmcl_app.present.layout import head
from mmcl_app.present.manner import presenting
from mmcl_app.worlds import choice, world

here = world()
if here == "films" or not presenting():  # in front of a class the toy world asks its own question
    head("Lab", lambda: choice(here))
with st.spinner("The first visit after a start takes some seconds."):
    if here == "toy":
        from mmcl_app.toy.page import show
    else:
        from mmcl_app.lab.page import show
show()
