"""Seven scenes taken home: what their scripts and notebooks print is what the pages show."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient
from streamlit.testing.v1 import AppTest

from mmcl_app.home import files, panel
from mmcl_app.home.files import Scene
from mmcl_app.negatives.panel import TITLE
from mmcl_core.data import TITLES as DATA
from mmcl_core.trajectories import TITLES

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
NUMBER = r"[-\u2212+]?\d[\d,]*(?:\.\d+)?%?"


class Shown(NamedTuple):
    """A number on a page: its value, and half of its last digit."""

    value: float
    half: float


def number(text: str) -> Shown:
    plain = text.replace("\u2212", "-").replace(",", "")
    digits = len(plain.rstrip("%").partition(".")[2])
    unit = 0.01 if plain.endswith("%") else 1.0
    return Shown(float(plain.rstrip("%")) * unit, 0.5 * unit * 10**-digits)


def of_toy(app: AppTest) -> dict[str, Shown]:
    """Read the ends of the curves under the spheres."""
    (drawn,) = (c.proto.json for c in app.get("bidi_component") if "curves" in c.proto.id)
    plots = json.loads(drawn)["plots"]
    found = {}
    for key, title in TITLES.items():
        label = rf"aria-label='{re.escape(title)}, from [^']*; at the end ([^']*)'"
        (ends,) = re.findall(label, plots)
        for lane, value in re.findall(rf"([ABC]) ({NUMBER})", ends):
            found[f"{lane} {key}"] = number(value)
    return found


def of_penalty(app: AppTest) -> dict[str, Shown]:
    """Read the headline; the page asks a sample of the pairs, the script all: within 2%."""
    metrics = {metric.label: number(metric.value) for metric in app.metric}
    names = {"active share": "pairs pushed", "push budget": "push budget"}
    return {
        name: Shown(metrics[label].value, metrics[label].half + 0.02 * metrics[label].value)
        for name, label in names.items()
    }


def of_training(app: AppTest) -> dict[str, Shown]:
    """Read the table of test metrics."""
    (table,) = (
        e.proto.body for e in app.get("html") if "Test metrics of the lanes" in e.proto.body
    )
    names = ("ndcg@20", "recall@20", "hit_rate@20", "coverage@20", "popularity@20")
    found = {}
    for lane, row in zip("ABC", cells(table)[1:], strict=False):
        found |= {f"{lane} {n}": number(v) for n, v in zip(names, row[1:6], strict=True)}
    return found


def of_challenge(app: AppTest) -> dict[str, Shown]:
    """Read the table of worlds, and the mean difference with its interval."""
    (table,) = (e.proto.body for e in app.get("html") if "four margins" in e.proto.body)
    found = {}
    for world, yours, theirs, _ in cells(table)[1:-1]:
        found[f"world {world} one margin"] = number(yours)
        found[f"world {world} four margins"] = number(theirs)
    (said,) = (text for text in said_in(app) if "Mean difference" in text)
    mean, low, high = re.findall(rf"({NUMBER})(?:\*\*,| to |\Z| over)", said.partition("@10 ")[2])
    means = {"difference": mean, "low": low, "high": high}
    return found | {f"mean {name}": number(value) for name, value in means.items()}


def of_negatives(app: AppTest) -> dict[str, Shown]:
    """Read the chances at the scene's N, and how the noise is described from N = 1 on."""
    (said,) = re.findall(r"negative at N = (\d+): \*\*(.*)\*\*", "\n".join(said_in(app)))
    lanes = re.findall(rf"(A|B|C|this penalty) ({NUMBER})", said[1])
    found = {f"{called('chance', lane)} N = {said[0]}": number(v) for lane, v in lanes}
    (noise,) = (c.proto.alt for c in app.get("plotly_chart") if "noise, in" in c.proto.alt)
    sides = re.findall(rf"(A|B|C|This penalty): from ({NUMBER}) at 1 ", noise)
    return found | {f"{called('noise', lane)} N = 1": number(v) for lane, v in sides}


def said_in(app: AppTest) -> list[str]:
    return [markdown.value for markdown in app.markdown]


def called(measure: str, lane: str) -> str:
    return f"{measure} {lane}" if len(lane) == 1 else measure


def of_results(app: AppTest) -> dict[str, Shown]:
    """Read the two tables, which hold more digits than they show."""
    compared, reproduced = (frame.value for frame in app.dataframe)
    keys = {title: name for name, title in DATA.items()}
    found = {}
    for row in compared.to_dict("records"):
        where = f"{keys[row['data']]}, N = {row['N']}, {row['MMCL against']}"
        found |= {f"{where} {name}": row[name] for name in ("MMCL", "CCL", "gain", "from", "to")}
    names = {"NDCG@20": "published", "ours ": "ours", "off ": "off"}
    for row in reproduced.dropna(subset=list(names)).to_dict("records"):
        where = f"{keys[row['data']]}, {row['model, loss']}, {row['at']}"
        found |= {f"{where} {name}": row[column] for column, name in names.items()}
    return {name: Shown(value, 1e-5) for name, value in found.items()}


def cells(table: str) -> list[list[str]]:
    rows = re.findall(r"<tr.*?</tr>", table, re.S)
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in found]


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()


def learn(app: AppTest) -> None:
    press(app, "train.start")
    end = time.monotonic() + 120
    while app.session_state["train/job"].view().busy:
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    app.run()


class Promise(NamedTuple):
    """A scene: its page and address, what is done there, and what it then shows."""

    view: str
    query: dict[str, str]
    shown: Callable[[AppTest], dict[str, Shown]]
    least: int  # so many numbers at least
    act: Callable[[AppTest], None] = lambda app: None


SCENES = {
    "toy world": Promise("lab", {"steps": "60", "seed": "3"}, of_toy, 18),
    "a penalty on films": Promise(
        "lab",
        {
            "world": "films",
            "trained": "films-mmcl",
            "epoch": "5",
            "margins": "0.2_0.5",
            "band_weights": "0.4_0.6",
            "negative_weight": "30",
        },
        of_penalty,
        2,
    ),
    "trained on films": Promise("train", {"epochs": "2", "seed": "4"}, of_training, 15, learn),
    "challenge": Promise(
        "challenge",
        {"margin": "0.6", "weight": "1.5", "rate": "0.4"},
        of_challenge,
        13,
        lambda app: press(app, "challenge-play"),
    ),
    "results": Promise("results", {"metric": "ndcg"}, of_results, 80),
    "how many negatives": Promise("lab", {"steps": "60", "panel": "negatives"}, of_negatives, 6),
    "how many negatives on films": Promise(
        "lab", {"world": "films", "epoch": "5", "panel": "negatives"}, of_negatives, 2
    ),
}


@cache
def taken(name: str) -> tuple[dict[str, Shown], Scene]:
    """Open a page as a reader does; return its numbers, and the scene that it gives away."""
    promise = SCENES[name]
    given: list[Callable[[], Scene]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(panel._Once, "__init__", lambda once, make: given.append(make))
        app = AppTest.from_file(ROOT / "app" / "views" / f"{promise.view}.py", default_timeout=120)
        app.query_params = dict(promise.query)
        app.run()
        promise.act(app)
    assert not app.exception
    assert not app.info, "the address was understood"
    asked = "panel" in promise.query
    scenes = (make() for make in reversed(given))
    return promise.shown(app), next(s for s in scenes if s.title.startswith(TITLE) == asked)


def numbers(lines: Iterator[str] | list[str]) -> dict[str, float]:
    """Return the printed numbers, each called by what stands before it."""
    found = {}
    for line in lines:
        if several := re.fullmatch(r"(.+?):? (\{.*\}).*", line):
            named = ast.literal_eval(several[2])
            found |= {f"{several[1]} {key}": float(value) for key, value in named.items()}
        elif one := re.fullmatch(rf"(.+) ({NUMBER})", line):
            found[one[1]] = float(one[2])
    return found


def by_script(scene: Scene, folder: Path) -> list[str]:
    path = folder / "scene.py"
    path.write_text(files.script(scene), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=folder,
        env=ENV,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def by_notebook(scene: Scene, folder: Path) -> list[str]:
    book = nbformat.reads(files.notebook(scene), as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(book, timeout=300, kernel_name="python3", resources=resources).execute(env=ENV)
    outputs = [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs]
    assert {out.name for out in outputs} == {"stdout"}
    return "".join(out.text for out in outputs).splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("way", [by_script, by_notebook])
@pytest.mark.parametrize("name", SCENES)
def test_a_scene_taken_home_prints_the_numbers_of_its_page(
    name: str, way: Callable[[Scene, Path], list[str]], tmp_path: Path
) -> None:
    shown, scene = taken(name)
    assert len(shown) >= SCENES[name].least
    printed = numbers(way(scene, tmp_path))
    assert shown.keys() <= printed.keys()
    for key, (value, half) in shown.items():
        assert printed[key] == pytest.approx(value, abs=half + 1e-4), key
