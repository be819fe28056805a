"""The stage plays: its numbers are the core's at any step, and time can be moved."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from stage_page import USER, drawn_next, read, read_view, sent, update

from mmcl_core.geometry import active_share, band_shares, closeness, leverage
from mmcl_core.losses import Loss, slope
from mmcl_core.stage.payload import scene
from mmcl_core.trajectories import Trajectory

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]


@pytest.mark.parametrize("frame", [0, 17, 55])
def test_its_numbers_are_those_of_the_core(
    runs: list[Trajectory], open_stage: Opener, frame: int
) -> None:
    page = open_stage(scene(runs, user=USER, view={"user": USER, "frame": frame}))
    shown = read(page)
    assert (shown["frame"], shown["step"]) == (frame, runs[0].steps[frame])
    for run, pane in zip(runs, shown["panes"], strict=True):
        data, loss = run.world.data, Loss(run.config.loss, **run.config.settings)
        assert loss.staircase is not None
        margins, weights, _ = loss.staircase
        users, items = torch.from_numpy(run.positions[frame]).split([data.n_users, data.n_items])
        s = users @ items.T
        shares = np.array(pane["bands"]) / s.numel()
        assert shares == pytest.approx(band_shares(s, margins).numpy(), abs=1e-3)
        assert pane["active"] == pytest.approx(active_share(s, margins, weights), abs=1e-3)
        held = closeness(users[data.test.users.copy()], items[data.test.items.copy()])
        assert pane["closeness"] == pytest.approx(held, abs=1e-3)

        step, positives, negatives = drawn_next(run, frame)
        assert pane["step"] == step
        assert [a["item"] for a in pane["actors"]] == [*positives, *negatives.ravel()]
        u = users[USER].clone().requires_grad_()
        v = items.clone().requires_grad_()
        unit, units = u / u.norm(), v / v.norm(dim=1, keepdim=True)
        loss(units[positives] @ unit, units[negatives] @ unit).sum().backward()
        assert u.grad is not None
        assert v.grad is not None
        on_user = np.sum([a["onUser"] for a in pane["actors"]], 0)
        assert on_user == pytest.approx(-u.grad.numpy(), abs=1e-3)
        on_items = np.zeros((data.n_items, 3))
        for actor in pane["actors"]:
            on_items[actor["item"]] += actor["onItem"]
        assert on_items == pytest.approx(-v.grad.numpy(), abs=1e-3)


def test_play_pause_step_and_scrub(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs))
    play = page.get_by_title("Play")
    play.click()
    page.wait_for_function("document.querySelector('.stage').stage.time > 3")
    expect(play).to_have_attribute("aria-pressed", "true")
    play.click()
    frame = read(page)["frame"]
    page.get_by_title("Step forward").click()
    assert read(page)["frame"] == frame + 1
    page.get_by_title("Step back").click()
    assert read(page)["frame"] == frame
    page.get_by_role("slider", name="Step").fill("30")
    expect(page.locator("output")).to_have_text("Step 30 of 60")
    canvas = page.locator("canvas").first
    canvas.focus()
    for key, expected in (("ArrowRight", 31), ("ArrowLeft", 30), ("Home", 0), ("End", 60)):
        canvas.press(key)
        assert read(page)["frame"] == expected
    canvas.press(" ")  # from the end it begins again
    assert read(page)["playing"]
    canvas.press(" ")
    assert not read(page)["playing"]
    assert sent(page)[-1][1]["playing"] is False


def test_it_stops_at_the_end(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, view={"frame": 55, "playing": True}))
    page.wait_for_function("window.sent.length > 0")
    assert page.evaluate("window.sent") == [["view", {**read_view(page), "frame": 60}]]
    assert not read(page)["playing"]


def test_slow_motion_names_each_step(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, user=USER, view={"user": USER, "frame": 10}), motion="reduce")
    page.get_by_role("button", name="Slow motion").click()
    caption = page.locator(".caption")
    for name in ("Sample", "Score", "Select", "Push", "Pull"):
        expect(caption).to_contain_text(f"{name}:")
        assert read(page)["frame"] == 10
        page.get_by_title("Step forward").click()
    step, _, _ = drawn_next(runs[0], 10)
    expect(caption).to_contain_text("Sample:")
    assert read(page)["step"] == step
    page.get_by_title("Step back").click()
    assert read(page)["step"] == step - 1


def test_slow_motion_plays(runs: list[Trajectory], open_stage: Opener) -> None:
    view = {"user": USER, "frame": 10, "slow": True, "speed": 4, "playing": True}
    page = open_stage(scene(runs, user=USER, view=view))
    page.wait_for_function("document.querySelector('.stage').stage.view.frame > 10")


def test_new_data_keeps_what_the_reader_did(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs))
    page.get_by_role("slider", name="Step").fill("30")
    page.locator("canvas").first.press("Shift+ArrowUp")
    seen = read(page)
    update(page, scene(runs[::-1]))
    new = read(page)
    assert (new["frame"], new["camera"]) == (seen["frame"], seen["camera"])
    assert new["panes"][0]["bands"] == seen["panes"][1]["bands"]
    update(page, scene(runs, view={"frame": 5, "turn": 1}))
    assert (read(page)["frame"], read(page)["camera"]) == (5, seen["camera"])


def test_new_data_plays_when_it_should(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, view={"frame": 60}))
    sent(page)
    update(page, scene(runs[::-1], view={"frame": 0, "playing": True, "turn": 1}))
    page.wait_for_function("document.querySelector('.stage').stage.time > 3")


def test_with_reduced_motion_a_film_becomes_its_end(
    runs: list[Trajectory], open_stage: Opener
) -> None:
    page = open_stage(scene(runs, view={"playing": True}), motion="reduce")
    assert (read(page)["frame"], read(page)["playing"]) == (60, False)
    name, view = sent(page)[-1]
    assert (name, view["frame"], view["playing"]) == ("view", 60, False)
    play = page.get_by_title("Play")
    for frame in (0, 3, 6):  # from the end it begins again, a twentieth at a time
        play.click()
        assert (read(page)["frame"], read(page)["playing"]) == (frame, False)
    update(page, scene(runs[::-1], view={"frame": 5, "playing": True, "turn": 1}))
    assert read(page)["frame"] == 60
    update(page, scene(runs, view={"frame": 5, "playing": False, "turn": 2}))
    assert read(page)["frame"] == 5, "an address that says a frame is obeyed"


def test_with_reduced_motion_slow_motion_stands(runs: list[Trajectory], open_stage: Opener) -> None:
    view = {"user": USER, "frame": 10, "slow": True, "playing": True}
    page = open_stage(scene(runs, user=USER, view=view), motion="reduce")
    assert (read(page)["frame"], read(page)["phase"], read(page)["playing"]) == (10, 0, False)
    page.get_by_title("Play").click()
    assert (read(page)["frame"], read(page)["phase"], read(page)["playing"]) == (10, 1, False)


def test_a_penalty_under_a_hand_is_worn_at_once(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, user=USER, view={"user": USER, "frame": 40}))
    first = read(page)["panes"]
    margins, weights, heavy = [0.1, 0.3, 0.6, 0.7], [0.2, 0.1, 0.2, 0.5], 4.0
    steps = [[m, heavy * sum(weights[: k + 1])] for k, m in enumerate(margins)]
    hold(page, 1, steps)
    shown = read(page)["panes"]
    assert shown[0] == first[0]
    run = runs[1]
    users, items = torch.from_numpy(run.positions[40]).split([60, 60])
    s = users @ items.T
    assert np.array(shown[1]["bands"]) / s.numel() == pytest.approx(
        band_shares(s, margins).numpy(), abs=1e-3
    )
    for actor in shown[1]["actors"]:
        if not actor["liked"]:
            cosine = torch.tensor([actor["cosine"]])
            pushed = float(slope(cosine, margins, weights, heavy) * leverage(cosine)) / 2
            assert np.linalg.norm(actor["onUser"]) == pytest.approx(pushed, abs=1e-3)
    expect(page.locator(".bands").nth(1)).to_have_text(re.compile("0.10.*0.30.*0.60.*0.70"))
    for lane, odd in ((1, steps[:3]), (0, steps), (2, steps)):  # other bands, or no such pane
        hold(page, lane, odd)
        assert read(page)["panes"] == shown
    update(page, scene(runs, user=USER, view={"user": USER, "frame": 40}))
    assert read(page)["panes"] == first


def hold(page: Page, lane: int, steps: list[list[float]]) -> None:
    page.evaluate(
        "(detail) => dispatchEvent(new CustomEvent('designing', { detail }))",
        {"lane": lane, "steps": steps},
    )
