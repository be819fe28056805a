"""Addresses of every page: whatever they say, settings can be used, and nothing is markup."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hostile.nasty import ALL, mutated, nasty, tried
from hypothesis import strategies as st

from mmcl_app.challenge.settings import STATE as CHALLENGE
from mmcl_app.lab.settings import STATE as FILMS
from mmcl_app.lessons import walk
from mmcl_app.results.reading import read
from mmcl_app.state import PageState
from mmcl_app.toy.lanes import Move
from mmcl_app.toy.settings import STATE as TOY
from mmcl_app.train.settings import page_state
from mmcl_app.url import Choice, Note, encode, parse
from mmcl_core.losses import Loss

RESULTS = read()
assert RESULTS is not None
STATES: dict[str, PageState] = {
    "toy": TOY,
    "films": FILMS,
    "challenge": CHALLENGE,
    "train": page_state(),
    "results": PageState("results", [Choice("run", "", ("", *RESULTS.names))]),
}
Loss("mmcl")  # imported before the clock runs


@cache
def usual(page: str) -> dict[str, str]:
    fields = STATES[page].fields
    return encode(fields, {field.name: field.default for field in fields})


def queries(page: str) -> st.SearchStrategy[dict[str, str]]:
    """Return a few words of a page, each nonsense or nearly right, and a few that it has not."""
    words = [
        st.tuples(st.just(name), st.one_of(nasty, mutated(good)))
        for name, good in usual(page).items()
    ]
    strange = st.tuples(nasty, nasty)
    return st.lists(st.one_of(*words, strange), max_size=8).map(dict)


def understood(page: str, query: dict[str, str]) -> None:
    state = STATES[page]
    values, notes = parse(state.fields, query)
    notes += state.repair(values)
    for note in notes:
        harmless(note)
    again, complaints = parse(state.fields, encode(state.fields, values))
    assert complaints == state.repair(again) == []
    assert encode(state.fields, again) == encode(state.fields, values)


def harmless(note: Note) -> None:
    """What came stands as code, short and in one line; the rest is ours."""
    said = note.words()
    assert len(said) < 1000
    assert "\n" not in said
    ours = re.sub(r"got `[^`]*`", "", said)
    assert not re.search(r"[<`!]|\]\(|:\w+\[|window|javascript", ours), said


@pytest.mark.parametrize("page", STATES)
def test_hand_made_nonsense_in_each_word(page: str) -> None:
    for text in (
        *ALL,
        "",
        "x" * 100_000,
        "~" * 100_000,
        "_" * 100_000,
        "0.1_" * 25_000,
        "9" * 100_000,
    ):
        understood(page, dict.fromkeys(usual(page), text))
        understood(page, {text: text})


@tried(1200, queries("toy"))
def test_the_toy_world(query: dict[str, str]) -> None:
    understood("toy", query)


@tried(800, queries("films"))
def test_the_films(query: dict[str, str]) -> None:
    understood("films", query)


@tried(400, queries("challenge"))
def test_the_challenge(query: dict[str, str]) -> None:
    understood("challenge", query)


@tried(1000, queries("train"))
def test_training(query: dict[str, str]) -> None:
    understood("train", query)


@tried(300, queries("results"))
def test_the_results(query: dict[str, str]) -> None:
    understood("results", query)


def walked(word: str) -> None:
    try:
        found = walk.understood(word)
    except ValueError as error:
        said = str(error)
    else:
        said = "found"
        assert 1 <= found.number <= len(found.lesson.steps)
        assert 0 <= found.choice <= len(found.step.choices)
        assert walk.understood(found.word()) == found
    assert re.fullmatch(r"[\w ,.-]{1,400}", said)


LESSONS = st.sampled_from(sorted(walk.lessons()))
WORDS = st.lists(st.one_of(LESSONS, nasty, st.integers().map(str)), max_size=4).map(".".join)


@tried(700, st.one_of(nasty, WORDS, mutated("knot.2.1")))
def test_the_word_of_a_lesson(word: str) -> None:
    walked(word)


@pytest.mark.parametrize(
    "word", ["knot." + "9" * 100_000, "knot.1." + "9" * 100_000, "x" * 100_000, "." * 100_000]
)
def test_a_long_word_of_a_lesson(word: str) -> None:
    walked(word)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.just(10**400), nasty),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(nasty, inner, max_size=3)),
    max_leaves=8,
)
NAMES = ("pane", "frame", "point", "position", "camera", "user", "lane", "serial", "design")
SAID = st.one_of(JSON, st.dictionaries(st.sampled_from(NAMES), JSON))
REALS = st.one_of(st.floats(), st.just(10**400), st.just("0.5"))
DESIGN = st.fixed_dictionaries(
    {"margins": st.lists(REALS), "weights": st.lists(REALS), "negative_weight": REALS}
)
DESIGNED = st.fixed_dictionaries(
    {"lane": st.integers(0, 3), "serial": st.integers(), "design": DESIGN}
)


@tried(300, st.one_of(SAID, DESIGNED))
def test_what_a_browser_says_of_the_designer(said: Any) -> None:
    from mmcl_app.designer import understood

    news = understood(said, 3, 40.0)
    if news is not None:
        assert 0 <= news.lane < 3
        assert all(-1 <= margin <= 1 for margin in news.design.margins)
        assert 0 <= news.design.negative_weight <= 40


MOVED = st.fixed_dictionaries(
    {
        "pane": st.integers(-1, 3),
        "frame": REALS,
        "point": REALS,
        "position": st.lists(REALS, min_size=3, max_size=3),
    }
)


@tried(300, st.one_of(st.dictionaries(st.sampled_from(NAMES), JSON), MOVED))
def test_what_a_browser_says_of_the_stage(said: dict[str, Any]) -> None:
    from mmcl_app.toy.settings import STATE, hear_move, hear_view

    hear_move(said, list(range(0, 301, 10)))
    hear_view(said, list(range(0, 301, 10)))
    understood(
        "toy", encode(STATE.fields, {field.name: STATE[field.name] for field in STATE.fields})
    )
    for move in STATE["moved"]:
        assert isinstance(move, Move)
        assert all(-1 <= x <= 1 for x in move.position)
