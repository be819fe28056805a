"""Results in a real browser: a metric, a picked row, and the run behind it, all in the address."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_picked_row_opens_its_run(open_page: Callable[..., Page]) -> None:
    page = open_page("results")
    expect(page.get_by_role("heading", name="Results", exact=True)).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 36 + 18)  # the box before the first row
    command = page.get_by_test_id("stCode").first
    expect(command).to_contain_text("python -m mmcl_core sweep experiments/films.toml")
    expect(page).to_have_url(re.compile("run=movielens-"))
    page.get_by_role("radio", name="Recall@20").click()
    expect(page).to_have_url(re.compile("metric=recall"))
    page.reload()
    expect(page.get_by_test_id("stCode").first).to_contain_text("films.toml")


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_never_scrolls_sideways(open_page: Callable[..., Page], dark: bool) -> None:
    page = open_page("results", width=390, height=844, dark=dark)
    expect(page.get_by_role("heading", name="Published and reproduced")).to_be_visible()
    wide = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], html")]
            .filter(e => e.scrollWidth > window.innerWidth).map(e => e.scrollWidth)"""
    )
    assert wide == []
