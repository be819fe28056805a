"""Vectors in the plane: arrows, and a picture with the truth beside it."""

from __future__ import annotations

import course
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def light() -> None:
    course.setup("light")


def test_an_arrow_goes_from_the_origin_to_its_vector() -> None:
    figure = course.arrows({"film": [3, -4]}, {"user": [-1, 2]})
    film, user = figure.data
    assert (film.x, film.y) == ((0, 3), (0, -4))
    assert (user.x, user.y) == ((0, -1), (0, 2))
    assert (film.text[1], film.textposition) == ("film", "bottom right")
    assert (user.text[1], user.textposition) == ("user", "top left")
    assert user.line.width > film.line.width
    assert user.line.color != film.line.color


def test_a_user_can_turn_without_leaving_the_figure() -> None:
    figure = course.arrows({"film": [3, 0]}, {"user": [0, 5]})
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        low, high = axis.range
        assert low < -5
        assert high > 5


def test_the_unit_circle_has_radius_one() -> None:
    rim = course.arrows({"film": [1, 0]}, {"user": [0, 1]}, circle=True).data[0]
    assert np.allclose(np.hypot(rim.x, rim.y), 1)


def test_turned_arrows_can_be_shown_in_the_same_widget() -> None:
    widget = course.live(course.arrows({"film": [3, 0]}, {"user": [0, 5]}))
    course.refresh(widget, course.arrows({"film": [3, 0]}, {"user": [5, 0]}))
    assert list(widget.data[1].x) == [0, 5]


def test_a_picture_marks_who_is_near_and_who_looks_near() -> None:
    points = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.2], [3.0, 0.0], [0.0, 4.0]])
    cosines = np.array([1.0, -0.5, 0.3, 0.9, 0.1])
    figure = course.picture(points, cosines, film=0, titles=list("abcde"), k=2)
    by_name = {trace.name: trace for trace in figure.data if trace.xaxis is None}
    true = by_name["its 2 nearest by cosine"]
    seen = by_name["its 2 nearest in the picture"]
    assert {title for title, _ in true.customdata} == {"d", "c"}
    assert {title for title, _ in seen.customdata} == {"b", "c"}
    assert len(by_name["other films"].x) == 4, "all but the picked one"

    beside = [trace for trace in figure.data if trace.xaxis == "x2"]
    star = beside[-1]
    assert (star.x, star.y) == ((0,), (1,))
    assert np.allclose(beside[0].x, [0.1, 0.2, 3, 4])
    assert np.allclose(beside[0].y, cosines[1:])
