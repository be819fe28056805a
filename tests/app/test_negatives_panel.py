"""The Lab's panel "How many negatives?": closed at first, the same numbers each time."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.negatives import costs, films, toy, words
from mmcl_app.negatives.panel import OPEN, TITLE
from mmcl_app.negatives.seen import AT, Seen
from mmcl_app.snapshots import EPOCHS, RUNS, snapshot
from mmcl_app.toy.lanes import acting
from mmcl_core.losses import PRESETS, Loss
from mmcl_core.noise import any_active
from mmcl_core.stories import STORIES, Lane
from mmcl_core.training import TrainingDiverged
from mmcl_core.worlds import W12, WorldConfig

APP = Path(__file__).parents[2] / "app"
PAGE = APP / "views" / "lab.py"
SMALL = {"steps": "50", "tastes": "4"}
FOUR = PRESETS["films-mmcl"].settings
PUBLISHED = Loss("ccl", **PRESETS["paper-ccl"].settings)
PENALTY = (tuple(FOUR["margins"]), tuple(FOUR["weights"]), FOUR["negative_weight"])


def open_lab(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params = dict(query)
    app.run()
    assert not app.exception
    return app


def panel(app: AppTest) -> Any:
    return next(one for one in app.expander if one.label == TITLE)


def told(app: AppTest) -> str:
    return "\n".join(one.value for one in (*panel(app).markdown, *panel(app).caption))


def charts(app: AppTest) -> int:
    return len(panel(app).get("plotly_chart"))


def seen(*lanes: Lane, world: WorldConfig = W12, steps: int = 100, lane: int = 0) -> Seen:
    configs = tuple(acting(one).config(world, steps, 0) for one in lanes)
    return toy.look(world, configs, (), steps, lane)


@pytest.fixture(scope="module")
def three() -> Seen:
    return seen(*STORIES["good"].lanes[:2], Lane("", negatives=5), lane=2)


@pytest.mark.parametrize("world", ["toy", "films"])
def test_it_is_closed_until_it_is_asked_for(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Seen:
        raise AssertionError("the panel was computed while closed")

    monkeypatch.setattr(f"mmcl_app.{'toy' if world == 'toy' else 'lab'}.page.look", never)
    app = open_lab(world=world, **(SMALL if world == "toy" else {}))
    assert not panel(app).markdown
    assert charts(app) == 0


@pytest.mark.parametrize("query", [SMALL, {"world": "films"}], ids=["toy", "films"])
def test_the_address_opens_it(query: dict[str, str]) -> None:
    app = open_lab(panel=OPEN, **query)
    assert charts(app) == 6
    assert app.query_params["panel"] == OPEN
    for part in ("divide the noise by √10", "N is noise, nothing else", "Harder helps until"):
        assert part in told(app)
    assert "AMD EPYC" in told(app) or "cores" in told(app)


def test_nonsense_in_the_address_leaves_it_closed_with_a_note() -> None:
    app = open_lab(panel="<b>", **SMALL)
    assert charts(app) == 0
    assert "**panel**: expected one of none, negatives" in app.info[0].value


def test_a_story_opens_in_the_toy_and_the_panel_stays() -> None:
    app = open_lab(panel=OPEN, **SMALL)
    next(b for b in app.button if b.label == STORIES["hard"].title).click().run()
    assert not app.exception
    assert app.selectbox[0].value == "hard"
    assert charts(app) == 6
    assert "hardest 1 of" not in told(app)


def test_a_story_opens_from_the_films_and_what_an_address_carries_stays() -> None:
    app = open_lab(panel=OPEN, world="films", lock="world")
    next(b for b in app.button if b.label == STORIES["more"].title).click().run()
    assert not app.exception
    assert app.query_params["world"] == "toy"
    assert app.query_params["lock"] == "world"
    assert app.selectbox[0].value == "more"
    assert charts(app) == 6


def test_a_question_with_the_panel_still_sets_its_scene() -> None:
    app = open_lab(question="1", panel=OPEN, world="films")
    assert app.query_params["margins"] == "0.9"


HARD_CASES = {
    "no negatives": {"a": "0.9~1~0", "b": "off"},
    "no margins": {"a": "none~none", "b": "off"},
    "nobody reached": {"a": "1~1", "b": "off"},
    "the circle": {"dim": "2"},
    "eight dimensions": {"dim": "8", "a": "0.9~1~2~1", "b": "off"},
    "hardest, planted": {"a": "0.6~1~2~3~0.1~hardest~9~0.2", "reject": "1"},
    "many": {"a": "0.6~1~2~120", "b": "off", "tastes": "20"},
    "apart": {"apart": "1", "a": "0.6~1~2~3", "b": "0.6~1~2~9", "c": "off", "lane": "b"},
    "moved": {"moved": "a_10_3_0_0_1", "step": "30"},
}


@pytest.mark.parametrize("query", HARD_CASES.values(), ids=HARD_CASES)
def test_it_works_in_every_scene(query: dict[str, str]) -> None:
    app = open_lab(panel=OPEN, **{**SMALL, **query})
    assert charts(app) == 6
    assert "nan" not in told(app)


def test_without_a_run_it_says_so_and_still_shows_what_a_step_costs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def diverge(*_: object) -> None:
        raise TrainingDiverged("The loss is not finite.")

    monkeypatch.setattr("mmcl_app.toy.page.trained", diverge)
    app = open_lab(panel=OPEN, **SMALL)
    assert charts(app) == 2
    assert "no run to measure" in panel(app).info[0].value


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("epoch", EPOCHS)
def test_films_agree_with_their_cosines(run: str, epoch: str) -> None:
    found = films.look(run, epoch, *PENALTY)
    mmcl = found.noises[0]
    cosines = snapshot(run, epoch).pairs
    assert mmcl.active == pytest.approx(float((cosines > 0.2).mean()), abs=0.004)
    (one,) = found.chances
    assert one.curve[0][1] == pytest.approx(mmcl.active)
    for (_, drawn), n in zip(one.drawn, AT, strict=True):
        assert drawn == pytest.approx(dict(one.curve)[n], abs=0.02)


def test_a_penalty_that_reaches_no_film_is_silent() -> None:
    found = films.look("films-mmcl", "0", (0.9,), (1.0,), 150.0)
    assert found.noises[0].curve == ()
    assert found.chances[0].here == 0
    assert words.of_noise(found.noises, found.where)


def test_the_same_scene_gives_the_same_numbers(three: Seen) -> None:
    toy.look.cache_clear()
    again = seen(*STORIES["good"].lanes[:2], Lane("", negatives=5), lane=2)
    assert again == three


def test_what_is_drawn_lies_on_the_curves(three: Seen) -> None:
    for one in three.chances:
        curve = dict(one.curve)
        for n, drawn in one.drawn:
            assert drawn == pytest.approx(curve[n], abs=0.03)
        assert curve[1] == pytest.approx(one.one_for_all[0][1])
        assert all(b >= a - 1e-9 for (_, a), (_, b) in zip(one.curve, one.one_for_all, strict=True))
    for one in three.noises[:3]:
        for n, drawn in one.drawn:
            assert drawn == pytest.approx(one.one / n**0.5, rel=0.2)
        assert all(aim > 0.97 for _, aim in one.aim)


def test_several_margins_are_quieter_at_the_same_budget_and_softmax_turns(three: Seen) -> None:
    margin, _, several, softmax = sorted(three.noises, key=lambda one: one.place)[:4]
    assert several.one < margin.one
    assert softmax.aim[0][1] < 0.8 < 0.97 < softmax.aim[-1][1]


def test_harder_draws_find_more_likes(three: Seen) -> None:
    shares = [false for _, _, false in three.pools]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(8 / 120, abs=0.01)
    ways = {way.name: way for way in three.ways}
    assert ways["shared in the batch"].different == 5
    assert ways["uniform"].own
    assert ways["uniform"].any_active == pytest.approx(three.chances[2].here, abs=0.03)


def test_costs_are_those_of_the_stored_table(tmp_path: Path, monkeypatch: Any) -> None:
    found = costs.costs(costs.TIME)
    assert found
    with costs.FILE.open(encoding="utf-8") as file:
        rows = {r["setting"]: r for r in csv.DictReader(file) if r["what"] == costs.TIME}
    at = found.ns.index(100)
    assert found.sides["this project"][at] == float(rows["N = 100"]["core"])
    assert found.machine in rows["N = 100"]["machine"]
    monkeypatch.setattr(costs, "FILE", tmp_path / "none.csv")
    assert costs.costs(costs.TIME) is None


def test_the_toy_page_needs_no_figures_while_the_panel_is_closed() -> None:
    script = "import sys; sys.path.insert(0, 'app'); import mmcl_app.toy.page; "
    script += "assert 'mmcl_core.figures' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=APP.parent, check=True)


def test_any_active_of_the_films_is_a_mean_over_users() -> None:
    found = films.look("paper-ccl", "40", (0.9,), (1.0,), 150.0).chances[0]
    naive, true = found.one_for_all[-1][1], found.curve[-1][1]
    assert naive > true + 0.08
    kept = films._binned(RUNS.index("paper-ccl"), -1)
    assert (kept.counts.sum(1) == kept.counts.sum(1)[0]).all()
    assert any_active(kept.active_by_user(PUBLISHED), 10) == pytest.approx(found.here)
