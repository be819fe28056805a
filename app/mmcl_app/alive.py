"""A page that finds its server started anew asks it for everything again.

Streamlit's browser side, once it is connected again, asks for a run only if one was cut short or a
part of the page is asked for by the clock. All other pages would keep their parts, which the new
server does not know: a control there would move, and nothing would answer. The same happens to a
page that was away for longer than the server waits. So each page has a part of this kind.
"""

from __future__ import annotations

import streamlit as st

RARELY = 12 * 60 * 60.0  # seconds; said in words, it would load pandas


@st.fragment(run_every=RARELY)
def alive() -> None:
    """Be a part of the page that is asked for by the clock, hardly ever; show nothing."""
