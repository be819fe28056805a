"""Real films: whom would this penalty push, among the cosines of a trained model?"""

from __future__ import annotations

import streamlit as st

from mmcl_app.home.addresses import address
from mmcl_app.home.panel import take_home
from mmcl_app.lab.controls import controls
from mmcl_app.lab.home import Asked
from mmcl_app.lab.home import scene as scene_to_take
from mmcl_app.lab.panels import numbers, picture, rivals_held, scene
from mmcl_app.lab.reading import read
from mmcl_app.lab.settings import STATE
from mmcl_app.show import mode
from mmcl_app.snapshots import snapshot


def show() -> None:
    """Show the page below its title."""
    st.markdown(
        "Move a margin and see whom this penalty **would** push, among the cosines of a model "
        "trained on films. Nothing is trained on this page: the cosines stay as they are."
    )
    STATE.open()
    _laboratory()


@st.fragment
def _laboratory() -> None:
    """Redraw only this part when a control moves."""
    scene()
    left, right = st.columns([4, 7], gap="large")
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
    STATE.save()
