"""The stage alone in a real browser: what it shows are the core's numbers, and hands work."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from mmcl_core.geometry import active_share, band_shares, closeness
from mmcl_core.losses import Loss
from mmcl_core.stage.payload import scene
from mmcl_core.stage.source import markup, script, style
from mmcl_core.trajectories import Trajectory, record, toy_config
from mmcl_core.worlds import WorldConfig, make_world

pytestmark = pytest.mark.browser

MANY = {"margins": [0.2, 0.4, 0.6, 0.8], "weights": [0.05, 0.15, 0.2, 0.6], "negative_weight": 2.0}
USER = 7
PAGE = """<!doctype html><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>%s body { margin: 12px; font-family: sans-serif; background: #fdfcfa; color: #23262d; }
@media (prefers-color-scheme: dark) { body { background: #15171c; color: #e9e6e1; } }</style>
<div id="host"></div><script type="module">%s
window.sent = [];
const stage = new Stage(document.getElementById("host"), (name, value) => {
  window.sent.push([name, JSON.parse(JSON.stringify(value))]);
});
window.show = (text) => stage.update(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
</script>"""


@pytest.fixture(scope="module")
def runs() -> list[Trajectory]:
    world = make_world(WorldConfig(tastes=6), seed=0)
    losses = (("ccl", {"margin": 0.9, "negative_weight": 2.0}), ("mmcl", MANY))
    configs = [
        toy_config(world.config, loss=n, settings=s, negatives=2, steps=60) for n, s in losses
    ]
    return [record(world, config) for config in configs]


Opener = Callable[..., Page]


@pytest.fixture
def open_stage(chromium: Browser) -> Iterator[Opener]:
    """Return a function that shows packed scenes in a new window; any error fails the test."""
    troubles: list[str] = []
    contexts = []

    def show(packed: bytes, width: int = 1200, motion: str = "no-preference", **more: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, reduced_motion=motion, **more
        )
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


def update(page: Page, packed: bytes) -> None:
    page.evaluate("(text) => window.show(text)", base64.b64encode(packed).decode())


def read(page: Page) -> dict[str, Any]:
    """Draw and return what the stage shows."""
    found: dict[str, Any] = page.locator(".stage").evaluate(
        "(root) => { root.stage.draw(); return root.stage.read(); }"
    )
    return found


def sent(page: Page) -> list[Any]:
    """Return what was told to Python, once the stage is calm."""
    page.wait_for_timeout(300)
    found: list[Any] = page.evaluate("window.sent")
    return found


def spot(page: Page, point: int, pane: int = 0) -> tuple[float, float]:
    """Return where a point is on the screen."""
    read(page)
    x, y, _ = page.locator(".stage").evaluate(
        "(root, [pane, point]) => root.stage.scene.panes[pane].spots[point]", [pane, point]
    )
    box = page.locator(".stage canvas").nth(pane).bounding_box()
    assert box
    return box["x"] + x, box["y"] + y


def pictures(page: Page) -> list[str]:
    read(page)
    found: list[str] = page.locator(".stage figure:not([hidden]) canvas").evaluate_all(
        "(all) => all.map((canvas) => canvas.toDataURL())"
    )
    return found


def drawn_next(run: Trajectory, frame: int) -> tuple[int, Any, Any]:
    """Return the next step that draws USER, its positives and its negatives."""
    found = run.of_user(USER)
    step = int(found.steps[found.steps > run.steps[frame]][0])
    rows = found.steps == step
    return step, found.positives[rows].astype(int), found.negatives[rows].astype(int)


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


def read_view(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.locator(".stage").evaluate("(root) => root.stage.view")
    return found


def test_pick_a_user_and_let_go(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, view={"frame": 40}))
    expect(page.locator(".words").first).to_have_text(re.compile(r"^\d+% of pairs active, close"))
    page.mouse.click(*spot(page, nearest_user(page)))
    user = read(page)["user"]
    assert user == nearest_user(page)
    assert page.get_by_label("User").input_value() == str(user)
    expect(page.locator(".words").first).to_contain_text("Waiting for this user's draws")
    assert sent(page)[-1][1]["user"] == user
    update(page, scene(runs, user=user, view={"frame": 40}))
    expect(page.locator(".words").first).to_contain_text(re.compile(r"Step \d+: \d of \d+ negat"))
    canvas = page.locator("canvas").first
    canvas.press("n")
    canvas.press("n")
    expect(page.locator(".tip").first).to_contain_text(
        re.compile(r"^Item \d+, taste \d, liked: cosine .*, slope .*, leverage \d\.\d\d$")
    )
    canvas.press("Escape")
    assert read(page)["user"] is None
    page.get_by_label("User").fill("3")
    assert read(page)["user"] == 3
    page.get_by_label("User").fill("999")
    assert read(page)["user"] == 3


def nearest_user(page: Page) -> int:
    """Return the user nearest to the eye."""
    read(page)
    found: int = page.locator(".stage").evaluate(
        """({ stage: { scene } }) => scene.panes[0].spots.slice(0, scene.users)
          .reduce((best, spot, i, all) => spot[2] > all[best][2] ? i : best, 0)"""
    )
    return found


def test_a_dragged_point_pulls_everything_along(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, user=USER, view={"user": USER, "frame": 40}))
    page.get_by_role("button", name="Reset view").click()  # it faces the picked user
    assert [name for name, _ in sent(page)] == ["view"], "the turn of the camera"
    before = read(page)
    x, y = spot(page, USER)
    box = page.locator("canvas").first.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert (x, y) == pytest.approx(middle, abs=0.5)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y)
    page.mouse.move(x + 60, y + 40)
    during = read(page)
    assert spot(page, USER) == pytest.approx((x + 60, y + 40), abs=0.01)
    assert np.linalg.norm(during["dragged"]["position"]) == pytest.approx(1)
    for old, new in zip(before["panes"], during["panes"], strict=True):
        assert [a["onUser"] for a in old["actors"]] != [a["onUser"] for a in new["actors"]]
    assert len(sent(page)) == 1, "nothing is told while the button is down"
    page.mouse.up()
    (_, view), (name, released) = sent(page)[1:]
    assert (name, released) == ("released", {**during["dragged"], "pane": 0})
    assert view["dragged"] == {"point": USER, "position": released["position"], "frame": 40}

    page.locator("canvas").first.press("d")
    moved = np.array(read(page)["dragged"]["position"]) - during["dragged"]["position"]
    assert 0.01 < np.linalg.norm(moved) < 0.1
    assert sent(page)[-1][0] == "released"


def test_camera_and_zoom_are_linked(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs))
    first = pictures(page)
    box = page.locator("canvas").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 100)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(100)
    assert read(page)["camera"][2] == 1, "a page scrolled past is left alone"
    page.mouse.down()
    page.mouse.move(box["x"] + 105, box["y"] + 130)
    page.mouse.up()
    turned = pictures(page)
    assert all(a != b for a, b in zip(first, turned, strict=True))
    page.mouse.wheel(0, -200)
    page.wait_for_function("document.querySelector('.stage').stage.view.camera[2] > 1.2")
    canvas = page.locator("canvas").first
    canvas.press("-")
    assert read(page)["camera"][2] == pytest.approx(np.exp(0.5) / 1.2)
    yaw = read(page)["camera"][0]
    canvas.press("Shift+ArrowRight")
    assert read(page)["camera"][0] == pytest.approx(yaw + 0.1)
    page.get_by_role("button", name="Reset view").click()
    assert pictures(page) == first
    assert len(sent(page)) > 0


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


def test_the_same_view_is_the_same_picture(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, user=USER, view={"user": USER, "frame": 33}))
    page.get_by_role("button", name="Reset view").click()
    x, y = spot(page, USER)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 20, steps=4)
    page.mouse.up()
    page.mouse.move(1, 1)
    view = [value for name, value in sent(page) if name == "view"][-1]
    other = open_stage(scene(runs, user=USER, view=json.loads(json.dumps(view))))
    assert pictures(other) == pictures(page)


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


def test_reduced_motion(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, view={"playing": True}), motion="reduce")
    assert not read(page)["playing"]
    page.get_by_title("Play").click()
    assert (read(page)["frame"], read(page)["playing"]) == (4, False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_light_and_dark(runs: list[Trajectory], open_stage: Opener, scheme: str) -> None:
    page = open_stage(scene(runs), 390, color_scheme=scheme, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [page.locator("canvas").nth(i).bounding_box() for i in (0, 1)]
    assert tops[0]
    assert tops[1]
    assert tops[1]["y"] > tops[0]["y"] + 300, "one below the other"
    colour = page.locator(".words").first.evaluate("(words) => getComputedStyle(words).color")
    assert colour == ("rgb(35, 38, 45)" if scheme == "light" else "rgb(233, 230, 225)")
    user = nearest_user(page)
    page.touchscreen.tap(*spot(page, user))
    assert read(page)["user"] == user


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


def test_what_cannot_be_shown_is_said(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(b"")
    problem = page.locator(".problem")
    expect(problem).to_contain_text("could not be read")
    good = scene(runs)
    broken = replace(runs[0], positions=np.full_like(runs[0].positions, np.nan))
    shorter = replace(runs[0], positions=runs[0].positions[:9], steps=runs[0].steps[:9])
    size = int.from_bytes(good[:4], "little")
    empty = json.dumps({**json.loads(good[4 : 4 + size]), "users": 0, "items": 0}).encode()
    for packed, words in (
        (good[:3000], "could not be read"),
        (good[:-2], "incomplete"),
        (len(empty).to_bytes(4, "little") + empty, "no points"),
        (scene(broken), "not numbers"),
        (scene([runs[1], shorter]), "cannot go side by side"),
    ):
        update(page, packed)
        expect(problem).to_contain_text(words)
        page.keyboard.press("End")
    update(page, good)
    expect(problem).to_be_hidden()
    expect(page.locator("canvas").first).to_be_visible()


def test_many_points_no_likes_and_all_dead(open_stage: Opener) -> None:
    world = make_world(WorldConfig(tastes=25, users_per_taste=100, items_per_taste=100), seed=0)
    settings = {**MANY, "negative_weight": 0.0}
    run = record(world, toy_config(world.config, settings=settings, negatives=2, steps=2))
    page = open_stage(scene(run, user=USER, view={"user": USER}))
    shown = read(page)["panes"][0]
    assert sum(shown["bands"]) == 2500 * 2500
    assert shown["active"] == 0
    packed = scene(run)
    size = int.from_bytes(packed[:4], "little")
    header = json.loads(packed[4 : 4 + size])
    header["likes"][3] = header["held"][3] = []
    text = json.dumps(header).encode()
    update(page, len(text).to_bytes(4, "little") + text + packed[4 + size :])
    page.get_by_label("User").fill("3")
    expect(page.locator(".words").first).to_contain_text("Waiting")
