"""The Lab's toy world in a real browser: knots, stage, lanes, and the address that keeps it all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from browser.places import settle
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
SMALL = "steps=100&tastes=6"


def stage(page: Page) -> dict[str, Any]:
    """Return what the stage shows, once there is one."""
    return page.locator("section.stage").evaluate("root => root.stage.read()")


def picture(page: Page) -> list[str]:
    """Return the canvases as drawn."""
    page.wait_for_timeout(300)
    canvases = page.locator("section.stage canvas")
    return [canvases.nth(i).evaluate("c => c.toDataURL()") for i in range(canvases.count())]


def wait_for_turn(page: Page, last: int) -> None:
    """Wait until the stage has got another scene than that of turn `last`."""
    for _ in range(150):
        if turn(page) > last:
            return
        page.wait_for_timeout(100)
    pytest.fail("the stage got no other scene")


def turn(page: Page) -> int:
    return page.locator("section.stage").evaluate("root => root.stage.view.turn")


def knot(page: Page, number: int) -> Locator:
    return page.get_by_role("slider", name=f"margin {number}", exact=True)


def middle(of: Locator) -> tuple[float, float]:
    of.scroll_into_view_if_needed()
    box = of.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], right: float, down: float) -> None:
    x, y = start
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y + down, steps=5)
    page.mouse.up()


def at_rest(page: Page) -> None:
    """Wait until the page is whole and no run of it is under way."""
    page.locator(".plots svg").last.wait_for()
    settle(page)


def test_start_leads_to_the_lab(open_page: Callable[..., Page]) -> None:
    page = open_page()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who pushes, and how hard?")
    page.get_by_test_id("stMain").get_by_role("link", name="Lab").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lab")
    figures = page.locator("section.stage figure:visible")
    expect(figures).to_have_count(3, timeout=60_000)  # the first use loads what is slow
    assert "/lab" in page.url


@pytest.mark.slow
def test_a_long_run_is_seen_and_only_the_lab_s_own_buttons_stop_things(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("lab?steps=1200&seed=4242", whole=False)
    running = page.get_by_role("img", name="Running...")
    running.wait_for()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(running).to_be_visible()  # still: the look above was in time


def test_a_dragged_knot_trains_the_lane_anew(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}&step=100")
    before = stage(page)
    first = turn(page)
    drag(page, middle(knot(page, 1).locator(".head")), -60, 0)
    wait_for_turn(page, first)
    expect(page).to_have_url(re.compile(r"c=(?!0\.2_)[-\d.]+_0\.4_0\.6_0\.8~0\.05_"))
    found = re.search(r"c=(-?0\.\d+)_", page.url)
    assert found
    moved = float(found[1])
    assert moved < 0.1
    shown = page.locator(".designer").evaluate("box => box.read()")
    assert shown["designs"][2]["margins"][0] == moved
    page.get_by_role("slider", name="Step", exact=True).press("End")
    at_rest(page)
    after = stage(page)
    assert after["step"] == before["step"] == 100
    assert after["panes"][0] == before["panes"][0]
    assert after["panes"][2]["active"] > before["panes"][2]["active"]


def test_keys_move_a_knot_and_nothing_is_lost(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}&lane=b")
    first = turn(page)
    knot(page, 1).focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("b=0.55~1~2~2"))
    wait_for_turn(page, first)
    at_rest(page)
    expect(knot(page, 1)).to_have_attribute("aria-valuetext", "margin 0.55, band weight 1.00")
    expect(knot(page, 1)).to_be_focused()
    expect(page.locator("section.stage figcaption").nth(1)).to_contain_text("0.55")


def test_the_active_share_is_said_alike_by_designer_and_stage(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(f"lab?{SMALL}&step=60")
    designer = page.locator(".designer").evaluate("box => box.read()")
    shown = stage(page)["panes"][2]
    assert designer["active"] == pytest.approx(shown["active"], abs=1e-3)


def test_a_world_that_has_learned_anew_plays(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}&step=100")
    page.emulate_media(reduced_motion="no-preference")
    at_rest(page)
    first = turn(page)
    drag(page, middle(knot(page, 1).locator(".head")), -60, 0)
    wait_for_turn(page, first)
    for _ in range(150):
        if page.locator("section.stage").evaluate("root => root.stage.time") > 5:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the film does not play")
    page.get_by_title("Play").click()
    expect(page.get_by_title("Play")).to_have_attribute("aria-pressed", "false")


def drawn(page: Page) -> tuple[list[str], str]:
    """Return what is drawn by the stage, and by the designer."""
    page.mouse.move(2, 2)
    return picture(page), page.locator(".designer svg.plots").evaluate("svg => svg.outerHTML")


def test_the_address_gives_the_identical_picture(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}&seed=3&step=40&b=off&a=0.9~1~4&lane=b")
    at_rest(page)
    page.get_by_label("User").fill("7")
    page.get_by_label("User").press("Enter")
    expect(page).to_have_url(re.compile("user=7"))
    pane = page.locator("section.stage canvas").first
    x, y = middle(pane)
    drag(page, (x - 50, y - 50), 37, -13)
    expect(page).not_to_have_url(re.compile(r"camera=0\.6_0\.35_1&"))
    pane.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"camera=[-\d.]+_[-\d.]+_1\.2&"))
    at_rest(page)
    address, seen, before = page.url, stage(page), drawn(page)
    page.goto("about:blank")
    page.goto(address)
    at_rest(page)
    assert page.url == address
    again = stage(page)
    for name in ("step", "frame", "user", "camera", "dragged"):
        assert again[name] == seen[name]
    assert again["user"] == 7
    assert drawn(page) == before
    expect(page.get_by_role("radio", name="Lane B")).to_be_checked()


def test_a_dragged_point_trains_on_and_stands_in_the_address(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(f"lab?{SMALL}&step=40&user=3")
    at_rest(page)
    first = turn(page)
    canvas = page.locator("section.stage canvas").nth(1)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = page.locator("section.stage").evaluate(
        "root => Array.from(root.stage.scene.panes[1].spots[3]).slice(0, 2)"
    )
    assert box
    drag(page, (box["x"] + x, box["y"] + y), 25, 25)
    assert stage(page)["dragged"]["point"] == 3
    wait_for_turn(page, first)
    expect(page).to_have_url(re.compile(r"moved=b_40_3_"))
    expect(page.get_by_text("1 point moved by hand.")).to_be_visible()
    page.get_by_role("slider", name="Step", exact=True).fill("41")
    at_rest(page)
    expect(page).to_have_url(re.compile("step=41&"))
    address, there, before = page.url, stage(page)["panes"], drawn(page)
    page.goto("about:blank")
    page.goto(address)
    at_rest(page)
    assert stage(page)["panes"] == there
    assert drawn(page) == before
    page.get_by_role("button", name="Take the moves back").click()
    expect(page).to_have_url(re.compile(r"moved=&"))


def test_a_story_is_told(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}")
    page.get_by_role("combobox", name="Story").click()
    page.get_by_role("option", name="Fewer points, for a projector").click()
    expect(page.get_by_text("Sixty users, sixty items")).to_be_visible()
    expect(page.locator("section.stage figure:visible")).to_have_count(2)
    expect(page.locator("section.stage figcaption").first).to_contain_text("One margin, 0.9")
    page.get_by_role("button", name="What to look at").click()
    expect(page.get_by_text("in every seed").first).to_be_visible()


def test_back_undoes_a_change_and_a_change_of_worlds(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}")
    page.locator("section.stage").wait_for()
    at_rest(page)
    n = page.get_by_role("slider", name="negatives per like, N")
    n.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("a=0.9~1~2~3&"))
    page.get_by_role("radio", name="Real films").click()
    page.locator(".js-plotly-plot").wait_for()
    expect(page).to_have_url(re.compile("world=films.*trained="))
    page.get_by_role("radio", name="Toy world").click()
    page.locator("section.stage").wait_for()
    expect(page).to_have_url(re.compile("world=toy.*a=0.9~1~2~3&.*tastes=6"))
    page.go_back()
    page.locator(".js-plotly-plot").wait_for()
    for _ in range(4):
        if "a=0.9~1~2~2&" in page.url:
            break
        page.go_back()
        at_rest(page)
    expect(page.get_by_role("slider", name="negatives per like, N")).to_have_attribute(
        "aria-valuetext", "2"
    )


@pytest.mark.parametrize("path", ["", f"lab?{SMALL}&user=3"])
@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_never_scrolls_sideways(
    open_page: Callable[..., Page], path: str, dark: bool
) -> None:
    page = open_page(path, **PHONE, dark=dark)
    if path:
        page.locator("section.stage").wait_for()
        page.locator(".plots svg").first.wait_for()
    wide = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], html")]
            .filter(e => e.scrollWidth > window.innerWidth).map(e => e.scrollWidth)"""
    )
    assert wide == []
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert background == ("rgb(21, 23, 28)" if dark else "rgb(253, 252, 250)")


def test_a_phone_shows_the_chosen_lane_above_its_designer(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}&lane=b", **PHONE)
    at_rest(page)
    shown = page.locator("section.stage figcaption:visible")
    expect(shown).to_have_text("B One margin, 0.6")
    page.get_by_text("Lane C").click()
    expect(shown).to_have_text("C Margins 0.2 0.4 0.6 0.8")
    expect(page).to_have_url(re.compile("lane=c"))
    at_rest(page)
    canvas = page.locator("section.stage canvas").nth(2)
    sizes = canvas.evaluate("c => [c.width, c.height, c.clientWidth, c.clientHeight]")
    assert len(set(sizes)) == 1
    assert sizes[0] > 250
    sphere, head = canvas.bounding_box(), knot(page, 1).locator(".head").bounding_box()
    assert sphere
    assert head
    assert 0 < head["y"] + head["height"] - sphere["y"] < PHONE["height"] - 120


def test_nonsense_is_answered_calmly(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?a=9~9&b=%60x%60&dim=7&tastes=lots&moved=x&zz=1")
    note = page.get_by_test_id("stAlert").filter(has_text="address")
    for name in ("a", "b", "dim", "tastes", "moved", "unknown"):
        expect(note).to_contain_text(f"{name}: expected")
    page.locator("section.stage").wait_for()
    page.get_by_role("button", name="Understood").click()
    expect(note).to_have_count(0)
    assert page.get_by_test_id("stException").count() == 0


def test_curves_stand_under_the_stage_with_words(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}")
    recall = page.get_by_role("img", name=re.compile("^Recall@10.*at the end A 0"))
    expect(recall).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("pairs of C by band.*dead"))).to_be_visible()
