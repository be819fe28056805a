"""Both lessons walked to their end in a real browser, with mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


def card(page: Page) -> Locator:
    return page.locator(".st-key-lesson-card")


def scenes_seen(page: Page) -> int:
    """Return how often the Lab's stage was sent to another scene."""
    stage = page.locator("section.stage")
    return stage.evaluate("root => root.stage.view?.turn ?? 0") if stage.count() else 0


def guess(page: Page, choice: str) -> None:
    """Predict, and wait for the scene that the prediction opens."""
    before = scenes_seen(page) if "/lab" in page.url else 0
    card(page).get_by_role("button", name=choice, exact=True).click()
    expect(card(page)).to_contain_text(f"You said: {choice}")
    wait_for_scene(page, before)


def wait_for_scene(page: Page, before: int) -> None:
    """Wait until the Lab's stage was sent to another scene than that number."""
    for _ in range(150):
        if "/lab" in page.url and scenes_seen(page) > before:
            return
        page.wait_for_timeout(100)
    pytest.fail("the scene did not open")


def to_the_end(page: Page, last: int) -> None:
    canvas = page.locator("section.stage canvas").first
    canvas.focus()
    canvas.press("End")
    expect(page.locator("section.stage output")).to_have_text(f"Step {last} of {last}")


def go_on(page: Page, number: int) -> None:
    """Wait until the card notices, and take the next step."""
    expect(card(page)).to_contain_text("Done.")
    card(page).get_by_role("button", name="Next").click()
    expect(card(page)).to_contain_text(f"step {number} of")


def drag_knot(page: Page) -> None:
    knot = page.get_by_role("slider", name="margin 1", exact=True)
    head = knot.locator(".head")
    head.scroll_into_view_if_needed()
    box = head.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y)
    page.mouse.move(x - 90, y)
    page.mouse.up()


def finish(page: Page) -> None:
    expect(card(page)).to_contain_text("Done.")
    card(page).get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lessons")
    expect(card(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Walk it again")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("lesson="))


def test_one_knot(open_page: Callable[..., Page]) -> None:
    page = open_page("lessons")
    page.get_by_role("button", name="Begin").nth(1).click()
    expect(card(page)).to_contain_text("step 1 of 5")
    guess(page, "They part, to opposite sides")
    expect(page).to_have_url(re.compile(r"/lab\?.*lesson=knot\.1\.2"))
    to_the_end(page, 900)
    expect(card(page)).to_contain_text("As you predicted.")
    go_on(page, 2)
    guess(page, "Better: it pushes more")
    to_the_end(page, 300)
    expect(card(page)).to_contain_text("Your prediction differed.")
    go_on(page, 3)
    expect(card(page)).to_contain_text("Not yet")
    page.get_by_role("combobox", name="Story").click()
    page.get_by_role("option", name="Good", exact=True).click()
    go_on(page, 4)
    guess(page, "No: everything else is closer as well")
    to_the_end(page, 300)
    expect(page).to_have_url(re.compile("step=300"))
    address = page.url
    page.reload()
    expect(card(page)).to_contain_text("As you predicted.")
    assert page.url == address
    go_on(page, 5)
    expect(card(page)).to_contain_text("Not yet")
    drag_knot(page)
    finish(page)


def test_a_few_kicks_or_many_nudges(open_page: Callable[..., Page]) -> None:
    page = open_page("lessons")
    page.get_by_role("button", name="Begin").first.click()
    guess(page, "B: nudges first")
    to_the_end(page, 300)
    go_on(page, 2)
    user = page.get_by_label("User")
    user.fill("7")
    user.press("Enter")
    go_on(page, 3)
    guess(page, "No: enough negatives spread it")
    to_the_end(page, 300)
    go_on(page, 4)
    expect(card(page)).to_contain_text("Not yet")
    drag_knot(page)
    go_on(page, 5)
    guess(page, "No measurable difference")
    to_the_end(page, 300)
    go_on(page, 6)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Beat four margins")
    page.get_by_role("button", name="Play five worlds").click()
    finish(page)


@pytest.mark.parametrize("step", ["kicks.1", "kicks.3", "knot.1", "knot.4"])
def test_the_card_leaves_room_for_designer_and_stage(
    open_page: Callable[..., Page], step: str
) -> None:
    page = open_page(f"lab?lesson={step}")
    expect(card(page)).to_contain_text("Predict:")
    assert fits(page) > 60
    before = scenes_seen(page)
    card(page).locator(".st-key-guess-2 button").click()
    wait_for_scene(page, before)
    fits(page)
    to_the_end(page, 900 if step == "knot.1" else 300)
    expect(card(page)).to_contain_text("Done.")
    whole = fits(page)
    card(page).get_by_role("button", name="Fold").click()
    expect(card(page).get_by_role("button", name="Unfold")).to_be_visible()
    assert fits(page) < whole - 20


def fits(page: Page) -> float:
    """Check that what the card speaks of is seen below it; return the card's height."""
    page.locator(".plots svg").last.wait_for()
    page.wait_for_timeout(500)  # what is above has found its height
    knot = page.get_by_role("slider", name="margin 1", exact=True)
    for part in (knot, page.locator("section.stage canvas").first, page.get_by_title("Play")):
        box = part.bounding_box()
        assert box
        assert box["y"] + box["height"] < 900
    whole = card(page).bounding_box()
    assert whole
    assert whole["height"] < 170
    return whole["height"]


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_never_scrolls_sideways(open_page: Callable[..., Page], dark: bool) -> None:
    page = open_page("lab?lesson=kicks.3", width=390, height=844, dark=dark)
    expect(card(page)).to_contain_text("step 3 of 6")
    wide = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], html")]
            .filter(e => e.scrollWidth > window.innerWidth).map(e => e.scrollWidth)"""
    )
    assert wide == []
