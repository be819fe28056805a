"""The Lab's panel "How many negatives?" in a real browser, in both worlds."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

SMALL = "steps=100&tastes=6&step=100"
PHONE = {"width": 390, "height": 844}
FIGURES = 6


def panel(page: Page) -> Locator:
    return page.locator(".st-key-negatives-panel")


LAST = "See it in the toy world:"  # words at the end of the panel


def figures(page: Page) -> Locator:
    return panel(page).locator(".js-plotly-plot .main-svg:first-of-type")


def open_panel(page: Page) -> None:
    page.get_by_text("How many negatives?", exact=True).click()


@pytest.mark.parametrize("path", [f"lab?{SMALL}", "lab?world=films"], ids=["toy", "films"])
def test_a_click_opens_it_and_the_address_keeps_it(
    open_page: Callable[..., Page], path: str
) -> None:
    page = open_page(path)
    expect(page.get_by_text("How many negatives?", exact=True)).to_be_visible(timeout=60_000)
    expect(panel(page)).to_have_count(0)
    open_panel(page)
    expect(figures(page)).to_have_count(FIGURES, timeout=60_000)
    expect(page).to_have_url(re.compile("panel=negatives"))
    expect(panel(page)).to_contain_text(LAST)
    said = panel(page).inner_text()
    page.goto("about:blank")
    page.go_back()
    expect(figures(page)).to_have_count(FIGURES, timeout=60_000)
    expect(panel(page)).to_contain_text(LAST)
    assert panel(page).inner_text() == said
    open_panel(page)
    expect(page).to_have_url(re.compile("panel=none"))
    expect(panel(page)).to_have_count(0)


def test_it_follows_n_and_the_chosen_lane(open_page: Callable[..., Page]) -> None:
    page = open_page(f"lab?{SMALL}&panel=negatives&lane=a")
    expect(figures(page)).to_have_count(FIGURES, timeout=60_000)
    expect(panel(page)).to_contain_text("active negative at N = 2")
    expect(panel(page)).to_contain_text("lane A at step 100")
    page.get_by_role("radio", name="Lane B").locator("xpath=..").click()
    expect(panel(page)).to_contain_text("lane B at step 100")
    slider = page.get_by_role("slider", name="negatives per like, N")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(panel(page)).to_contain_text("active negative at N = 3")


def test_a_story_of_the_toy_opens_from_the_films(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?world=films&panel=negatives")
    expect(figures(page)).to_have_count(FIGURES, timeout=60_000)
    page.get_by_role("button", name="Hard negatives").click()
    expect(page).to_have_url(re.compile("world=toy"))
    expect(page.locator("section.stage figure:visible")).to_have_count(3, timeout=60_000)
    expect(panel(page)).to_contain_text("lane A at step")


@pytest.mark.parametrize("path", [f"lab?{SMALL}", "lab?world=films"], ids=["toy", "films"])
def test_on_a_telephone_nothing_is_cut(open_page: Callable[..., Page], path: str) -> None:
    page = open_page(f"{path}&panel=negatives", dark=True, **PHONE)
    expect(figures(page)).to_have_count(FIGURES, timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for i in range(FIGURES):
        box = figures(page).nth(i).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
