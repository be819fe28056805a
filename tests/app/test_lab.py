"""The Lab's toy world: stories, lanes, N, the rest, and the address."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.toy.lanes import LaneField, Move, MovesField, acting, titles
from mmcl_app.toy.runs import cosines, frame_of, trained
from mmcl_app.toy.settings import FIELDS, fit_together
from mmcl_app.url import parse
from mmcl_core.stories import STORIES, Lane
from mmcl_core.trajectories import TITLES
from mmcl_core.worlds import W12

PAGE = Path(__file__).parents[2] / "app" / "views" / "lab.py"
SMALL = {"steps": "50", "tastes": "4"}  # trains in a moment


def open_lab(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params = dict(query)
    app.run()
    assert not app.exception
    return app


def small(**query: str) -> AppTest:
    return open_lab(**{**SMALL, **query})


def values(**query: str) -> tuple[dict[str, Any], list[str]]:
    """Read an address as the page does: its values, and the names in the notes."""
    found, notes = parse(FIELDS, query)
    notes += fit_together(found)
    return found, [note.name for note in notes]


def labelled(elements: Any, label: str) -> Any:
    return next(one for one in elements if one.label == label)


def test_it_opens_on_three_lanes() -> None:
    app = open_lab()
    assert app.selectbox[0].value == "own"
    assert labelled(app.select_slider, "negatives per like, N").value == 2
    assert [box.value for box in app.text_input] == [
        "0.2, 0.4, 0.6, 0.8",
        "0.05, 0.15, 0.2, 0.6",
        "2",
    ]
    assert app.query_params == {}
    assert len(app.info) == 0


def test_n_changes_all_lanes_and_the_address() -> None:
    app = small()
    labelled(app.select_slider, "negatives per like, N").set_value(5).run()
    assert not app.exception
    assert app.query_params["a"] == "0.9~1"
    assert app.query_params["b"] == "0.6~1"
    labelled(app.select_slider, "negatives per like, N").set_value(3).run()
    assert app.query_params["a"] == "0.9~1~2~3"


def shown(app: AppTest) -> tuple[int, int, bool]:
    """Return where the stage was sent last: its turn, the frame, and whether it plays."""
    view = app.session_state["mmcl/toy/view"]
    return view["turn"], view["frame"], view["playing"]


def test_what_is_trained_anew_plays_from_the_start() -> None:
    app = small(step="40", moved="a_10_3_0_0_1")
    assert (app.query_params["step"], app.query_params["user"]) == ("40", "-1")
    assert shown(app) == (1, 40, False)
    labelled(app.slider, "steps").set_value(100).run()
    assert (app.query_params["step"], app.query_params["moved"]) == ("100", "")
    assert shown(app) == (2, 0, True)
    app.run()
    assert shown(app) == (2, 0, True)


def test_an_address_plays_or_stands_still_and_going_back_stands_still() -> None:
    app = small()
    film, first = dict(app.query_params), shown(app)
    assert first == (1, 0, True)
    app.query_params = {**film, "step": "20"}
    app.run()
    assert shown(app) == (2, 20, False)
    app.query_params = film
    app.run()
    assert shown(app) == (3, 50, False)
    assert app.query_params == film


def test_apart_n_changes_the_active_lane_only_and_together_again_all_follow_it() -> None:
    app = small(apart="1", lane="b")
    labelled(app.select_slider, "negatives per like, N of lane B").set_value(10).run()
    assert app.query_params["b"] == "0.6~1~2~10"
    assert app.query_params["a"] == "0.9~1~2~2"
    labelled(app.toggle, "Lanes differ in more than the penalty").set_value(False).run()
    assert not app.exception
    assert app.query_params["a"] == "0.9~1~2~10"


def test_the_typed_penalty_is_that_of_the_active_lane() -> None:
    app = small(lane="a")
    assert app.text_input[0].value == "0.9"
    for box, text in zip(app.text_input, ("0.3 0.7", "0.5 0.5", "4"), strict=True):
        box.set_value(text)
    labelled(app.button, "Use these").click().run()
    assert app.query_params["a"] == "0.3_0.7~0.5_0.5~4~2"
    assert app.query_params["b"] == "0.6~1~2~2"


def test_typed_nonsense_is_answered_and_nothing_is_lost() -> None:
    app = small()
    app.text_input[0].set_value("0.2 high")
    labelled(app.button, "Use these").click().run()
    assert "Expected margins as a list of numbers" in app.warning[0].value
    assert app.text_input[0].value == "0.2 high"
    assert app.query_params.get("c") in (None, "0.2_0.4_0.6_0.8~0.05_0.15_0.2_0.6~2~2")
    app.text_input[2].set_value("41")
    app.text_input[0].set_value("0.2")
    app.text_input[1].set_value("1")
    labelled(app.button, "Use these").click().run()
    assert "from 0 to 40, got 41" in app.warning[0].value


@pytest.mark.parametrize("name", STORIES)
def test_a_story_stands_in_the_address_and_comes_back(name: str) -> None:
    fields = {field.name: field for field in FIELDS}
    story = STORIES[name]
    for lane in story.lanes:
        back, note = LaneField("b", None).read(fields["a"].write(lane))
        assert note is None
        assert dataclasses.replace(back, title=lane.title) == lane


def test_a_story_sets_its_scene() -> None:
    app = open_lab()
    app.selectbox[0].set_value("projector").run()
    assert not app.exception
    assert app.query_params["tastes"] == "6"
    assert app.query_params["c"] == "off"
    assert STORIES["projector"].text in [block.value for block in app.markdown]
    said = " ".join(block.value for block in app.markdown)
    assert STORIES["projector"].claims[0].sentence() in said
    again = open_lab(**app.query_params)
    assert again.selectbox[0].value == "projector"
    labelled(again.slider, "tastes").set_value(7).run()
    assert again.selectbox[0].value == "own"


def test_lanes_are_copied_and_removed() -> None:
    app = small(c="off", lane="b")
    labelled(app.button, "Copy").click().run()
    assert app.query_params["c"] == app.query_params["b"] == "0.6~1~2~2"
    assert app.query_params["lane"] == "c"
    assert labelled(app.button, "Copy").disabled
    labelled(app.button, "Remove").click().run()
    labelled(app.button, "Remove").click().run()
    assert (app.query_params["b"], app.query_params["c"]) == ("off", "off")
    assert labelled(app.button, "Remove").disabled
    assert not app.exception


def test_the_rest_stays_together() -> None:
    app = small()
    labelled(app.selectbox, "negatives are").set_value("hardest").run()
    assert app.query_params["a"] == "0.9~1~2~2~0.3~hardest~2"
    labelled(app.slider, "pool").set_value(8).run()
    labelled(app.select_slider, "negatives per like, N").set_value(10).run()
    assert app.query_params["a"] == "0.9~1~2~10~0.3~hardest~10"
    labelled(app.selectbox, "negatives are").set_value("uniform").run()
    labelled(app.slider, "false negatives planted").set_value(0.2).run()
    assert app.query_params["a"] == "0.9~1~2~10~0.3~uniform~0~0.2"
    labelled(app.slider, "likes outside the own taste").set_value(0.0).run()
    app.button_group(key="toy.dim").set_value("8").run()
    assert not app.exception
    assert app.query_params["cross"] == "0"
    assert app.query_params["dim"] == "8"


def test_the_worlds_of_the_lab() -> None:
    app = small()
    app.button_group(key="worlds.toy").set_value("films").run()
    assert not app.exception
    assert app.query_params["world"] == "films"
    assert any("Nothing is trained on this page" in block.value for block in app.markdown)
    app.button_group(key="worlds.films").set_value("toy").run()
    assert not app.exception
    assert app.query_params["tastes"] == "4"
    assert any("Drag a knot" in block.value for block in app.markdown)


@pytest.mark.parametrize("query", [{"epoch": "0"}, {"margins": "0.5", "band_weights": "1"}])
def test_an_address_about_films_opens_the_films(query: dict[str, str]) -> None:
    app = open_lab(**query)
    assert app.query_params["world"] == "films"
    assert len(app.info) == 0


def test_nonsense_in_the_address_is_answered() -> None:
    app = small(a="7~1", b="0.5~x", lane="z", seed="-2", moved="a_b", step="many", user="-9")
    said = app.info[0].value
    for word in ("a", "b", "lane", "seed", "moved", "step", "user"):
        assert f"**{word}**" in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.5",
        "0.5_0.6~1",
        "0.5~2",
        "nan~1",
        "0.5~1~41",
        "0.5~1~2~0",
        "0.5~1~2~2~9",
        "0.5~1~2~2~0.3~best",
        "0.5~1~2~9~0.3~hardest~3",
        "0.5~1~2~2~0.3~uniform~0~2",
        "0.5~1~2~2~0.3~uniform~0~none~1",
        "_".join("0" * 7) + "~" + "_".join("1" * 7),
        "off",
    ],
)
def test_a_lane_that_cannot_be_is_answered(text: str) -> None:
    default = Lane("", (0.9,), (1.0,))
    lane, note = LaneField("a", default).read(text)
    assert lane == default
    assert note is not None
    assert note.name == "a"


def test_what_does_not_fit_together_is_repaired() -> None:
    found, wrong = values(b="off")
    assert wrong == ["b"]
    assert found["b"].margins == (0.2, 0.4, 0.6, 0.8)
    assert found["c"] is None
    assert found["lane"] == "a"
    found, _ = values(a="0.9~1~2~7")
    assert {found[name].negatives for name in "abc"} == {7}
    found, _ = values(a="0.9~1~2~7", apart="1")
    assert found["c"].negatives == 2
    for moved in ("a_5_300_0_0_1", "a_5_3_0_1", "a_5000_3_0_0_1"):
        found, wrong = values(moved=moved)
        assert (found["moved"], wrong) == ((), ["moved"])
    assert values(camera="1_0.2")[0]["camera"] == (1.0, 0.2, 1.0)
    found, wrong = values(camera="9_9_9")
    assert (found["camera"], wrong) == ((9.0, math.pi / 2, 5.0), ["camera"])
    straight = f"{-math.pi}_{math.pi / 2}_0.6"
    assert values(camera=straight)[1] == []
    assert values(camera=straight)[0]["camera"] == (-math.pi, math.pi / 2, 0.6)


def test_margins_that_do_nothing_are_left_out() -> None:
    lane = acting(Lane("", (0.8, 0.2, 0.2, 0.5), (0.5, 0.25, 0.25, 0.0)))
    assert (lane.margins, lane.weights) == ((0.2, 0.8), (0.5, 0.5))
    nothing = acting(Lane("", (), ()))
    assert nothing.weights == (0.0,)
    assert titles([nothing]) == ["No negatives"]
    run = trained(W12, [nothing.config(W12, 50, 0)])[0]
    assert run.at("active_share") == 0


def test_titles_say_what_differs() -> None:
    lanes = [Lane("", (0.9,), (1.0,)), Lane("", negatives=2)]
    assert titles(lanes) == ["One margin, 0.9; N = 5", "Margins 0.2 0.4 0.6 0.8; N = 2"]


def configs(steps: int = 60, lanes: int = 2) -> list[Any]:
    return [Lane("", (m,), (1.0,)).config(W12, steps, 3) for m in (0.3, 0.6, 0.9)[:lanes]]


def test_the_same_settings_are_trained_once() -> None:
    assert trained(W12, configs())[0] is trained(W12, configs())[0]


def test_a_moved_point_trains_on_in_its_lane_only() -> None:
    before = trained(W12, configs(200))
    move = Move(1, 50, 4, (0.0, 0.0, 1.0))
    after = trained(W12, configs(200), [move])
    assert after[0] is before[0]
    assert after[1].positions[frame_of(after[1], 50), 4].tolist() == [0, 0, 1]
    assert np.array_equal(after[0].steps, after[1].steps)
    assert np.array_equal(after[1].positions[:50], before[1].positions[:50])


def test_a_point_moved_at_the_end_makes_all_lanes_longer_by_the_same_steps() -> None:
    moves = [Move(0, 60, 4, (0.0, 0.0, 1.0)), Move(1, 160, 130, (1.0, 0.0, 0.0))]
    after = trained(W12, configs(60), moves)
    assert after[0].steps[-1] == 260
    assert np.array_equal(after[0].steps, after[1].steps)
    undisturbed = trained(W12, configs(160))
    half = trained(W12, configs(60), moves[:1])
    assert np.array_equal(half[1].positions[-1], undisturbed[1].positions[-1])


def test_moves_stand_in_the_address() -> None:
    field = MovesField("moved")
    moves = (Move(0, 50, 4, (0.0, 0.6, 0.8)), Move(2, 7, 130, (-1.0, 0.0, 0.0)))
    text = field.write(moves)
    assert text == "a_50_4_0.00000_0.60000_0.80000~c_7_130_-1.00000_0.00000_0.00000"
    assert field.read(text) == (moves, None)
    assert field.read("") == ((), None)
    for wrong in ("d_1_1_0_0_1", "a_1_1", "a_-1_1_0_0_1", "a_1_1_0_0_0", "a_1_1_0_0_nan"):
        assert field.read(wrong)[1] is not None


def test_cosines_are_those_of_the_frame() -> None:
    run = trained(W12, configs())[0]
    first, last = cosines(run, 0), cosines(run, len(run.steps) - 1)
    table = run.positions[-1, :120] @ run.positions[-1, 120:].T
    assert last["tail"][260] == pytest.approx(float((table > 0.3).mean()), abs=1e-6)
    assert first != last


def test_every_curve_that_is_shown_is_recorded() -> None:
    assert set(TITLES) <= set(trained(W12, configs())[0].curves)
