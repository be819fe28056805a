"""Several curves in one figure of the course."""

from __future__ import annotations

import course
import numpy as np
import pytest

from mmcl_core.colours import DASHES


def test_every_curve_has_its_name_values_colour_and_dash() -> None:
    course.setup("light")
    x = np.array([1.0, 2.0, 4.0])
    figure = course.lines(x, {"even": 2 * x, "bent": x**2, "flat": 0 * x}, "K", "error")
    assert [trace.name for trace in figure.data] == ["even", "bent", "flat"]
    assert [list(trace.y) for trace in figure.data] == [[2, 4, 8], [1, 4, 16], [0, 0, 0]]
    assert len({trace.line.color for trace in figure.data}) == 3
    assert [trace.line.dash or "solid" for trace in figure.data] == list(DASHES[:3])
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("K", "error")


@pytest.mark.parametrize(("log", "kind"), [(True, "log"), (False, None)])
def test_both_axes_are_logarithmic_on_request(log: bool, kind: str | None) -> None:
    x = np.array([1.0, 10.0])
    figure = course.lines(x, {"one": x}, "x", "y", log=log)
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == (kind, kind)
    assert figure.layout.showlegend
