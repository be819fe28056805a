"""The Lab over real films in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from mmcl_core.colours import palette

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def metric(page: Page, label: str) -> str:
    box = page.get_by_test_id("stMetric").filter(has_text=label)
    return box.get_by_test_id("stMetricValue").inner_text()


def expect_metric(page: Page, label: str, value: str | re.Pattern[str]) -> None:
    box = page.get_by_test_id("stMetric").filter(has_text=label)
    expect(box.get_by_test_id("stMetricValue")).to_have_text(value)


BARS = """[...document.querySelectorAll(".barlayer path")]
    .map(bar => bar.getAttribute("d") + getComputedStyle(bar).fill).join("|")"""


def bars(page: Page) -> str:
    """Return shapes and colours of the histogram's bars as drawn."""
    page.locator(".barlayer path").first.wait_for()
    return str(page.evaluate(BARS))


def slider(page: Page, name: str) -> Locator:
    # The first: one that is being replaced stays beside it for a moment.
    return page.locator(f"input[type=range][aria-label='{name}']").first


def choose_preset(page: Page, title: str) -> None:
    page.get_by_role("combobox", name="Penalty").click()
    page.get_by_role("option", name=title).click()


def test_a_preset_and_a_key_press_change_numbers_and_figure(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("lab?world=films")
    expect_metric(page, "pairs pushed", "13.7%")
    before = bars(page)
    choose_preset(page, "A few hard kicks")
    expect_metric(page, "pairs pushed", "0.56%")
    expect(slider(page, "margin 1")).to_have_value("0.6")
    expect(slider(page, "margin 2")).to_have_count(0)
    page.wait_for_function(f"before => {BARS} !== before && {BARS} !== ''", arg=before)

    margin = slider(page, "margin 1")
    margin.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(margin).to_have_value("0.55")
    expect(page).to_have_url(re.compile("margins=0.55"))
    expect_metric(page, "pairs pushed", re.compile(r"^(0\.[6-9]|1\.)"))
    expect(margin).to_be_focused()


def test_the_address_brings_the_same_page_back(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?world=films")
    choose_preset(page, "Six even steps")
    page.get_by_role("radio", name="CCL, published").click()
    page.get_by_role("button", name="SSM").click()
    expect(page).to_have_url(re.compile("trained=paper-ccl.*rivals=ssm"))
    expect_metric(page, "NDCG@20", "0.106")
    numbers = [metric(page, label) for label in ("pairs pushed", "push budget", "mean penalty")]
    address = page.url
    page.reload()
    expect_metric(page, "NDCG@20", "0.106")
    again = [metric(page, label) for label in ("pairs pushed", "push budget", "mean penalty")]
    assert again == numbers
    assert page.url == address
    expect(page.get_by_text("What each overlaid curve holds fixed")).to_be_visible()
    expect(slider(page, "margin 6")).to_be_visible()


def test_back_undoes_the_last_change(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?margins=0.5&band_weights=1&negative_weight=30")
    margin = slider(page, "margin 1")
    expect(margin).to_have_value("0.5")
    address = page.url
    margin.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("margins=0.51"))
    page.go_back()
    expect(margin).to_have_value("0.5")
    assert page.url == address


@pytest.mark.parametrize(
    ("name", "word", "low", "high"),
    [
        ("margin 1", "margins", "0.55", "0.6"),
        pytest.param("negative weight", "negative_weight", "130", "135", marks=pytest.mark.slow),
    ],
)
def test_fast_keys_are_not_lost(
    open_page: Callable[..., Page], name: str, word: str, low: str, high: str
) -> None:
    # It starts on a preset, so other widgets change too: the menu of presets, the box to type in.
    page = open_page("lab?margins=0.6&band_weights=1&negative_weight=135")
    page.locator(".barlayer path").first.wait_for()
    moved = slider(page, name)
    moved.focus()
    for key, value in (("ArrowLeft", low), ("ArrowRight", high)) * 4:
        for _ in range(5):
            page.keyboard.press(key)
        expect(moved).to_have_value(value)
        expect(page).to_have_url(re.compile(f"{word}={re.escape(value)}&"))
        page.wait_for_timeout(300)  # whatever would still undo it has come by now
        expect(moved).to_have_value(value)
        expect(moved).to_be_focused()


def test_nonsense_is_answered_calmly(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?margins=9_-9&band_weights=nan&negative_weight=a+lot&epoch=3&zz=%60x%60")
    note = page.get_by_test_id("stAlert").filter(has_text="address")
    for name in ("margins", "band_weights", "negative_weight", "epoch", "unknown"):
        expect(note).to_contain_text(f"{name}: expected")
    page.locator(".js-plotly-plot").wait_for()
    page.get_by_role("button", name="Understood").click()
    expect(note).to_have_count(0)
    assert page.get_by_test_id("stException").count() == 0


def test_typed_nonsense_keeps_everything(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?world=films")
    page.get_by_text("Type margins and weights").click()
    box = page.get_by_role("textbox", name="margins", exact=True)
    box.fill("0.2, high")
    page.get_by_role("button", name="Use these").press("Enter")  # it moves while the boxes unfold
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("Expected margins as a list of numbers")
    expect(box).to_have_value("0.2, high")
    expect_metric(page, "pairs pushed", "13.7%")


def test_a_question_then_its_answer(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?world=films")
    page.get_by_role("button", name=re.compile("^1. Whom")).click()
    expect_metric(page, "pairs pushed", "0.01%")
    answer = page.get_by_text("Almost nobody")
    expect(answer).not_to_be_visible()
    page.get_by_text("Reveal").click()
    expect(answer).to_be_visible()


@pytest.mark.parametrize(
    "path", ["lab?world=films", "lab?question=2&rivals=bpr.ssm&margins=-0.2_0_0.2"]
)
@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_never_scrolls_sideways(
    open_page: Callable[..., Page], path: str, dark: bool
) -> None:
    page = open_page(path, **PHONE, dark=dark)
    page.locator(".js-plotly-plot").wait_for()
    page.locator(".katex").first.wait_for()
    wide = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], html")]
            .filter(e => e.scrollWidth > window.innerWidth).map(e => e.scrollWidth)"""
    )
    assert wide == []
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert background == ("rgb(21, 23, 28)" if dark else "rgb(253, 252, 250)")


def test_the_figure_has_words(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?world=films")
    figure = page.get_by_role("figure", name=re.compile("Band 4, above 0.80: slope 60"))
    expect(figure).to_be_visible()


def rgb(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgb({red}, {green}, {blue})"


def test_figures_follow_a_change_of_theme(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?world=films")
    band = page.locator(".barlayer path").first
    expect(band).to_have_css("fill", rgb(palette("light").dead))
    page.get_by_test_id("stMainMenu").click()
    page.get_by_test_id("stMainMenuPopover").get_by_text("Dark").first.click()
    expect(band).to_have_css("fill", rgb(palette("dark").dead))
