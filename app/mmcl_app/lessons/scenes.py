"""What a step opens, and whether what it asks for has been done."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

import streamlit as st

from mmcl_app.lessons.loading import Step
from mmcl_app.state import PageState, here
from mmcl_app.url import encode, parse

_NAMES = {  # pages with conditions, and their states' names
    "lab": "toy",
    "challenge": "challenge",
    "train": "train",
    "results": "results",
}


def scene(step: Step) -> dict[str, str]:
    """Return the words of the address that a step opens."""
    if not step.story:
        return dict(parse_qsl(step.address))
    from mmcl_app.toy.settings import FIELDS, told

    usual = {field.name: field.default for field in FIELDS}
    return encode(FIELDS, {**usual, **told(step.story)})


def claims(step: Step) -> list[str]:
    """Return the sentences of the claims that a step refers to."""
    if not step.claims:
        return []
    from mmcl_core.stories import STORIES

    pairs = (claim.split(".") for claim in step.claims)
    return [STORIES[story].claims[int(number)].sentence() for story, number in pairs]


def done(step: Step) -> bool:
    """Return whether what a step asks for has been done on its page; a question apart."""
    if step.done is None:
        return True
    name, wanted = step.done
    if name in ("scored", "won"):
        return _played(name)
    if here() != _NAMES.get(step.page):
        return False
    if name == "trained":
        return _trained()
    if name == "changed":
        return _changed(step, wanted)
    state = _state(step.page)
    if name == "picked":
        return state["user"] >= 0
    if name == "step":
        return state["step"] >= wanted
    from mmcl_app.toy.settings import current_story

    return current_story() == wanted


def run_again(page: str) -> None:
    """Run a page anew from what it knows: its address may be one step behind."""
    if here() == _NAMES.get(page) and page != "results":
        _state(page).set()
    st.rerun()


def _state(page: str) -> PageState:
    """Return the state of a page whose parts run by themselves."""
    if page == "train":
        from mmcl_app.train.settings import page_state

        return page_state()
    if page == "challenge":
        from mmcl_app.challenge.settings import STATE
    else:
        from mmcl_app.toy.settings import STATE
    return STATE


def _changed(step: Step, words: Sequence[str]) -> bool:
    """Return whether one of the words is another than in the step's scene."""
    now, before = st.query_params.to_dict(), scene(step)
    if step.page != "results":  # which runs as a whole, so its address is never behind
        state = _state(step.page)
        values, _ = parse(state.fields, before)
        state.repair(values)
        now, before = state.link(), encode(state.fields, values)
    return any(now[word] != before[word] for word in words if word in now and word in before)


def _trained() -> bool:
    from mmcl_app.train.job import Job
    from mmcl_app.train.jobs import LANES
    from mmcl_app.train.settings import configs
    from mmcl_app.train.source import Source

    job: Job | None = st.session_state.get(LANES)
    if job is None:
        return False
    view, asked = job.view(), configs(_state("train"), Source(job.data))
    return view.state == "finished" and {x.name: x.config for x in view.lanes} == asked


def _played(what: str) -> bool:
    from mmcl_app.challenge.settings import scores

    return any(what == "scored" or result.verdict == "won" for _, result in scores())
