"""The panel "How many negatives?": closed at first, and computed only while it is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from mmcl_app.home.files import Picture, Scene
from mmcl_app.home.panel import take_home
from mmcl_app.negatives.costs import MEMORY, TIME, costs
from mmcl_app.negatives.seen import Seen
from mmcl_app.present.manner import control
from mmcl_app.show import chart
from mmcl_app.state import PageState
from mmcl_app.url import Choice
from mmcl_core.stories import STORIES

TITLE = "How many negatives?"
OPEN = "negatives"
FIELD = Choice("panel", "none", ("none", OPEN))
_STORIES = ("more", "false", "hard")


@control("panel")
def negatives_panel(
    state: PageState,
    look: Callable[[], Seen] | None,
    tell: Callable[[str], None],
    give: Callable[[Seen], Scene],
    *,
    titles: Sequence[str] = (),
    chosen: int = 0,
    mode: str = "light",
) -> None:
    """Show the panel; what it measures is asked for while it is open.

    Parameters
    ----------
    state : PageState
        With the field `FIELD`.
    look : callable, optional
        Measures the scene; without it only what does not depend on the scene is shown.
    tell : callable
        Opens a story of the toy world.
    give : callable
        Puts what was measured together to take home.
    titles : sequence of str
        Of the lanes; none on films.
    chosen : int
        The lane that the noise and the samplers are measured for.
    mode : {"light", "dark"}
    """
    is_open = state["panel"] == OPEN
    key = state.key(f"{state.page}.panel", is_open)
    given = (state, f"{state.page}.panel", key)
    box = st.expander(TITLE, is_open, key=key, on_change=_turned, args=given)
    if not is_open:
        return
    with box, st.container(key="negatives-panel"):
        if look is None:
            st.info("There is no run to measure: the training did not end. Costs do not need one.")
        else:
            seen = look()
            _scene(seen, titles, chosen, mode)
            take_home(
                "mmcl-negatives",
                lambda: give(seen),
                mode,
                label="Take this panel home",
                prints="the chances and the noise of one negative",
            )
        _costs(mode)
        _stories(tell)


def _turned(state: PageState, base: str, key: str) -> None:
    is_open = state.hear(base, key)
    if is_open is not None:
        state.set(panel=OPEN if is_open else "none")


def _scene(seen: Seen, titles: Sequence[str], chosen: int, mode: str) -> None:
    from mmcl_app.negatives import pictures, words  # with Plotly

    films = not titles
    named = {name: f"{name}: {title}" for name, title in zip("ABC", titles, strict=False)}
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Is anybody active among N?**")
        _chart("chance", pictures.chances(seen, named, chosen, mode))
        _said(*words.of_chances(seen.chances, chosen))
    with right:
        st.markdown("**How noisy is their push?**")
        _chart("noise", pictures.noises(seen, mode))
        _said(*words.of_noise(seen.noises, seen.where))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Does N change what is asked for?**")
        _chart("aim", pictures.aims(seen, mode))
        st.markdown(words.of_aim(seen.noises))
    with right:
        st.markdown("**Hard, and false**")
        _chart("pools", pictures.pools(seen, films, mode))
        st.markdown(words.of_pools(seen, films))
    st.markdown("**Where they come from**")
    st.html(words.table(seen, films))
    st.caption(words.of_ways(films))


def _chart(key: str, picture: Picture) -> None:
    chart(picture.figure, f"negatives-{key}", picture.words)


def _said(look: str, detail: str) -> None:
    st.markdown(look)
    st.caption(detail)


def _costs(mode: str) -> None:
    time, memory = costs(TIME), costs(MEMORY)
    if time is None or memory is None:
        st.caption("What a step costs is shown where `make bench` has stored its table.")
        return
    from mmcl_app.negatives import pictures, words  # with Plotly

    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What a step costs: time**")
        _chart("time", pictures.cost(time, "milliseconds a step", mode))
    with right:
        st.markdown("**and memory**")
        _chart("memory", pictures.cost(memory, "megabytes more at its peak", mode))
    _said(*words.of_costs(time, memory))


def _stories(tell: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("See it in the toy world:", width="content")
        for name in _STORIES:
            st.button(
                STORIES[name].title, key=f"negatives.story.{name}", on_click=tell, args=(name,)
            )
