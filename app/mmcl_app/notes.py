"""Notes about words of an address that could not be used; they stay until they are understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from mmcl_app.url import Note


def show_notes(notes: Sequence[Note], name: str, dismiss: Callable[[], None]) -> None:
    """Show notes, if there are any.

    Parameters
    ----------
    notes : sequence of Note
    name : str
        Begins the keys.
    dismiss : callable
        Called when the reader has understood.
    """
    if not notes:
        return
    with st.container(key=f"{name}-notes"):
        lines = "\n".join(f"- {note.words()}" for note in notes)
        st.info(f"Part of this page's address could not be used as it stood.\n\n{lines}")
        st.button("Understood", key=f"mmcl/{name}/dismiss", on_click=dismiss)
