"""The three lanes of the Train page: their settings, shown in a line and changed in a form.

The form is built from the core's table of losses. A value of a lane is what the address holds: a
pair of loss name and settings. What is typed is a draft; it becomes the value once the core
accepts it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from mmcl_app.plain import as_text
from mmcl_app.present.manner import locked
from mmcl_app.state import PageState
from mmcl_app.url import MOST_LISTED, LossSetting, number_text, words
from mmcl_core.losses import LOSSES, PRESETS, Loss, Parameter

NAMES = ("a", "b", "c")
STARTS = {"a": "paper-ccl", "b": "films-ccl", "c": "films-mmcl"}  # keys of the core's PRESETS

Value = tuple[str, Mapping[str, Any]]


def start(name: str) -> Value:
    """Return what a lane holds at first: a preset, with all its settings."""
    preset = PRESETS[STARTS[name]]
    return preset.loss, dict(Loss(preset.loss, **preset.settings).settings)


def fields() -> list[LossSetting]:
    """Return the words of the address that hold the lanes."""
    return [LossSetting(name, start(name)) for name in NAMES]


def title(value: Value) -> str:
    """Return the name of the loss, and whether it is one of the core's presets."""
    loss, settings = value
    for preset in PRESETS.values():
        if preset.loss == loss and Loss(loss, **preset.settings).settings == dict(settings):
            return preset.title
    return LOSSES[loss].title


def parts(value: Value) -> list[str]:
    """Say the settings; the positive weight, which few people touch, only if it is changed."""
    loss, settings = value
    said = []
    for p in LOSSES[loss].parameters:
        given = settings[p.name]
        if p.name == "positive_weight" and given == p.default:
            continue
        numbers = given if p.many else (given,)
        said.append(f"{p.label} {' '.join(map(number_text, numbers))}")
    return said or ["nothing to set"]


def badge(letter: str, colour: str) -> str:
    """Return the letter of a lane as a small sign in its colour."""
    return f'<span class="lane" style="--lane:{colour}">{html.escape(letter)}</span>'


def card(state: PageState, name: str, colour: str) -> str:
    """Show a lane and its form; return what is wrong with the draft, or an empty string."""
    with st.container(border=True, height="stretch", key=f"lane-{name}"):
        value = state[name]
        said = "<br>".join(map(html.escape, parts(value)))
        with st.container(horizontal=True, key=f"lane-row-{name}"):
            st.html(
                f"<div class='lane-head'>{badge(name.upper(), colour)}"
                f"<div><b>{html.escape(title(value))}</b><br>"
                f"<span class='quiet'>{said}</span></div></div>"
            )
            with st.popover(f"Change {name.upper()}", width="content"):
                trouble = _form(state, name)
        if trouble:
            st.warning(f"Not in order yet. {as_text(trouble)}")
    return trouble


def _form(state: PageState, name: str) -> str:
    loss, _ = state[name]
    base = f"train.{name}.loss"
    key = state.key(base, loss)
    st.selectbox(
        "Loss",
        list(LOSSES),
        list(LOSSES).index(loss),
        format_func=lambda found: LOSSES[found].title,
        key=key,
        on_change=_new_loss,
        args=(state, name, base, key),
        disabled=locked(),
        help=f"{LOSSES[loss].title}: {LOSSES[loss].source}",
    )
    for p in LOSSES[loss].parameters:
        _draft(state, name, p)
    if not LOSSES[loss].parameters:
        st.caption("This loss has nothing to set.")
    trouble = _trouble(state, name)
    if trouble:
        st.error(as_text(trouble))
    return trouble


def _draft(state: PageState, name: str, p: Parameter) -> None:
    base, given = _known(state, name, p)
    label = p.label.capitalize()
    key = state.key(base, given)
    shared: Any = {"value": given, "key": key, "on_change": _typed, "args": (state, name)}
    shared["disabled"] = locked()
    if p.many:
        st.text_input(label, help=f"{p.help} Numbers with a space between.", **shared)
    elif p.high - p.low <= 2:
        st.slider(label, p.low, p.high, step=0.01, help=p.help, **shared)
    else:
        step = 1.0 if p.high >= 100 else 0.1 if p.high > 10 else 0.01
        st.number_input(label, p.low, p.high, step=step, format="%g", help=p.help, **shared)


def _known(state: PageState, name: str, p: Parameter) -> tuple[str, str | float]:
    """Return what a parameter's widget is called, and what it begins with."""
    loss, settings = state[name]
    given = settings[p.name]
    text = " ".join(map(number_text, given)) if p.many else float(given)
    return f"train.{name}.{loss}.{p.name}", text


def _new_loss(state: PageState, name: str, base: str, key: str) -> None:
    loss = state.hear(base, key)
    if loss:
        state.set(**{name: (loss, dict(LOSSES[loss].defaults))})


def _typed(state: PageState, name: str) -> None:
    if _trouble(state, name):
        return
    loss, _ = state[name]
    settings = _typed_settings(state, name)
    for p in LOSSES[loss].parameters:
        base, given = _known(state, name, p)
        state.hear(base, state.key(base, given))
    state.set(**{name: (loss, dict(Loss(loss, **settings).settings))})


def _trouble(state: PageState, name: str) -> str:
    try:
        Loss(state[name][0], **_typed_settings(state, name))
    except ValueError as error:
        return str(error)
    return ""


def _typed_settings(state: PageState, name: str) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for p in LOSSES[state[name][0]].parameters:
        base, given = _known(state, name, p)
        value = st.session_state.get(state.key(base, given), given)
        typed[p.name] = _few(words(value)) if p.many else value
    return typed


def _few(found: list[str]) -> list[str]:
    if len(found) > MOST_LISTED:
        raise ValueError(
            f"Expected at most {MOST_LISTED} numbers, got {len(found)}. Leave some out."
        )
    return found
