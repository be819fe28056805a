"""The designer's calculation in JavaScript against the core, and what its adapter lets through."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmcl_core.colours import SHAPES, palette
from mmcl_core.figures import merged_steps
from mmcl_core.geometry import active_share, band_shares, push_budget
from mmcl_core.stage.source import script

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "app")]
from test_stage_script import bench, outcome  # noqa: E402

from mmcl_app.designer import BARS, BINS, OUTLINES, Design, News, colours, crowd, understood  # noqa: E402

DESIGNS = (
    Design((0.2, 0.4, 0.6, 0.8), (0.05, 0.15, 0.2, 0.6), 2.0),
    Design((0.9,), (1.0,), 150.0),
    Design((0.6, -0.3, 0.6), (0.25, 0.5, 0.25), 4.0),
    Design((-0.5, 0.5), (0.0, 1.0), 1.0),
)


def effects() -> list[dict[str, Any]]:
    """Return what the core says about margins on the edges of bins."""
    cosines = np.random.default_rng(3).uniform(-1, 1, 5000)
    s = torch.from_numpy(cosines)
    found = []
    for design in DESIGNS:
        margins = [m for m, _ in merged_steps(design.margins, design.weights)]
        found.append(
            {
                "design": design._asdict(),
                "tail": crowd(cosines, cosines)["tail"],
                "shares": band_shares(s, margins).tolist(),
                "active": active_share(s, design.margins, design.weights),
                "budget": push_budget(s, *design),
            }
        )
    return found


def test_the_pure_parts(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    module = script("math", "designer") + bench("designer_checks.js")
    assert outcome(module, {"effects": effects()}, tmp_path, request) == []


def test_an_edge_belongs_to_the_bin_below_it() -> None:
    found = crowd(np.array([-1.0, -0.5, 0.0, 0.0, 1.0]), np.array([0.99]))
    assert len(found["tail"]) == BINS + 1
    at = [found["tail"][round((s + 1) / 2 * BINS)] for s in (-1, -0.5, 0, 0.5, 1)]
    assert at == [1.0, 0.6, 0.2, 0.2, 0.0]
    assert sum(found["pairs"]) == 2.5
    assert found["pairs"][BARS // 2 - 1] == 1
    assert found["likes"] == [0.0] * (BARS - 1) + [1.0]
    assert crowd(np.array([]), np.array([]))["tail"][0] == 0


def test_all_colours_and_shapes_come_from_the_core() -> None:
    sent = colours("dark")
    assert sent["words"]["positive"] == palette("dark").positive
    assert [len(row) for row in sent["bands"]] == [1, 2, 3, 4, 5, 6, 7]
    assert set(SHAPES) | {"x"} == set(OUTLINES)
    assert len(sent["shapes"]) == 7


def said(**changes: Any) -> dict[str, Any]:
    design = {"margins": [0.5, 2], "weights": [0.5, -1], "negative_weight": 900}
    return {"lane": 1, "serial": 3, "design": {**design, **changes}}


def test_news_from_the_browser_is_kept_in_bounds() -> None:
    assert understood(said(), 2, 40.0) == News(1, 3, Design((0.5, 1.0), (0.5, 0.0), 40.0))
    empty = understood(said(margins=[], weights=[]), 2, 40.0)
    assert empty is not None
    assert empty.design.margins == ()


@pytest.mark.parametrize(
    "news",
    [
        None,
        "x",
        {},
        said(margins=[0.5]),
        said(margins=["a", 1]),
        said(weights=[math.nan, 1]),
        said(margins=[0] * 7, weights=[0] * 7),
        said(negative_weight=None),
        {**said(), "lane": 2},
        {**said(), "lane": "1"},
        {**said(), "serial": None},
    ],
)
def test_nonsense_from_the_browser_changes_nothing(news: Any) -> None:
    assert understood(news, 2, 40.0) is None
