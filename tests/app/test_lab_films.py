"""The Lab over real films: controls, numbers, guided questions, and calm answers to nonsense."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Slider

from mmcl_app import snapshots
from mmcl_app.lab.reading import SSM_NEGATIVES, Reading, held_fixed, read, rival
from mmcl_app.lab.settings import RIVAL_TITLES, RUN_TITLES, SCENES, STAIRCASES
from mmcl_app.lab.words import alike, amount, band_table, formula, percent, questions
from mmcl_app.snapshots import EPOCHS
from mmcl_core.losses import PRESETS, Loss

PAGE = Path(__file__).parents[2] / "app" / "views" / "lab.py"
FOUR = ((0.2, 0.4, 0.6, 0.8), (0.05, 0.15, 0.2, 0.6), 60.0)


def open_lab(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params = {"world": "films", **query}
    app.run()
    assert not app.exception
    return app


def slider(app: AppTest, label: str) -> Slider:
    return next(one for one in app.slider if one.label == label)


def numbers(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_it_opens_on_the_default_penalty_where_it_was_trained() -> None:
    app = open_lab()
    stairs = STAIRCASES["films-mmcl"]
    seen = snapshots.snapshot("films-mmcl", "40")
    reading = read(stairs.margins, stairs.weights, stairs.negative_weight, seen.pairs)
    assert numbers(app) == {
        "pairs pushed": percent(reading.active),
        "push budget": f"{reading.budget:.3f}",
        "mean penalty": amount(reading.mean_penalty),
        "NDCG@20 of this model": f"{seen.ndcg:.3f}",
    }
    assert app.selectbox[0].value == "films-mmcl"
    assert app.query_params["world"] == "films"
    assert any("Nothing is trained on this page" in block.value for block in app.markdown)


def test_a_moved_margin_changes_numbers_formula_and_address() -> None:
    app = open_lab()
    before, formula_before = numbers(app), app.latex[0].value
    slider(app, "margin 1").set_value(0.1).run()
    after = numbers(app)
    assert after["pairs pushed"] != before["pairs pushed"]
    assert after["NDCG@20 of this model"] == before["NDCG@20 of this model"]
    assert "0.10" in app.latex[0].value
    assert app.latex[0].value != formula_before
    assert app.query_params["margins"] == "0.1_0.4_0.6_0.8"
    assert app.selectbox[0].value == "own"


def test_the_address_alone_gives_the_same_page() -> None:
    first = open_lab()
    slider(first, "margin 3").set_value(0.55).run()
    first.select_slider[0].set_value("2").run()
    first.button_group(key="lab.rivals").set_value(["ssm"]).run()
    second = open_lab(**first.query_params)
    assert numbers(second) == numbers(first)
    assert second.latex[0].value == first.latex[0].value
    assert second.query_params == first.query_params
    assert len(second.info) == 0


def test_a_widget_is_told_its_value_in_each_run() -> None:
    app = open_lab(margins="0.5", band_weights="0.3", epoch="20", rivals="bpr", log="1")
    app.run()  # the first run may have been cut short before the browser heard of it
    kinds = (app.slider, app.number_input, app.select_slider, app.selectbox, app.toggle)
    told = {
        w.key: w.proto for w in (*(w for kind in kinds for w in kind), *app.get("button_group"))
    }
    assert told["lab.margins.0"].default == [0.5]
    assert told["lab.band_weights.0"].default == [0.3]
    assert told["lab.negative_weight"].default == [60]
    assert told["lab.epoch"].default == [EPOCHS.index("20")]
    assert told["lab.rivals"].default == [list(RIVAL_TITLES).index("bpr")]
    assert told["lab.log"].default
    assert not any(proto.set_value for proto in told.values())


@pytest.mark.parametrize("name", sorted(STAIRCASES))
def test_presets_apply_with_one_choice(name: str) -> None:
    app = open_lab()
    app.selectbox[0].set_value(name).run()
    assert not app.exception
    stairs = STAIRCASES[name]
    shown = [slider(app, f"margin {i + 1}").value for i in range(len(stairs.margins))]
    assert tuple(shown) == stairs.margins
    assert app.number_input[0].value == stairs.negative_weight
    assert app.selectbox[0].value == name


def test_shipped_presets_are_those_of_the_core() -> None:
    for name in set(STAIRCASES) & set(PRESETS):
        preset = PRESETS[name]
        staircase = Loss(preset.loss, **preset.settings).staircase
        stairs = STAIRCASES[name]
        assert staircase == (stairs.margins, stairs.weights, stairs.negative_weight)


def test_unsorted_and_repeated_margins_are_welcome() -> None:
    app = open_lab(margins="0.8_0.2_0.2", band_weights="0.6_0.2_0.2")
    assert len(app.info) == 0
    assert slider(app, "margin 1").value == 0.8
    merged = open_lab(margins="0.2_0.8", band_weights="0.4_0.6")
    assert numbers(app) == numbers(merged)
    assert app.latex[0].value == merged.latex[0].value


def test_margins_come_and_go() -> None:
    app = open_lab()
    add, remove = (
        next(b for b in app.button if b.label == label)
        for label in ("Add a margin", "Take one away")
    )
    remove.click().run()
    assert app.query_params["margins"] == "0.2_0.4_0.6"
    next(b for b in app.button if b.label == add.label).click().run()
    assert app.query_params["margins"] == "0.2_0.4_0.6_0.8"
    assert app.query_params["band_weights"] == "0.05_0.15_0.2_0.6"
    for _ in range(2):
        next(b for b in app.button if b.label == add.label).click().run()
    assert len(app.query_params["margins"].split("_")) == 6
    assert next(b for b in app.button if b.label == add.label).disabled
    assert not app.exception


def submit(app: AppTest, margins: str, weights: str, negative_weight: str = "60") -> None:
    for box, text in zip(app.text_input, (margins, weights, negative_weight), strict=True):
        box.set_value(text)
    next(b for b in app.button if b.label == "Use these").click().run()
    assert not app.exception


def test_typed_numbers_are_used() -> None:
    app = open_lab()
    submit(app, "0.9, 0.1", "0.75 0.25")
    assert slider(app, "margin 1").value == 0.9
    assert app.query_params["band_weights"] == "0.75_0.25"
    slider(app, "margin 1").set_value(0.7).run()
    assert app.text_input[0].value == "0.7, 0.1"


@pytest.mark.parametrize(
    ("margins", "weights", "negative_weight", "message"),
    [
        ("0.2 high", "0.5 0.5", "60", "Expected margins as a list of numbers"),
        ("0.2 1.5", "0.5 0.5", "60", "Expected each margin to be a number in [-1, 1], got 1.5"),
        ("0.2 nan", "0.5 0.5", "60", "Expected each margin to be a number in [-1, 1], got nan"),
        ("0.2 0.4", "0.5", "60", "Expected one band weight for each of the 2 margins"),
        ("", "", "60", "Expected at least one margin"),
        ("0.2", "-1", "60", "Expected each band weight"),
        ("0.2", "3", "60", "band weights up to 1"),
        ("0 .1 .2 .3 .4 .5 .6", ".1 .1 .1 .1 .1 .1 .1", "60", "at most 6 margins"),
        ("0.2", "1", "heavy", "Expected the negative weight as a number from 0 to 1000"),
        ("0.2", "1", "1001", "Expected the negative weight as a number from 0 to 1000"),
    ],
)
def test_typed_nonsense_is_answered_and_nothing_is_lost(
    margins: str, weights: str, negative_weight: str, message: str
) -> None:
    app = open_lab()
    slider(app, "margin 1").set_value(0.1).run()
    before = numbers(app)
    submit(app, margins, weights, negative_weight)
    assert message in app.warning[0].value
    assert numbers(app) == before
    assert app.text_input[0].value == margins
    assert slider(app, "margin 1").value == 0.1
    submit(app, "0.3", "1")
    assert len(app.warning) == 0
    assert app.query_params["margins"] == "0.3"


def test_no_band_weight_at_all_pushes_nobody() -> None:
    app = open_lab(margins="0.2_0.4", band_weights="0_0")
    assert numbers(app)["pairs pushed"] == "0%"
    assert numbers(app)["push budget"] == "0.000"
    assert "f(s) = 0" in app.latex[0].value


def test_nonsense_in_the_address_is_answered() -> None:
    app = open_lab(
        margins="7_x", band_weights="0.5", negative_weight="-3", epoch="3", rivals="hinge"
    )
    said = app.info[0].value
    for word in ("margins", "band_weights", "negative_weight", "epoch", "rivals"):
        assert f"**{word}**" in said
    assert app.select_slider[0].value == "40"
    assert app.number_input[0].value == 0


def test_each_rival_says_what_it_holds_fixed() -> None:
    app = open_lab(rivals=".".join(RIVAL_TITLES))
    said = " ".join(block.value for block in app.markdown)
    for title in RIVAL_TITLES.values():
        assert f"**{title}**" in said


def test_rivals_are_the_losses_of_the_core() -> None:
    seen = snapshots.snapshot("films-mmcl", "40")
    ccl = rival("paper-ccl", seen.pairs, seen.positives)
    at = np.searchsorted(ccl.s, [0.85, 0.95])
    assert ccl.slope[at].tolist() == [0.0, 150.0]
    assert np.max(rival("bpr", seen.pairs, seen.positives).slope) < 1
    ssm = rival("ssm", seen.pairs, seen.positives)
    assert np.max(ssm.slope) < SSM_NEGATIVES / 0.1
    assert f"{SSM_NEGATIVES / 0.1:g}" in held_fixed("ssm", seen.positives)
    assert f"{np.median(seen.positives):.2f}" in held_fixed("bpr", seen.positives)


@pytest.mark.parametrize("name", ["1", "2", "3"])
def test_a_question_sets_its_scene_and_hides_its_answer(name: str) -> None:
    app = open_lab()
    question = questions()[name]
    app.button(key=f"lab.question.{name}").click().run()
    assert app.query_params["question"] == name
    preset, trained = SCENES[name]
    assert app.query_params["trained"] == trained
    assert app.selectbox[0].value == preset
    assert question.ask in [block.value for block in app.markdown]
    reveal = next(e for e in app.expander if e.label == "Reveal")
    assert not reveal.proto.expanded
    assert reveal.markdown[0].value == question.answer
    app.button(key=f"lab.question.{name}").click().run()
    assert app.query_params["question"] == "none"
    alone = open_lab(question=name)
    assert alone.selectbox[0].value == preset
    assert alone.query_params["trained"] == trained
    apart = open_lab(**{**alone.query_params, "margins": "0.3", "band_weights": "1"})
    assert apart.query_params["margins"] == "0.3"


def test_the_answers_are_true() -> None:
    def at_home(run: str, epoch: str = "40") -> Reading:
        stairs = STAIRCASES[run]
        pairs = snapshots.snapshot(run, epoch).pairs
        return read(stairs.margins, stairs.weights, stairs.negative_weight, pairs)

    stairs = STAIRCASES["paper-ccl"]
    mm_pairs = snapshots.snapshot("films-mmcl", "40").pairs
    assert read(stairs.margins, stairs.weights, 150.0, mm_pairs).active < 0.001
    budgets = [at_home(run).budget for run in RUN_TITLES]
    assert max(budgets) < 2 * min(budgets)
    assert at_home("paper-ccl", "0").budget == 0
    actives = [at_home(run).active for run in ("paper-ccl", "films-ccl", "films-mmcl")]
    assert actives[0] < actives[1] < actives[2]
    mm = at_home("films-mmcl")
    assert mm.added[0] == max(mm.added)
    assert mm.added[-1] == min(mm.added)
    s = torch.linspace(0, 1, 1001)
    force = sum(60 * w * (s > m) for m, w in zip(FOUR[0], FOUR[1], strict=True)) * (1 - s**2).sqrt()
    assert 0.8 < float(s[force.argmax()]) < 0.81
    for name in ("nudges", "kicks"):  # "the same budget"
        stairs = STAIRCASES[name]
        same = read(stairs.margins, stairs.weights, stairs.negative_weight, mm_pairs).budget
        assert same == pytest.approx(mm.budget, rel=0.03)


def test_a_reading_adds_up() -> None:
    s = np.array([-0.5, 0.1, 0.3, 0.5, 0.7, 0.9, 0.9, 0.95], dtype=np.float32)
    reading = read(*FOUR, s)
    assert reading.shares == pytest.approx((2 / 8, 1 / 8, 1 / 8, 1 / 8, 3 / 8))
    assert reading.slopes == pytest.approx((0, 3, 12, 24, 60))
    assert reading.above == pytest.approx((6 / 8, 5 / 8, 4 / 8, 3 / 8))
    assert sum(reading.added) == pytest.approx(reading.budget)
    assert reading.budget == pytest.approx((3 + 12 + 24 + 3 * 60) / 8)
    assert reading.active == pytest.approx(6 / 8)
    table = band_table(reading, "light")
    assert table.count("<tr>") == 7
    assert "75.0% pushed" in table
    assert formula(reading, 60.0).count("]_+") == 4


def test_numbers_are_written_alike() -> None:
    assert [percent(v) for v in (0, 0.0006, 0.1368, 1)] == ["0%", "0.06%", "13.7%", "100.0%"]
    assert alike([0.4104, 0.02], 0.746) == ["0.410", "0.020"]
    assert alike([12.345], 33.7) == ["12.3"]
    assert [amount(v) for v in (60.0, 0.7461, 33.74, 12345.6)] == ["60", "0.746", "33.7", "12346"]


def test_snapshots_are_small_whole_and_safe() -> None:
    assert snapshots.FILE.stat().st_size < 500_000
    for run in snapshots.RUNS:
        for epoch in snapshots.EPOCHS:
            seen = snapshots.snapshot(run, epoch)
            for cosines in (seen.pairs, seen.positives):
                assert np.all(np.diff(cosines) >= 0)
                assert -1 <= cosines[0] < cosines[-1] <= 1
                assert not cosines.flags.writeable
    first = [snapshots.snapshot(run, "0").pairs for run in snapshots.RUNS]
    assert np.array_equal(first[0], first[1])
    assert np.array_equal(first[0], first[2])
    mm = snapshots.snapshot("films-mmcl", "40")
    assert np.median(mm.positives) > np.median(mm.pairs) + 0.3
