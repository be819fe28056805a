"""One moment of a recorded run, drawn."""

from __future__ import annotations

import course
import numpy as np
import pytest
from course.moment import magnified

from mmcl_core.stories import STORIES
from mmcl_core.trajectories import Trajectory, record
from mmcl_core.worlds import W12, make_world


@pytest.fixture(scope="module")
def run() -> Trajectory:
    course.setup("light")
    config = STORIES["collapse"].lanes[0].config(W12, 60, seed=2)
    return record(make_world(seed=2), config, frames=range(0, 61, 10))


def test_every_point_is_on_the_globe_once_and_most_are_under_the_glass(run: Trajectory) -> None:
    for step in (0, 60):
        figure = course.moment(run, step)
        globe = list(figure.data[2:6])
        assert sum(len(trace.x) for trace in globe) == 240
        assert max(np.hypot(trace.x, trace.y).max() for trace in globe) < 1 + 1e-6
        glass = figure.data[6:8]
        assert sum(len(trace.x) for trace in glass) == 216, "nine of ten"
        assert [trace.marker.symbol for trace in glass] == ["circle", "diamond"]


def test_the_glass_magnifies_whatever_the_size() -> None:
    points = np.random.default_rng(0).normal(size=(50, 3))
    radius, places = magnified(points)
    small, same = magnified(1e-3 * points + 5)
    assert small == pytest.approx(1e-3 * radius)
    assert np.allclose(same, places, atol=1e-6)


def test_the_end_faces_the_reader(run: Trajectory) -> None:
    globe = course.moment(run, 60).data[2:6]
    far_users, far_items, near_users, near_items = (len(trace.x) for trace in globe)
    assert near_users > far_users
    assert near_items > far_items
    assert abs(np.concatenate([trace.x for trace in globe]).mean()) < 1e-6, "in the middle"


def test_a_dot_stands_on_each_curve_at_the_step(run: Trajectory) -> None:
    lines = course.moment(run, 20).data[8:]
    for name, line, dot in zip(
        ("loss", "recall@10", "closeness", "spread"), lines[::2], lines[1::2], strict=True
    ):
        assert list(line.y) == list(run.curves[name])
        assert (dot.x[0], dot.y[0]) == (20, run.at(name, 20))


def test_a_widget_can_move_through_time(run: Trajectory) -> None:
    widget, later = course.live(course.moment(run, 0)), course.moment(run, 60)
    ranges = [widget.layout[f"yaxis{i}"].range for i in (3, 4, 5, 6)]
    course.refresh(widget, later)
    for old, new in zip(widget.data, later.data, strict=True):
        assert np.array_equal(old.x, new.x)
    assert [later.layout[f"yaxis{i}"].range for i in (3, 4, 5, 6)] == ranges, "axes stand still"
