"""The challenge in a real browser: a knot dragged, five worlds played, won."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_it_is_played_and_won(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge")
    knot = page.get_by_role("slider", name="margin 1", exact=True)
    knot.focus()
    for _ in range(30):
        knot.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"margin=0.6&"))
    box = page.get_by_role("spinbutton", name="negative weight")
    box.fill("1.5")
    box.press("Enter")
    rate = page.get_by_role("slider", name=re.compile("learning rate"))
    rate.focus()
    for _ in range(4):
        rate.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"margin=0.6&weight=1.5&rate=0.4$"))
    page.get_by_role("button", name="Play five worlds").click()
    expect(page.get_by_role("heading", name="Won: one margin beats four.")).to_be_visible()
    expect(page.get_by_text("What it teaches.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(7)
    address = page.url
    page.reload()
    expect(page.get_by_text("Nothing is scored yet")).to_be_visible()
    assert page.url == address
    expect(page.get_by_role("spinbutton", name="margin")).to_have_value("0.6")


def test_the_knot_is_dragged_into_the_address(open_page: Callable[..., Page]) -> None:
    page = open_page("challenge")
    knot = page.get_by_role("slider", name="margin 1", exact=True)
    knot.wait_for()
    box = knot.locator(".head").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y)
    page.mouse.move(x - 80, y + 60)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"margin=0\.[4-7]\d*&weight=1\.\d+&rate=1$"))
    margin = knot.get_attribute("aria-valuenow")
    expect(page.get_by_role("spinbutton", name="margin")).to_have_value(str(margin))
    expect(page.get_by_role("button", name="Add a margin")).to_have_count(0)
    before = page.url
    knot.focus()
    knot.press("Delete")
    expect(knot).to_be_visible()
    page.wait_for_timeout(300)
    assert page.url == before


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_never_scrolls_sideways(open_page: Callable[..., Page], dark: bool) -> None:
    page = open_page("challenge", width=390, height=844, dark=dark)
    page.get_by_role("button", name="Play five worlds").click()
    expect(page.get_by_role("heading", name=re.compile("^Lost"))).to_be_visible()
    wide = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], html")]
            .filter(e => e.scrollWidth > window.innerWidth).map(e => e.scrollWidth)"""
    )
    assert wide == []
