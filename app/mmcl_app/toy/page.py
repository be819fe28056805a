"""The toy world: the designer at the left, the stage at the right, curves below.

On a telephone the stage stands between the choice of a lane and the designer, and shows that lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from mmcl_app.designer import designer, news
from mmcl_app.home.addresses import address
from mmcl_app.home.files import Scene
from mmcl_app.home.panel import take_home
from mmcl_app.negatives.panel import negatives_panel
from mmcl_app.negatives.seen import Seen
from mmcl_app.negatives.toy import look
from mmcl_app.present.layout import sides
from mmcl_app.present.manner import control, manner
from mmcl_app.show import mode
from mmcl_app.stage import one_pane, stage
from mmcl_app.toy import controls, settings
from mmcl_app.toy.curves import curves
from mmcl_app.toy.lanes import HEAVIEST, design_of
from mmcl_app.toy.runs import cosines, frame_of, trained
from mmcl_app.toy.settings import FROM_START, PLAY, STATE, active, lanes
from mmcl_core.training import TrainingDiverged
from mmcl_core.trajectories import Trajectory

_DESIGNER, _STAGE = "toy-designer", "toy-stage"
_HEARD = "mmcl/toy/heard"  # serial number of the designer's last news
_VIEW = "mmcl/toy/view"  # where the stage was sent last
_SENT = "mmcl/toy/sent"  # what it showed then
_RUNS = "mmcl/toy/runs"  # what was trained last, and from what


def show() -> None:
    """Show the page below its title."""
    how = STATE.open()
    if how != "here":
        st.session_state.pop(_SENT, None)
        # Who goes back gets the end: a film would write its last step, and bar the way back.
        st.session_state[PLAY] = how == "reached" and STATE["step"] == FROM_START
    _laboratory()


@st.fragment
def _laboratory() -> None:
    """Train and redraw only this part when something changes."""
    try:
        runs = _runs()
    except TrainingDiverged as error:
        runs = []
        st.warning(f"{error} Lower the learning rate or the negative weight.")
    with st.container(key="toy"):
        controls.story()
        with st.container(key="toy-work"):
            left, right = sides([4, 7], "Penalty and negatives", gap="medium")
        with left:
            _penalty(runs)
        with right:
            if runs:
                _stage(runs)
        controls.more()
        _negatives(runs)
        if runs:
            _take_home(runs)
    STATE.save()


def _negatives(runs: Sequence[Trajectory]) -> None:
    now = (settings.world_of(STATE), settings.configs(), STATE["moved"])
    frame, lane, titles = _frame(runs[0]) if runs else 0, active(), settings.titles()
    step = int(runs[0].steps[frame]) if runs else 0
    where, looks = address("lab", STATE.link()), mode()

    def seen() -> Seen:
        return look(*now, frame, lane)

    def give(seen: Seen) -> Scene:
        from mmcl_app.negatives.home import Frame, toy_scene  # with Plotly
        from mmcl_app.toy.home import Taught

        return toy_scene(seen, Frame(Taught(*now), frame, step, lane), titles, where, looks)

    negatives_panel(
        STATE,
        seen if runs else None,
        settings.tell,
        give,
        titles=titles,
        chosen=lane,
        mode=looks,
    )


def _take_home(runs: Sequence[Trajectory]) -> None:
    now = (settings.world_of(STATE), settings.configs(), STATE["moved"])
    titles, where, looks = settings.titles(), address("lab", STATE.link()), mode()

    def scene() -> Scene:
        from mmcl_app.toy.home import Taught, scene  # with Plotly, which the page does not need

        return scene(Taught(*now), runs, titles, where, looks)

    take_home("mmcl-toy-world", scene, looks)


def _runs() -> Sequence[Trajectory]:
    """Return the lanes' runs: this session's last ones, if nothing that is trained has changed."""
    asked = (settings.world_of(STATE), settings.configs(), STATE["moved"])
    kept = st.session_state.get(_RUNS)
    if kept is None or kept[0] != asked:
        kept = st.session_state[_RUNS] = (asked, trained(*asked))
    return kept[1]


def _penalty(runs: Sequence[Trajectory]) -> None:
    controls.lane_choice()
    if runs:
        _designer(runs)
    controls.negatives()
    controls.typed()


def _frame(run: Trajectory) -> int:
    """Return the frame that the address means: the last one, if it is a film."""
    last = len(run.steps) - 1
    return last if STATE["step"] == FROM_START else frame_of(run, STATE["step"])


@control("margins")
def _designer(runs: Sequence[Trajectory]) -> None:
    frame = _frame(runs[0])
    designer(
        _DESIGNER,
        [design_of(lane) for lane in lanes()],
        active(),
        [cosines(run, frame) for run in runs],
        mode=mode(),
        heaviest=HEAVIEST,
        when=f"all pairs at step {runs[0].steps[frame]}, by band; blue, likes",
        heard=st.session_state.get(_HEARD, 0),
        on_designed=_hear_design,
    )


def _hear_design() -> None:
    said = news(_DESIGNER, len(lanes()), HEAVIEST)
    if said:
        st.session_state[_HEARD] = said.serial
        settings.redesign(said.lane, said.design)


def _stage(runs: Sequence[Trajectory]) -> None:
    steps = runs[0].steps.tolist()
    one_pane(active(), "toy")
    stage(
        runs,
        key=_STAGE,
        titles=settings.titles(),
        view=_view(runs),
        on_view=lambda view: settings.hear_view(view, steps),
        on_released=lambda said: settings.hear_move(said, steps),
    )
    if STATE["moved"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            count = len(STATE["moved"])
            st.caption(f"{count} point{'s' * (count > 1)} moved by hand.", width="content")
            st.button("Take the moves back", on_click=settings.begin)
    control("curves")(curves)(runs, active(), max(0, STATE["step"]), mode())


def _view(runs: Sequence[Trajectory]) -> dict[str, Any]:
    """Say where the stage goes: elsewhere only when what it shows is new."""
    shown = (settings.configs(), STATE["moved"])
    if st.session_state.get(_SENT) != shown:
        turn = st.session_state.get(_VIEW, {}).get("turn", 0) + 1
        moved = STATE["moved"] != () and _SENT in st.session_state
        play = st.session_state.pop(PLAY, False)
        st.session_state[_SENT] = shown
        st.session_state[_VIEW] = {
            "turn": turn,
            "frame": 0 if play else _frame(runs[0]),
            "camera": list(STATE["camera"]),
            "dragged": None,
            "user": None if STATE["user"] < 0 else STATE["user"],
            "playing": play or moved,
        }
    return {**st.session_state[_VIEW], "still": "points" in manner().lock}
