"""How far the job is, and its curves; polled while it runs."""

from __future__ import annotations

import streamlit as st

from mmcl_app.plain import as_text
from mmcl_app.present.manner import control
from mmcl_app.show import mode
from mmcl_app.state import PageState
from mmcl_app.train import curves, jobs
from mmcl_app.train.job import Job, JobView, LaneView
from mmcl_app.train.settings import runner
from mmcl_app.train.source import Source
from mmcl_core.colours import palette


def live(state: PageState, source: Source) -> None:
    """Show how far the job is and its curves."""
    job, view = jobs.current(state, source)
    if job and st.session_state.get("train/busy") and not view.busy:
        st.session_state["train/busy"] = False
        st.rerun()
    progress(job, view)
    both(state, source, view.lanes)
    for lane in view.lanes:
        if lane.message:
            st.warning(f"**Lane {lane.name}** stopped. {as_text(lane.message)}")
    state.save()


def progress(job: Job | None, view: JobView) -> None:
    """Say in one line where the job stands."""
    epochs = max(lane.config.epochs for lane in view.lanes)
    if job is None:
        text = "Not started. A reload keeps the settings, not the results."
    elif view.state == "waiting":
        place = runner().place(job)
        text = f"Other runs are using the machine. Yours is number {place} in the queue."
    elif view.state == "running":
        left = remaining(view)
        epoch = min((lane.points[-1].epoch for lane in view.lanes if lane.points), default=0)
        text = f"Epoch {min(epoch + 1, epochs)} of {epochs}" + (f", {left}" if left else "")
    elif view.state == "stopped":
        why = "The connection to this tab was lost" if view.lost_tab else "Stopped"
        text = f"{why}. Continue goes on exactly where it stood."
    else:
        text = f"Finished in {sum(lane.seconds for lane in view.lanes):.0f} s of training."
    st.progress(view.share if job else 0.0, text=text)


def remaining(view: JobView) -> str:
    """Estimate the time left, once a little is known."""
    spent = sum(lane.seconds for lane in view.lanes)
    if view.share < 0.05:
        return ""
    left = max(1, round(spent * (1 / view.share - 1)))
    return f"about {left} s left" if left < 120 else f"about {round(left / 60)} min left"


@control("curves")
def both(state: PageState, source: Source, drawn: tuple[LaneView, ...]) -> None:
    """Show two charts side by side."""
    for column, side in zip(st.columns(2, gap="medium"), ("left", "right"), strict=True):
        with column:
            curve(state, source, drawn, side)


def curve(state: PageState, source: Source, drawn: tuple[LaneView, ...], side: str) -> None:
    """Show one chart with its choice of measure and what to look at."""
    titles = {name: source.say(measure.title) for name, measure in curves.MEASURES.items()}
    st.selectbox(
        f"{side.capitalize()} curve",
        format_func=titles.get,
        label_visibility="collapsed",
        **state.bind(side, options=list(curves.MEASURES)),
    )
    name = state[side]
    measure = curves.MEASURES[name]
    references = {}
    if name in ("ndcg", "recall"):
        base = source.popularity("validation")
        references = {source.say("most liked films"): base[f"{name}@20"]}
    epochs = max(lane.config.epochs for lane in drawn)
    colours = palette(mode())
    st.echarts_chart(
        curves.chart(drawn, measure, epochs, colours, references),
        height=300,
        key=f"train-curve-{side}",
        alt=source.say(curves.words(drawn, measure)),
    )
    st.caption(source.say(curves.look(measure, drawn)))
