"""Lessons: guided walks over the pages; predict, then reveal."""

from __future__ import annotations

import streamlit as st

from mmcl_app.lessons.loading import Lesson
from mmcl_app.lessons.walk import finished_lessons, go, read
from mmcl_app.present.classroom import classroom
from mmcl_app.present.layout import head
from mmcl_app.present.manner import prose
from mmcl_app.state import visit

HOW = """
A lesson is a text file in the folder `app/lessons`; a new one appears here at once, without a
restart. Copy one of those that are there. What each field means, and a small example, stand in
`CONTRIBUTING.md` under *Write a lesson*. What is wrong in a file is shown here, with its line; the
other lessons stay.
"""


def _door(lesson: Lesson, number: int, advised: bool) -> None:
    """Show one lesson; `advised` if it is the next of the path."""
    walked = lesson.name in finished_lessons()
    with st.container(border=True, height="stretch"):
        st.subheader(f"{number}. {lesson.title}", anchor=False)
        st.markdown(lesson.summary)
        with st.container(horizontal=True, vertical_alignment="center"):
            label = "Walk it again" if walked else "Begin"
            kind = "primary" if advised else "secondary"
            if st.button(label, key=f"begin-{lesson.name}", type=kind):
                go(lesson.name, 1, "lessons")
            mark = "  \n:material/check_circle: Walked to its end" if walked else ""
            st.caption(f"{lesson.minutes} minutes, {len(lesson.steps)} steps{mark}")


def _walks() -> None:
    found, problems = read()
    prose(
        "Short walks over the pages, best in this order. Predict first, then look; a card comes "
        f"along and notices when a step is done. {sum(x.minutes for x in found.values())} minutes "
        "in all; each can be walked alone."
    )
    path = list(found.values())
    ahead = next((x.name for x in path if x.name not in finished_lessons()), None)
    for number, lesson in enumerate(path):
        if number % 2 == 0:
            columns = st.columns(2)
        with columns[number % 2]:
            _door(lesson, number + 1, lesson.name == ahead)
    for problem in problems:
        st.warning(f"A lesson could not be used. `{problem.replace('`', ' ')}`")
    with st.expander("Write a lesson"):
        st.markdown(HOW)


visit("lessons")
head("Lessons")
alone, for_class = st.tabs(["Walk alone", "For a class"])
with alone:
    _walks()
with for_class:
    classroom()
