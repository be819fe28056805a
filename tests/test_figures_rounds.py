"""The figure of two sides that met in the same worlds."""

from __future__ import annotations

import pytest

from mmcl_core import colours
from mmcl_core.figures import describe_rounds, rounds_figure

OURS, THEIRS = ("one margin", [0.7, 0.6, 0.8]), ("four margins", [0.65, 0.66, 0.8])


@pytest.mark.parametrize("mode", colours.MODES)
def test_each_world_has_both_points_and_the_line_between(mode: str) -> None:
    figure = rounds_figure(OURS, THEIRS, mode=mode)
    between, ours, theirs = figure.data
    assert list(ours.y) == OURS[1]
    assert list(theirs.y) == THEIRS[1]
    assert list(ours.x) == list(theirs.x) == [1, 2, 3]
    ends = [(between.x[i], between.y[i], between.y[i + 1]) for i in range(0, 9, 3)]
    assert ends == [(1, 0.7, 0.65), (2, 0.6, 0.66), (3, 0.8, 0.8)]
    assert ours.marker.symbol != theirs.marker.symbol
    assert ours.marker.color != theirs.marker.color


def test_sides_of_other_worlds_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected 3 values of four margins"):
        rounds_figure(OURS, ("four margins", [0.6]))


def test_words_name_every_world() -> None:
    said = describe_rounds(OURS, THEIRS, "Recall@5")
    assert said.startswith("Recall@5 by world: one margin and four margins. World 1: 0.700 and")
    assert said.endswith("World 3: 0.800 and 0.800.")
