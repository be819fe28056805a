"""Bounds of the penalty designer, and how it gets on with Python, stage and screen readers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from designer_page import FOUR, ONE, design, knot, middle, pixels, sent, tell, told
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_at_most_six_and_at_least_none(page: Page) -> None:
    add, drop = (page.get_by_role("button", name=name) for name in ("Add", "Remove"))
    add.click()
    add.click()
    expect(add).to_be_disabled()
    assert len(design(page)["margins"]) == 6
    box = page.locator("svg.plots").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + 30, box["y"] + 100)
    assert len(design(page)["margins"]) == 6
    for _ in range(6):
        drop.click()
    expect(drop).to_be_disabled()
    expect(page.locator(".formula")).to_have_text("f(s) = 0")
    expect(page.locator(".told")).to_contain_text("0% of the pairs")
    add.click()
    assert design(page)["weights"] == [1]


def test_an_older_answer_of_python_undoes_nothing(page: Page) -> None:
    knot(page, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    tell(page, heard=1)
    assert design(page)["margins"][0] == 0.22
    tell(page, heard=2)
    assert design(page)["margins"][0] == 0.2


def test_another_lane_is_drawn_and_moved(page: Page) -> None:
    tell(page, lane=1)
    expect(knot(page, 1)).to_have_attribute("aria-valuetext", "margin 0.90, band weight 1.00")
    expect(knot(page, 2)).to_have_count(0)
    assert page.locator(".other").first.get_attribute("d")
    knot(page, 1).focus()
    page.keyboard.press("ArrowLeft")
    assert sent(page)[-1]["lane"] == 1
    assert design(page)["margins"] == FOUR["margins"]


def test_a_knot_that_is_alone_goes_on_with_the_negative_weight(page: Page) -> None:
    tell(page, designs=[ONE], crowds=told()["crowds"][:1])
    x, y = middle(knot(page, 1))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 83, steps=4)
    assert design(page) == {"margins": [0.9], "weights": [1], "negative_weight": 3}
    expect(page.locator("output")).to_have_text("3")
    scale = page.get_by_role("slider", name="negative weight")
    assert float(scale.input_value()) == pytest.approx((3 / 40) ** 0.5, abs=0.005)
    page.mouse.move(x, y - 20, steps=4)
    assert design(page)["negative_weight"] == pytest.approx(2.16)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert design(page) == ONE
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert design(page)["negative_weight"] == pytest.approx(2.04)
    page.keyboard.press("ArrowDown")
    assert design(page)["weights"] == [0.99]
    assert [news["design"]["negative_weight"] for news in sent(page)] == [2.02, 2.04, 2.04]


def test_several_knots_stop_at_a_band_weight_of_1(page: Page) -> None:
    x, y = middle(knot(page, 4))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 150, steps=4)
    assert design(page) == {**FOUR, "weights": [0.05, 0.15, 0.2, 1]}
    expect(knot(page, 4).locator(".tag")).to_have_text("margin 0.80, band weight 1.00")
    page.mouse.up()


def test_where_one_knot_is_allowed_it_stays(page: Page) -> None:
    tell(page, designs=[ONE], crowds=told()["crowds"][:1], most=1)
    for name in ("Add", "Remove"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.mouse.dblclick(*middle(knot(page, 1)))
    for key in ("Delete", "Backspace"):
        knot(page, 1).press(key)
    box = page.locator("svg.plots").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + 30, box["y"] + 100)
    assert (design(page), sent(page)) == (ONE, [])
    tell(page, designs=[FOUR], crowds=told()["crowds"][:1], least=4)
    knot(page, 1).press("Delete")
    expect(page.get_by_role("button", name="Remove")).to_be_disabled()
    assert (design(page), sent(page)) == (FOUR, [])


def test_others_hear_of_a_drag(page: Page) -> None:
    page.evaluate("heard = []; addEventListener('designing', ({ detail }) => heard.push(detail))")
    x, y = middle(knot(page, 2))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - pixels(page, 0.3), y)
    (detail,) = page.evaluate("heard")
    assert detail["lane"] == 0
    assert np.array(detail["steps"]) == pytest.approx(
        np.array([[0.1, 0.3], [0.2, 0.4], [0.6, 0.8], [0.8, 2]])
    )
    page.keyboard.press("Escape")
    page.mouse.up()
    steps = page.evaluate("heard.at(-1).steps")
    assert [margin for margin, _ in steps] == FOUR["margins"]


def test_rings_of_the_stage_follow_a_knot(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?steps=50&tastes=6&step=40&user=3")
    stage = page.locator("section.stage")
    expect(stage.locator(".words").nth(2)).to_contain_text("negatives active")
    read = "root => [root.stage.scene.panes[2].margins, root.stage.read().panes[2].bands]"
    before, bands = stage.evaluate(read)
    head = knot(page, 1).locator(".head")
    head.scroll_into_view_if_needed()
    x, y = middle(knot(page, 1))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - pixels(page, 0.3), y, steps=3)
    page.wait_for_timeout(100)
    during, shown = stage.evaluate(read)
    assert before == [0.2, 0.4, 0.6, 0.8]
    assert during == [pytest.approx(-0.1, abs=0.011), 0.4, 0.6, 0.8]
    assert shown[0] < bands[0], "fewer pairs are dead"
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(100)
    assert stage.evaluate(read) == [before, bands]


def test_words_for_those_who_cannot_see_it(page: Page) -> None:
    plot = page.locator(".plots")
    said = plot.get_attribute("aria-label") or ""
    assert "0.6 [s \u2212 0.8]" in said
    assert "40% of the pairs are pushed" in said
    expect(plot).to_have_role("group")
