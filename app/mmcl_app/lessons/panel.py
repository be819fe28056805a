"""The card of a lesson: it stands above the pages while a reader walks through it."""

from __future__ import annotations

import streamlit as st

from mmcl_app.lessons import scenes
from mmcl_app.lessons.walk import Walk, end, go, move, predict

_WAITED = "mmcl/lesson/waited"  # where the card waits for something to be done
_EVERY = 1.0  # seconds between two looks at what the reader does


def panel(walk: Walk | None, page: str) -> None:
    """Show the card, once the page is there: what was done is read off it.

    Parameters
    ----------
    walk : Walk or None
        Where the reader is; without a lesson there is no card.
    page : str
        The page below it: "start", "lab"...
    """
    if walk is None:
        return
    waiting = walk.opened and not scenes.done(walk.step)
    st.fragment(_card, run_every=_EVERY if waiting else None)(walk, page)


def _card(walk: Walk, page: str) -> None:
    lesson, step = walk.lesson, walk.step
    with st.container(border=True, key="lesson-card"):
        left, right = st.columns([7, 5], gap="large")
        with left:
            st.caption(f"{lesson.title} · step {walk.number} of {len(lesson.steps)}")
            st.markdown(f"**{step.title}**")
            st.markdown(step.text)
            if step.ask and walk.opened:
                _revealed(walk)
        with right:
            st.progress(walk.number / len(lesson.steps))
            if walk.opened:
                _to_do(walk, page)
            else:
                _question(walk, page)
            _buttons(walk, page)


def _question(walk: Walk, page: str) -> None:
    step = walk.step
    chosen = st.radio(
        step.ask, range(1, len(step.choices) + 1), None, lambda i: step.choices[i - 1], key="guess"
    )
    if st.button("That is my guess: show it", type="primary", disabled=chosen is None):
        predict(walk, chosen or 0, page)


def _revealed(walk: Walk) -> None:
    step = walk.step
    agreed = "As you predicted." if walk.choice == step.answer else "Your prediction differed."
    st.markdown(f"{step.ask} You said: *{step.choices[walk.choice - 1]}*")
    st.markdown(f"{agreed} {step.reveal}")
    if step.claims:
        with st.expander("What was tested, over the seeds 0 to 4"):
            st.markdown("\n".join(f"- {sentence}" for sentence in scenes.claims(step)))


def _to_do(walk: Walk, page: str) -> None:
    step = walk.step
    if page != step.page:
        st.markdown(f"This step is on the page {step.page.capitalize()}.")
        if st.button(f"Go to {step.page.capitalize()}", key="lesson-there"):
            move(walk, page)
        return
    if not step.todo:
        return
    st.markdown(f"**Now:** {step.todo}")
    if step.done is None:
        return
    if scenes.done(walk.step):
        st.markdown(":material/check_circle: Done.")
        if st.session_state.get(_WAITED) == walk:
            st.session_state[_WAITED] = None
            st.toast("This step is done: the lesson's card goes on.")
            scenes.run_again(page)
    else:
        st.session_state[_WAITED] = walk
        st.markdown(":material/radio_button_unchecked: Not yet; the card will notice.")


def _buttons(walk: Walk, page: str) -> None:
    count = len(walk.lesson.steps)
    ready = walk.opened and page == walk.step.page and scenes.done(walk.step)
    with st.container(horizontal=True):
        if st.button("Back", key="lesson-back", disabled=walk.number == 1):
            go(walk.name, walk.number - 1, page)
        last = walk.number == count
        kind = "primary" if ready else "secondary"
        if st.button("Finish" if last else "Next", key="lesson-next", type=kind):
            if last:
                end(finished=True, page=page)
            go(walk.name, walk.number + 1, page)
        if st.button("Leave the lesson", key="lesson-leave", type="tertiary"):
            end(finished=False, page=page)
