"""The desk at which a student asks, and how answers are compared."""

from __future__ import annotations

from typing import Any

import checks
import numpy as np
import pandas as pd
import pytest
import torch
from checks import desk
from checks.compare import Unlike, same
from checks.exercise import Exercise, Slip
from IPython.display import Markdown
from ipywidgets import Button, VBox


def double(x):  # type: ignore[no-untyped-def]
    """Twice as much."""
    return 2 * x


TWICE = Exercise(
    title="Twice",
    level="easy",
    minutes=1,
    reference=double,
    cases=lambda: [(torch.tensor([1.0, 2.0]),), (torch.tensor([-3.0]),)],
    slips=(Slip(lambda x: x**2, "That is the square."), Slip(lambda x: x, "Unchanged.")),
    hints=("Add it to itself.", "`2 * x`"),
    why="Two of them.",
)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what was displayed; exercise 1.1 is TWICE."""
    seen: list[Any] = []
    monkeypatch.setattr(desk, "display", seen.append)
    monkeypatch.setattr(desk, "find", lambda name: TWICE)
    monkeypatch.setattr(desk, "_told", {})
    return seen


def words(thing: Any) -> str:
    assert isinstance(thing, Markdown)
    return str(thing.data)


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (torch.tensor(0.5, requires_grad=True), 0.5),
        (True, 1),
        ([1, 2], torch.tensor([1.0, 2.0])),
        (pd.Series([1, 2]), [1, 2]),
        ([torch.tensor(1), 2.0], np.array([1, 2])),
        ({3, 1}, {1, 3}),
        (" B ", "b"),
        (["x", "y"], ["x", "y"]),
        ({"y", "x"}, {"x", "y"}),
        ((1, "b"), (1.0, "b")),
        ({"a": [1], "b": 2}, {"b": 2, "a": [1.0]}),
    ],
)
def test_the_container_does_not_matter(got: Any, wanted: Any) -> None:
    same(got, wanted, 1e-4)


@pytest.mark.parametrize(
    ("got", "wanted", "sentence"),
    [
        (0.51, 0.5, "It is not 0.51."),
        (float("nan"), 0.5, "NaN"),
        ([1, 2], 3.0, "Expected one number, got 2 numbers."),
        (torch.ones(2, 3), torch.ones(2), "Expected 2 numbers, got numbers of shape (2, 3)."),
        ([1, 2, 4], [1, 2, 3], "1 of 3 values differ; the first is 4 at 2."),
        (torch.eye(2), torch.ones(2, 2), "2 of 4 values differ; the first is 0 at (0, 1)."),
        ("three", 3, "Expected one number, got something of type str."),
        ([1, None], [1, 2], "something of type list"),
        (3, "b", "Expected a word or a letter in quotes, got a int."),
        ("c", "b", "It is not 'c'."),
        (["y", "x"], ["x", "y"], "not in the right order"),
        (["x"], ["x", "y"], "Expected 2 words, got 1."),
        ([1, 2], ["x", "y"], "Expected these words"),
        (7, ["x"], "Expected a list of 1 words, got a int."),
        (1, (1, 2), "Expected 2 values, separated by commas, got a int."),
        ((1, 3), (1, 2), "Value 2 of 2: It is not 3."),
        ([], {"a": 1}, "Expected a dict, got a list."),
        ({"b": 1}, {"a": 1}, "Expected the keys ['a'], got ['b']."),
        ({"a": 2}, {"a": 1}, "At 'a': It is not 2."),
    ],
)
def test_a_difference_is_a_sentence(got: Any, wanted: Any, sentence: str) -> None:
    with pytest.raises(Unlike) as unlike:
        same(got, wanted, 1e-4)
    assert sentence in str(unlike.value)


def test_a_right_answer_is_used_and_needs_no_buttons(shown: list[Any]) -> None:
    mine = lambda x: x + x  # noqa: E731
    assert desk.check("1.1", mine) is mine
    assert [words(thing) for thing in shown] == ["**Exercise 1.1.** Right. Two of them."]


def test_an_open_one_goes_on_with_the_solution(shown: list[Any]) -> None:
    assert desk.check("1.1", lambda x: ...) is double
    said, below = shown
    assert words(said).startswith("**Exercise 1.1.** Not attempted yet. Put your line")
    assert words(said).endswith(desk.GOES_ON)
    assert isinstance(below, VBox)


def test_a_known_slip_is_named_and_an_unknown_one_compared(shown: list[Any]) -> None:
    assert desk.check("1.1", lambda x: x * x) is double
    assert desk.check("1.1", lambda x: 3 * x) is double
    assert "Not yet. That is the square." in words(shown[0])
    assert "Not yet. 2 of 2 values differ; the first is 3 at 0." in words(shown[2])


def test_dots_in_the_middle_of_a_function_are_not_an_error(shown: list[Any]) -> None:
    desk.check("1.1", lambda x: x * ...)
    assert "Not attempted yet. There is still a ... in your function." in words(shown[0])


def test_a_name_lost_by_a_restart_is_explained(shown: list[Any]) -> None:
    desk.check("1.1", lambda x: lost(x))  # type: ignore[name-defined]  # noqa: F821
    assert "NameError: name 'lost' is not defined. After a restart" in words(shown[0])


def test_a_value_in_the_place_of_a_function(shown: list[Any]) -> None:
    assert desk.check("1.1", 4.0) is double
    assert "Expected the function double, got a float." in words(shown[0])


def test_hints_come_in_order_and_the_last_stays(shown: list[Any]) -> None:
    for _ in range(3):
        desk.hint("1.1")
    assert [words(thing) for thing in shown] == [
        "**Hint 1 of 2.** Add it to itself.",
        "**Hint 2 of 2.** `2 * x`",
        "**Hint 2 of 2.** `2 * x`",
    ]


def test_the_solution_is_code_and_a_reason(shown: list[Any]) -> None:
    desk.solution("1.1")
    assert words(shown[0]).startswith("```python\ndef double(x):")
    assert words(shown[0]).endswith("Two of them.")


def test_the_buttons_write_below_themselves(shown: list[Any]) -> None:
    desk.check("1.1", ...)
    buttons, said = shown[1].children
    ask, show = buttons.children
    assert isinstance(ask, Button)
    ask.click()
    ask.click()
    show.click()
    texts = [output["data"]["text/markdown"] for output in said.outputs]
    assert texts[0] == "**Hint 1 of 2.** Add it to itself."
    assert texts[1].startswith("**Hint 2 of 2.**")
    assert texts[2].startswith("```python")
    assert show.disabled


@pytest.mark.parametrize("name", ["", "3", "3.99", "9.1", "three", "3.1.1"])
def test_an_exercise_that_is_not_there_is_named_with_the_remedy(name: str) -> None:
    with pytest.raises(ValueError, match='Expected the name of an exercise, as "3.2"'):
        checks.find(name)


def test_a_judge_that_cannot_read_an_answer_says_so() -> None:
    def judge(answer: Any) -> str | None:
        return None if answer + 1 > 0 else "Too small."

    wide = Exercise("Any", "easy", 1, 5, (), ("a", "b"), "Yes.", judge=judge)
    assert wide.verdict(7).state == "right"
    assert wide.verdict(-7).words == "Too small."
    assert "could not be read: TypeError" in wide.verdict("a").words
