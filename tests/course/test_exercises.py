"""What every exercise of the course promises: the solution passes, misunderstandings are named."""

from __future__ import annotations

import ast
from typing import Any

import checks
import numpy as np
import pytest
import torch
from checks.register import CHAPTERS

NAMES = [name for chapter in CHAPTERS for name in checks.exercises(chapter)]
FUNCTIONS = [name for name in NAMES if callable(checks.find(name).reference)]


def stopping(*_: Any) -> None:
    raise RuntimeError("a mistake of mine")


def dots(*_: Any) -> Any:
    return ...


@pytest.fixture(params=NAMES)
def exercise(request: pytest.FixtureRequest) -> checks.Exercise:
    return checks.find(request.param)


def test_it_says_how_hard_and_how_long_it_is(exercise: checks.Exercise) -> None:
    assert exercise.level in ("easy", "medium", "hard")
    assert 1 <= exercise.minutes <= 20
    assert exercise.title
    assert exercise.why


def test_hints_are_ordered_from_a_nudge_to_nearly_all(exercise: checks.Exercise) -> None:
    assert len(exercise.hints) >= 2
    assert len(set(exercise.hints)) == len(exercise.hints)


def test_the_solution_is_right_twice(exercise: checks.Exercise) -> None:
    for _ in range(2):
        assert exercise.verdict(exercise.reference) == checks.Verdict("right", exercise.why)


def test_the_shown_solution_is_the_solution(exercise: checks.Exercise) -> None:
    names: dict[str, Any] = {"np": np, "torch": torch}
    exec(exercise.source, names)
    assert exercise.verdict(names[exercise.variable]).state == "right"
    imported = [n for n in ast.walk(ast.parse(exercise.source)) if isinstance(n, ast.Import)]
    assert not imported, "the notebook has imported what a solution needs"


def test_at_least_three_misunderstandings_are_named(exercise: checks.Exercise) -> None:
    assert len(exercise.slips) >= 3
    assert len({slip.says for slip in exercise.slips}) == len(exercise.slips)
    for slip in exercise.slips:
        assert exercise.verdict(slip.answer) == checks.Verdict("wrong", slip.says)


def test_an_untouched_stub_is_not_attempted(exercise: checks.Exercise) -> None:
    assert exercise.verdict(...).state == "open"
    if callable(exercise.reference):
        assert exercise.verdict(dots).state == "open"


@pytest.mark.parametrize(
    "nonsense",
    [None, "?!", object(), b"a", 1j, [1, "a"], {"a": 1}, [[1], [1, 2]], float("nan"), np.zeros(0)],
    ids=str,
)
def test_nonsense_gets_a_sentence(exercise: checks.Exercise, nonsense: Any) -> None:
    answers = [nonsense]
    if callable(exercise.reference):
        answers.append(lambda *_: nonsense)
    for answer in answers:
        verdict = exercise.verdict(answer)
        assert verdict.state == "wrong"
        assert verdict.words.endswith(".")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_error_of_the_students_own_is_told_with_its_line(name: str) -> None:
    verdict = checks.find(name).verdict(stopping)
    assert verdict.state == "wrong"
    assert 'raise RuntimeError("a mistake of mine")' in verdict.words
    assert "RuntimeError: a mistake of mine" in verdict.words


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_too_few_arguments_is_told_so(name: str) -> None:
    verdict = checks.find(name).verdict(lambda: 1)
    assert verdict.state == "wrong"
    assert "argument" in verdict.words
