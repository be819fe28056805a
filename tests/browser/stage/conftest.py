"""Recorded runs, and the stage alone in a window."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from mmcl_core.stage.source import markup, script, style
from mmcl_core.trajectories import Trajectory, record, toy_config
from mmcl_core.worlds import WorldConfig, make_world

sys.path.insert(0, str(Path(__file__).parent))
from stage_page import MANY, PAGE, update


@pytest.fixture(scope="session")
def runs() -> list[Trajectory]:
    world = make_world(WorldConfig(tastes=6), seed=0)
    losses = (("ccl", {"margin": 0.9, "negative_weight": 2.0}), ("mmcl", MANY))
    configs = [
        toy_config(world.config, loss=n, settings=s, negatives=2, steps=60) for n, s in losses
    ]
    return [record(world, config) for config in configs]


@pytest.fixture
def open_stage(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that shows packed scenes in a new window; any error fails the test."""
    troubles: list[str] = []
    contexts = []

    def show(packed: bytes, width: int = 1200, motion: str = "no-preference", **more: Any) -> Page:
        size = {"width": width, "height": 900}
        context = chromium.new_context(viewport=size, reduced_motion=motion, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"uncaught: {error}"))
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        code = markup() + script("math", "scene", "draw", "hands", "stage")
        page.set_content(PAGE % (style(), code))
        update(page, packed)
        return page

    yield show
    for context in contexts:
        context.close()
    assert troubles == []
