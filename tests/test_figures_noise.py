"""Clouds of estimates: what stands in them, and that one can take the place of another."""

from __future__ import annotations

import numpy as np
import pytest

from mmcl_core.figures import Cloud, describe_push_clouds, palette, push_clouds


def cloud(label: str = "MMCL", n: int = 50, seed: int = 0, reach: float | None = None) -> Cloud:
    estimates = np.random.default_rng(seed).normal(size=(n, 2))
    return Cloud(label, estimates, np.array([0.5, -0.25]), reach)


def test_dots_mean_and_exact_push_are_those_given() -> None:
    one = cloud()
    dots, mean, exact = push_clouds([one]).data
    assert np.array_equal(np.stack([dots.x, dots.y], 1), one.estimates)
    assert (mean.x[0], mean.y[0]) == pytest.approx(tuple(one.estimates.mean(0)))
    assert (exact.x[0], exact.y[0]) == (0.5, -0.25)


def test_each_cloud_has_its_own_panel_and_the_legend_names_each_kind_once() -> None:
    figure = push_clouds([cloud(), cloud("SSM", seed=1)])
    assert [trace.xaxis for trace in figure.data] == ["x"] * 3 + ["x2"] * 3
    assert sum(trace.showlegend for trace in figure.data) == 3
    assert [note.text for note in figure.layout.annotations] == ["<b>MMCL</b>", "<b>SSM</b>"]
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]


def test_a_panel_fits_its_cloud_unless_a_reach_is_given() -> None:
    one = cloud()
    low, high = push_clouds([one]).layout.yaxis.range
    assert low == -high
    assert high > np.abs(one.estimates).max()
    for given in (0.3, 7.0):
        layout = push_clouds([cloud(reach=given)]).layout
        assert tuple(layout.xaxis.range) == tuple(layout.yaxis.range) == (-given, given)
    nothing = Cloud("dead", np.zeros((4, 2)), np.zeros(2))
    assert push_clouds([nothing]).layout.xaxis.range == (-1, 1)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_it_wears_the_colours_of_its_mode(mode: str) -> None:
    figure = push_clouds([cloud(), cloud("SSM")], mode=mode)
    found = palette(mode)
    assert figure.data[0].marker.color == found.runs[0]
    assert figure.data[3].marker.color == found.runs[1]
    assert figure.layout.font.color == found.text


def test_the_words_say_where_the_mean_lies_and_how_far_they_scatter() -> None:
    estimates = np.array([[1.0, 0.0], [1.0, 2.0]])
    said = describe_push_clouds([Cloud("CCL", estimates, np.array([1.0, 0.5]))])
    assert said == (
        "CCL: the mean of 2 estimates lies 0.5 from the push of all items; they scatter by 1."
    )


@pytest.mark.parametrize(
    ("estimates", "exact"),
    [
        (np.zeros((0, 2)), np.zeros(2)),
        (np.zeros((5, 3)), np.zeros(3)),
        (np.zeros(2), np.zeros(2)),
        (np.zeros((5, 2)), np.zeros(3)),
    ],
)
def test_estimates_are_points_in_a_plane(estimates: np.ndarray, exact: np.ndarray) -> None:
    for draw in (push_clouds, describe_push_clouds):
        with pytest.raises(ValueError, match=r"\(R, 2\)"):
            draw([Cloud("MMCL", estimates, exact)])


def test_a_reach_is_a_number_above_zero() -> None:
    with pytest.raises(ValueError, match="reach"):
        push_clouds([cloud(reach=0.0)])
