"""Text that came from outside, shown as text."""

from __future__ import annotations

import re


def as_text(text: str) -> str:
    r"""Return words that Markdown shows as they stand: no link, picture, colour, formula or tag.

    Examples
    --------
    >>> as_text("![x](//a.b) <b>2*3</b> in [-1, 1]")
    '![x]\\(//a.b) \\<b\\>2\\*3\\</b\\> in [-1, 1]'
    """
    return re.sub(r"([\\`*_<>$:#~|]|(?<=\])\()", r"\\\1", text)
