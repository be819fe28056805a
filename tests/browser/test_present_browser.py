"""Pages for a class in a real browser: large and quiet, links that copy, locked controls."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import segno
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

SMALL = "steps=100&tastes=6"
PAGES = ["", "lab", "lab?world=films", "challenge", "train", "results", "lessons"]
PROJECTOR = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}


def present(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}present=1"


def corner(page: Page, name: str) -> Locator:
    return page.locator(".st-key-corner").get_by_role("button", name=name)


def is_large(of: Locator, least: int) -> None:
    """Wait until the text is so many pixels high: the style may come after what it is for."""
    of.wait_for(state="attached")
    reached = "([node, least]) => parseFloat(getComputedStyle(node).fontSize) >= least"
    of.page.wait_for_function(reached, arg=[of.element_handle(), least])


def across(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(x, marks=[pytest.mark.slow] * (x not in ("lab", "train")), id=x or "start")
        for x in PAGES
    ],
)
@pytest.mark.parametrize(
    "dark",
    [pytest.param(False, id="light"), pytest.param(True, id="dark", marks=pytest.mark.slow)],
)
def test_a_projector_gets_a_large_quiet_page(
    open_page: Callable[..., Page], path: str, dark: bool
) -> None:
    page = open_page(present(path), **PROJECTOR, dark=dark)
    expect(corner(page, "Leave presentation")).to_be_visible()
    expect(page.get_by_role("button", name="Glossary")).to_have_count(0)
    expect(page.get_by_role("link", name="Challenge", exact=True)).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    is_large(page.locator("html"), 22)
    assert across(page) <= PROJECTOR["width"]


@pytest.mark.parametrize(
    "path",
    [pytest.param(x, marks=[pytest.mark.slow] * (x != "lab"), id=x or "start") for x in PAGES],
)
def test_a_phone_that_gets_the_projectors_link_is_not_too_wide(
    open_page: Callable[..., Page], path: str
) -> None:
    page = open_page(present(path), **PHONE)
    expect(corner(page, "Copy link")).to_be_visible()
    assert across(page) <= PHONE["width"]


def test_the_way_out_brings_everything_back(open_page: Callable[..., Page]) -> None:
    page = open_page(present("challenge?margin=0.6"), **PROJECTOR)
    corner(page, "Leave presentation").click()
    expect(page.get_by_role("button", name="Glossary")).to_be_visible()
    expect(page.get_by_role("link", name="Lessons")).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))
    expect(page).to_have_url(re.compile("margin=0.6"))


def test_the_spheres_and_what_is_asked_fit_on_a_projector(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}&present=1", **PROJECTOR)
    stage = page.locator("section.stage")
    expect(stage.locator(".time")).to_be_in_viewport(ratio=1)
    expect(stage.locator("figcaption").first).to_be_in_viewport(ratio=1)
    is_large(stage.locator("figcaption").first, 20)
    expect(stage.locator("details")).to_be_hidden()
    page.get_by_text("Penalty and negatives").click()
    expect(page.get_by_role("slider", name="margin 1", exact=True)).to_be_visible()


def copied(page: Page) -> str:
    corner(page, "Copy link").click()
    expect(corner(page, "Copied")).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")


def test_copy_link_copies_what_is_on_the_screen(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box = page.get_by_label("margin", exact=True)
    box.fill("0.35")
    box.press("Enter")
    expect(page).to_have_url(re.compile("margin=0.35"))
    assert copied(page) == page.url


def test_without_the_right_to_copy_the_old_way_works(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge?margin=0.6")
    page.context.grant_permissions(["clipboard-read"])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error('no')); }")
    assert copied(page) == page.url


def test_where_nothing_may_be_copied_the_link_stands_there(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge?margin=0.6")
    page.evaluate(
        """() => {
          Object.defineProperty(navigator, "clipboard", { value: undefined }); // http, not local
          document.execCommand = () => false;
        }"""
    )
    corner(page, "Copy link").click()
    box = page.get_by_label("The link, to copy by hand")
    expect(box).to_have_value(page.url)
    expect(box).to_be_focused()
    chosen = box.evaluate("node => node.value.slice(node.selectionStart, node.selectionEnd)")
    assert chosen == page.url


def code_on_screen(page: Page) -> list[str]:
    """Read the modules of the QR code off the picture, pixel by pixel."""
    picture = page.get_by_role("dialog").locator(".st-key-qr img")
    expect(picture).to_be_visible()
    return picture.evaluate(
        """async (img) => {
          await img.decode();
          const text = await (await fetch(img.src)).text();
          const across = Number(/viewBox="0 0 (\\d+)/.exec(text)[1]);
          const canvas = new OffscreenCanvas(across * 4, across * 4).getContext("2d");
          canvas.drawImage(img, 0, 0, across * 4, across * 4);
          const dark = (x, y) => canvas.getImageData(4 * x + 2, 4 * y + 2, 1, 1).data[0] < 128;
          const all = [...Array(across).keys()];
          return all.map((y) => all.map((x) => (dark(x, y) ? "1" : "0")).join(""));
        }"""
    )


def test_the_code_on_the_screen_is_that_of_the_link(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge?margin=0.6&weight=1.5&rate=0.4")
    corner(page, "QR").click()
    window = page.get_by_role("dialog")
    link = window.get_by_test_id("stCode").inner_text().strip()
    assert link == page.url
    code = segno.make(link, error="l", boost_error=False, micro=False)
    wanted = ["".join(str(int(bool(m))) for m in row) for row in code.matrix_iter(border=4)]
    assert code_on_screen(page) == wanted
    box = window.locator(".st-key-qr img").bounding_box()
    assert box
    assert box["width"] > 500, "seen from the back row"
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)


def test_what_is_chosen_beside_the_code_goes_into_the_link(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge")
    corner(page, "QR").click()
    window = page.get_by_role("dialog")
    window.get_by_text("For a projector").click()
    link = window.get_by_test_id("stCode")
    expect(link).to_contain_text("present=1")
    window.get_by_label("Lock").click()
    page.get_by_role("option", name="the penalty: margins").click()
    expect(link).to_contain_text("lock=margins")
    page.goto(link.inner_text().strip())
    expect(corner(page, "Leave presentation")).to_be_visible()
    expect(page.get_by_label("margin", exact=True)).to_be_disabled()


def knot(page: Page, number: int) -> Locator:
    return page.get_by_role("slider", name=f"margin {number}", exact=True)


def drag(page: Page, start: Locator, right: float) -> None:
    start.scroll_into_view_if_needed()
    box = start.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y, steps=5)
    page.mouse.up()


def margins(page: Page) -> list[float]:
    designs = page.locator(".designer").evaluate("box => box.read().designs")
    return [design["margins"] for design in designs]


def test_a_locked_penalty_can_neither_be_dragged_nor_moved_by_keys(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(f"lab?{SMALL}&lock=margins")
    page.locator(".plots svg").last.wait_for()
    before = margins(page)
    drag(page, knot(page, 1).locator(".touch"), 60)
    knot(page, 1).evaluate("node => node.focus()")
    page.keyboard.press("ArrowRight")
    expect(knot(page, 1)).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".designer .scale")).to_be_disabled()
    assert margins(page) == before
    expect(page).to_have_url(re.compile("&c=0.2_0.4_0.6_0.8~"))


def test_a_free_penalty_can_be_dragged(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}")
    page.locator(".plots svg").last.wait_for()
    before = margins(page)
    drag(page, knot(page, 1).locator(".touch"), 60)
    assert margins(page) != before


def view(page: Page) -> dict[str, Any]:
    return page.locator("section.stage").evaluate("root => root.stage.read()")


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "free"])
def test_locked_points_stay_where_they_are(open_page: Callable[..., Page], locked: bool) -> None:
    lock = "&lock=points" if locked else ""
    page = open_page(f"lab?{SMALL}&step=20&user=3&a=0.5~1&b=off&c=off{lock}")
    page.locator(".plots svg").last.wait_for()
    canvas = page.locator("section.stage canvas").first
    canvas.scroll_into_view_if_needed()
    spot = page.locator("section.stage").evaluate("root => root.stage.scene.panes[0].spots[3]")
    box = canvas.bounding_box()
    assert box
    x, y = box["x"] + spot[0], box["y"] + spot[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 25, y + 25, steps=5)
    moved = view(page)["dragged"]
    page.mouse.up()
    assert (moved is None) == locked


def test_hidden_and_locked_go_along_and_outlast_a_reload(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge?hide=words&lock=margins")
    expect(page.get_by_label("margin", exact=True)).to_be_disabled()
    page.get_by_role("link", name="Lab", exact=True).click()
    expect(page.get_by_role("heading", name="Lab")).to_be_visible()
    expect(page).to_have_url(re.compile("hide=words&lock=margins"))
    page.locator(".plots svg").last.wait_for()
    page.reload()
    expect(knot(page, 1)).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("Drag a knot of the penalty and let go")).to_have_count(0)


def test_a_scene_of_the_guide_opens_from_the_lessons_page(open_page: Callable[..., Page]) -> None:
    page = open_page("lessons")
    page.get_by_role("tab", name="For a class").click()
    door = page.get_by_role("link", name="Open on the projector").nth(5)
    with page.context.expect_page() as opened:
        door.click()
    shown = opened.value
    expect(shown.get_by_role("heading", level=1)).to_contain_text("Real films, ten negatives")
    expect(shown).to_have_url(re.compile("results.*present=1"))
    page.get_by_role("button", name="QR for students").first.click()
    expect(page.get_by_role("dialog").get_by_test_id("stCode")).not_to_contain_text("present")
