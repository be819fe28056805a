"""The address of a scene, as this server's reader sees it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

USUAL = "http://localhost:8501"


def address(page: str, words: Mapping[str, str], base: str = "") -> str:
    """Return the whole address of a page with these query parameters.

    Parameters
    ----------
    page : str
        As in the address; "" is Start.
    words : mapping
    base : str, optional
        Scheme and host; by default those that the reader sees.
    """
    asked = urlencode(dict(words), quote_via=quote, safe="~_.-")
    return f"{base or origin()}/{page}{'?' if asked else ''}{asked}"


def origin() -> str:
    """Return scheme and host of this server, as its reader sees it."""
    here = urlsplit(st.context.url or USUAL)
    return f"{here.scheme}://{here.netloc}" if here.netloc else USUAL
