"""Which margins for my data? A short training, what it suggests and why, and what that is worth."""

from __future__ import annotations

import streamlit as st
import torch

from mmcl_app.plain import as_text
from mmcl_app.present.manner import control, locked
from mmcl_app.state import PageState
from mmcl_app.train import jobs
from mmcl_app.train.job import Job
from mmcl_app.train.jobs import Look
from mmcl_app.train.lanes import parts
from mmcl_app.train.settings import runner
from mmcl_app.train.source import Source
from mmcl_core.losses import Loss
from mmcl_core.suggest import Suggested, suggest_from

# The numbers are those of docs/results/suggestion.csv; a test compares them.
WORTH = (
    "A first guess, and not more. Tried on five data sets that it was not designed on, it was "
    "better than the preset for films on three, by 4% to 5%, and worse on two, by 6% and 9%. The "
    "best of only six settings searched on validation was better than it on three, level on one "
    "and worse on one; four times out of five that search took a lighter negative weight. So try "
    "half the suggested one as well."
)


@control("typed")
def advice(state: PageState, source: Source, now: Look, blocked: bool) -> None:
    """Show the button; once the short training is over, what it suggests."""
    st.button(
        "Which margins for these films?" if source.films else "Which margins for my data?",
        disabled=blocked or now.busy or locked(),
        on_click=jobs.probe,
        args=(state,),
        help="A short training shows where the cosines of random pairs lie. Margins and negative "
        "weight for lane C are suggested from that.",
        key="train.probe",
    )
    if now.probe is None:
        return
    if now.probing:
        st.fragment(_progress, run_every=jobs.POLL)(now.probe)
        return
    found = suggested(now.probe, source)
    if isinstance(found, str):
        st.caption(found)
        return
    _show(state, found)


def _progress(job: Job) -> None:
    view = job.view()
    if not view.busy:
        st.rerun()
    waiting = "Other runs are using the machine; yours is number {} in the queue."
    text = "A short training, to see where the cosines lie"
    if view.state == "waiting":
        text = waiting.format(runner().place(job))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(view.share, text=text)
        st.button("Stop", on_click=jobs.stop, key="train.probe.stop")


def suggested(job: Job, source: Source) -> Suggested | str:
    """Return what a finished probe suggests, or why there is nothing."""
    kept = st.session_state.get(jobs.SUGGESTED)
    if kept and kept[0] is job:
        found: Suggested | str = kept[1]
        return found
    (lane,) = job.view().lanes
    if lane.message:
        return f"The short training failed. {as_text(lane.message)}"
    if lane.done is None or lane.done.reason == "stopped":
        return "The short training was stopped before it could say anything."
    trained = lane.done.trained
    found = suggest_from(
        torch.from_numpy(trained.users), torch.from_numpy(trained.items), source.data, lane.config
    )
    st.session_state[jobs.SUGGESTED] = (job, found)
    return found


def _show(state: PageState, found: Suggested) -> None:
    value = ("mmcl", dict(Loss("mmcl", **found.settings).settings))
    with st.container(border=True, key="train-advice"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Suggested for lane C:** {', '.join(parts(value))}", width="content")
            same = state["c"] == value
            st.button(
                "In lane C" if same else "Use in lane C",
                disabled=same or locked(),
                on_click=lambda: state.set(c=value),
                key="train.use",
            )
        st.markdown(as_text(found.reason))
        st.markdown(WORTH)
