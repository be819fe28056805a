"""What the notebooks share: guesses, figures on a card, globes, histograms."""

from __future__ import annotations

import course
import numpy as np
import pytest

from mmcl_core.figures import RunCurve


@pytest.fixture
def light() -> None:
    course.setup("light")


def test_a_guess_is_shown_beside_the_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    course.reveal("share", 0.05, 0.2)
    course.reveal("share", 0.05)
    assert capsys.readouterr().out.splitlines() == [
        "share: 0.05 (you guessed 0.2)",
        "share: 0.05 (you made no guess)",
    ]


@pytest.mark.usefixtures("light")
def test_a_widget_can_show_another_figure() -> None:
    pairs = np.linspace(-0.9, 0.9, 50)
    first = course.penalty_figure([0.2, 0.6], [0.5, 0.5], 2.0, pairs)
    second = course.penalty_figure([0.1, 0.8], [0.9, 0.1], 4.0, pairs)
    widget = course.live(first)
    course.refresh(widget, second)
    for old, new in zip(widget.data, second.data, strict=True):
        assert np.array_equal(old.x, new.x)
        assert np.array_equal(old.y, new.y)
    assert widget.layout.yaxis.range == second.layout.yaxis.range
    assert [shape.x0 for shape in widget.layout.shapes] == [0.1, 0.8]


@pytest.mark.usefixtures("light")
def test_figures_have_a_card_that_fits_the_colours() -> None:
    run_curve = RunCurve("A", "MMCL", [0, 1], [0.0, 0.4], {"ndcg@20": [0.01, 0.12]})
    cards = []
    for mode in ("light", "dark"):
        course.setup(mode)
        figure = course.training_curves([run_curve], "ndcg@20")
        cards.append((figure.layout.paper_bgcolor, figure.layout.font.color))
    course.setup("light")
    assert len({card for card, _ in cards}) == len({font for _, font in cards}) == 2
    with pytest.raises(ValueError, match="mode"):
        course.setup("blue")


@pytest.mark.usefixtures("light")
def test_a_globe_turns_its_crowd_to_the_reader() -> None:
    generator = np.random.default_rng(0)
    towards = np.array([-1.0, 0.0, 0.0])
    users = towards + 0.1 * generator.normal(size=(10, 3))
    items = towards + np.array([0.0, 0.4, 0.0]) + 0.1 * generator.normal(size=(12, 3))
    users, items = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (users, items))
    tastes = np.zeros(10, np.int64), np.ones(12, np.int64)
    figure = course.globes({"one": (users, items)}, *tastes)
    _, far_users, near_users, far_items, near_items = figure.data
    assert (len(far_users.x), len(near_users.x)) == (0, 10), "all on the near side"
    assert (len(far_items.x), len(near_items.x)) == (0, 12)
    assert np.mean(near_users.x) < np.mean(near_items.x), "users to the left, items to the right"
    radius = np.hypot(near_items.x, near_items.y)
    assert radius.max() <= 1


@pytest.mark.usefixtures("light")
def test_a_histogram_is_a_share_of_each_sample() -> None:
    figure = course.histograms({"a": np.zeros(5), "b": np.linspace(-1, 1, 1000)}, "cosine", bins=4)
    assert [sum(trace.y) for trace in figure.data] == [100, 100]
    assert list(figure.data[0].y) == [0, 0, 100, 0]
