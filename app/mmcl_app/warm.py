"""Imports that take seconds, got over with while the first page is read, not after a click."""

from __future__ import annotations

import importlib
import threading
import time

import streamlit as st
from streamlit.runtime import Runtime, get_instance

AFTER = 2.0  # seconds that the first reader's browser has to itself
SLOW = ("mmcl_core.trajectories", "mmcl_core.figures")  # with PyTorch, pandas and Plotly


@st.cache_resource(show_spinner=False)
def warm() -> None:
    """Start to load what is slow, once a server; not where a test plays the server."""
    if type(get_instance()) is Runtime:
        threading.Thread(target=load, args=(AFTER,), daemon=True).start()


def load(after: float) -> None:
    """Wait, then load."""
    time.sleep(after)
    for name in SLOW:
        importlib.import_module(name)
