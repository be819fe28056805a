"""The card of a lesson: it stands above the pages while a reader walks through it."""

from __future__ import annotations

import streamlit as st

from mmcl_app.lessons import scenes
from mmcl_app.lessons.loading import Step
from mmcl_app.lessons.walk import Walk, end, go, move, predict

_WAITED = "mmcl/lesson/waited"  # where the card waits for something to be done
_FOLDED = "mmcl/lesson/folded"  # lesson and step whose card is folded
# On a telephone the stage should still be seen below the card.
_STYLE = """<style>
.st-key-lesson-card { scroll-margin-top: 4.5rem; }
.st-key-lesson-card > :has(.st-key-lesson-eye) { position: absolute; height: 0; overflow: hidden; }
@media (max-width: 640px) {
  .st-key-lesson-head { gap: .3rem; }
  .st-key-lesson-head > :first-child { flex-basis: 100%; }
  .st-key-lesson-card .st-key-lesson-head button { padding: .1rem .4rem; min-height: 1.9rem; }
  .st-key-lesson-card p { font-size: .95rem; line-height: 1.35; }
}</style>"""
# Who begins a lesson far down the list must see its card.
_EYE = """let shown;
export default function ({ parentElement, data }) {
  if (data.step !== shown) {
    shown = data.step;
    parentElement.closest(".st-key-lesson-card")?.scrollIntoView({ block: "start" });
  }
  return () => { shown = undefined; };
}"""
_eye = st.components.v2.component("mmcl_lesson_eye", js=_EYE, isolate_styles=False)
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
    st.html(_STYLE)
    waiting = walk.opened and not scenes.done(walk.step)
    st.fragment(_card, run_every=_EVERY if waiting else None)(walk, page)


def _card(walk: Walk, page: str) -> None:
    folded = st.session_state.get(_FOLDED) == (walk.name, walk.number)
    with st.container(border=True, key="lesson-card", gap="xsmall"):
        with st.container(key="lesson-eye"):
            _eye(key="lesson-eye-watcher", data={"step": f"{walk.name}.{walk.number}"})
        _head(walk, page, folded)
        if not walk.opened:
            _question(walk, page, folded)
        elif page != walk.step.page:
            _elsewhere(walk, page)
        elif scenes.done(walk.step):
            _done(walk, page, folded)
        else:
            _to_do(walk, folded)


def _head(walk: Walk, page: str, folded: bool) -> None:
    """Show where the reader is, and the ways to go on."""
    lesson, step = walk.lesson, walk.step
    count = len(lesson.steps)
    ready = walk.opened and page == step.page and scenes.done(step)
    with st.container(horizontal=True, vertical_alignment="center", key="lesson-head"):
        where = f"**{step.title}** · {lesson.title} · step {walk.number} of {count}"
        st.markdown(where, width="stretch")
        if ready and (step.claims or step.tested):
            _tested(step)
        if st.button("Back", key="lesson-back", disabled=walk.number == 1):
            go(walk.name, walk.number - 1, page)
        last = walk.number == count
        kind = "primary" if ready else "secondary"
        if st.button("Finish" if last else "Next", key="lesson-next", type=kind):
            if last:
                end(finished=True, page=page)
            go(walk.name, walk.number + 1, page)
        if st.button("Leave", key="lesson-leave", type="tertiary"):
            end(finished=False, page=page)
        now = None if folded else (walk.name, walk.number)
        st.button(
            "Unfold" if folded else "Fold",
            key="lesson-fold",
            type="tertiary",
            on_click=lambda: st.session_state.update({_FOLDED: now}),
        )


def _question(walk: Walk, page: str, folded: bool) -> None:
    """Ask for a prediction: an answer opens the scene."""
    step = walk.step
    if not folded:
        st.markdown(step.text)
    with st.container(horizontal=True, vertical_alignment="center", key="lesson-guess"):
        st.markdown(f"**Predict:** {step.ask}", width="content")
        for number, choice in enumerate(step.choices, 1):
            if st.button(choice, key=f"guess-{number}"):
                predict(walk, number, page)


def _elsewhere(walk: Walk, page: str) -> None:
    title = walk.step.page.capitalize()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"This step is on the page {title}.", width="content")
        if st.button(f"Go to {title}", key="lesson-there"):
            move(walk, page)


def _to_do(walk: Walk, folded: bool) -> None:
    """Say what to do; the answer waits until it is done."""
    step = walk.step
    st.session_state[_WAITED] = walk
    if not folded:
        st.markdown(step.text)
    said = f"You said: *{step.choices[walk.choice - 1]}*. " if step.ask else ""
    st.markdown(
        f"{said}**Now:** {step.todo} :material/radio_button_unchecked: Not yet; the card will "
        "notice."
    )


def _done(walk: Walk, page: str, folded: bool) -> None:
    """Reveal the answer."""
    step = walk.step
    if st.session_state.get(_WAITED) == walk:
        st.session_state[_WAITED] = None
        st.toast("This step is done: the lesson's card goes on.")
        scenes.run_again(page)
    mark = ":material/check_circle: Done." if step.done else ""
    said = _revealed(step, walk.choice) if step.ask else step.text
    st.markdown(mark if folded else f"{mark} {said}")


def _tested(step: Step) -> None:
    """Show what the answer rests on, and once more what led to it."""
    with st.popover("What was tested"):
        st.markdown(step.text)
        told = [f"- {sentence}" for sentence in scenes.claims(step)]
        told += ["\nTrue over the seeds 0 to 4.\n"] if told else []
        st.markdown("\n".join([*told, *(f"- {sentence}" for sentence in step.tested)]))


def _revealed(step: Step, choice: int) -> str:
    agreed = "As you predicted." if choice == step.answer else "Your prediction differed."
    return f"{step.ask} You said: *{step.choices[choice - 1]}*. **{agreed}** {step.reveal}"
