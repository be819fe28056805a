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
    assert shown(page)["step"] == 0
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    page.locator("section.stage").evaluate(
        """(root) => new Promise((done) => {
          const look = () => (root.stage.time > 5 ? done() : setTimeout(look, 20));
          look();
        })"""
    )
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


def test_its_doors_open(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.get_by_test_id("stMain").get_by_role("link", name="Lab").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lab")
