"""What a step opens, and whether what it asks for has been done."""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from mmcl_app.lessons.loading import Step
from mmcl_app.state import PageState, here

_NAMES = {"lab": "toy", "challenge": "challenge"}  # pages with conditions, and their states' names


def scene(step: Step) -> dict[str, str]:
    """Return the words of the address that a step opens."""
    if not step.story:
        return dict(parse_qsl(step.address))
    from mmcl_app.toy.settings import FIELDS, told
    from mmcl_app.url import encode

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
    state = _state(step.page)
    if name == "picked":
        return state["user"] >= 0
    if name == "step":
        return state["step"] >= wanted
    if name == "story":
        from mmcl_app.toy.settings import current_story

        return current_story() == wanted
    before, now = scene(step), state.link()
    return any(now.get(word) != before.get(word, now.get(word)) for word in wanted)


def run_again(page: str) -> None:
    """Run a page anew from what it knows: its address may be one step behind."""
    if here() == _NAMES.get(page):
        _state(page).set()
    st.rerun()


def _state(page: str) -> PageState:
    if page == "challenge":
        from mmcl_app.challenge.settings import STATE
    else:
        from mmcl_app.toy.settings import STATE
    return STATE


def _played(what: str) -> bool:
    from mmcl_app.challenge.settings import scores

    return any(what == "scored" or result.verdict == "won" for _, result in scores())
