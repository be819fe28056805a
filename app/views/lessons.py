"""Lessons: guided walks over the pages; predict, then reveal."""

from __future__ import annotations

import streamlit as st

from mmcl_app.glossary import glossary
from mmcl_app.lessons.loading import Lesson
from mmcl_app.lessons.walk import finished_lessons, go, read
from mmcl_app.state import visit

HOW = """
A lesson is a text file in the folder `app/lessons`, and a new one appears here at once. Copy one
of those that are there. A step says which page it is on and, if it sets a scene, a story of the Lab
or the words of an address: prepare a page and copy what follows the question mark. `done` says how
the card notices that a step is done: `picked`, `step`, `changed`, `story`, `scored` or `won`. A
step with `ask` waits for a prediction before it opens its scene, and shows `reveal` once it is
done. What is wrong in a file is shown here, with its place.
"""


def _door(lesson: Lesson) -> None:
    with st.container(border=True):
        st.subheader(lesson.title, anchor=False)
        st.markdown(lesson.summary)
        again = lesson.name in finished_lessons()
        with st.container(horizontal=True, vertical_alignment="center"):
            label = "Walk it again" if again else "Begin"
            if st.button(label, key=f"begin-{lesson.name}", type="primary"):
                go(lesson.name, 1, "lessons")
            walked = "; walked to the end" if again else ""
            st.caption(f"{lesson.minutes} minutes, {len(lesson.steps)} steps{walked}")


visit("lessons")
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title("Lessons", anchor=False)
    glossary()
st.markdown(
    "Short walks over the pages. Predict first, then look; a card comes along and notices when a "
    "step is done."
)
found, problems = read()
for lesson in found.values():
    _door(lesson)
for problem in problems:
    st.warning(f"A lesson could not be used. `{problem.replace('`', ' ')}`")
with st.expander("Write a lesson"):
    st.markdown(HOW)
