"""A page for a class: present, hide and lock, and the scenes of the teacher's guide."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.present.manner import CONTROLS, Manner, control, understood
from mmcl_app.present.scenes import PAGE, read, scenes
from mmcl_app.state import CARRIED

APP = Path(__file__).parents[2] / "app"
SMALL = {"steps": "50", "tastes": "4"}


def open_app(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP / "main.py", default_timeout=120).run()
    app.switch_page(f"views/{page}.py")
    app.query_params = dict(query)
    app.run()
    assert not app.exception
    return app


def labels(elements: Any) -> list[str]:
    return [one.label for one in elements]


def said(app: AppTest) -> str:
    return " ".join(block.value for block in app.markdown)


def test_the_words_of_an_address_come_back() -> None:
    manner = Manner(True, ("negatives", "more"), ("margins",))
    assert understood(manner.words()) == (manner, [])
    assert manner.words() == {"present": "1", "hide": "negatives.more", "lock": "margins"}
    assert Manner().words() == {}


@pytest.mark.parametrize(
    ("query", "used", "named"),
    [
        ({"present": "yes"}, Manner(), ["present"]),
        ({"hide": "bogus.more"}, Manner(hide=("more",)), ["hide"]),
        ({"hide": "points"}, Manner(), ["hide"]),  # the sphere without its points
        ({"lock": "words.<script>"}, Manner(), ["lock"]),
        ({"lock": "a" * 100_000}, Manner(), ["lock"]),
        ({"hide": "", "lock": "..."}, Manner(), []),
        ({"margins": "0.9"}, Manner(), []),
    ],
)
def test_nonsense_gets_a_note(query: dict[str, str], used: Manner, named: list[str]) -> None:
    found, notes = understood(query)
    assert found == used
    assert [note.name for note in notes] == named


def test_every_name_is_a_part_of_some_page_and_every_part_has_a_name() -> None:
    source = "".join(path.read_text("utf-8") for path in APP.rglob("*.py"))
    used = set(re.findall(r'control\("(\w+)"\)', source))
    asked = set(re.findall(r'"(\w+)" in manner\(\)\.lock', source))
    hidden = set(re.findall(r'\.hides\("(\w+)"\)', source))
    assert used | asked | hidden == set(CONTROLS)
    with pytest.raises(KeyError):
        control("bogus")


def test_a_hidden_control_is_not_shown_and_others_stay() -> None:
    shown = open_app("lab", **SMALL)
    assert "negatives per like, N" in labels(shown.select_slider)
    app = open_app("lab", **SMALL, hide="negatives.more.story")
    assert "negatives per like, N" not in labels(app.select_slider)
    assert "More: world, negatives, training" not in labels(app.expander)
    assert "Story" not in labels(app.selectbox)
    assert "Lane to change" in labels(app.segmented_control)


def test_a_locked_control_is_shown_and_cannot_be_used() -> None:
    app = open_app("lab", **SMALL, lock="negatives.lanes.margins.more")
    widgets = [
        *app.select_slider,
        *app.text_input,
        *[one for one in app.slider if one.label in ("tastes", "steps")],
        *[one for one in app.button if one.label in ("Copy", "Remove", "Use these")],
    ]
    assert len(widgets) == 9
    assert all(widget.disabled for widget in widgets)
    assert not next(one for one in app.selectbox if one.label == "Story").disabled
    free = open_app("lab", **SMALL)
    assert not any(one.disabled for one in free.select_slider)


@pytest.mark.parametrize(
    ("page", "query", "lock", "kind", "count"),
    [
        ("lab", {"world": "films"}, "margins", "slider", 9),
        ("lab", {"world": "films"}, "cosines", "select_slider", 1),
        ("challenge", {}, "margins", "number_input", 2),
        ("challenge", {}, "more", "select_slider", 1),
        ("train", {}, "negatives.more", "number_input", 4),
    ],
)
def test_locks_work_on_every_page(
    page: str, query: dict[str, str], lock: str, kind: str, count: int
) -> None:
    found = [one for one in getattr(open_app(page, **query, lock=lock), kind) if one.disabled]
    assert len(found) == count


def test_hidden_locked_and_large_go_along_over_the_pages() -> None:
    words = {"present": "1", "hide": "negatives", "lock": "margins"}
    app = open_app("lab", **SMALL, **words)
    app.switch_page("views/challenge.py")
    app.query_params = {}  # as a link of a page leaves it
    app.run()
    assert {name: app.query_params[name] for name in words} == words
    assert all(box.disabled for box in app.number_input)
    assert set(words) < set(CARRIED)


def test_leaving_ends_the_presentation_and_keeps_what_is_locked() -> None:
    app = open_app("challenge", present="1", lock="margins")
    app.button(key="present-leave").click().run()
    assert "present" not in app.query_params
    assert app.query_params["lock"] == "margins"
    assert "present-leave" not in [button.key for button in app.button]


def test_a_note_about_the_manner_stays_until_it_is_understood() -> None:
    app = open_app("challenge", hide="bogus")
    assert "bogus" in app.info[0].value
    app.run()
    assert "bogus" in app.info[0].value
    app.button(key="mmcl/manner/dismiss").click().run()
    assert len(app.info) == 0
    assert "hide" not in app.query_params


@pytest.mark.parametrize("page", ["start", "lab", "challenge", "train", "results", "lessons"])
def test_a_projector_gets_a_title_and_few_words(page: str) -> None:
    usual, large = open_app(page), open_app(page, present="1")
    assert len(large.title) == 1
    assert len(said(large)) < len(said(usual)) or page == "lessons"
    assert "Glossary" not in str(large.main)
    assert large.query_params["present"] == "1"


def test_the_lab_asks_the_scenes_question_and_does_not_tell() -> None:
    one = next(scene for scene in scenes() if scene.link == "projector")
    assert one.words["present"] == "1"
    app = open_app(one.page, **one.words)
    asked, answers = one.question()
    assert app.title[0].value == asked
    assert " &emsp; ".join(answers) in said(app)
    from mmcl_core.stories import STORIES

    assert STORIES["projector"].text not in said(app)
    told = open_app(one.page, **{**one.words, "present": "0"})
    assert STORIES["projector"].text in said(told)


def test_the_class_has_every_scene_of_the_guide() -> None:
    app = open_app("lessons")
    for one in scenes():
        assert f"**{one.number}. {one.title}**" in said(app)
    answers = [box for box in app.expander if box.label == "Expected answer"]
    assert [box.markdown[0].value for box in answers] == [one.answer for one in scenes()]


def test_scenes_are_read_from_the_guide() -> None:
    found = scenes()
    assert [one.number for one in found] == list(range(1, 15))
    assert found[1].question()[1] == ["a) 0", "b) 0.6", "c) 0.9"]
    assert found[10].question() == ("are more always better?", [])
    assert "][" not in "".join(one.answer for one in found)


@pytest.mark.parametrize(
    "row",
    [
        "| 1 | [A][a] | Ask | Answer |",
        "| 1 | [A][gone] | Ask | Answer | |",
        "| 1 | A | Ask | Answer | a.0 |",
    ],
)
def test_a_row_that_is_no_scene_is_answered(row: str) -> None:
    text = f"# Guide\n\n## The scenes\n\n{row}\n\n## More\n\n[a]: http://localhost:8501/lab\n"
    with pytest.raises(ValueError, match="Expected scene 1 of teaching.md"):
        read(text)


def test_without_the_guide_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmcl_app.present.scenes.PAGE", PAGE.with_name("gone.md"))
    app = AppTest.from_file(APP / "views" / "lessons.py", default_timeout=60).run()
    assert not app.exception
    assert "docs/teaching.md" in app.info[-1].value
