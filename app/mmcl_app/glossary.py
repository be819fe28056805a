"""The words of the project, read from the page that the course uses: notebooks/glossary.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

PAGE = Path(__file__).parents[2] / "notebooks" / "glossary.md"

_GROUP = re.compile(r"^- \*\*(.+):\*\* (.+)$", re.M)
_LINK = re.compile(r"\[(.+?)\]\(#.+?\)")
_FORMALLY = "*Formally:* "


@dataclass(frozen=True)
class Word:
    """A word, what it means, and its formal name or formula, in Markdown; "" if it has none."""

    name: str
    meaning: str
    formally: str = ""

    def markdown(self) -> str:
        """Return the word as one paragraph."""
        formally = f" ({self.formally})" if self.formally else ""
        return f"**{self.name}**{formally}: {self.meaning}"


def read(text: str) -> dict[str, list[Word]]:
    """Read the words of a glossary page, by group.

    A word is a heading of the second level; a group is a line ``- **Group:** [word](#word), ...``.

    Raises
    ------
    ValueError
        If a word is in no group, or in a group and not on the page.
    """
    _, *entries = re.split(r"^## ", text, flags=re.M)
    words = {}
    for entry in entries:
        name, _, body = entry.partition("\n")
        meaning, _, formally = body.partition(_FORMALLY)
        words[name] = Word(name, " ".join(meaning.split()), " ".join(formally.split()))
    groups = {group: _LINK.findall(names) for group, names in _GROUP.findall(text)}
    listed = [name for names in groups.values() for name in names]
    if sorted(listed) != sorted(words):
        odd = sorted(set(listed) ^ set(words)) or "a word listed twice"
        raise ValueError(
            f"Expected every word of the glossary in one group, got {odd}. Each needs a heading, "
            f"## word, and a link in the list at the top of {PAGE.name}."
        )
    return {group: [words[name] for name in names] for group, names in groups.items()}


def glossary() -> None:
    """Show a button that opens the words, a tab a group."""
    with st.popover("Glossary"):
        groups = read(PAGE.read_text("utf-8"))
        for tab, words in zip(st.tabs(list(groups)), groups.values(), strict=True):
            tab.markdown("\n\n".join(word.markdown() for word in words))
