"""The first page: a film, doors that open, an honest claim, and nothing heavy loaded."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app import film
from mmcl_core.trajectories import Trajectory

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "app" / "main.py"


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "build_start.py"))


@pytest.fixture(scope="module")
def runs(tool: dict[str, Any]) -> list[Trajectory]:
    found: list[Trajectory] = tool["films"]()
    return found


def unpacked(packed: bytes) -> tuple[dict[str, Any], Any]:
    """Return header and positions (3, F, U + I, D)."""
    end = 4 + int.from_bytes(packed[:4], "little")
    header = json.loads(packed[4:end])
    shape = (3, len(header["steps"]), header["users"] + header["items"], header["dim"])
    return header, np.frombuffer(packed[end:], "<i2").reshape(shape)


def test_it_says_what_this_is_and_where_to_go() -> None:
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Who pushes, and how hard?"]
    said = " ".join(block.value for block in app.markdown)
    for words in ("push budget", "well-tuned", "negatives are few", "make lab", "one seed"):
        assert words in said
    links = [link.proto.label for link in app.get("page_link")]
    assert links == ["Lessons", "Lab", "Train"]


def test_the_first_page_loads_neither_torch_nor_figures() -> None:
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file({str(MAIN)!r}, default_timeout=60)\n"
        f"sys.path.insert(0, {str(MAIN.parent)!r})\n"
        "app.run()\n"
        "assert len(app.title) == 1 and not app.exception\n"
        "print([m for m in ('torch', 'mmcl_core.figures', 'pandas') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_film_is_what_the_core_trains(tool: dict[str, Any], runs: list[Trajectory]) -> None:
    shown, positions = unpacked(film.film(None, {}))
    fresh = json.loads(tool["header"](runs))
    assert {**shown, "view": 0} == {**fresh, "view": 0}, "run tools/build_start.py again"
    early = 12  # rounding grows with the steps, and may differ from machine to machine
    expected = np.stack([run.positions[:early] for run in runs]) * 32767
    assert np.abs(positions[:, :early] - expected).max() < 4
    assert film.recall() == pytest.approx([run.at("recall@10") for run in runs], abs=0.1)
    a, b, c = film.recall()
    assert min(b, c) > a + 0.1


def test_the_film_knows_what_a_user_met(runs: list[Trajectory]) -> None:
    header, _ = unpacked(film.film(7, {"turn": 2}))
    assert header["view"] == {"turn": 2}
    assert header["picked"]["user"] == 7
    for run, pane in zip(runs, header["picked"]["panes"], strict=True):
        drawn = run.of_user(7)
        for name in ("steps", "positives", "negatives"):
            assert pane[name] == getattr(drawn, name).tolist()


def test_cosines_before_training_are_those_of_the_first_frame(runs: list[Trajectory]) -> None:
    users, items = np.split(runs[0].positions[0], 2)
    likes = runs[0].world.likes
    pairs, liked = film.first_cosines()
    assert pairs == pytest.approx(users @ items.T, abs=1e-4)
    assert sorted(liked) == pytest.approx(
        sorted((users @ items.T)[likes.users, likes.items]), abs=1e-4
    )


def test_the_film_is_small() -> None:
    assert film.FILE.stat().st_size < 600_000
    assert len(film.film(None, {})) / 3 < 400_000
