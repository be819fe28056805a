"""Train in a real browser: three lanes from click to lists, stop, reload, nonsense, telephone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
LONG = 90_000  # milliseconds for a training; a busy machine may need some of them

# Marks the canvas of the left curve, and tells later whether it is still the same one.
MARK = "document.querySelector('.st-key-train-curve-left canvas').dataset.seen = 'yes'"
SAME = "document.querySelector('.st-key-train-curve-left canvas').dataset.seen === 'yes'"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def curve(page: Page, words: str) -> Locator:
    """Return the left chart, which says in words what it draws."""
    return page.locator(".st-key-train-curve-left").get_by_role("img", name=re.compile(words))


def ready(page: Page) -> Page:
    expect(curve(page, "A, CCL: nothing yet")).to_be_visible()
    return page


def finished(page: Page) -> None:
    expect(page.get_by_text("Finished in")).to_be_visible(timeout=LONG)
    expect(page.locator(".lists")).to_have_count(2)


def lists(page: Page, which: int) -> list[str]:
    return page.locator(".lists").nth(which).locator("li").all_inner_texts()


def test_three_lanes_train_before_our_eyes(open_page: Opener) -> None:
    page = ready(open_page("train?epochs=15"))
    page.evaluate(MARK)
    button(page, "Start").click()
    expect(curve(page, r"A, CCL: 0\.\d+; B, CCL: 0\.\d+; C, MMCL: 0\.\d+")).to_be_visible(
        timeout=LONG
    )
    early = curve(page, "A, CCL").get_attribute("aria-label")
    finished(page)
    assert curve(page, "A, CCL").get_attribute("aria-label") != early
    assert page.evaluate(SAME), "the curves were built anew instead of growing"

    rows = page.locator("table.plain tbody tr")
    expect(rows).to_have_count(4)
    assert all(re.search(r"0\.\d{3}\s+0\.\d{3}\s+\d+%", row) for row in rows.all_inner_texts())
    expect(page.get_by_text("no measurable difference")).to_be_visible()
    expect(page.get_by_text("python -m mmcl_core compare")).to_be_visible()

    near_toy_story, first_ten = lists(page, 0), lists(page, 1)
    assert len(near_toy_story) == len(first_ten) == 30
    film = page.get_by_role("combobox", name="Film (type to search)")
    film.click()
    film.press_sequentially("matrix, the")
    page.get_by_role("option", name=re.compile("^Matrix, The")).click()
    expect(page.locator(".lists").first.locator("li").first).not_to_have_text(near_toy_story[0])
    assert lists(page, 1) == first_ten
    expect(page).to_have_url(re.compile("film=2571"))


def test_stop_continue_and_a_reload_that_keeps_the_settings(open_page: Opener) -> None:
    page = ready(open_page("train?epochs=100&seed=5&a=ccl~0.7~60~1"))
    button(page, "Start").click()
    expect(curve(page, r"C, MMCL: 0\.\d+")).to_be_visible(timeout=LONG)
    button(page, "Stop").click()
    expect(page.get_by_text("Continue goes on exactly where it stood")).to_be_visible()
    expect(page.locator("table.plain tbody tr")).to_have_count(4)
    button(page, "Continue").click()
    expect(button(page, "Stop")).to_be_visible()
    button(page, "Stop").click()
    expect(button(page, "Continue")).to_be_visible()

    page.get_by_role("spinbutton", name="Negatives per like, N").fill("3")
    page.get_by_role("spinbutton", name="Negatives per like, N").press("Enter")
    expect(page.get_by_text("The settings have changed")).to_be_visible()
    expect(page).to_have_url(re.compile("n=3"))
    page.reload()
    ready(page)
    expect(page.get_by_role("spinbutton", name="Negatives per like, N")).to_have_value("3")
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("5")
    expect(page.get_by_text("margin 0.7")).to_be_visible()
    expect(page.get_by_text("Not started")).to_be_visible()


def test_a_closed_tab_makes_room(open_page: Opener) -> None:
    first = ready(open_page("train?epochs=100"))
    button(first, "Start").click()
    expect(curve(first, r"A, CCL: 0\.\d+")).to_be_visible(timeout=LONG)
    first.close()
    second = ready(open_page("train?epochs=1"))
    button(second, "Start").click()
    finished(second)


def test_nonsense_is_answered_and_half_typed_margins_wait(open_page: Opener) -> None:
    page = ready(open_page("train?epochs=-3&a=%3Cscript%3E&n=1e99&left=up"))
    note = page.get_by_text("Part of this page's address could not be used")
    expect(note).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("1")
    expect(page.get_by_role("spinbutton", name="Negatives per like, N")).to_have_value("200")
    button(page, "Understood").click()
    expect(note).not_to_be_visible()

    page.get_by_role("button", name="Change C").click()
    margins = page.get_by_role("textbox", name="Margins")
    margins.fill("0.2 0.9")
    margins.press("Enter")
    expect(page.get_by_text("one band weight for each of the 2 margins").first).to_be_visible()
    expect(button(page, "Start")).to_be_disabled()
    weights = page.get_by_role("textbox", name="Band weights")
    weights.fill("0.3 0.7")
    weights.press("Enter")
    expect(button(page, "Start")).to_be_enabled()
    expect(page).to_have_url(re.compile(r"c=mmcl(~|%7E)0\.2_0\.9(~|%7E)0\.3_0\.7"))


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_telephone(open_page: Opener, dark: bool) -> None:
    page = ready(open_page("train?epochs=1", width=390, height=844, dark=dark))
    button(page, "Start").click()
    finished(page)
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") == 390
