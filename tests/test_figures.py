"""Figures: what is drawn is what the core computes; colours that everyone can tell apart."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcl_core import colours
from mmcl_core.figures import (
    Gain,
    Gains,
    Rival,
    RunCurve,
    Series,
    band_colours,
    band_symbols,
    comparison,
    costs,
    describe_comparison,
    describe_costs,
    describe_gains,
    describe_penalty,
    describe_runs,
    gain_figure,
    merged_steps,
    palette,
    penalty_figure,
    training_curves,
)
from mmcl_core.geometry import band_shares, leverage
from mmcl_core.losses import penalty, slope

BACKGROUNDS = {"light": "#fdfcfa", "dark": "#15171c"}
FOUR = ([0.2, 0.4, 0.6, 0.8], [0.05, 0.15, 0.2, 0.6], 60.0)
COSINES = np.linspace(-0.9, 0.98, 400)
UNIT = st.floats(-1, 1).map(lambda v: round(v, 2))
STAIRS = st.lists(
    st.tuples(UNIT, st.floats(0, 1).map(lambda v: round(v, 2))), min_size=1, max_size=6
)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# How three kinds of colour-blind eyes see linear RGB (Machado et al. 2009, severity 1).
EYES = {
    "normal": np.eye(3),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def lab(colour: str, eye: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(EYES[eye]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ seen / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def traces(figure: go.Figure, kind: str, **attributes: str | None) -> list:
    return [
        t
        for t in figure.data
        if t.type == kind and all(getattr(t, name) == v for name, v in attributes.items())
    ]


@pytest.mark.parametrize("mode", colours.MODES)
def test_the_ramp_leaves_the_background_step_by_step(mode: str) -> None:
    away = [contrast(colour, BACKGROUNDS[mode]) for colour in palette(mode).ramp]
    assert away == sorted(away)
    assert away[0] > 3


@pytest.mark.parametrize("mode", colours.MODES)
def test_text_and_lines_can_be_read(mode: str) -> None:
    found = palette(mode)
    for colour in (found.text, found.muted):
        assert contrast(colour, BACKGROUNDS[mode]) > 4.5
    for colour in (found.dead, found.positive, *found.runs):
        assert contrast(colour, BACKGROUNDS[mode]) > 3


@pytest.mark.parametrize("mode", colours.MODES)
@pytest.mark.parametrize("eye", EYES)
def test_what_stands_side_by_side_differs_for_all_eyes(mode: str, eye: str) -> None:
    found = palette(mode)

    def apart(a: str, b: str) -> float:
        return float(np.linalg.norm(lab(a, eye) - lab(b, eye)))

    four = band_colours(4, mode)
    for below, above in pairwise(four):
        assert apart(below, above) > 14
    for colour in four:
        assert apart(found.positive, colour) > 20
    a, b, c = found.runs[:3]
    assert min(apart(a, b), apart(a, c), apart(b, c)) > 14


@pytest.mark.parametrize("k", range(9))
def test_each_band_has_a_colour_and_a_shape(k: int) -> None:
    assert len(band_colours(k)) == len(band_symbols(k)) == k + 1
    assert band_colours(k)[0] == palette().dead
    if 1 <= k <= 6:
        assert len(set(band_colours(k))) == len(set(band_symbols(k))) == k + 1
    if 2 <= k <= 6:
        assert band_colours(k)[-1] == palette().ramp[-1]


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode to be one of light, dark, got 'sepia'"):
        palette("sepia")


@given(STAIRS)
def test_merging_changes_no_penalty(stairs: list[tuple[float, float]]) -> None:
    margins, weights = map(list, zip(*stairs, strict=True))
    s = torch.linspace(-1, 1, 401, dtype=torch.float64)
    steps = merged_steps(margins, weights)
    assert [m for m, _ in steps] == sorted({m for m, w in stairs if w > 0})
    whole = penalty(s, margins, weights)
    if not steps:
        assert not whole.any()
        return
    ms, ws = map(list, zip(*steps, strict=True))
    assert torch.allclose(penalty(s, ms, ws), whole)


@settings(deadline=None, max_examples=30)
@given(STAIRS, st.floats(0, 700))
def test_the_drawn_staircase_is_penalty_and_slope(
    stairs: list[tuple[float, float]], negative_weight: float
) -> None:
    margins, weights = map(list, zip(*stairs, strict=True))
    figure = penalty_figure(margins, weights, negative_weight, COSINES)
    for axis, function in ((None, penalty), ("y2", slope)):
        for trace in traces(figure, "scatter", yaxis=axis):
            if trace.line.dash == "dot" or trace.x[-1] - trace.x[0] < 1e-3:
                continue
            inside = np.linspace(trace.x[0], trace.x[-1], 7)[1:-1]
            drawn = np.interp(inside, trace.x[-2:], trace.y[-2:])
            s = torch.from_numpy(inside)
            expected = function(s, margins, weights, negative_weight)
            assert np.allclose(drawn, expected, atol=1e-6 * (1 + negative_weight))


def test_the_force_is_slope_times_leverage() -> None:
    figure = penalty_figure(*FOUR, COSINES)
    (force,) = [t for t in figure.data if t.name == "slope x leverage"]
    s = torch.tensor(force.x, dtype=torch.float64)
    expected = (slope(s, *FOUR) * leverage(s)).numpy()
    away = np.min(np.abs(s.numpy()[:, None] - np.array(FOUR[0])), axis=1) > 1e-3
    assert np.allclose(np.array(force.y)[away], expected[away], atol=0.02)
    assert force.y[-1] == 0
    assert not [
        t for t in penalty_figure(*FOUR, COSINES, leverage=False).data if "leverage" in t.name
    ]


@pytest.mark.parametrize("margins", [[0.2, 0.4, 0.6, 0.8], [0.213, 0.555], [-1.0], [1.0]])
def test_bars_hold_every_pair_in_its_band(margins: list[float]) -> None:
    cosines = np.random.default_rng(0).uniform(-1, 1, 3000)
    weights = [1 / len(margins)] * len(margins)
    figure = penalty_figure(margins, weights, 10.0, cosines)
    tints = band_colours(len(margins))
    shares = band_shares(torch.from_numpy(cosines), margins).tolist()
    (bars,) = traces(figure, "bar")
    for tint, share in zip(tints, shares, strict=True):
        mine = np.array(bars.marker.color) == tint
        area = (np.array(bars.y)[mine] * np.array(bars.width)[mine]).sum() / 0.02
        assert area == pytest.approx(100 * share, abs=0.01)


def test_one_colour_and_one_shape_a_band_in_every_row() -> None:
    figure = penalty_figure(*FOUR, COSINES, mode="dark")
    (bars,) = traces(figure, "bar")
    assert set(bars.marker.color) == set(band_colours(4, "dark"))
    for band, colour in enumerate(band_colours(4, "dark")):
        name = f"band {band}" if band else "dead"
        rise, tread = [t for t in figure.data if t.legendgroup == name]
        assert rise.line.color == tread.line.color == rise.marker.color == colour
        assert rise.marker.symbol == band_symbols(4)[band]
        assert rise.marker.size == ((11, 11, 11, 0) if band else 0)
        assert {bars.customdata[i] for i, c in enumerate(bars.marker.color) if c == colour} == {
            name
        }


def test_extremes_are_drawn_without_complaint() -> None:
    nothing = penalty_figure([0.5], [0.0], 60.0, COSINES)
    assert {t.name for t in nothing.data} == {"dead", "pairs"}
    empty = penalty_figure([0.5], [1.0], 60.0, np.array([]), np.array([]))
    assert all(len(bar.x) == 0 for bar in traces(empty, "bar"))
    assert penalty_figure([0.5], [1.0], 0.0, COSINES).layout.yaxis2.range[1] > 0
    with pytest.raises(ValueError, match="negative weight to be a number"):
        penalty_figure([0.5], [1.0], -1.0, COSINES)
    with pytest.raises(ValueError, match="each margin to be a number"):
        penalty_figure([1.5], [1.0], 1.0, COSINES)


def test_a_steep_rival_does_not_flatten_the_staircase() -> None:
    s = np.linspace(-1, 1, 9)
    steep = Rival("steep", s, 1e4 * s, np.full(9, 1e4))
    figure = penalty_figure(*FOUR, COSINES, rivals=[steep])
    assert figure.layout.yaxis2.range[1] < 200
    drawn = [t for t in figure.data if t.name == "steep"]
    assert [t.showlegend for t in drawn] == [True, False]
    assert "steep" in describe_penalty(*FOUR, COSINES, [steep])


@pytest.mark.parametrize("mode", colours.MODES)
def test_figures_sit_on_any_background(mode: str) -> None:
    run = RunCurve("A", "MMCL", [0, 1], [0, 1], {"loss": [2.0, 1.0]})
    figures = [
        penalty_figure(*FOUR, COSINES, mode=mode),
        training_curves([run], "loss", mode=mode),
        comparison([Series("MMCL", [1], [[0.2]])], mode=mode),
        gain_figure([Gains("Films", [Gain(1, 0.2, 0.1, 0.3)])], mode=mode),
    ]
    for figure in figures:
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.font.color == palette(mode).text
        for name in figure.layout:
            if name.startswith(("xaxis", "yaxis")):
                assert figure.layout[name].title.text


def test_runs_keep_their_colour_and_shape_when_one_is_missing() -> None:
    both = [
        RunCurve("A", "BPR", [0, 1], [0.0, 0.5], {"loss": [2.0, 1.0]}),
        RunCurve("B", "MMCL", [0, 1], [0.0, 0.5], {"loss": [3, 2], "active_share": [0.1, 0.2]}),
    ]
    loss, active = (training_curves(both, m) for m in ("loss", "active_share"))
    (alone,) = active.data
    assert alone.name == loss.data[1].name == "B: MMCL"
    assert alone.line.color == loss.data[1].line.color != loss.data[0].line.color
    assert alone.marker.symbol == loss.data[1].marker.symbol != loss.data[0].marker.symbol
    assert list(alone.y) == [10, 20]
    assert "nothing yet" in describe_runs(both, "active_share")


def test_growing_curves_are_drawn_as_far_as_known() -> None:
    run = RunCurve("A", "x", [0, 1, 2], [0.0, 0.4], {"ndcg@20": [math.nan, 0.1, 0.2]})
    against_epoch = training_curves([run], "ndcg@20", end=40, references={"popularity": 0.13})
    assert list(against_epoch.data[0].x) == [1, 2]
    assert against_epoch.layout.xaxis.range == (0, 40)
    assert against_epoch.layout.shapes[0].y0 == 0.13
    assert against_epoch.layout.annotations[0].text == "popularity"
    assert list(training_curves([run], "ndcg@20", "seconds").data[0].x) == [0.4]
    with pytest.raises(ValueError, match="against to be one of epoch, seconds"):
        training_curves([run], "ndcg@20", "steps")


def test_a_comparison_shows_every_seed_and_the_mean() -> None:
    series = [
        Series("CCL", [1, 10], [[0.18, 0.2], [0.22]]),
        Series("MMCL", [10, 100], [[0.24, 0.26], []]),
    ]
    figure = comparison(series)
    means = traces(figure, "scatter", mode="lines+markers")
    assert [t.y[0] for t in means] == pytest.approx([0.19, 0.25])
    assert math.isnan(means[1].y[1])
    assert figure.layout.xaxis.ticktext == ("1", "10", "100")
    seeds = traces(figure, "scatter", mode="markers")
    assert [len(t.x) for t in seeds] == [3, 2]
    places = [means[0].x[1], means[1].x[0]]
    assert [round(x) for x in places] == [1, 1]
    assert places[0] != places[1]
    assert "0.1900 at 1" in describe_comparison(series)
    with pytest.raises(ValueError, match="one list of values for each of the 2 places"):
        comparison([Series("x", [1, 10], [[0.1]])])


def test_gains_stand_at_their_n_with_interval_and_seeds() -> None:
    films = Gains("Films", [Gain(1, 0.2, 0.1, 0.4, (0.15, 0.25)), Gain(10, 0.1, -0.1, 0.2)])
    other = Gains("Gowalla", [Gain(10, -0.05, -0.06, -0.01, (-0.05,))])
    figure = gain_figure([films, other], y_range=(-0.2, 0.5))
    assert figure.layout.xaxis.ticktext == ("1", "10")
    assert figure.layout.yaxis.range == (-20, 50)
    means, seeds, fewer, _ = figure.data
    assert means.y == (20, 10)
    assert means.error_y.array == (20, 10)
    assert means.error_y.arrayminus == (10, 20)
    assert seeds.y == (15, 25)
    assert round(means.x[1]) == round(fewer.x[0]) == 1
    assert means.x[1] != fewer.x[0], "they would hide each other"
    assert means.marker.symbol != fewer.marker.symbol
    words = describe_gains([films, other])
    assert "Films: +20.0% (+10.0% to +40.0%) at N = 1, +10.0% (-10.0% to +20.0%)" in words
    assert "Gowalla: -5.0%" in words


def test_costs_are_lines_on_logarithmic_axes() -> None:
    sides = {"plain": [25.0, 50.0, 360.0], "core": [2.5, 5.0, 15.0]}
    figure = costs([10, 100, 800], sides, "negatives N", ticks={10: "ten", 800: "many"})
    assert {line.name: list(line.y) for line in figure.data} == sides
    assert all(list(line.x) == [10, 100, 800] for line in figure.data)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert figure.layout.xaxis.ticktext == ("ten", "many")
    assert len({(line.line.color, line.line.dash, line.marker.symbol) for line in figure.data}) == 2
    words = describe_costs([10, 100, 800], sides, "negatives N", "ms")
    assert "core: from 2.5 at 10 to 15 at 800." in words


@pytest.mark.parametrize(
    ("at", "side"), [([1, 2], [1.0]), ([1, 2], [1.0, 0.0]), ([], []), ([1], [math.nan])]
)
def test_costs_that_a_logarithm_cannot_show_are_refused(at: list, side: list) -> None:
    with pytest.raises(ValueError, match="above 0"):
        costs(at, {"core": side}, "N")
