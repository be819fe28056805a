"""The button that opens the files of a scene; they are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import streamlit as st

from mmcl_app.home import files
from mmcl_app.home.files import Scene
from mmcl_app.present.manner import control
from mmcl_core.colours import palette

CARDS = {"light": "#ffffff", "dark": "#15171c"}
LINES = """
The scene as it stands, seed included. Script and notebook work it out again with `mmcl_core` alone
and print {prints}. The figure needs no network; the camera at its corner saves a picture.
"""


class _Once:
    """A scene that is put together when its first file is asked for."""

    def __init__(self, make: Callable[[], Scene]) -> None:
        self._make = make

    @cached_property
    def scene(self) -> Scene:
        return self._make()


@control("home")
def take_home(
    name: str,
    make: Callable[[], Scene],
    mode: str,
    *,
    label: str = "Take it home",
    prints: str = "the same numbers",
) -> None:
    """Show "Take it home" with a button for each file.

    Parameters
    ----------
    name : str
        Of the files, without ending.
    make : function
        Puts the scene together.
    mode : {"light", "dark"}
        Of the figure.
    label : str
        Of the button.
    prints : str
        What script and notebook print.
    """
    once = _Once(make)

    def figure(scene: Scene) -> str:
        return files.page(scene, name, CARDS[mode], palette(mode).text)

    kinds: dict[str, tuple[str, str, Callable[[Scene], str]]] = {
        "Script": ("py", "text/x-python", files.script),
        "Notebook": ("ipynb", "application/x-ipynb+json", files.notebook),
        "Numbers": ("csv", "text/csv", files.table),
        "Figure": ("html", "text/html", figure),
    }
    with st.popover(label, key=f"home-{name}"):
        st.markdown(LINES.format(prints=prints))
        for kind, (ending, mime, write) in kinds.items():
            st.download_button(
                f"{kind} (.{ending})",
                lambda write=write: write(once.scene),
                f"{name}.{ending}",
                mime,
                key=f"home.{name}.{ending}",
                on_click="ignore",
                width="stretch",
            )
