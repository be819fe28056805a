"""Tables in the style of the pages."""

from __future__ import annotations

import html


def framed(name: str, inside: str) -> str:
    """Return a table as HTML; where it is too wide it scrolls, by keys too.

    Parameters
    ----------
    name : str
        What the table is about, for who cannot see it.
    inside : str
        HTML: head, body and foot.
    """
    return (
        f"<div class='bands' role='region' tabindex='0' aria-label='{html.escape(name)}'>"
        f"<table>{inside}</table></div>"
    )
