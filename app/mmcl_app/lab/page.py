"""Real films: whom would this penalty push, among the cosines of a trained model?"""

from __future__ import annotations

import streamlit as st

from mmcl_app.home.addresses import address
from mmcl_app.home.files import Scene
from mmcl_app.home.panel import take_home
from mmcl_app.lab.controls import controls
from mmcl_app.lab.home import Asked
from mmcl_app.lab.home import scene as scene_to_take
from mmcl_app.lab.panels import numbers, picture, rivals_held, scene
from mmcl_app.lab.reading import read
from mmcl_app.lab.settings import STATE
from mmcl_app.negatives.films import look
from mmcl_app.negatives.panel import negatives_panel
from mmcl_app.negatives.seen import Seen
from mmcl_app.present.layout import sides
from mmcl_app.present.manner import prose
from mmcl_app.show import mode
from mmcl_app.snapshots import snapshot
from mmcl_app.state import CARRIED

_LEAVE = "mmcl/lab/leave"  # whether a story of the toy world was asked for


def show() -> None:
    """Show the page below its title."""
    prose(
        "Move a margin and see whom this penalty **would** push, among the cosines of a model "
        "trained on films. Nothing is trained on this page: the cosines stay as they are."
    )
    STATE.open()
    _laboratory()


@st.fragment
def _laboratory() -> None:
    """Redraw only this part when a control moves."""
    if st.session_state.pop(_LEAVE, False):
        st.rerun()
    scene()
    left, right = sides([4, 7], "Cosines and penalty", gap="large")
    seen = snapshot(STATE["trained"], STATE["epoch"])
    reading = read(STATE["margins"], STATE["band_weights"], STATE["negative_weight"], seen.pairs)
    with right:  # first, so that the figure does not wait for the controls
        picture(seen, reading, mode())
        rivals_held(seen)
        numbers(reading, mode())
    with left:
        controls(mode())
        names = ("margins", "band_weights", "negative_weight", "trained", "epoch")
        asked = Asked(*(STATE[name] for name in names))
        where, log, looks = address("lab", STATE.link(world="films")), STATE["log"], mode()
        take_home("mmcl-penalty", lambda: scene_to_take(asked, where, log, looks), looks)
    _negatives(asked)
    STATE.save()


def _negatives(asked: Asked) -> None:
    def seen() -> Seen:
        penalty = (asked.margins, asked.weights, asked.negative_weight)
        return look(asked.trained, asked.epoch, *penalty)

    where, looks = address("lab", STATE.link(world="films")), mode()

    def give(seen: Seen) -> Scene:
        from mmcl_app.negatives.home import films_scene

        return films_scene(seen, asked, where, looks)

    negatives_panel(STATE, seen, _tell, give, mode=looks)


def _tell(name: str) -> None:
    """Open a story of the toy world, with its panel."""
    from mmcl_app.toy.settings import FROM_START, told
    from mmcl_app.toy.settings import STATE as TOY

    story = {**told(name), "moved": (), "step": FROM_START, "panel": STATE["panel"]}
    carried = {name: st.query_params[name] for name in CARRIED if name in st.query_params}
    st.query_params.from_dict({**TOY.link(**story), **carried})
    st.session_state[_LEAVE] = True
