"""Curves and measured points against N, and a place pointed at."""

from __future__ import annotations

import math

import pytest

from mmcl_core.figures import Against, against, costs, describe_against

CURVE = [(1.0, 0.1), (3.0, 0.3), (10.0, 0.6)]
SIDES = [
    Against("mean user", CURVE, aside=True),
    Against("A", CURVE, [(1.0, 0.12), (10.0, 0.58)], place=0),
    Against("B", (), [(1.0, 0.5), (10.0, math.nan)], place=1),
]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_curves_are_lines_and_points_are_marks(mode: str) -> None:
    figure = against(SIDES, "N", "chance", mode=mode)
    drawn = [(trace.name, trace.mode, list(trace.y)) for trace in figure.data]
    assert drawn == [
        ("mean user", "lines", [0.1, 0.3, 0.6]),
        ("A", "lines", [0.1, 0.3, 0.6]),
        ("A", "markers", [0.12, 0.58]),
        ("B", "markers", [0.5]),  # what is no number is left out
    ]
    assert [trace.showlegend for trace in figure.data] == [True, True, False, True]
    line, marks = figure.data[1], figure.data[2]
    assert line.line.color == marks.marker.color != figure.data[3].marker.color


def test_axes_are_as_asked() -> None:
    shares = against(SIDES, "N", "chance", share=True)
    assert (shares.layout.xaxis.type, shares.layout.yaxis.tickformat) == ("log", ".0%")
    assert list(shares.layout.xaxis.ticktext) == ["1", "3", "10"]
    assert against(SIDES, "N", "noise", log=True).layout.yaxis.type == "log"


def test_a_place_is_pointed_at_in_both_kinds_of_figures() -> None:
    for figure in (
        against(SIDES, "N", "chance", mark=(10, "N = 10")),
        costs([1, 10, 100], {"plain": [1, 2, 3]}, "N", mark=(10, "N = 10")),
    ):
        (line,), (words,) = figure.layout.shapes, figure.layout.annotations
        assert (line.x0, line.x1) == (10, 10)
        assert (words.x, words.text) == (1, "N = 10")  # annotations want the logarithm
    assert not against(SIDES, "N", "chance").layout.shapes


def test_it_is_said_in_words() -> None:
    words = describe_against(SIDES[1:], "N", "chance", share=True)
    assert words == "chance against N. A: from 10% at 1 to 60% at 10. B: from 50% at 1 to 50% at 1."
    nothing = [Against("C", [(1.0, math.nan)])]
    assert describe_against(nothing, "N", "noise") == "noise against N. C: nothing to show."


@pytest.mark.parametrize("curve", [[(0.0, 1.0)], [(1.0, 0.0)]])
def test_what_has_no_place_on_a_logarithmic_axis_is_refused(
    curve: list[tuple[float, float]],
) -> None:
    with pytest.raises(ValueError, match="Expected numbers above 0 on a logarithmic axis, for A"):
        against([Against("A", curve)], "N", "noise", log=True)
