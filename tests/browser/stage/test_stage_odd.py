"""Odd data on the stage: other dimensions, many points, nothing to show, nobody pushed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from stage_page import MANY, USER, pictures, read, update

from mmcl_core.data import Positives
from mmcl_core.stage.payload import changed, scene
from mmcl_core.trajectories import Trajectory, record, toy_config
from mmcl_core.worlds import WorldConfig, make_world

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]


@pytest.mark.parametrize("dim", [2, 8])
def test_other_dimensions(open_stage: Opener, dim: int) -> None:
    world = make_world(WorldConfig(tastes=4, dim=dim), seed=0)
    run = record(world, toy_config(world.config, negatives=3, steps=30))
    page = open_stage(scene(run, user=USER, view={"user": USER, "frame": 9}))
    expect(page.locator(".words").first).to_contain_text("negatives active")
    shown = read(page)["panes"][0]
    u, items = run.positions[9, USER], run.positions[9, 40:]
    for actor in shown["actors"]:
        assert actor["cosine"] == pytest.approx(float(u @ items[actor["item"]]), abs=1e-3)
    assert ("mislead" in page.locator(".legend").inner_text()) is (dim == 8)


@pytest.fixture
def said(runs: list[Trajectory], open_stage: Opener) -> Iterator[Callable[[bytes, str], None]]:
    """Return a function that shows broken data and waits for a message; then all is well again."""
    page = open_stage(scene(runs))

    def check(packed: bytes, words: str) -> None:
        update(page, packed)
        expect(page.locator(".problem")).to_contain_text(words)
        expect(page.locator("canvas").first).to_be_hidden()
        page.keyboard.press("End")

    yield check
    update(page, scene(runs))
    expect(page.locator(".problem")).to_be_hidden()
    expect(page.locator("canvas").first).to_be_visible()


Said = Callable[[bytes, str], None]


def test_what_is_not_a_number(runs: list[Trajectory], said: Said) -> None:
    positions = runs[0].positions.copy()
    positions[-1, 5, 1] = np.nan
    said(scene([runs[1], replace(runs[0], positions=positions)]), "not numbers")


def test_unequal_lengths(runs: list[Trajectory], said: Said) -> None:
    shorter = replace(runs[0], positions=runs[0].positions[:9], steps=runs[0].steps[:9])
    said(scene([runs[1], shorter]), "cannot go side by side")
    said(scene(replace(runs[0], steps=runs[0].steps[:9])), "one frame for each")
    said(scene(runs)[:-2], "incomplete")


def test_no_points(runs: list[Trajectory], said: Said) -> None:
    said(changed(scene(runs), users=0, items=0, tastes=[]), "no points")
    said(changed(scene(runs), items=0), "no points")
    said(changed(scene(runs), steps=[]), "no points")


@pytest.mark.parametrize("length", [0, 3, 3000])
def test_a_torn_message(runs: list[Trajectory], said: Said, length: int) -> None:
    said(scene(runs)[:length], "could not be read")


def test_five_thousand_points(open_stage: Opener) -> None:
    world = make_world(WorldConfig(tastes=25, users_per_taste=100, items_per_taste=100), seed=0)
    run = record(world, toy_config(world.config, settings=MANY, negatives=2, steps=2))
    page = open_stage(scene(run, user=USER, view={"user": USER}))
    shown = read(page)
    assert sum(shown["panes"][0]["bands"]) == 2500 * 2500
    first = pictures(page)
    page.locator("canvas").first.press("End")
    expect(page.locator("output")).to_have_text("Step 2 of 2")
    assert pictures(page) != first


def without_likes(run: Trajectory, user: int, kept: bool) -> Trajectory:
    """Return the same run as if the user liked nothing, or only what is held out."""

    def rid(likes: Positives) -> Positives:
        rest = likes.users != user
        sizes = run.world.data.n_users, run.world.data.n_items
        return Positives.from_pairs(likes.users[rest], likes.items[rest], *sizes)

    data = run.world.data
    data = replace(data, train=rid(data.train), test=data.test if kept else rid(data.test))
    return record(replace(run.world, data=data), run.config)


@pytest.mark.parametrize("kept", [True, False])
def test_a_user_without_likes(runs: list[Trajectory], open_stage: Opener, kept: bool) -> None:
    run = without_likes(runs[1], USER, kept)
    page = open_stage(scene(run, user=USER, view={"user": USER, "frame": 9}))
    words = page.locator(".words").first
    expect(words).to_contain_text("leave out this user")
    expect(words).not_to_contain_text("NaN")
    assert read(page)["panes"][0]["actors"] == []
    page.get_by_role("button", name="Slow motion").click()
    page.get_by_title("Step forward").click()
    expect(page.locator(".caption")).to_contain_text("Score")
    page.locator("canvas").first.press("w")
    assert read(page)["dragged"]["point"] == USER


def test_nobody_likes_anything_held_out(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(changed(scene(runs), held=[[]] * 60))
    expect(page.locator(".words").first).to_contain_text("closeness \u2013")


@pytest.mark.parametrize("changes", [{"margins": [1.0], "weights": [1.0]}, {"negative_weight": 0}])
def test_all_negatives_are_dead(
    runs: list[Trajectory], open_stage: Opener, changes: dict[str, Any]
) -> None:
    config = runs[1].config
    run = record(runs[1].world, config.with_(settings={**MANY, **changes}))
    page = open_stage(scene(run, user=USER, view={"user": USER, "frame": 9}))
    expect(page.locator(".words").first).to_contain_text(
        re.compile(r"0 of \d+ negatives active, push 0\.00, pull \d\.\d\d")
    )
    shown = read(page)["panes"][0]
    assert shown["active"] == 0
    assert {actor["band"] for actor in shown["actors"]} == {0}
