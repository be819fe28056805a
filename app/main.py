"""The laboratory: this file only knows which pages there are.

A page is one file in `views/` and one line here.
"""

from __future__ import annotations

import streamlit as st

from mmcl_app.alive import alive
from mmcl_app.heard import hear_out
from mmcl_app.lessons.panel import panel
from mmcl_app.lessons.walk import current
from mmcl_app.memory import keep_small
from mmcl_app.present.layout import large
from mmcl_app.present.manner import follow
from mmcl_app.share.panel import corner
from mmcl_app.show import frame
from mmcl_app.state import arrive
from mmcl_app.warm import warm

keep_small()
hear_out()
ABOUT = "MMCL Lab: a course and a laboratory about the multi-margin cosine loss."
st.set_page_config(page_title="MMCL Lab", layout="wide", menu_items={"About": ABOUT})

PAGES = [
    st.Page("views/start.py", title="Start", default=True),
    st.Page("views/lab.py", title="Lab"),
    st.Page("views/challenge.py", title="Challenge"),
    st.Page("views/train.py", title="Train"),
    st.Page("views/results.py", title="Results"),
    st.Page("views/lessons.py", title="Lessons"),
]

alive()
frame()
above = st.container()
with above:
    pages_hidden = follow().hides("pages")
large()
page = st.navigation(PAGES, position="hidden" if pages_hidden else "top")
arrive(page.url_path)
walk = current()
page.run()
with above:
    panel(walk, page.url_path or "start")
corner(page.url_path)
warm()
