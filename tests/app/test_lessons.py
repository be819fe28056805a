"""Lessons: files that are checked, claims that are tested, a walk that notices what is done."""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.challenge.settings import STATE as CHALLENGE
from mmcl_app.lessons.loading import (
    CONDITIONS,
    FOLDER,
    PAGES,
    Lesson,
    LessonError,
    Step,
    load,
    load_all,
)
from mmcl_app.lessons.scenes import scene
from mmcl_app.state import PageState
from mmcl_app.toy.settings import STATE as TOY
from mmcl_app.toy.settings import told
from mmcl_app.train.settings import page_state
from mmcl_app.url import parse
from mmcl_core.stories import STORIES

MAIN = Path(__file__).parents[2] / "app" / "main.py"
LESSONS, PROBLEMS = load_all()

GOOD = """
title = "A lesson"
minutes = 3
summary = "Short."

[[steps]]
title = "One"
text = "Look."
page = "lab"
story = "torn"
todo = "Pick."
done = { picked = true }
ask = "What?"
choices = ["This", "That"]
answer = 2
reveal = "That."
claims = ["torn.0"]
"""


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params = dict(query)
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(block.value for block in app.markdown)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_six_lessons_are_there_in_their_order() -> None:
    assert PROBLEMS == []
    assert list(LESSONS) == ["pull", "knot", "kicks", "negatives", "films", "published"]
    assert [lesson.order for lesson in LESSONS.values()] == [1, 2, 3, 4, 5, 6]
    assert [s.story for s in LESSONS["knot"].steps] == ["torn", "spread", "", *["crammed"] * 2]


def _state(page: str) -> PageState:
    return {"lab": TOY, "challenge": CHALLENGE}.get(page) or page_state()


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
def test_every_scene_is_understood_by_its_page(lesson: Lesson) -> None:
    assert_understood(lesson)


def assert_understood(lesson: Lesson) -> None:
    for step in lesson.steps:
        words = scene(step)
        if not words or step.page == "results":
            continue
        state = _state(step.page)
        values, notes = parse(state.fields, words)
        assert notes + state.repair(values) == []
        assert words.keys() <= {field.name for field in state.fields}
        if step.story:
            assert {name: values[name] for name in told(step.story)} == told(step.story)
        if step.done and step.done[0] == "changed":
            assert set(step.done[1]) <= {field.name for field in state.fields}


def test_a_good_file_is_read(tmp_path: Path) -> None:
    lesson = load(write(tmp_path, GOOD))
    assert (lesson.name, lesson.minutes, len(lesson.steps)) == ("mine", 3, 1)
    assert lesson.steps[0].done == ("picked", True)
    assert lesson.steps[0].choices == ("This", "That")


def test_the_example_of_the_guide_is_a_lesson(tmp_path: Path) -> None:
    guide = (MAIN.parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    section = guide.split("## Write a lesson")[1].split("\n## ")[0]
    lesson = load(write(tmp_path, re.findall(r"```toml\n(.*?)```", section, re.S)[0], "own.toml"))
    assert_understood(lesson)
    shown = set(re.findall(r"`([a-z]+)`", section)) | set(re.findall(r"\{ (\w+) =", section))
    fields = {field.name for kind in (Lesson, Step) for field in dataclasses.fields(kind)}
    assert fields - {"name", "steps"} | CONDITIONS.keys() | set(PAGES) <= shown


def test_a_lesson_without_a_place_comes_last(tmp_path: Path) -> None:
    for name, place in (("a", ""), ("b", "order = 2\n"), ("c", "order = 1\n")):
        write(tmp_path, place + GOOD, f"{name}.toml")
    assert list(load_all(tmp_path)[0]) == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minutes = 3", "minutes = many", "mine.toml, line 3: expected TOML, got an error: "),
        ("minutes = 3", 'minutes = "3"', "mine.toml, line 3, minutes: expected a whole number"),
        ("minutes = 3", "minutes = true", "mine.toml, line 3, minutes: expected a whole number"),
        ("summary", "sumary", "mine.toml, line 1, summary: expected this field, got nothing"),
        ('page = "lab"', 'page = "moon"', "mine.toml, step 1, line 9, page: expected one of start"),
        ('page = "lab"', 'page = "train"', 'line 10, story: expected page "lab"'),
        ("todo", "tudo", "mine.toml, step 1, line 11, tudo: expected one of title"),
        ('todo = "Pick."', "", "mine.toml, step 1, line 6, todo: expected what to do, beside done"),
        ("picked = true", "picks = true", "line 12, done: expected one of picked"),
        ("picked = true", 'step = "9"', "line 12, done: expected step = a whole number"),
        ("answer = 2", "answer = 3", "line 15, answer: expected a number from 1 to 2, got 3"),
        ("answer = 2", "", "step 1, line 6, answer: expected a question with all of ask, choices"),
        ('["This", "That"]', '["This"]', "line 14, choices: expected two choices or more"),
        ('["torn.0"]', '["torn"]', "line 17, claims: expected a story and the number"),
        ("minutes = 3", "minutes = 3\norder = 0", "line 4, order: expected a number from 1 to 999"),
        ('["torn.0"]', '["torn.0"]\ntested = [1]', "line 18, tested: expected a sentence in"),
        ('story = "torn"', 'address = "lab"', "line 10, address: expected words like a=1&b=2"),
        ('story = "torn"', 'story = "torn"\naddress = "a=1"', "expected either a story or an"),
    ],
)
def test_a_wrong_file_is_answered_by_place_and_reason(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(LessonError) as caught:
        load(path)
    assert message in str(caught.value)


def test_a_change_needs_something_to_change_from(tmp_path: Path) -> None:
    text = GOOD.replace('story = "torn"\n', "").replace("picked = true", 'changed = ["a"]')
    with pytest.raises(LessonError, match="a story or an address to change from"):
        load(write(tmp_path, text))


def test_an_unknown_story_or_claim_is_answered(tmp_path: Path) -> None:
    for old, new in (('"torn"', '"born"'), ("torn.0", "torn.9"), ("torn.0", "born.0")):
        write(tmp_path, GOOD.replace(old, new, 1))
        lessons, problems = load_all(tmp_path)
        assert (len(lessons), len(problems)) == (0, 1)
        assert "line 1" in problems[0]


def test_one_wrong_file_spoils_no_other(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "title = 3", "wrong.toml")
    write(tmp_path, GOOD, "Bad Name.toml")
    lessons, problems = load_all(tmp_path)
    assert list(lessons) == ["mine"]
    assert len(problems) == 2


def test_the_page_lists_lessons_and_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmcl_app.lessons import walk

    for path in FOLDER.glob("*.toml"):
        write(tmp_path, path.read_text("utf-8"), path.name)
    write(tmp_path, GOOD.replace("answer = 2", "answer = 7"))
    monkeypatch.setattr(walk, "FOLDER", tmp_path)
    app = open_app()
    app.switch_page("views/lessons.py").run()
    assert not app.exception
    titles = [f"{place}. {one.title}" for place, one in enumerate(LESSONS.values(), 1)]
    assert [head.value for head in app.subheader][: len(titles)] == titles
    assert [button.key for button in app.button if button.label == "Begin"] == [
        f"begin-{name}" for name in LESSONS
    ]
    assert "mine.toml, step 1, line 15, answer" in app.warning[0].value


def test_predict_then_reveal() -> None:
    app = open_app(lesson="knot.1")
    assert LESSONS["knot"].steps[0].reveal not in said(app)
    assert app.title[0].value == "Who pushes, and how hard?"
    press(app, "They end up close together")
    assert app.query_params["lesson"] == "knot.1.1"
    assert app.title[0].value == "Lab"
    assert app.query_params["a"] == "-0.9~1"
    assert "You said: *They end up close together*" in said(app)
    assert "Not yet" in said(app)
    assert LESSONS["knot"].steps[0].reveal not in said(app)
    assert STORIES["torn"].text not in said(app), "the page must not tell before the card"
    app.query_params["step"] = "900"
    app.run()
    assert "**Your prediction differed.** " + LESSONS["knot"].steps[0].reveal in said(app)
    assert STORIES["torn"].claims[0].sentence() in said(app)
    press(app, "Next")
    press(app, "Worse")
    view = app.session_state["mmcl/toy/view"]
    assert (view["frame"], view["playing"]) == (0, True)


def test_a_folded_card_keeps_question_and_task_until_the_next_step() -> None:
    first, second = (step.text.strip() for step in LESSONS["knot"].steps[:2])
    app = open_app(lesson="knot.1")
    assert first in said(app)
    press(app, "Fold")
    assert first not in said(app)
    press(app, "They part, to opposite sides")
    assert first not in said(app)
    assert "Not yet" in said(app)
    press(app, "Unfold")
    assert first in said(app)
    press(app, "Fold")
    press(app, "Next")
    assert second in said(app)


def test_it_notices_a_chosen_story_and_a_changed_lane() -> None:
    app = open_app(lesson="knot.3")
    assert "This step is on the page Lab." in said(app)
    press(app, "Go to Lab")
    assert "Not yet" in said(app)
    next(box for box in app.selectbox if box.label == "Story").set_value("good").run()
    app.run()
    assert "Done." in said(app)
    press(app, "Next")
    press(app, "Next")
    assert app.query_params["lesson"] == "knot.5"
    assert "Not yet" in said(app)
    app.text_input[0].set_value("0.5")
    press(app, "Use these")
    app.run()
    assert "Done." in said(app)
    press(app, "Finish")
    assert app.title[0].value == "Lessons"
    assert "lesson" not in app.query_params
    assert any(button.label == "Walk it again" for button in app.button)


def test_the_address_brings_step_and_prediction_back_on_any_page() -> None:
    app = open_app(lesson="published.2.3")
    press(app, "Go to Lab")
    assert "You said: *No measurable difference*" in said(app)
    press(app, "Back")
    assert app.query_params["lesson"] == "published.1"
    press(app, "Leave")
    assert "lesson" not in app.query_params
    assert "step 1 of 5" not in said(app)


@pytest.mark.parametrize("word", ["nope", "", "nope.1", "<b>.2", "`x`.1"])
def test_an_unknown_lesson_is_answered(word: str) -> None:
    app = open_app(lesson=word)
    assert "Expected one of the lessons pull, knot, kicks" in app.info[0].value
    assert "lesson" not in app.query_params


@pytest.mark.parametrize(
    ("word", "becomes"), [("knot.99", "knot.5"), ("knot.x", "knot.1"), ("knot.1.9", "knot.1")]
)
def test_an_impossible_step_becomes_the_nearest(word: str, becomes: str) -> None:
    assert open_app(lesson=word).query_params["lesson"] == becomes


def test_the_challenge_counts_once_it_is_scored() -> None:
    app = open_app(lesson="published.3.1")
    press(app, "Go to Challenge")
    assert "Not yet" in said(app)
    press(app, "Play five worlds")
    app.run()
    assert "Done." in said(app)


def test_it_notices_a_training_of_what_is_set_and_no_other() -> None:
    app = open_app(lesson="films.1.3")
    press(app, "Go to Train")
    app.number_input(key="train.epochs").set_value(1).run()
    press(app, "Start")
    job = app.session_state["train/job"]
    end = time.monotonic() + 120
    while job.view().busy:
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    app.run()
    assert "Done." in said(app)
    assert LESSONS["films"].steps[0].reveal in said(app)
    app.number_input(key="train.epochs").set_value(2).run()
    assert "Not yet" in said(app)


def test_it_notices_a_changed_word_of_results() -> None:
    app = open_app(lesson="published.4.2")
    press(app, "Go to Results")
    assert "Not yet" in said(app)
    app.button_group[0].set_value("recall").run()
    assert "Done." in said(app)
    assert LESSONS["published"].steps[3].reveal in said(app)
    assert LESSONS["published"].steps[3].tested[0] in said(app)


def test_pages_understand_an_address_with_a_lesson() -> None:
    app = open_app(lesson="kicks.2")
    app.switch_page("views/challenge.py").run()
    assert not app.exception
    assert len(app.info) == 0
    assert "step 2 of 6" in said(app)
