"""What the stage is sent, how its files are joined, and their style."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcl_core.stage import show
from mmcl_core.stage.payload import HOME, scene
from mmcl_core.stage.source import HERE, markup, module, script, style
from mmcl_core.stage.words import WORDS
from mmcl_core.trajectories import Trajectory, record, toy_config
from mmcl_core.worlds import WorldConfig, make_world

FILES = sorted((HERE / "js").glob("*.js"))
MOST_LINES, MOST_IN_ALL = 300, 899
FORBIDDEN = re.compile(
    r"\bvar\b|console\.|\beval\b|innerHTML|insertAdjacentHTML|\bimport\(|fetch\("
)


@pytest.fixture(scope="module")
def run() -> Trajectory:
    world = make_world(WorldConfig(tastes=4), seed=0)
    settings = {"margins": [0.8, 0.2], "weights": [0.75, 0.25], "negative_weight": 4.0}
    return record(world, toy_config(world.config, settings=settings, negatives=2, steps=12))


def unpacked(packed: bytes) -> tuple[dict[str, Any], bytes]:
    end = 4 + int.from_bytes(packed[:4], "little")
    return json.loads(packed[4:end]), packed[end:]


def test_positions_and_penalty_arrive(run: Trajectory) -> None:
    header, body = unpacked(scene(run, user=5))
    whole = np.frombuffer(body, "<i2").reshape(run.positions.shape)
    assert np.abs(whole / 32767 - run.positions).max() < 2e-5
    assert (header["users"], header["items"], header["dim"]) == (40, 40, 3)
    assert header["steps"] == list(range(13))
    pane = header["panes"][0]
    assert (pane["margins"], pane["weights"]) == ([0.2, 0.8], [0.25, 0.75])
    assert (pane["slopes"], pane["positive_weight"]) == ([0, 1, 4], 1)
    assert header["palette"]["light"]["bands"][0] != header["palette"]["dark"]["bands"][0]
    assert len(header["palette"]["light"]["tastes"]) == 4
    assert header["likes"][3] == run.world.data.train.of(3).tolist()
    drawn = run.of_user(5)
    assert header["picked"]["panes"][0]["negatives"] == drawn.negatives.tolist()
    assert unpacked(scene(run))[0]["picked"] is None


def test_a_pane_of_w12_fits_400_kb() -> None:
    long = record(make_world(seed=0), toy_config(negatives=120, steps=300))
    one, three = (scene(runs) for runs in (long, [long] * 3))
    assert len(three) - len(one) < 2 * 400_000
    assert len(unpacked(three)[1]) < 3 * 400_000


def test_losses_without_margins_have_no_forces(run: Trajectory) -> None:
    other = record(run.world, toy_config(run.world.config, loss="ssm", settings={}, steps=2))
    pane = unpacked(scene(other))[0]["panes"][0]
    assert (pane["margins"], pane["slopes"], pane["positive_weight"]) == ([], [0], 0)


def test_eight_dimensions_are_projected() -> None:
    world = make_world(WorldConfig(tastes=4, dim=8), seed=0)
    run = record(world, toy_config(world.config, steps=5))
    header, _ = unpacked(scene(run))
    rows = np.array(header["projection"])
    assert rows.shape == (3, 8)
    assert rows @ rows.T == pytest.approx(np.eye(3), abs=1e-9)


def test_only_what_is_possible_of_a_view_is_kept(run: Trajectory) -> None:
    dragged = {"point": 79, "position": [0.0, 0.6, 0.8], "frame": 12}
    good = {**HOME, "frame": 12, "user": 39, "dragged": dragged, "phase": 4, "turn": 3}
    assert unpacked(scene(run, view=good))[0]["view"] == good
    for name, values in {
        "frame": (13, -1, "x", None),
        "user": (40, "anna"),
        "camera": ([1, 2], [0, 0, float("nan")], None),
        "dragged": (
            {**dragged, "point": 80},
            {**dragged, "frame": 13},
            {**dragged, "position": [0, float("inf"), 0]},
            {**dragged, "position": [0, 1]},
            {},
        ),
        "speed": (0, 99, "fast"),
        "phase": (5, [1]),
        "other": (1,),
    }.items():
        for value in values:
            assert unpacked(scene(run, view={name: value}))[0]["view"] == {"turn": 0}


def test_what_cannot_be_shown_becomes_a_message(run: Trajectory) -> None:
    nan = replace(run, positions=run.positions * np.nan)
    short = replace(run, steps=run.steps[:5], positions=run.positions[:5])
    uneven = replace(run, steps=run.steps[:5])
    for runs, words in (
        (nan, "not numbers"),
        ([run, short], "side by side"),
        (uneven, "frame for"),
    ):
        header, body = unpacked(scene(runs))
        assert words in header["problem"]
        assert body == b""


def test_misuse_is_refused(run: Trajectory) -> None:
    with pytest.raises(ValueError, match="one to three runs, got 0"):
        scene([])
    with pytest.raises(ValueError, match="one to three runs, got 4"):
        scene([run] * 4)
    with pytest.raises(ValueError, match="2 titles, one a run, got 1"):
        scene([run, run], titles=["one"])


def test_titles(run: Trajectory) -> None:
    assert unpacked(scene(run))[0]["panes"][0]["title"] == "MMCL 0.2 0.8"
    assert unpacked(scene(run, titles=["<b>"]))[0]["panes"][0]["title"] == "<b>"


@pytest.mark.parametrize("adapter", ["streamlit", "notebook"])
def test_a_module_stands_alone(adapter: str) -> None:
    text = module(adapter)
    exports = re.findall(r"^import|^export \w+", text, re.MULTILINE)
    assert exports == ["export default"]
    names = re.findall(r"^(?:const|function|class|let) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names))
    assert "https:" not in text + style()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_style_of_the_scripts(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = text.splitlines()
    assert len(lines) <= MOST_LINES
    assert [
        line for line in lines if len(line) > 100 or line != line.rstrip() or "\t" in line
    ] == []
    assert FORBIDDEN.findall(text) == []
    assert text.startswith("//"), "the first line says what the file is for"
    assert text.endswith("\n")
    if shutil.which("node"):
        done = subprocess.run(
            ["node", "--input-type=module", "--check"], input=text, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def test_the_scripts_are_small_in_all() -> None:
    assert sum(len(path.read_text("utf-8").splitlines()) for path in FILES) <= MOST_IN_ALL


def test_every_word_is_used_and_there() -> None:
    text = script("scene", "draw", "hands", "stage")
    used = set(re.findall(r"\bwords\.(\w+)", text)) | {"dead"}
    used -= {"replace", "textContent"}
    assert used == set(WORDS)


def test_parts_named_in_the_script_are_in_the_page() -> None:
    page = markup() + (HERE / "stage.html").read_text("utf-8")
    for act in re.findall(r'data-(?:act|set)="(\w+)"', page):
        assert act == "speed" or f"\n  {act}(" in script("stage")


def test_show_in_a_notebook_answers_a_pick(run: Trajectory) -> None:
    stage = show(run, frame=4)
    assert unpacked(stage.scene)[0]["view"] == {"turn": 0, "frame": 4}
    stage.view = {"frame": 4, "user": 7}
    assert unpacked(stage.scene)[0]["picked"]["user"] == 7
    before = stage.scene
    stage.view = {"frame": 9, "user": 7}
    assert stage.scene is before
