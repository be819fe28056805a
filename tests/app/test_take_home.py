"""Scenes taken home: scripts and notebooks that run, numbers that are those of the page."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from mmcl_app.challenge import home as challenge_home
from mmcl_app.home import files, panel
from mmcl_app.home.code import call, plain
from mmcl_app.home.files import Picture, Scene
from mmcl_app.lab import home as lab_home
from mmcl_app.results import home as results_home
from mmcl_app.results.reading import read as stored
from mmcl_app.toy import home as toy_home
from mmcl_app.toy.lanes import Move
from mmcl_app.toy.runs import trained
from mmcl_app.train import home as train_home
from mmcl_app.train.job import Job
from mmcl_core.challenge import Entry, Round, judge
from mmcl_core.data import load
from mmcl_core.losses import PRESETS
from mmcl_core.stories import STORIES
from mmcl_core.training import TrainConfig
from mmcl_core.trajectories import toy_config
from mmcl_core.worlds import W12, WorldConfig

ROOT = Path(__file__).parents[2]


def told(name: str, seed: int, moves: tuple[Move, ...] = ()) -> tuple[toy_home.Taught, Scene]:
    story = STORIES[name]
    configs = [lane.config(story.world, 60, seed) for lane in story.lanes]
    taught = toy_home.Taught(story.world, configs, moves)
    runs = trained(*taught)
    titles = [lane.title for lane in story.lanes]
    return taught, toy_home.scene(taught, runs, titles, "http://localhost:8501/lab", "light")


def ran(text: str, folder: Path) -> dict[str, dict[str, float]]:
    """Run a script elsewhere; return what it prints, lane by lane."""
    path = folder / "scene.py"
    path.write_text(text, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    return {name: ast.literal_eval(rest) for name, rest in lines}


def rows_of(scene: Scene) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files.table(scene))))


def last_rows(scene: Scene) -> dict[str, dict[str, str]]:
    return {row["lane"]: row for row in rows_of(scene)}


MOVES = (Move(0, 20, 7, (0.0, 0.6, 0.8)), Move(1, 50, 130, (1.0, 0.0, 0.0)))


@pytest.mark.parametrize(("story", "seed", "moves"), [("torn", 3, ()), ("spread", 1, MOVES)])
def test_a_toy_script_prints_the_numbers_of_the_page(
    tmp_path: Path, story: str, seed: int, moves: tuple[Move, ...]
) -> None:
    _, scene = told(story, seed, moves)
    printed, shown = ran(files.script(scene), tmp_path), last_rows(scene)
    assert list(printed) == list(shown)
    for lane, numbers in printed.items():
        assert {"recall@10", "budget", "any_active"} <= numbers.keys()
        for name, value in numbers.items():
            assert value == pytest.approx(float(shown[lane][name]), abs=1e-4)


def test_a_notebook_holds_the_same_code_in_short_cells() -> None:
    _, scene = told("spread", 0)
    book = json.loads(files.notebook(scene))
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.from_dict(book))
    code = ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code"]
    assert len(code) >= 4
    assert ast.dump(ast.parse("\n\n".join(code))) == ast.dump(ast.parse(scene.script))
    assert scene.address in "".join(book["cells"][0]["source"])


def test_a_training_is_a_row_an_epoch_and_one_for_the_test() -> None:
    configs = {
        "A": TrainConfig(loss="ccl", settings=PRESETS["films-ccl"].settings, epochs=2, seed=4),
        "B": TrainConfig(negatives=3, epochs=2, seed=4, learning_rate=0.01),
    }
    job = Job(configs, load("movielens"))
    job.run()
    scene = train_home.scene(job.view().lanes, "http://localhost:8501/train", "dark")
    tested = {row["lane"]: row for row in rows_of(scene) if row["split"] == "test"}
    assert list(tested) == ["A", "B"]
    for lane in job.view().lanes:
        assert lane.done is not None
        for name, value in lane.done.test.items():
            assert float(tested[lane.name][name]) == pytest.approx(value)
    epochs = [row["epoch"] for row in rows_of(scene) if row["split"] == "validation"]
    assert epochs == ["0", "1", "2"] * 2


def test_bands_of_a_penalty_are_a_table() -> None:
    asked = lab_home.Asked((0.2, 0.5), (0.4, 0.6), 30.0, "films-mmcl", "10")
    rows = rows_of(lab_home.scene(asked, "", False, "light"))
    assert [row["band"] for row in rows] == ["0", "1", "2", "active", "all"]
    assert [row["slope"] for row in rows] == ["0.0", "12.0", "30.0", "", rows[-1]["slope"]]
    assert sum(float(row["share of pairs"]) for row in rows[:3]) == pytest.approx(1, abs=1e-6)


ENTRY = Entry(0.6, 1.5, 0.4)


def test_a_score_is_a_row_a_world_and_their_mean() -> None:
    result = judge([Round(0.7 + i / 100, 0.65) for i in range(5)])
    scene = challenge_home.scene((ENTRY, result), "http://localhost:8501/challenge", "dark")
    *worlds, mean = rows_of(scene)
    assert [row["world"] for row in worlds] == ["1", "2", "3", "4", "5"]
    assert [float(row["one margin"]) for row in worlds] == [r.yours for r in result.rounds]
    assert {(row["margin"], row["negative weight"], row["rate factor"]) for row in worlds} == {
        ("0.6", "1.5", "0.4")
    }
    assert (mean["world"], mean["verdict"]) == ("mean", "won")
    assert float(mean["difference"]) == pytest.approx(0.07)
    assert "World 5: 0.740 and 0.650." in scene.pictures[0].words


def test_a_score_is_taken_home_as_it_was_played(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(panel._Once, "__init__", lambda once, make: given.append(make))
    app = AppTest.from_file(ROOT / "app" / "views" / "challenge.py", default_timeout=120)
    app.query_params = {"margin": "0.6", "weight": "1.5", "rate": "0.4"}
    app.run()
    assert not app.download_button, "nothing was scored yet"
    app.button(key="challenge-play").click().run()
    app.number_input[0].set_value(0.2).run()
    assert len(app.download_button) == 4
    scene = given[-1]()
    assert scene.address.endswith("/challenge?margin=0.6&weight=1.5&rate=0.4")
    assert "margin=0.6," in scene.script


@pytest.mark.parametrize("metric", results_home.METRICS)
def test_results_are_the_rows_of_both_tables(metric: str) -> None:
    results = stored()
    assert results is not None
    scene = results_home.scene(results, metric, "http://localhost:8501/results", "light")
    assert len(scene.pictures) == 2
    assert "CCL, tuned" in scene.pictures[1].words
    rows = rows_of(scene)
    compared = [row for row in rows if row["table"] == "every comparison"]
    gains = results.gains[results.gains["metric"] == metric]
    assert [float(row["gain"]) for row in compared] == gains["gain"].tolist()
    published = [row for row in rows if row["table"] == "published and reproduced"]
    assert len(published) == len(results.reproduced)
    ours = results.reproduced[f"our_{metric.split('@')[0]}"].dropna()
    assert [float(row["ours"]) for row in published if row["ours"]] == ours.tolist()
    assert not any("nan" in row.values() for row in rows)


def test_results_without_their_runs_say_where_they_were_looked_for(tmp_path: Path) -> None:
    text = results_home.code("ndcg@20").replace("folder = Path", "folder = Path('none')\n_ = Path")
    path = tmp_path / "scene.py"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "Expected stored runs in none, got none. Change the path." in done.stderr


def test_figures_stand_below_each_other_in_one_page() -> None:
    two = [Picture(go.Figure(), "first"), Picture(go.Figure(), "second & last")]
    page = files.page(bare(title="a < b", pictures=two), "mine", "#15171c", "#eeeeee")
    assert page.count("<figure aria-label=") == 2
    assert "aria-label='second &amp; last'" in page
    assert "<h1>a &lt; b</h1>" in page
    assert page.count('"paper_bgcolor":"#15171c"') == 2, "a saved picture has a background"
    assert page.count('"filename": "mine"') == 2
    assert len(page) < 1.5 * len(files.page(bare(), "mine", "#fff", "#000")), "Plotly is in it once"


def test_the_figure_is_a_page_of_its_own() -> None:
    _, scene = told("spread", 0)
    page = files.page(scene, "scene", "#fff", "#000")
    loaded = [part for part in page.split("src=")[1:] if part.lstrip("\"'").startswith("http")]
    assert not loaded, "nothing comes from the network"
    assert "toImage" in page
    assert "aria-label='Curves by step." in page


def bare(**changes: Any) -> Scene:
    usual: dict[str, Any] = {
        "title": "t",
        "address": "http://localhost:8501/",
        "script": "print(1)\n",
        "rows": [],
        "pictures": [Picture(go.Figure(), "w")],
    }
    return Scene(**{**usual, **changes})


@pytest.mark.parametrize("title", ['"""\nimport os\n"""', "\\", '"', "<script>alert(1)</script>"])
def test_a_title_is_only_a_title(title: str) -> None:
    scene = bare(title=title)
    body = ast.parse(files.script(scene)).body
    assert [type(node) for node in body] == [ast.Expr, ast.Expr]
    assert "<script>alert" not in files.page(scene, "scene", "#fff", "#000")


def test_a_formula_is_only_a_text() -> None:
    rows = [{"title": "=HYPERLINK(1)", "+x": -0.5, "b": "-0.5"}, {"title": "\t=1", "b": np.pi}]
    text = files.table(bare(rows=rows))
    assert "'=HYPERLINK(1),-0.5,-0.5" in text
    assert "'\t'=1,," in text
    assert text.startswith("title,'+x,b\n")


@given(st.text(max_size=20))
def test_no_field_begins_like_a_formula(value: str) -> None:
    text = files.safe(value)
    kept = value.replace("'", "").replace("\0", "\ufffd").replace("\r\n", "\n")
    assert text.replace("'", "") == kept.replace("\r", "\n")
    if text.startswith(("=", "@", "\t", "\r")):
        pytest.fail(f"{text!r} may be run by a spreadsheet")
    if text.startswith(("+", "-")):
        float(text)


CONFIGS = [
    TrainConfig(),
    toy_config(W12, seed=3, sampler="hardest", pool=8, negatives=2),
    TrainConfig(loss="bpr", init="xavier", model="simplex", max_steps=None, planted=0.2),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_call_makes_the_same_settings(config: TrainConfig) -> None:
    assert eval(call(config), {"TrainConfig": TrainConfig}) == config
    assert "keep='best'" not in call(config)


def test_a_world_as_usual_is_an_empty_call() -> None:
    assert call(WorldConfig()) == "WorldConfig()"
    assert plain((1, "a", None)) == "[1, 'a', None]"
