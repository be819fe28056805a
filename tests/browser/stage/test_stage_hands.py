"""Hands on the stage: users are picked, points and spheres dragged, with mouse, keys, fingers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from stage_page import USER, nearest_user, pictures, read, sent, spot, update

from mmcl_core.stage.payload import scene
from mmcl_core.trajectories import Trajectory

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]


def test_pick_a_user_and_let_go(runs: list[Trajectory], open_stage: Opener) -> None:
    page = open_stage(scene(runs, view={"frame": 40}))
    expect(page.locator(".words").first).to_have_text(re.compile(r"^\d+% of pairs active, close"))
    expect(page.locator(".bands").first).to_be_hidden()
    page.mouse.click(*spot(page, nearest_user(page)))
    user = read(page)["user"]
    assert user == nearest_user(page)
    assert page.get_by_label("User").input_value() == str(user)
    expect(page.locator(".words").first).to_contain_text("Waiting for this user's draws")
    assert sent(page)[-1][1]["user"] == user
    update(page, scene(runs, user=user, view={"frame": 40}))
    expect(page.locator(".words").first).to_contain_text(re.compile(r"Step \d+: \d of \d+ negat"))
    assert page.locator(".bands span").all_inner_texts() == [
        *("✕ dead", "● 0.90"),
        *("✕ dead", "● 0.20", "■ 0.40", "◆ 0.60", "▲ 0.80"),
    ]
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


Places = list[tuple[float, float]]


class Hand:
    """Fingers, by number, on a page."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)

    def touch(self, kind: str, places: dict[int, tuple[float, float]]) -> None:
        """Start, Move or End: the fingers with a place are lifted, or all if there are none."""
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in places.items()]
        self.cdp.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    def draw(self, first: Places, *path: Places) -> None:
        """Put fingers down at the first places, move them through the others, and lift them."""
        self.touch("Start", dict(enumerate(first)))
        for places in path:
            self.touch("Move", dict(enumerate(places)))
        self.touch("End", {})


def swipe(start: tuple[float, float], right: float, down: float) -> list[Places]:
    return [[(start[0] + right * i / 8, start[1] + down * i / 8)] for i in range(9)]


@pytest.fixture
def phone(runs: list[Trajectory], open_stage: Opener) -> Page:
    """Show a picked user on a phone, in the middle of the first sphere."""
    packed = scene(runs, user=USER, view={"user": USER, "frame": 40})
    page = open_stage(packed, 390, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Reset view").tap()
    page.evaluate("scrollTo(0, 0)")
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") > 200
    sent(page)
    return page


def beside(page: Page) -> tuple[float, float]:
    """Return a place on the first sphere where no point is that could be dragged."""
    x, y = spot(page, USER)
    return x + 60, y + 60


def test_a_finger_drags_a_point_and_not_the_page(phone: Page) -> None:
    x, y = spot(phone, USER)
    Hand(phone).draw(*swipe((x, y), 20, 70))
    assert phone.evaluate("scrollY") == 0
    dragged = read(phone)["dragged"]
    assert (dragged["point"], dragged["frame"]) == (USER, 40)
    assert spot(phone, USER) == pytest.approx((x + 20, y + 70), abs=1)
    assert sent(phone)[-1] == ["released", {**dragged, "pane": 0}]


def test_a_finger_sideways_turns_the_sphere(phone: Page) -> None:
    yaw = read(phone)["camera"][0]
    Hand(phone).draw(*swipe(beside(phone), -90, 20))
    assert read(phone)["camera"][0] < yaw - 0.3
    assert read(phone)["dragged"] is None
    assert sent(phone)[-1][0] == "view"


def test_a_finger_upwards_scrolls_the_page(phone: Page) -> None:
    camera = read(phone)["camera"]
    Hand(phone).draw(*swipe(beside(phone), 0, -150))
    phone.wait_for_function("scrollY > 50")
    assert (read(phone)["camera"], read(phone)["dragged"]) == (camera, None)


def test_two_fingers_zoom_and_do_not_drag(phone: Page) -> None:
    x, y = spot(phone, USER)
    path = [[(x - 30 - i, y), (x + 30 + i, y + i)] for i in range(0, 40, 4)]
    Hand(phone).draw(*path)
    (a, b), (c, d) = path[-1]
    wider = float(np.hypot(c - a, d - b)) / 60
    assert read(phone)["camera"][2] == pytest.approx(wider, rel=0.02)
    assert read(phone)["dragged"] is None
    assert phone.evaluate("[scrollY, visualViewport.scale]") == [0, 1]
    assert sent(phone)[-1][1]["camera"][2] == pytest.approx(wider, rel=0.02)


def test_the_second_of_two_fingers_holds_no_point(phone: Page) -> None:
    x, y = spot(phone, USER)
    yaw = read(phone)["camera"][0]
    hand = Hand(phone)
    hand.touch("Start", {0: (x - 60, y), 1: (x, y)})
    hand.touch("End", {0: (x - 60, y)})
    for i in range(0, 88, 8):
        hand.touch("Move", {1: (x + i, y)})
    hand.touch("End", {})
    assert read(phone)["dragged"] is None
    assert read(phone)["camera"][0] > yaw + 0.3


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
