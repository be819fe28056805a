"""The controls of the toy world: story, lanes, N in front; the rest under More."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mmcl_app.designer import Design
from mmcl_app.present.layout import ask
from mmcl_app.present.manner import control, locked, presenting
from mmcl_app.state import LESSON
from mmcl_app.toy import settings
from mmcl_app.toy.lanes import FASTEST, HEAVIEST, MOST_NEGATIVES, NAMES, design_of
from mmcl_app.toy.settings import DIMS, MOST_STEPS, OWN, STATE, active, lanes
from mmcl_app.typed import penalty_form
from mmcl_core.stories import STORIES

_COUNTS = (1, 2, 3, 5, 10, 20, 50, MOST_NEGATIVES)
_SAMPLERS = {
    "uniform": "any item, alike",
    "popularity": "popular items more often",
    "shared": "one set for the whole batch",
    "hardest": "the hardest of a pool",
}


def story() -> None:
    """Show the stories; in front of a class only the present one's question, no answer."""
    if presenting():
        ask("Lab", settings.current_story())
    else:
        _stories()


@control("story")
def _stories() -> None:
    """Show the stories, and what the present one promises."""
    now = settings.current_story()
    key = STATE.key("toy.story", now)
    names = {OWN: "Your own", **{name: one.title for name, one in STORIES.items()}}
    choice, words, look = st.columns([4, 5.4, 1.6], gap="medium", vertical_alignment="center")
    with choice:
        st.selectbox(
            "Story",
            tuple(names),
            list(names).index(now),
            format_func=names.get,
            key=key,
            disabled=locked(),
            on_change=_told,
            args=(key,),
        )
    if LESSON in st.query_params:  # its card tells, once the reader has predicted
        return
    _about(now, words, look)


@control("words")
def _about(now: str, words: Any, look: Any) -> None:
    if now == OWN:
        words.markdown("Drag a knot of the penalty and let go: the world learns anew and plays.")
        return
    words.markdown(STORIES[now].text)
    with look.popover("What to look at"):
        claims = [f"- {claim.sentence()}" for claim in STORIES[now].claims]
        end = "Settings were searched for, so this is a demonstration, not a finding."
        st.markdown("\n".join([*claims, f"\nTrue over the seeds 0 to 4. {end}"]))


def _told(key: str) -> None:
    name = STATE.hear("toy.story", key)
    if name in STORIES:
        settings.tell(name)


@control("lanes")
def lane_choice() -> None:
    """Show which lane the designer changes, and buttons for more or fewer."""
    count = len(lanes())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            "Lane to change",
            NAMES[:count],
            format_func=lambda name: f"Lane {name.upper()}",
            required=True,
            label_visibility="collapsed",
            default=STATE["lane"],
            **_tied("lane"),
        )
        full, last = locked() or count == len(NAMES), locked() or count == 1
        st.button("Copy", help="To another lane.", on_click=settings.add_lane, disabled=full)
        st.button("Remove", help="Only this lane.", on_click=settings.remove_lane, disabled=last)


@control("negatives")
def negatives() -> None:
    """Show N."""
    now = lanes()[active()].negatives
    whose = f" of lane {NAMES[active()].upper()}" if STATE["apart"] else ""
    _lane_widget(
        st.select_slider,
        f"negatives per like, N{whose}",
        "negatives",
        now,
        options=sorted({*_COUNTS, now}),
        help="N changes only the noise of the push, not its mean.",
    )


@control("margins")
@control("typed")
def typed() -> None:
    """Show boxes to type the penalty in."""

    def use(design: Design) -> None:
        settings.redesign(active(), design)

    penalty_form(STATE, design_of(lanes()[active()]), HEAVIEST, use)


@control("more")
def more() -> None:
    """Show the rest: world, where negatives come from, training."""
    with st.expander("More: world, negatives, training"):
        world, drawn, training = st.columns(3, gap="medium")
        with world:
            _world()
        with drawn:
            _negatives()
        with training:
            _training()


def _world() -> None:
    _widget(st.slider, "tastes", "tastes", min_value=2, max_value=20)
    _widget(
        st.slider,
        "likes outside the own taste",
        "cross",
        min_value=0.0,
        max_value=1.0,
        step=0.05,
        help="At 0 the tastes are cleanly split, and no negatives are needed.",
    )
    st.segmented_control("dimensions", DIMS, default=STATE["dim"], required=True, **_tied("dim"))
    _widget(st.number_input, "seed", "seed", min_value=0, max_value=999_999, step=1)


def _negatives() -> None:
    lane = lanes()[active()]
    _lane_widget(
        st.selectbox,
        "negatives are",
        "sampler",
        lane.sampler,
        options=tuple(_SAMPLERS),
        format_func=_SAMPLERS.get,
        index=list(_SAMPLERS).index(lane.sampler),
    )
    if lane.sampler == "hardest":
        low, high = lane.negatives, max(MOST_NEGATIVES, lane.negatives + 1)
        _lane_widget(st.slider, "pool", "pool", lane.pool, min_value=low, max_value=high)
    _lane_widget(
        st.slider,
        "false negatives planted",
        "planted",
        lane.planted or 0.0,
        min_value=0.0,
        max_value=1.0,
        step=0.05,
        help="Share of the negatives that are likes of the user, told or untold.",
    )
    _widget(
        st.toggle, "never draw a known like", "reject", help="Draw again when it is a train like."
    )


def _training() -> None:
    lane = lanes()[active()]
    _widget(st.slider, "steps", "steps", min_value=50, max_value=MOST_STEPS, step=50)
    _lane_widget(
        st.number_input,
        "learning rate",
        "rate",
        lane.rate,
        min_value=0.001,
        max_value=FASTEST,
        step=0.05,
        format="%g",
        help="Times the number of users.",
    )
    _widget(
        st.toggle,
        "Lanes differ in more than the penalty",
        "apart",
        help="Then N, sampling and rate are those of the chosen lane only.",
    )


def _widget(kind: Any, label: str, name: str, **options: Any) -> None:
    """Show a widget of a setting that all lanes share."""
    kind(label, value=STATE[name], **options, **_tied(name))


def _tied(name: str) -> dict[str, Any]:
    key = STATE.key(f"toy.{name}", STATE[name])
    return {"key": key, "on_change": _changed, "args": (key, name), "disabled": locked()}


def _changed(key: str, name: str) -> None:
    value = STATE.hear(f"toy.{name}", key)
    if value is None:
        return
    if name == "lane":
        STATE.set(lane=value)
    elif name == "apart":
        settings.set_apart(value)
    else:
        settings.begin(**{name: value})


def _lane_widget(kind: Any, label: str, name: str, now: Any, **options: Any) -> None:
    """Show a widget of a setting of the lanes."""
    key = STATE.key(f"toy.lane.{name}", now)
    usual = {} if "index" in options else {"value": now}
    tied = {"key": key, "on_change": _lane_changed, "args": (key, name), "disabled": locked()}
    kind(label, **usual, **options, **tied)


def _lane_changed(key: str, name: str) -> None:
    value = STATE.hear(f"toy.lane.{name}", key)
    if value is None:
        return
    settings.retrain(**{name: (value or None) if name == "planted" else value})
