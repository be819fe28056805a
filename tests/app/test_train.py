"""The Train page without a browser: settings, address, a run from start to lists, failures."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.train import curves, lanes, results, runner, settings
from mmcl_app.train import job as job_module
from mmcl_app.train.job import Job, JobView, LaneView
from mmcl_app.train.source import Source
from mmcl_core.data import Interactions
from mmcl_core.losses import LOSSES
from mmcl_core.trained import Trained
from mmcl_core.training import DoneEvent, EpochEvent, Event, TrainConfig, Training, TrainingDiverged

PAGE = Path(__file__).parents[2] / "app" / "views" / "train.py"


def open_train(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params = dict(query)
    app.run()
    assert not app.exception
    return app


def job_of(app: AppTest) -> Job:
    return app.session_state["train/job"]


def text(app: AppTest) -> str:
    blocks = (*app.get("html"), *app.markdown, *app.caption, *app.warning, *app.get("progress"))
    return "\n".join(
        str(getattr(b.proto, "body", "") or getattr(b.proto, "text", "")) for b in blocks
    )


def train(app: AppTest, key: str = "train.start") -> AppTest:
    app.button(key=key).click().run()
    job = job_of(app)
    end = time.monotonic() + 120
    while job.view().busy:
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    app.run()
    assert not app.exception
    return app


@pytest.fixture(autouse=True)
def no_worker_outlives_its_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made: list[Job] = []
    start = runner.Runner.start

    def noting(self: runner.Runner, job: Job) -> None:
        made.append(job)
        start(self, job)

    monkeypatch.setattr(runner.Runner, "start", noting)
    yield
    for job in made:
        job.stop()
    while any(job.view().state == "running" for job in made):
        time.sleep(0.01)


def test_it_opens_ready_with_the_published_the_tuned_and_several_margins() -> None:
    app = open_train()
    said = text(app)
    for title in ("CCL as published", "CCL tuned on films", "MMCL on films"):
        assert title in said
    assert "Not started" in said
    assert not app.button(key="train.start").disabled
    assert app.query_params == {}
    assert "train/job" not in app.session_state


def test_the_address_decides_everything_that_is_trained() -> None:
    app = open_train(
        a="ssm~0.2",
        b="bpr",
        c="mmcl~0.3_0.7~0.5_0.5~40~1",
        n="3",
        epochs="1",
        rate="0.01",
        seed="7",
    )
    assert not app.info
    train(app)
    a, b, c = (lane.config for lane in job_of(app).view().lanes)
    assert (a.loss, dict(a.settings)) == ("ssm", {"temperature": 0.2})
    assert b.loss == "bpr"
    assert c.settings["margins"] == (0.3, 0.7)
    for config in (a, b, c):
        assert (config.negatives, config.epochs, config.learning_rate, config.seed) == (
            3,
            1,
            0.01,
            7,
        )


def test_nonsense_in_the_address_is_clamped_with_a_note() -> None:
    app = open_train(
        a="nonsense",
        n="zero",
        epochs="900",
        seed="-4",
        rate="inf",
        left="blue",
        film="3e9",
        user="0",
    )
    (note,) = app.info
    for name in ("a", "n", "epochs", "seed", "rate", "left", "film", "user"):
        assert f"**{name}**" in note.value
    assert app.number_input(key="train.epochs").value == 100
    assert app.number_input(key="train.n").value == 10
    assert app.number_input(key="train.rate").value == 1
    assert app.selectbox(key="train.left").value == "ndcg"
    assert app.query_params["film"] == "1"
    assert app.query_params["user"] == open_train(n="3").query_params["user"]


def test_half_typed_margins_hold_start_back_and_say_why() -> None:
    app = open_train()
    app.text_input(key="train.c.mmcl.margins").set_value("0.1 0.9").run()
    assert app.button(key="train.start").disabled
    assert "one band weight for each of the 2 margins" in app.error[0].value
    app.text_input(key="train.c.mmcl.weights").set_value("0.5, 0.5").run()
    assert not app.button(key="train.start").disabled
    assert not app.error
    assert app.query_params["c"] == "mmcl~0.1_0.9~0.5_0.5~60~1"
    for wrong, why in (("", "at least one margin"), ("x", "list of numbers"), ("2 nan", "[-1, 1]")):
        app.text_input(key="train.c.mmcl.margins").set_value(wrong).run()
        assert why in app.error[0].value
        assert app.button(key="train.start").disabled
    assert app.query_params["c"] == "mmcl~0.1_0.9~0.5_0.5~60~1"


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_of_the_table_has_a_form(name: str) -> None:
    app = open_train()
    app.selectbox(key="train.b.loss").set_value(name).run()
    assert not app.exception
    assert not app.error
    keys = {
        widget.key
        for kind in (app.text_input, app.slider, app.number_input)
        for widget in kind
        if widget.key and widget.key.startswith("train.b.")
    }
    assert keys == {f"train.b.{name}.{p.name}" for p in LOSSES[name].parameters}
    if name != "ccl":
        assert app.query_params["b"].split("~")[0] == name


def test_a_slider_changes_the_lane_and_the_address_alone_brings_it_back() -> None:
    first = open_train()
    first.slider(key="train.a.ccl.margin").set_value(0.65).run()
    first.number_input(key="train.n").set_value(4).run()
    assert first.query_params["a"] == "ccl~0.65~150~1"
    second = open_train(**first.query_params)
    assert second.slider(key="train.a.ccl.margin").value == 0.65
    assert second.number_input(key="train.n").value == 4
    assert second.query_params == first.query_params
    assert not second.info


def test_what_is_typed_and_not_in_order_stays_while_other_things_change() -> None:
    app = open_train()
    app.text_input(key="train.c.mmcl.margins").set_value("0.1 0.9").run()
    app.slider(key="train.a.ccl.margin").set_value(0.65).run()
    app.number_input(key="train.n").set_value(4).run()
    assert app.text_input(key="train.c.mmcl.margins").value == "0.1 0.9"
    assert "one band weight for each" in app.error[0].value
    assert app.query_params["c"].startswith("mmcl~0.2_0.4_0.6_0.8~")


def test_a_widget_is_told_its_value_in_each_run() -> None:
    app = open_train(a="ccl~0.65~20~1", n="3")
    app.run()  # the first run may have been cut short before the browser heard of it
    told = {w.key: w.proto for w in (*app.slider, *app.number_input, *app.text_input)}
    told |= {w.key: w.proto for w in app.selectbox}
    assert told["train.a.ccl.margin"].default == [0.65]
    assert told["train.a.ccl.negative_weight"].default == 20
    assert told["train.c.mmcl.margins"].default == "0.2 0.4 0.6 0.8"
    assert told["train.n"].default == 3
    assert told["train.a.loss"].default == list(LOSSES).index("ccl")
    assert not any(proto.set_value for proto in told.values())


def test_a_run_ends_in_a_table_neighbours_and_first_tens() -> None:
    app = train(open_train(epochs="2"))
    said = text(app)
    assert "Finished in" in said
    for words in ("Most liked films, for everybody", "Kept epoch", "no measurable difference"):
        assert words in said
    assert "compare --losses ccl mmcl --negatives 10" in app.code[0].value
    lists = [b.proto.body for b in app.get("html") if "class='lists'" in b.proto.body]
    assert len(lists) == 2
    assert all(part.count("<li") == 30 for part in lists)
    app.selectbox(key="train.film").set_value(260).run()
    changed = [b.proto.body for b in app.get("html") if "class='lists'" in b.proto.body]
    assert changed[0] != lists[0]
    assert changed[1] == lists[1]
    assert app.query_params["film"] == "260"
    app.number_input(key="train.epochs").set_value(3).run()
    assert "The settings have changed" in text(app)
    assert "Kept epoch" in text(app)


def test_stop_keeps_what_was_computed_and_continue_goes_on() -> None:
    app = open_train(epochs="100")
    app.button(key="train.start").click().run()
    job = job_of(app)
    while not all(lane.points for lane in job.view().lanes):
        time.sleep(0.02)
    assert app.button(key="train.start").disabled
    train(app, "train.stop")
    assert job.view().state == "stopped"
    assert "Continue goes on exactly where it stood" in text(app)
    assert "Kept epoch" in text(app)
    before = len(job.view().lanes[0].points)
    app.button(key="train.continue").click().run()
    while len(job.view().lanes[0].points) <= before:
        assert job.view().busy
        time.sleep(0.02)
    assert job_of(app) is job


@pytest.mark.parametrize("which", ["train/job", "train/probe"])
def test_a_job_that_ends_while_the_page_is_drawn_leaves_no_button_behind(which: str) -> None:
    class Ending(Job):
        """Runs at the first look at it, and is over at all others."""

        looks = 0

        def view(self) -> JobView:
            self.looks += 1
            return replace(super().view(), state="running" if self.looks == 1 else "stopped")

    app = open_train()
    data = settings.films().data
    app.session_state[which] = job = Ending({"A": TrainConfig()}, data)
    app.run()
    assert job.looks > 1
    assert "Stop" not in [button.label for button in app.button]
    assert not app.button(key="train.start").disabled


def test_a_lane_that_diverges_is_a_message_and_the_others_finish(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Diverging(Training):
        def events(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
            for event in super().events(stop):
                if self.config.loss == "mmcl" and event.step == 5:
                    raise TrainingDiverged("Expected a finite loss, got nan at step 5 (epoch 1).")
                yield event

    monkeypatch.setattr(job_module, "Training", Diverging)
    app = train(open_train(epochs="1"))
    (warning,) = app.warning
    assert warning.value.startswith("**Lane C** stopped. Expected a finite loss, got nan at step 5")
    assert "CCL as published" in text(app)
    assert all("<li" in b.proto.body for b in app.get("html") if "class='lists'" in b.proto.body)
    assert "in both lists" in text(app)


def lane(name: str, data: Interactions, items: np.ndarray) -> LaneView:
    eye = np.eye(6, dtype=np.float32)
    trained = Trained.of(eye[:5], items.astype(np.float32), data, {})
    done = DoneEvent("finished", 1, 1, 1, {}, {"ndcg@20": 0.5}, trained, 1.0)
    config = TrainConfig(loss="bpr")
    return LaneView(name, config, (), 1.0, done, "", 1.0)


def test_lists_mark_hits_and_what_all_agree_on(tiny: Interactions) -> None:
    towards = np.zeros((2, 6, 6))
    towards[0, 3, 0], towards[0, 4, 0] = 3, 2  # user 0 likes item 3 in test, Delta
    towards[1, 3, 0], towards[1, 5, 0] = 2, 3
    pair = [lane("A", tiny, towards[0]), lane("B", tiny, towards[1])]
    shown = results.first_ten(pair, Source(tiny), 0, ("#111111", "#222222"))
    first, second = shown.split("</ol>")[:2]
    assert re.findall(r"<li class='(\w*)'>(\w+) <span class='number'>([\d.]+)", first) == [
        ("all", "Delta", "3.00"),
        ("all", "Epsilon", "2.00"),
        ("all", "Zeta", "0.00"),
    ]
    assert "Delta <span class='number'>2.00</span><span class='tag'>hit</span>" in second
    assert shown.count("class='tag'") == 2
    assert "1 of 3 hit" in first


def test_known_likes_are_those_of_train_and_validation(tiny: Interactions) -> None:
    assert Source(tiny).likes(0) == ["Alpha", "Beta", "Gamma"]
    assert Source(tiny).users == (0, 1, 2, 3)


def test_titles_cannot_act_as_markup() -> None:
    shown = results.sentence(["*A* <b>", "http://evil.example"], "Known: ")
    assert shown == "<p class='titles'>Known: *A* &lt;b&gt; · http://evil.example</p>"


def event(epoch: int, **geometry: float) -> EpochEvent:
    return EpochEvent(epoch, epoch, float("nan"), {"ndcg@20": 0.1}, geometry, 0.0, True)


def test_a_curve_leaves_out_what_was_not_measured_and_says_so() -> None:
    with_margins = LaneView("A", TrainConfig(), (event(0, active_share=0.5),), 0, None, "", 0)
    without = LaneView("B", TrainConfig(loss="bpr"), (event(0),), 0, None, "", 0)
    active = curves.MEASURES["active"]
    assert curves.points(with_margins, active) == [[0, 50.0]]
    assert curves.points(without, active) == []
    assert curves.points(with_margins, curves.MEASURES["loss"]) == []
    assert "B (BPR)" in curves.look(active, [with_margins, without])
    assert "B (BPR)" not in curves.look(curves.MEASURES["ndcg"], [with_margins, without])
    assert "A, MMCL: 50.0%" in curves.words([with_margins], active)


def test_the_lanes_start_as_their_presets_say() -> None:
    assert [lanes.title(lanes.start(name)) for name in lanes.NAMES] == [
        "CCL as published",
        "CCL tuned on films",
        "MMCL on films",
    ]
    assert lanes.parts(("ccl", {**LOSSES["ccl"].defaults, "positive_weight": 2.0})) == [
        "margin 0.9",
        "negative weight 150",
        "positive weight 2",
    ]
