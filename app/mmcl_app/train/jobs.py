"""The jobs of this session: the lanes, and the probe that looks for margins."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from mmcl_app.state import PageState
from mmcl_app.train.job import Job, JobView
from mmcl_app.train.settings import configs, present, runner
from mmcl_app.train.source import Source
from mmcl_app.train.tabs import this_tab
from mmcl_core.suggest import probe_config

POLL = 0.4  # seconds between two looks at a running job
LANES, PROBE = "train/job", "train/probe"
SUGGESTED, VERDICT = "train/suggested", "train/verdict"  # what was made of them


@dataclass(frozen=True)
class Look:
    """The session's jobs at one moment; a page drawn from one look does not contradict itself."""

    job: Job | None
    view: JobView
    probe: Job | None
    probing: bool

    @property
    def busy(self) -> bool:
        """Whether any job runs or waits."""
        return self.view.busy or self.probing


def job_of(source: Source, key: str = LANES) -> Job | None:
    """Return the session's job on this data."""
    job: Job | None = st.session_state.get(key)
    return job if job is not None and job.data is source.data else None


def leave(source: Source | None) -> None:
    """Stop and let go of jobs on other data than this."""
    for key in (LANES, PROBE):
        job: Job | None = st.session_state.get(key)
        if job is not None and (source is None or job.data is not source.data):
            job.stop()
            del st.session_state[key]
            st.session_state.pop(VERDICT if key == LANES else SUGGESTED, None)


def current(state: PageState, source: Source) -> tuple[Job | None, JobView]:
    """Return the lanes' job, and what to draw: without a job, lanes that have nothing yet."""
    job = job_of(source)
    return job, (job or Job(configs(state, source), source.data)).view()


def look(state: PageState, source: Source) -> Look:
    """Look at all jobs of this session."""
    probe = job_of(source, PROBE)
    return Look(*current(state, source), probe, probe is not None and probe.view().busy)


def begin(state: PageState) -> None:
    """Stop what runs in this session and start the lanes anew."""
    stop()
    source = present(state)
    if source is not None:
        st.session_state[LANES] = job = Job(configs(state, source), source.data, this_tab())
        runner().start(job)


def go_on() -> None:
    """Continue a stopped job."""
    runner().start(st.session_state[LANES])


def probe(state: PageState) -> None:
    """Stop what runs in this session and start the short training that margins are read from."""
    stop()
    source = present(state)
    if source is not None:
        config = probe_config(configs(state, source)["C"], source.data)
        st.session_state[PROBE] = job = Job({"probe": config}, source.data, this_tab())
        runner().start(job)


def stop() -> None:
    """Stop whatever runs in this session."""
    for key in (LANES, PROBE):
        job: Job | None = st.session_state.get(key)
        if job is not None:
            job.stop()
