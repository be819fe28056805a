"""Hands on the penalty designer: knots are dragged, added, removed, with mouse and keys."""

from __future__ import annotations

import pytest
from designer_page import FOUR, design, knot, middle, pixels, read, sent, tell
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_knot_is_dragged_along_and_up(page: Page) -> None:
    x, y = middle(knot(page, 2))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - pixels(page, 0.1), y, steps=4)
    assert design(page)["margins"] == [0.2, 0.3, 0.6, 0.8]
    assert design(page)["weights"] == FOUR["weights"]
    page.mouse.move(x - pixels(page, 0.1), y - 83, steps=4)
    assert design(page)["weights"][1] == pytest.approx(0.65)
    assert sent(page) == []
    page.mouse.up()
    (news,) = sent(page)
    assert news["lane"] == 0
    assert news["serial"] == 1
    assert news["design"]["margins"] == [0.2, 0.3, 0.6, 0.8]
    assert news["design"]["weights"] == [0.05, 0.65, 0.2, 0.6]
    expect(knot(page, 2)).to_have_attribute("aria-valuetext", "margin 0.30, band weight 0.65")


def test_numbers_follow_during_the_drag(page: Page) -> None:
    told_before = page.locator(".told").inner_text()
    assert told_before.startswith("40% of the pairs are pushed. Push budget 0.33, at most 2.00")
    x, y = middle(knot(page, 1))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - pixels(page, 0.2), y, steps=2)
    expect(page.locator(".told")).to_contain_text("50% of the pairs are pushed")
    expect(page.locator(".formula")).to_contain_text("0.05 [s \u2212 0]")
    assert read(page)["active"] == pytest.approx(0.5)
    assert read(page)["shares"] == pytest.approx([0.5, 0.2, 0.1, 0.1, 0.1])
    page.mouse.up()


def test_a_drag_redraws_within_one_frame(page: Page) -> None:
    x, y = middle(knot(page, 2))
    page.mouse.move(x, y)
    page.mouse.down()
    # Counts frames that begin between a move of the pointer and the redrawn slope.
    frames = page.evaluate(
        """async ([x, y]) => {
          const knot = document.querySelectorAll(".knot")[1];
          const stairs = document.querySelector(".stairs");
          const taken = [];
          for (let i = 1; i <= 20; i += 1) {
            await new Promise(requestAnimationFrame);
            const before = stairs.getAttribute("d");
            const options = { clientX: x + 3 * i, clientY: y, bubbles: true };
            knot.dispatchEvent(new PointerEvent("pointermove", options));
            let waited = 0;
            while (stairs.getAttribute("d") === before && waited < 10) {
              await new Promise(requestAnimationFrame);
              waited += 1;
            }
            taken.push(waited);
          }
          return taken;
        }""",
        [x, y],
    )
    assert max(frames) == 0
    page.mouse.up()


def test_escape_undoes_the_drag(page: Page) -> None:
    x, y = middle(knot(page, 3))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 60, steps=3)
    assert design(page)["margins"] != FOUR["margins"]
    page.keyboard.press("Escape")
    page.mouse.move(x + 60, y - 60)
    page.mouse.up()
    assert design(page)["margins"] == FOUR["margins"]
    assert design(page)["weights"] == FOUR["weights"]
    assert sent(page) == []


def test_a_double_click_adds_and_removes(page: Page) -> None:
    box = page.locator("svg.plots").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + box["width"] / 4, box["y"] + 150)
    assert design(page)["margins"] == [-0.5, *FOUR["margins"]]
    assert design(page)["weights"][0] == 0.25
    page.mouse.dblclick(*middle(knot(page, 1)))
    assert design(page)["margins"] == FOUR["margins"]
    assert len(sent(page)) == 2


def test_keys_move_remove_and_reach_every_knot(page: Page) -> None:
    knot(page, 1).focus()
    for number in (2, 3, 4):
        page.keyboard.press("Tab")
        expect(knot(page, number)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    assert design(page)["margins"][3] == 0.789
    assert design(page)["weights"][3] == 0.61
    assert len(sent(page)) == 3
    page.keyboard.press("Delete")
    assert design(page)["margins"] == [0.2, 0.4, 0.6]


def test_a_knot_that_passes_another_keeps_the_focus(page: Page) -> None:
    tell(page, designs=[{**FOUR, "margins": [0.2, 0.21, 0.6, 0.8]}], heard=0)
    knot(page, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert design(page)["margins"] == [0.21, 0.22, 0.6, 0.8]
    assert design(page)["weights"] == [0.15, 0.05, 0.2, 0.6]
    expect(knot(page, 2)).to_be_focused()


def test_the_negative_weight_moves_by_its_slider(page: Page) -> None:
    scale = page.get_by_role("slider", name="negative weight")
    scale.focus()
    page.keyboard.press("ArrowRight")
    assert design(page)["negative_weight"] > 2
    assert sent(page)[-1]["design"]["negative_weight"] == design(page)["negative_weight"]
    scale.fill("1")
    assert design(page)["negative_weight"] == 40
    assert "at most 40.00" in page.locator(".told").inner_text()
