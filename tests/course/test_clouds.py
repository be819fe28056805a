"""Clouds of estimates for the course: on a card, and one can take another's place."""

from __future__ import annotations

import course
import numpy as np

from mmcl_core.figures import Cloud


def clouds(scale: float) -> list[Cloud]:
    points = scale * np.random.default_rng(0).normal(size=(20, 2))
    return [Cloud(name, points, np.zeros(2), reach=3.0) for name in ("MMCL", "SSM")]


def test_a_cloud_of_another_n_takes_its_place() -> None:
    course.setup("light")
    widget = course.live(course.push_clouds(clouds(1.0)))
    wide = max(widget.data[0].x)
    course.refresh(widget, course.push_clouds(clouds(0.5)))
    assert max(widget.data[0].x) == wide / 2
    assert tuple(widget.layout.yaxis2.range) == (-3, 3)


def test_the_card_fits_the_colours() -> None:
    cards = []
    for mode in ("dark", "light"):
        course.setup(mode)
        cards.append(course.push_clouds(clouds(1.0)).layout.paper_bgcolor)
    assert len(set(cards)) == 2
