"""The first page in a real browser: its film plays, users can be picked, nothing leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def shown(page: Page) -> dict[str, Any]:
    page.locator("section.stage").wait_for()
    found: dict[str, Any] = page.locator("section.stage").evaluate("root => root.stage.read()")
    return found


def test_the_film_plays_by_itself_unless_motion_is_unwanted(open_page: Callable[..., Page]) -> None:
    page = open_page()
    assert not shown(page)["playing"]
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    for _ in range(150):
        if page.locator("section.stage").evaluate("root => root.stage.time") > 5:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the film does not play")
    page.get_by_title("Play").click()
    expect(page.get_by_title("Play")).to_have_attribute("aria-pressed", "false")


def test_a_picked_user_meets_the_same_items_in_all_panes(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.get_by_label("Step", exact=True).fill("100")
    page.get_by_label("User").fill("7")
    expect(page.locator(".words").nth(2)).to_have_text(re.compile(r"Step \d+: \d of \d negatives"))
    panes = shown(page)["panes"]
    actors = [[actor["item"] for actor in pane["actors"]] for pane in panes]
    assert len(actors[0]) >= 3
    assert actors[0] == actors[1] == actors[2]
    shares = [pane["bands"][0] for pane in panes]
    assert len(set(shares)) == 3


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_never_scrolls_sideways(open_page: Callable[..., Page], dark: bool) -> None:
    page = open_page(width=390, height=844, dark=dark)
    assert len(shown(page)["panes"]) == 3
    wide = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], html")]
            .filter(e => e.scrollWidth > window.innerWidth).map(e => e.scrollWidth)"""
    )
    assert wide == []


def test_a_phone_shows_one_sphere_and_a_switch(open_page: Callable[..., Page]) -> None:
    page = open_page(width=390, height=844)
    shown(page)
    caption = page.locator("section.stage figcaption:visible")
    expect(caption).to_contain_text("A One margin")
    page.get_by_role("radio", name="C").click()
    expect(caption).to_contain_text("C Four margins")
    canvas, play = page.locator("section.stage canvas").nth(2), page.get_by_title("Play")
    sphere, button = canvas.bounding_box(), play.bounding_box()
    assert sphere
    assert button
    assert sphere["width"] == sphere["height"] > 250
    assert button["y"] + button["height"] - sphere["y"] < 500
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(caption).to_have_count(3)
    expect(page.get_by_role("radio", name="C")).to_be_hidden()


def test_its_doors_open(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.get_by_test_id("stMain").get_by_role("link", name="Lab").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lab")
