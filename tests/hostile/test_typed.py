"""Typed text: it is understood, or answered in a few words that do not act as markup."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from hostile.nasty import ALL, SHARES, nasty, refusal, tried
from hypothesis import strategies as st

from mmcl_app.plain import as_text
from mmcl_app.train.lanes import _few
from mmcl_app.typed import understood
from mmcl_app.url import words
from mmcl_core.losses import LOSSES, Loss

REALS = st.one_of(st.floats(-1, 1).map(str), st.floats().map(str), nasty)
TYPED = st.one_of(st.lists(REALS, max_size=8).map(" ".join), nasty)


def penalty(margins: str, weights: str, negative_weight: str) -> None:
    try:
        design = understood(margins, weights, negative_weight, 40.0)
    except ValueError as error:
        said = str(error)
        assert said.startswith("Expected ")
        assert len(said) < 600
        return
    assert 1 <= len(design.margins) == len(design.weights) <= 6
    assert all(-1 <= margin <= 1 for margin in design.margins)
    assert all(0 <= weight <= 1 for weight in design.weights)
    assert 0 <= design.negative_weight <= 40


@tried(900, TYPED, TYPED, REALS)
def test_a_typed_penalty(margins: str, weights: str, negative_weight: str) -> None:
    penalty(margins, weights, negative_weight)


@pytest.mark.parametrize("text", [*ALL, "", "x" * 100_000, "0.1 " * 25_000, "9" * 100_000])
def test_a_hand_made_penalty(text: str) -> None:
    penalty(text, text, text)
    penalty("0.5", "1", text)


@tried(600, st.sampled_from(sorted(LOSSES)), TYPED, REALS)
def test_the_settings_of_a_loss(name: str, listed: str, number: str) -> None:
    def use() -> None:
        given = {p.name: _few(words(listed)) if p.many else number for p in LOSSES[name].parameters}
        Loss(name, **given)

    assert len(refusal(ValueError, use)) < 1000


@tried(500, st.text(alphabet="![]()<>`*_$:#~|\\ax/.\n", max_size=30))
def test_text_stays_text(text: str) -> None:
    said = as_text(text)
    assert re.sub(r"\\([\\`*_<>$:#~|(])", r"\1", said) == text
    assert not re.search(r"(?<!\\)(\\\\)*[`*_<$:#~|]|(?<!\\)(\\\\)*\]\(", said)


def test_ten_thousand_cases_in_all() -> None:
    for name in ("addresses", "exports", "files"):
        import_module(f"hostile.test_{name}")
    assert sum(SHARES.values()) >= 10_000
